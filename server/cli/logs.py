"""`vestibule logs`: what an app's functions did and who logged in, on a server or in a data directory."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from server.cli.command import positive
from server.cli.log_sources import Ask, local_logs, remote_logs
from server.cli.remote_options import add_app
from server.cli.terminal import indented, printable
from server.remote.exchange import RemoteError
from server.settings import Settings

SETTINGS: tuple[str, ...] = ("data_dir", "log_level")
LOG_LEVEL = "WARNING"
PAUSE = 1.0
"""Seconds between two looks when following."""
PAGE = 100
"""Entries that are asked for at once."""
TYPES = {"trigger": "AUTH_TRIGGER,DB_TRIGGER,SCHEDULED_TRIGGER"}
"""Types that stand for several (contract 13)."""
PASSING = frozenset({"", "InternalServerError", "TooManyRequests"})
"""Codes of failures after which a follower asks again: the server is away, or has no time."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP, conditions that all must hold, and how many; `--follow` goes on."""
    add_app(parser)
    parser.add_argument("--local", action="store_true", help="read the data directory instead of asking a server")
    parser.add_argument("--errors", action="store_true", help="only what failed")
    parser.add_argument("--error", metavar="TEXT", help="only errors whose text or code has this in it")
    parser.add_argument("--status", choices=("ok", "error"), help="only what went well, or only what failed")
    parser.add_argument("--type", metavar="TYPE", help="auth, function, trigger, endpoint, ... (several: A,B)")
    parser.add_argument("--function", metavar="NAME", help="only of this function")
    parser.add_argument("--provider", metavar="NAME", help="only logins by this provider")
    parser.add_argument("--user", metavar="USER", help="only of this user: id, or address of an email user")
    parser.add_argument("--request", metavar="ID", help="only of this request: the link of a client's error, or its id")
    parser.add_argument("--start", type=_moment, metavar="MOMENT", help="not older than this ISO 8601 moment")
    parser.add_argument("--end", type=_moment, metavar="MOMENT", help="not newer than this")
    parser.add_argument("--limit", type=positive, default=PAGE, metavar="N", help=f"how many (default: {PAGE})")
    parser.add_argument("--follow", "-f", action="store_true", help="go on with what happens, until Ctrl-C")
    cursor = "begin with what was kept after the entry of this cursor"
    parser.add_argument("--after", type=_cursor, metavar="CURSOR", help=cursor)


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 moment: write it as 2026-03-04T15:00Z") from None
    return text


def _cursor(text: str) -> str:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no cursor: `--format json` shows those of entries as `cursor`")
    return text


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print entries, oldest first."""
    with ExitStack() as stack:
        ask = stack.enter_context(local_logs(settings, options.app)) if options.local else remote_logs(options)
        if options.after is None:
            newest, cursor = _newest(ask, _conditions(options), options.limit)
        else:
            newest, cursor = [], options.after
        for entry in reversed(newest):
            _show(options, entry)
        if options.follow or options.after is not None:
            _follow(ask, options, cursor, {entry["_id"] for entry in newest})
    return 0


def _newest(ask: Ask, conditions: dict[str, str], most: int) -> tuple[list[dict[str, Any]], str]:
    """The newest entries, newest first, and the cursor after which the later ones come."""
    found: list[dict[str, Any]] = []
    cursor, place = "", dict[str, str]()
    while True:
        answer = ask({**conditions, **place, "limit": str(max(1, min(PAGE, most - len(found))))})
        cursor = cursor or answer["cursor"]
        found += answer["logs"]
        if len(found) >= most or "nextEndDate" not in answer:
            return found[:most], cursor
        place = {"end_date": answer["nextEndDate"], "skip": str(answer["nextSkip"])}


def _follow(ask: Ask, options: argparse.Namespace, cursor: str, shown: set[str]) -> None:
    """Print what was kept after the cursor, and with `--follow` what is kept from now on: each entry once."""
    conditions = _conditions(options)
    for entry in _following(ask, conditions, cursor, goes_on=options.follow):
        if entry["_id"] not in shown:
            _show(options, entry)


def _following(ask: Ask, conditions: dict[str, str], cursor: str, *, goes_on: bool) -> Iterator[dict[str, Any]]:
    while True:
        answer = _asked_again(ask, {**conditions, "after": cursor, "limit": str(PAGE)}, goes_on=goes_on)
        cursor = answer["cursor"]
        yield from answer["logs"]
        if len(answer["logs"]) < PAGE:
            sys.stdout.flush()
            if not goes_on:
                return
            time.sleep(PAUSE)


def _asked_again(ask: Ask, query: dict[str, str], *, goes_on: bool) -> dict[str, Any]:
    """The answer; a follower waits for a server that is away, and misses nothing by that."""
    told = False
    while True:
        try:
            return ask(query)
        except RemoteError as error:
            if not goes_on or error.code not in PASSING:
                raise
            if not told:
                sys.stderr.write(f"vestibule: {printable(str(error))}; waiting for it\n")
            told = True
            time.sleep(PAUSE)


def _conditions(options: argparse.Namespace) -> dict[str, str]:
    given = {
        "user_id": options.user,
        "function_name": options.function,
        "provider": options.provider,
        "co_id": _request_id(options.request) if options.request else None,
        "error": options.error,
        "status": options.status,
        "start_date": options.start,
        "end_date": options.end,
        "errors_only": "true" if options.errors else None,
        "type": TYPES.get(options.type, options.type.upper()) if options.type else None,
    }
    return {name: value for name, value in given.items() if value}


def _request_id(text: str) -> str:
    """The id in a link, or the text itself."""
    named = parse_qs(urlsplit(text).query).get("co_id")
    return named[0] if named else text


def _show(options: argparse.Namespace, entry: dict[str, Any]) -> None:
    if options.format == "json":
        sys.stdout.write(orjson.dumps(entry).decode() + "\n")
        return
    outcome = f"failed: {indented(entry['error'])}" if entry["error"] else "ok"
    sys.stdout.write(f"{entry['started']} {entry['type']} {_what(entry)} {entry['user_id'] or '-'} {outcome}\n")
    for line in entry["messages"]:
        sys.stdout.write(f"    {indented(line)}\n")


def _what(entry: dict[str, Any]) -> str:
    """What was run or asked for."""
    if event := entry.get("auth_event"):
        return f"{event['type']} by {event['provider'] or 'an unknown provider'}"
    return entry["function_name"] or ""
