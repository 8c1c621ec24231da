"""What the server of a data directory serves, for commands that name an app or a function of it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from server.admin.apps import root_of
from server.apps.source import Tree
from server.apps.sources import function_names
from server.errors import AppError, ErrorCode, quoted
from server.settings import Settings
from server.store import Store
from server.store.errors import StoreError

SHOWN: Final = 10
"""Names that a refusal suggests."""


def identity_file(settings: Settings) -> Path:
    """The file of a server's identity data. Raises StoreError where there is none: it is not made here."""
    file = settings.data_dir.absolute() / "identity.sqlite"
    if not file.exists():
        raise StoreError(
            f"{settings.data_dir} holds no data of a server; --data-dir names the directory that `vestibule serve` uses"
        )
    return file


async def app_id_of(store: Store, named: str) -> str:
    """The client app id of the app of that id or name; the text itself where there is none: traces outlive apps."""
    apps = [app.app_id for app in await store.stored_apps()]
    if named in apps:
        return named
    for app_id in apps:
        if root_of(await served_files(store, app_id)).get("name") == named:
            return app_id
    return named


async def check_app(store: Store, app_id: str) -> None:
    """Raises AppError, which names the apps there are, where none of that id was ever deployed here."""
    if await store.find_stored_app(app_id) is None:
        apps = [app.app_id for app in await store.stored_apps()]
        raise AppError(ErrorCode.NOT_FOUND, f"there is no app {quoted(app_id)} here; {_there_are(apps)}")


async def check_function(store: Store, app_id: str, name: str) -> None:
    """Raises AppError, which names what there is, where the app's deployment has no such function."""
    await check_app(store, app_id)
    names = function_names(await served_files(store, app_id))
    if name not in names:
        said = f"app {quoted(app_id)} has no function {quoted(name)}; {_there_are(names)}"
        raise AppError(ErrorCode.FUNCTION_NOT_FOUND, said)


async def served_files(store: Store, app_id: str) -> Tree:
    """The files of the version that is served; none before the first deployment."""
    app = await store.find_stored_app(app_id)
    record = await store.find_deployment(app_id, app.deployment_id) if app and app.deployment_id else None
    return (await store.find_version(record.version) if record else None) or {}


def _there_are(names: Collection[str]) -> str:
    shown = [quoted(name) for name in sorted(names)[:SHOWN]]
    more = ["..."] if len(names) > SHOWN else []
    return f"there are {', '.join(shown + more)}" if shown else "there are none"
