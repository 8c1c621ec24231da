"""`vestibule audit`: what happened to accounts and sessions, what was refused, and what administrators did."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import islice
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

import orjson

from server.cli.command import positive
from server.cli.remote_options import PLACE_SETTINGS, add_where, server_of, works_locally
from server.login_records import AuditEvent
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"
PAGE: Final = 100
Page: TypeAlias = Callable[[int], Sequence[Mapping[str, Any]]]
"""Gives the entries behind the newest so many, named as the Admin API names them, a page at most."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The app and what is wanted of it."""
    parser.add_argument("app", metavar="APP", help="the client app id or the name of an app")
    parser.add_argument("--user", metavar="ID", help="only what happened to this user")
    events = [event.value for event in AuditEvent]
    parser.add_argument(
        "--event",
        action="append",
        default=[],
        choices=events,
        metavar="EVENT",
        help=f"only such; may be repeated: {', '.join(events)}",
    )
    parser.add_argument("--limit", type=positive, default=PAGE, metavar="N", help=f"at most so many (default: {PAGE})")
    add_where(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print an object a line, the newest first; what is not known of an event is left out."""
    for entry in islice(_entries(_pages(settings, options)), options.limit):
        known = {name: text for name, text in entry.items() if text and name != "_id"}
        sys.stdout.write(orjson.dumps(known).decode() + "\n")
    return 0


def _entries(page: Page) -> Iterator[Mapping[str, Any]]:
    seen = 0
    while found := page(seen):
        yield from found
        seen += len(found)
        if len(found) < PAGE:
            return


def _pages(settings: Settings, options: argparse.Namespace) -> Page:
    if works_locally(settings, options):
        # the store takes a while to import, and a server is asked without it
        stored: Page = import_module("server.cli.stored_audit").stored_pages(settings, options)
        return stored
    server = server_of(options)
    path = f"{server.app(options.app).path}/audit"
    wanted = {"user_id": options.user or "", "event": ",".join(options.event)}
    return lambda skip: server.get(f"{path}?{urlencode({**wanted, 'skip': skip})}")
