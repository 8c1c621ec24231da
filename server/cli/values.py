"""`vestibule values`: list, show, set and delete the values of an app; each change is a deployment."""

from __future__ import annotations

import argparse
import sys
from typing import Any
from urllib.parse import quote

import orjson

from server.cli.remote_options import PLACE_SETTINGS, add_placed_app, opened_server, show_rows, show_value
from server.remote.client import RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"
_FIELDS = ("name", "value", "from_secret")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List APP | show APP NAME | set APP NAME [JSON] [--from-secret SECRET] | delete APP NAME."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_placed_app(actions.add_parser("list", help="all values"))
    add_placed_app(show := actions.add_parser("show", help="print one value as JSON"))
    add_placed_app(change := actions.add_parser("set", help="make a value, or give it another content"))
    add_placed_app(delete := actions.add_parser("delete", help="take a value away"))
    for one in (show, change, delete):
        one.add_argument("name", metavar="NAME", help="the value's name")
    content = change.add_mutually_exclusive_group()
    content.add_argument("content", nargs="?", metavar="JSON", help="JSON, else text (default: the standard input)")
    change.add_argument("--text", action="store_true", help="take it as a text, whatever it looks like")
    content.add_argument("--from-secret", metavar="SECRET", help="the text of this secret")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it."""
    with opened_server(settings, options) as server:
        path = f"{server.app(options.app).path}/values"
        if options.action == "list":
            show_rows(options, [_shown(server, path, row) for row in server.get(path)], _FIELDS)
            return 0
        _ACTIONS[options.action](server, path, options)
    return 0


def _show(server: RemoteServer, path: str, options: argparse.Namespace) -> None:
    value = _shown(server, path, _known(server, path, options))
    show_value(options, value, orjson.dumps(value["value"], option=orjson.OPT_INDENT_2).decode())


def _set(server: RemoteServer, path: str, options: argparse.Namespace) -> None:
    content = options.from_secret if options.from_secret is not None else _content(options)
    body = {"name": options.name, "value": content, "from_secret": options.from_secret is not None}
    known = _find(server, path, options.name)
    server.send("PUT" if known else "POST", f"{path}/{quote(known['_id'])}" if known else path, body)
    what = "the text of a secret" if body["from_secret"] else "a text" if isinstance(content, str) else "JSON"
    show_value(options, body, f"set {options.name}: {what}")


def _delete(server: RemoteServer, path: str, options: argparse.Namespace) -> None:
    server.send("DELETE", f"{path}/{quote(_known(server, path, options)['_id'])}")
    show_value(options, {"delete": options.name}, f"delete {options.name}")


_ACTIONS = {"show": _show, "set": _set, "delete": _delete}


def _content(options: argparse.Namespace) -> object:
    """JSON where it is that, else the text itself (contract 13). Raises RemoteError where it may be meant as either."""
    if options.content is None and sys.stdin.isatty():
        raise RemoteError("the value's content is missing; write it behind the name, or pipe it in")
    text: str = sys.stdin.read() if options.content is None else options.content
    if options.text:
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if text.lstrip().startswith(("{", "[", '"')):
            advice = "mend it, or keep it as a text with --text"
            raise RemoteError(f"the content of {options.name} begins as JSON and is none: {error}; {advice}") from None
        return text


def _shown(server: RemoteServer, path: str, row: dict[str, Any]) -> dict[str, Any]:
    value = server.get(f"{path}/{quote(row['_id'])}")
    return {field: value.get(field) for field in ("_id", *_FIELDS)}


def _known(server: RemoteServer, path: str, options: argparse.Namespace) -> dict[str, Any]:
    found = _find(server, path, options.name)
    if found is None:
        raise RemoteError(f"there is no value '{options.name}'; `vestibule values list {options.app}` shows all")
    return found


def _find(server: RemoteServer, path: str, name: str) -> dict[str, Any] | None:
    return next((row for row in server.get(path) if row["name"] == name), None)
