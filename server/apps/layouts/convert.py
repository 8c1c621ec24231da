"""Turns an app's files from any layout into the current one, and from that into any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server.apps.layouts import data_sources_part, functions_part, providers_part, root_part
from server.apps.layouts.inline_secrets import check_all_used, take_secrets
from server.apps.layouts.layout import CONFIG_VERSION, ROOT_FILE, ROOT_FILES, Layout, layout_of
from server.apps.layouts.loss import check_same
from server.apps.layouts.moving import Moving
from server.apps.layouts.origins import Origins
from server.apps.problems import Problems
from server.apps.source import Tree
from server.apps.strict_json import JsonError, dump, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """An app's files in the current layout, where they stood before, and the texts of secrets that were among them."""

    files: Tree
    origins: Origins = field(default_factory=Origins)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


_TO_CURRENT: tuple[Callable[[Moving], None], ...] = (
    take_secrets, root_part.to_current, providers_part.to_current, functions_part.to_current,
    data_sources_part.to_current, check_all_used,
)  # fmt: skip
_TO_OLDER: tuple[Callable[[Moving], None], ...] = (
    root_part.to_older, providers_part.to_older, functions_part.to_older, data_sources_part.to_older,
)  # fmt: skip


def to_current(files: Tree) -> Current:
    """The files in the current layout; those of the current layout are as they were. Raises AppFolderError."""
    layout = layout_of(files.__contains__)
    if layout is None or layout.is_current:
        return Current(files=files)
    moving = _move(files, layout, _TO_CURRENT)
    return Current(files=moving.ended(), origins=moving.origins, secrets=moving.secrets)


def in_layout(files: Tree, layout: Layout) -> Tree:
    """Files of the current layout in another one. Raises AppFolderError where that would lose anything."""
    found = [name for name in ROOT_FILES if name in files]
    if not found or found[0] == layout.root_file:
        return files
    if layout.is_current:
        root = _versioned(files[found[0]], layout.config_version)
        return {path: content for path, content in files.items() if path != found[0]} | {layout.root_file: root}
    older = _move(files, layout, _TO_OLDER).ended()
    check_same(_with_realm_config(files), to_current(older).files, layout.name)
    return older


def _move(files: Tree, layout: Layout, parts: tuple[Callable[[Moving], None], ...]) -> Moving:
    moving = Moving(files, layout, Problems())
    for part in parts:
        part(moving)
    return moving


def _with_realm_config(files: Tree) -> Tree:
    """The root file by its older name."""
    if ROOT_FILE in files:
        return files
    root = _versioned(files["root_config.json"], CONFIG_VERSION)
    return {path: content for path, content in files.items() if path != "root_config.json"} | {ROOT_FILE: root}


def _versioned(content: bytes, version: int | None) -> bytes:
    """A root file with that version, or without any; what is no JSON stays as it is."""
    try:
        root = parse(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, JsonError):
        return content
    if not isinstance(root, dict):
        return content
    rest = {name: value for name, value in root.items() if name != "config_version"}
    return dump(rest if version is None else {"config_version": version, **rest})
