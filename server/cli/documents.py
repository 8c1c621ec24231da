"""`vestibule documents`: move documents in and out, look at them, keep their indexes; a server may run meanwhile."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Final

from server.cli import documents_export, documents_find, documents_import, documents_indexes
from server.cli.command import positive
from server.cli.remote_options import add_where
from server.settings import Settings

SETTINGS: tuple[str, ...] = ("data_dir", "data_source", "log_level")
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """An action, the app, and what the action is about."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    moved_in = _action(actions.add_parser("import", help="take in what mongodump or mongoexport wrote"))
    moved_in.add_argument("path", type=Path, metavar="PATH", help="a folder, file or archive; packed with gzip or not")
    moved_in.add_argument("--database", metavar="DB", help="into this database (default: as the files say)")
    moved_in.add_argument("--collection", metavar="COLL", help="into this collection (default: as the files say)")
    moved_out = _named(actions.add_parser("export", help="write a collection, or all, as mongodump or mongoexport do"))
    moved_out.add_argument("path", type=Path, metavar="PATH", help="the file to write; for `bson` a folder")
    moved_out.add_argument("--format", choices=documents_export.FORMATS, default="lines", help="(default: lines)")
    moved_out.add_argument("--gzip", action="store_true", help="pack it")
    indexes = _named(actions.add_parser("indexes", help="list the indexes of a collection, make or drop one"))
    indexes.add_argument("--make", metavar="KEYS", help="make one, e.g. '{\"email\": 1}'")
    indexes.add_argument("--options", default="{}", metavar="OPTIONS", help="of the new one, e.g. '{\"unique\": true}'")
    indexes.add_argument("--drop", metavar="NAME", help="drop the one of this name")
    find = _named(actions.add_parser("find", help="print the documents that match, one a line"))
    find.add_argument("filter", nargs="?", default="{}", metavar="FILTER", help="Extended JSON (default: {})")
    find.add_argument("--sort", default="{}", metavar="ORDER", help="Extended JSON")
    find.add_argument("--project", default="{}", metavar="FIELDS", help="Extended JSON")
    find.add_argument("--limit", type=positive, default=20, metavar="N", help="at most so many (default: 20)")


def _action(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("app", metavar="APP", help="the client app id or the name of an app")
    add_where(parser)
    parser.add_argument("--service", default="mongodb-atlas", metavar="NAME", help="(default: mongodb-atlas)")
    return parser


def _named(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    _action(parser)
    parser.add_argument("database", metavar="DB", help="the database")
    parser.add_argument("collection", metavar="COLL", help="the collection")
    return parser


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it. Exit status 1 where it could not be done."""
    return asyncio.run(_ACTIONS[options.action](settings, options))


_ACTIONS: Final[dict[str, Callable[[Settings, argparse.Namespace], Coroutine[None, None, int]]]] = {
    "import": documents_import.run,
    "export": documents_export.run,
    "indexes": documents_indexes.run,
    "find": documents_find.run,
}
