"""The root file: in older layouts it also holds allowed origins (as `security`) and custom user data."""

from __future__ import annotations

from server.apps.layouts.layout import CONFIG_VERSION, ROOT_FILE, ROOT_FILES
from server.apps.layouts.moving import Moving
from server.apps.strict_json import Json

_USER_DATA_FILE = "auth/custom_user_data.json"
_USER_DATA = "custom_user_data_config"
_ORIGINS = "allowed_request_origins"
_SECURITY = "security"
_VERSION = "config_version"


def to_current(moving: Moving) -> None:
    """`realm_config.json` and `auth/custom_user_data.json` out of the older root file."""
    older = moving.layout.root_file
    root = moving.take_object(older)
    if root is None:
        return
    if root.get(_VERSION) not in (None, moving.layout.config_version):
        moving.problems.add(older, _VERSION, f"{older} has version {moving.layout.config_version}")
    if _USER_DATA in root:
        moving.put_json(_USER_DATA_FILE, root.pop(_USER_DATA), older)
        moving.came_from(_USER_DATA_FILE, "", older, _USER_DATA)
    moving.put_json(ROOT_FILE, _versioned(_without_security(moving, root), CONFIG_VERSION), older)
    moving.came_from(ROOT_FILE, "", older)
    moving.came_from(ROOT_FILE, _ORIGINS, older, f"{_SECURITY}.{_ORIGINS}")


def to_older(moving: Moving) -> None:
    """The older root file, with what stands apart in the current layout."""
    file = next(filter(moving.has, ROOT_FILES))
    root = moving.take_object(file)
    if root is None:
        return
    for field in (_USER_DATA, f"{_SECURITY}.{_ORIGINS}"):
        if _is_there(root, field):
            moving.problems.add(file, field, f"has another meaning in the layout {moving.layout.name}")
    root = _with_security(root)
    if moving.has(_USER_DATA_FILE):
        root[_USER_DATA] = moving.take_json(_USER_DATA_FILE)
    moving.put_json(moving.layout.root_file, _versioned(root, moving.layout.config_version), file)


def _versioned(root: dict[str, Json], version: int | None) -> dict[str, Json]:
    """The version stays where it stood; a root file that had none has it first."""
    return root | {_VERSION: version} if _VERSION in root else {_VERSION: version, **root}


def _without_security(moving: Moving, root: dict[str, Json]) -> dict[str, Json]:
    """The origins in the place of `security`; what else it holds, which nothing reads, is kept behind them."""
    current: dict[str, Json] = {}
    for name, value in root.items():
        if name != _SECURITY:
            current[name] = value
        elif not isinstance(value, dict):
            moving.problems.add(moving.layout.root_file, _SECURITY, "has to be an object")
        else:
            rest = {key: one for key, one in value.items() if key != _ORIGINS}
            current |= {_ORIGINS: value[_ORIGINS]} if _ORIGINS in value else {}
            current |= {_SECURITY: rest} if rest or _ORIGINS not in value else {}
    return current


def _with_security(root: dict[str, Json]) -> dict[str, Json]:
    if _ORIGINS not in root:
        return dict(root)
    rest = root.get(_SECURITY, {})
    security = (rest if isinstance(rest, dict) else {}) | {_ORIGINS: root[_ORIGINS]}
    older: dict[str, Json] = {}
    for name, value in root.items():
        older[_SECURITY if name == _ORIGINS else name] = security if name in (_ORIGINS, _SECURITY) else value
    return older


def _is_there(root: dict[str, Json], field: str) -> bool:
    first, _, second = field.partition(".")
    inner = root.get(first)
    return first in root and (not second or (isinstance(inner, dict) and second in inner))
