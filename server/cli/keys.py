"""`vestibule keys`: shows the keys that sign tokens, adds a newer one, removes one that leaked."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime

from server.auth.keys import SigningKeyError, new_signing_key
from server.cli.remote_options import add_format, show_rows
from server.cli.served import identity_file
from server.settings import Settings
from server.store import open_store

SETTINGS: tuple[str, ...] = ("data_dir", "log_level")
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is to be done."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--rotate", action="store_true", help="add a key; it signs once everybody can know it")
    what.add_argument("--remove", metavar="ID", help="forget a key: tokens that it signed are worth nothing any more")
    add_format(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it and print the keys; a running server takes it over within half a minute."""
    asyncio.run(_run(settings, options))
    return 0


async def _run(settings: Settings, options: argparse.Namespace) -> None:
    async with open_store(identity_file(settings)) as store:
        now = datetime.now(UTC)
        if options.rotate:
            await store.rotate_signing_key(new_signing_key(now=now), unless_after=now)
        if options.remove and not await store.delete_signing_key(options.remove):
            raise SigningKeyError(
                f"there is no key '{options.remove}', or no other one; `vestibule keys` shows all, `--rotate` adds one"
            )
        keys = await store.signing_keys()
    if options.format == "json":
        show_rows(options, [{"_id": key.id, "made": key.created_at.isoformat()} for key in keys], ())
        return
    for key in keys:
        sys.stdout.write(f"{key.id} made {key.created_at:%Y-%m-%d %H:%M:%S} UTC\n")
