"""`vestibule logs`: what an app's functions did, on a server."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any
from urllib.parse import urlencode

import orjson

from server.cli.remote_options import add_app, server_of
from server.settings import Settings

HELP = "show what the functions of an app did"
SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "WARNING"
PAUSE = 1.0
"""Seconds between two looks when following."""
TYPES = {"trigger": "AUTH_TRIGGER,DB_TRIGGER,SCHEDULED_TRIGGER"}
"""Types that stand for several (contract 13)."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP [--errors] [--type T] [--user ID] [--start MOMENT] [--end MOMENT] [--limit N] [--follow]."""
    add_app(parser)
    parser.add_argument("--errors", action="store_true", help="only what failed")
    parser.add_argument("--type", metavar="TYPE", help="auth, function, trigger, endpoint, ...")
    parser.add_argument("--user", metavar="ID", help="only of this user")
    parser.add_argument("--start", metavar="MOMENT", help="not older than this ISO 8601 moment")
    parser.add_argument("--end", metavar="MOMENT", help="not newer than this")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="how many (default: 100)")
    parser.add_argument("--follow", "-f", action="store_true", help="go on with what happens, until Ctrl-C")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print entries, oldest first."""
    del settings
    server = server_of(options)
    path = f"{server.app(options.app).path}/logs"
    shown: set[str] = set()
    while True:
        found = server.get(f"{path}?{urlencode(_query(options))}")["logs"]
        for entry in reversed(found):
            if entry["_id"] not in shown:
                _show(options, entry)
        shown = {entry["_id"] for entry in found}
        if not options.follow:
            return 0
        sys.stdout.flush()
        time.sleep(PAUSE)


def _query(options: argparse.Namespace) -> dict[str, str]:
    given = {
        "limit": str(options.limit),
        "user_id": options.user,
        "start_date": options.start,
        "end_date": options.end,
        "errors_only": "true" if options.errors else None,
        "type": TYPES.get(options.type, options.type.upper()) if options.type else None,
    }
    return {name: value for name, value in given.items() if value}


def _show(options: argparse.Namespace, entry: dict[str, Any]) -> None:
    if options.format == "json":
        sys.stdout.write(orjson.dumps(entry).decode() + "\n")
        return
    outcome = f"failed: {entry['error']}" if entry["error"] else "ok"
    what = entry["function_name"] or ""
    sys.stdout.write(f"{entry['started']} {entry['type']} {what} {entry['user_id'] or '-'} {outcome}\n")
    for line in entry["messages"]:
        sys.stdout.write(f"    {line}\n")
