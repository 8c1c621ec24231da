"""`vestibule recordings`: list, show and delete the recorded calls of an app on a server."""

from __future__ import annotations

import argparse
import sys
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from server.cli.remote_options import PLACE_SETTINGS, add_placed_app, opened_server, show_rows, show_value
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List APP | show APP ID | delete APP ID."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the newest first")
    add_placed_app(listing)
    listing.add_argument("--function", metavar="NAME", default="", help="only calls of this function")
    for action, about in (("show", "what was asked, answered, printed and returned"), ("delete", "forget a recording")):
        one = actions.add_parser(action, help=about)
        add_placed_app(one)
        one.add_argument("id", metavar="ID", help="the recording's id, which is that of the run's log entry")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it."""
    with opened_server(settings, options) as server:
        path = f"{server.app(options.app).path}/recordings"
        if options.action == "list":
            columns = ("_id", "created", "function_name", "failed", "bytes", "expires")
            show_rows(options, server.get(f"{path}?{urlencode({'function_name': options.function})}"), columns)
        elif options.action == "show":
            _show(options, server.get(f"{path}/{quote(options.id, safe='')}"))
        else:
            server.send("DELETE", f"{path}/{quote(options.id, safe='')}")
            show_value(options, {"delete": options.id}, f"deleted recording {options.id}")
    return 0


def _show(options: argparse.Namespace, call: dict[str, Any]) -> None:
    if options.format == "json":
        show_value(options, call, "")
        return
    lines = [
        f"{call['created']} {call['function_name']} of user {call['user_id'] or '-'}, version {call['version'][:12]}",
        f"arguments: {_json(call['arguments'])}",
    ]
    for number, asked in enumerate(call["host_calls"], 1):
        lines += [f"host call {number}: {asked['operation']} {_json(asked['arguments'])}"]
        lines += [f"    answer: {_json(asked['answer'])}"]
    lines += [f"log: {line}" for line in call["logs"]]
    lines += [f"error: {call['error']}" if call["error"] else f"result: {call['result']}"]
    sys.stdout.write("\n".join(lines) + "\n")


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
