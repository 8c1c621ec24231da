"""`vestibule audit`: what happened to accounts and sessions, and what was refused."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

import orjson

from server.cli.served import check_app, identity_file
from server.login_records import AuditEntry, AuditEvent
from server.settings import Settings
from server.store import open_store

SETTINGS: tuple[str, ...] = ("data_dir", "log_level")
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The app and what is wanted of it."""
    parser.add_argument("app", metavar="APP", help="the client app id")
    parser.add_argument("--user", metavar="ID", help="only what happened to this user")
    events = [event.value for event in AuditEvent]
    parser.add_argument(
        "--event",
        action="append",
        choices=events,
        metavar="EVENT",
        help=f"only such; may be repeated: {', '.join(events)}",
    )
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="at most so many (default: 100)")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print an object a line."""
    for entry in asyncio.run(_find(settings, options)):
        sys.stdout.write(orjson.dumps(_shown(entry)).decode() + "\n")
    return 0


async def _find(settings: Settings, options: argparse.Namespace) -> Sequence[AuditEntry]:
    events = [AuditEvent(event) for event in options.event] if options.event else None
    async with open_store(identity_file(settings)) as store:
        found = await store.find_audit_entries(options.app, user_id=options.user, events=events, limit=options.limit)
        if not found:
            await check_app(store, options.app)
        return found


def _shown(entry: AuditEntry) -> dict[str, str]:
    fields = {
        "at": entry.at.isoformat(), "event": entry.event.value, "user_id": entry.user_id,
        "provider": entry.provider_type, "address": entry.address, "error_code": entry.error_code,
        "detail": entry.detail,
    }  # fmt: skip
    return {name: text for name, text in fields.items() if text}
