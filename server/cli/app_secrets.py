"""`vestibule secrets`: list, set and delete the secrets of an app on a server."""

from __future__ import annotations

import argparse
import getpass
import sys

from server.cli.remote_options import PLACE_SETTINGS, add_placed_app, opened_server, show_rows, show_value
from server.remote.client import RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List APP | set APP NAME | delete APP NAME."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_placed_app(actions.add_parser("list", help="names only; a text is never shown"))
    for action, about in (("set", "set a secret; its text is asked for"), ("delete", "forget a secret")):
        one = actions.add_parser(action, help=about)
        add_placed_app(one)
        one.add_argument("name", metavar="NAME", help="the secret's name")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it; the text comes from the terminal or the standard input, never from arguments."""
    with opened_server(settings, options) as server:
        return _run(server, options)


def _run(server: RemoteServer, options: argparse.Namespace) -> int:
    path = f"{server.app(options.app).path}/secrets"
    secrets = server.get(path)
    if options.action == "list":
        show_rows(options, secrets, ("name",))
        return 0
    known = next((secret for secret in secrets if secret["name"] == options.name), None)
    if options.action == "set":
        text = getpass.getpass("Text: ") if sys.stdin.isatty() else sys.stdin.read().removesuffix("\n")
        body = {"name": options.name, "value": text}
        server.send("PUT" if known else "POST", f"{path}/{known['_id']}" if known else path, body)
    elif known is None:
        raise RemoteError(f"there is no secret '{options.name}'; `vestibule secrets list {options.app}` shows all")
    else:
        server.send("DELETE", f"{path}/{known['_id']}")
    show_value(options, {options.action: options.name}, f"{options.action} {options.name}")
    return 0
