"""`vestibule functions`: list and run the functions of an app on a server."""

from __future__ import annotations

import argparse
import sys
from typing import Any
from urllib.parse import urlencode

import orjson

from server.cli.remote_options import PLACE_SETTINGS, add_placed_app, opened_server, show_rows, show_value
from server.remote.client import RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List APP | run APP FUNCTION [--args JSON]... [--user ID]."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_placed_app(actions.add_parser("list", help="all functions"))
    call = actions.add_parser("run", help="run a function, private or not")
    add_placed_app(call)
    call.add_argument("function", metavar="FUNCTION", help="the function's name")
    call.add_argument("--args", action="append", default=[], metavar="ARG", help="JSON, else text; may be repeated")
    call.add_argument("--user", metavar="ID", help="as this user (default: as system)")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it. Exit status 1 where the function failed."""
    with opened_server(settings, options, serves=True) as server:
        return _run(server, options)


def _run(server: RemoteServer, options: argparse.Namespace) -> int:
    app = server.app(options.app)
    if options.action == "list":
        show_rows(options, server.get(f"{app.path}/functions"), ("name", "private", "run_as_system"))
        return 0
    who = {"user_id": options.user} if options.user else {"run_as_system": "true"}
    body = {"name": options.function, "arguments": [_argument(text) for text in options.args]}
    answer = _executed(server, f"{app.path}/debug/execute_function?{urlencode(who)}", body, options)
    lines = [*(answer["logs"] or []), *(f"error: {line}" for line in answer["error_logs"] or [])]
    ending = f"failed: {answer['error']}" if answer["error"] else f"result: {orjson.dumps(answer['result']).decode()}"
    show_value(options, answer, "\n".join([*lines, ending, f"time: {answer['stats']['execution_time']}"]))
    sys.stdout.flush()
    return 1 if answer["error"] else 0


def _executed(server: RemoteServer, path: str, body: object, options: argparse.Namespace) -> Any:
    try:
        return server.send("POST", path, body)
    except RemoteError as error:
        if error.code != "FunctionNotFound":
            raise
        text = f"there is no function '{options.function}'; `vestibule functions list {options.app}` shows all"
        raise RemoteError(text, error.code) from None


def _argument(text: str) -> object:
    """JSON where it is that, else the text itself (contract 13)."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
