"""`vestibule pull`: the served version of an app as a folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from server.cli.remote_options import add_app, server_of
from server.remote.client import RemoteError
from server.settings import Settings
from server.versions.archive import read_zip

HELP = "write the served version of an app into a folder"
SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP [FOLDER] [--force]."""
    parser.add_argument("--force", action="store_true", help="replace files of a folder that is not empty")
    add_app(parser)
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="default: the app's id")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Write every file; files that the version does not have are left alone."""
    del settings
    server = server_of(options)
    app = server.app(options.app)
    folder: Path = options.folder or Path(app.app_id)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not options.force:
        raise RemoteError(f"{folder} is not empty; add --force to replace what the server has, too")
    tree = read_zip(server.download(f"{app.path}/export?version=20210101&source_control=true"))
    for path, content in tree.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    sys.stdout.write(f"wrote {len(tree)} files to {folder}\n")
    return 0
