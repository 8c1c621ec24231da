"""`vestibule pull`: the served version of an app as a folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from server.apps.layouts.layout import LAYOUTS, layout_of
from server.apps.names import why_not_app_id
from server.apps.source import Tree
from server.cli.remote_options import PLACE_SETTINGS, add_placed_app, opened_server
from server.cli.terminal import Progress, watched
from server.remote.client import RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings
from server.versions.archive import read_zip

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP [FOLDER] [--layout NAME] [--force]."""
    parser.add_argument("--force", action="store_true", help="replace files of a folder that is not empty")
    layouts = [layout.name for layout in LAYOUTS]
    parser.add_argument("--layout", choices=layouts, help="default: the folder's, else the one that was pushed")
    add_placed_app(parser)
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="default: the app's id")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Write every file; files that the version does not have are left alone."""
    with opened_server(settings, options) as server:
        return _run(server, options)


def _run(server: RemoteServer, options: argparse.Namespace) -> int:
    app = server.app(options.app)
    folder: Path = options.folder or Path(_folder_name(app.app_id))
    if folder.exists() and not folder.is_dir():
        raise RemoteError(f"{folder} is a file; name a folder to write into")
    if folder.exists() and any(folder.iterdir()) and not options.force:
        raise RemoteError(f"{folder} is not empty; add --force to replace what the server has, too")
    version = options.layout or _layout_there(folder)
    with Progress("receiving", unit="bytes") as line:
        query = f"source_control=true{f'&version={version}' if version else ''}"
        tree = read_zip(server.download(f"{app.path}/export?{query}", line.reached))
    _check_one_layout(folder, tree)
    for path in tree:
        _check_place(folder, path)
    for path, content in watched("writing", list(tree.items())):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    sys.stdout.write(f"wrote {len(tree)} files to {folder}\n")
    return 0


def _folder_name(app_id: str) -> str:
    """The app's id as a folder's name. Raises RemoteError: what a server calls an app may lead anywhere."""
    if why_not_app_id(app_id):
        raise RemoteError(f"the server has no proper id for the app; name the folder: vestibule pull {app_id!r} FOLDER")
    return app_id


def _check_place(folder: Path, path: str) -> None:
    """Raises RemoteError for a file that would lie outside the folder, or among those that Git obeys."""
    if ".git" in path.lower().split("/") or not (folder / path).resolve().is_relative_to(folder.resolve()):
        raise RemoteError(f"the server sent a file that has no place in {folder}, {path!r}; nothing was written")


def _layout_there(folder: Path) -> str:
    """The layout that the folder has by now; empty without one."""
    layout = layout_of(lambda name: (folder / name).exists())
    return layout.name if layout else ""


def _check_one_layout(folder: Path, tree: Tree) -> None:
    """A folder with two root files is an app no more. Raises RemoteError."""
    there, new = layout_of(lambda name: (folder / name).exists()), layout_of(tree.__contains__)
    if there and new and there != new:
        raise RemoteError(f"{folder} has the layout {there.name}, with {there.root_file}; write into another folder")
