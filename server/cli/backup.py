"""`vestibule backup`: all that lasts of a data directory, as of one moment, while it is served."""

from __future__ import annotations

import argparse
from pathlib import Path

from server.backup.taking import take_backup
from server.cli.remote_options import add_format, show_value
from server.cli.terminal import Progress
from server.settings import Settings

SETTINGS: tuple[str, ...] = ("data_dir", "log_level")
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("target", type=Path, metavar="DIR", help="the directory that the backup will be; it is made")
    parser.add_argument(
        "--without-key", action="store_true",
        help="leave out secrets.key, without which the secrets of apps in the backup cannot be read",
    )  # fmt: skip
    add_format(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Take it; the server, if one runs, goes on serving."""
    target = options.target.absolute()
    with Progress("backing up", 100) as shown:
        manifest = take_backup(
            settings.data_dir.absolute(), target, lambda done, total: shown.reached(done * 100 // max(total, 1)),
            with_key=not options.without_key,
        )  # fmt: skip
    size = sum(content.bytes for content in manifest.files.values())
    said = f"{options.target}: {len(manifest.files)} files, {size} bytes, as of {manifest.made:%Y-%m-%d %H:%M:%S} UTC"
    show_value(options, {"path": str(target), "files": len(manifest.files), "bytes": size}, said)
    return 0
