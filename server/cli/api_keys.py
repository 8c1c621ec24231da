"""`vestibule api-keys`: the server API keys of an app: list, make, enable, disable, delete."""

from __future__ import annotations

import argparse
from typing import Any, Final
from urllib.parse import quote

from server.cli.remote_options import PLACE_SETTINGS, add_placed_app, opened_server, show_rows, show_value
from server.remote.client import RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List APP | create APP NAME | enable, disable, delete APP KEY."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_placed_app(actions.add_parser("list", help="names and ids; a key itself is never shown again"))
    add_placed_app(create := actions.add_parser("create", help="make a key, which is printed once"))
    create.add_argument("name", metavar="NAME", help="the key's name")
    for name, about in _ABOUT.items():
        add_placed_app(one := actions.add_parser(name, help=about))
        one.add_argument("key", metavar="KEY", help="the key's id or name")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it."""
    with opened_server(settings, options, serves=True) as server:
        path = f"{server.app(options.app).path}/api_keys"
        match options.action:
            case "list":
                show_rows(options, server.get(path), ("_id", "name", "disabled"))
            case "create":
                made = _made(server, path, options)
                text = f"made key {made['_id']}, {made['name']}; it is shown this once:\n{made['key']}"
                show_value(options, made, text)
            case _:
                _change(server, path, options)
    return 0


def _made(server: RemoteServer, path: str, options: argparse.Namespace) -> Any:
    try:
        return server.send("POST", path, {"name": options.name})
    except RemoteError as error:
        if error.code == "InvalidParameter":
            text = f"'{options.name}' is no name of a key: it has letters, digits, '_' and '-', 1 to 120 of them"
            raise RemoteError(text) from None
        if error.code != "AuthProviderNotFound":
            raise
        text = f"app '{options.app}' lets nobody in by a key: enable its auth provider 'api-key', then push"
        raise RemoteError(text, error.code) from None


def _change(server: RemoteServer, path: str, options: argparse.Namespace) -> None:
    key = _known(server, path, options)
    place = f"{path}/{quote(key['_id'])}"
    if options.action == "delete":
        server.send("DELETE", place)
    else:
        server.send("PUT", f"{place}/{options.action}")
    show_value(options, {options.action: key["_id"]}, _DONE[options.action].format(key["name"]))


def _known(server: RemoteServer, path: str, options: argparse.Namespace) -> dict[str, Any]:
    """The key of the id, else of the name. Raises RemoteError."""
    keys: list[dict[str, Any]] = server.get(path)
    for field in ("_id", "name"):
        for key in keys:
            if key[field] == options.key:
                return key
    raise RemoteError(f"there is no key '{options.key}'; `vestibule api-keys list {options.app}` shows all")


_ABOUT: Final = {
    "enable": "let a key in again",
    "disable": "let a key in no more",
    "delete": "forget a key, and the server user whom it stands for",
}
_DONE: Final = {
    "enable": "key {} is let in again",
    "disable": "key {} is let in no more",
    "delete": "deleted key {}",
}
