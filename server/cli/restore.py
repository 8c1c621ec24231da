"""`vestibule restore`: a backup becomes the data of a server that does not run yet."""

from __future__ import annotations

import argparse
from pathlib import Path

from server.backup.restoring import check_backup, restore
from server.cli.data_directory import hold
from server.cli.remote_options import add_format, show_value
from server.cli.terminal import Progress
from server.settings import Settings

SETTINGS: tuple[str, ...] = ("data_dir", "log_level")
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where from."""
    parser.add_argument("backup", type=Path, metavar="DIR", help="what `vestibule backup` wrote")
    parser.add_argument("--dry-run", action="store_true", help="check every file of the backup, write nothing")
    add_format(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Check the backup, then put it into the data directory, which must hold no data yet."""
    with Progress("checking", 100) as shown:
        manifest = check_backup(options.backup, lambda done, total: shown.reached(done * 100 // max(total, 1)))
    told = {"made": manifest.made.isoformat(), "program": manifest.program, "files": len(manifest.files)}
    what = f"the backup of {manifest.made:%Y-%m-%d %H:%M:%S} UTC, {len(manifest.files)} files"
    if options.dry_run:
        show_value(options, told, f"{what}: whole")
        return 0
    with hold(settings.data_dir):
        restore(manifest, options.backup, settings.data_dir.absolute())
    show_value(options, told, f"{what}: restored into {settings.data_dir}; `vestibule serve` goes on from there")
    return 0
