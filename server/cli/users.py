"""`vestibule users`: the users of an app on a server: look, make, disable, enable, log out, delete; import others."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from server.cli.command import positive
from server.cli.remote_options import PLACE_SETTINGS, add_placed_app, opened_server, show_rows, show_value
from server.cli.user_import import add_import, run_import
from server.remote.client import RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"
PAGE: Final = 50
"""Users that the server answers at once (contract 12.4)."""
_COLUMNS = ("_id", "providers", "email", "disabled", "last_login")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List APP | show APP USER | create APP EMAIL | disable, enable, logout, delete APP USER | import FILE."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_placed_app(listed := actions.add_parser("list", help="users by ascending id"))
    listed.add_argument("--provider", action="append", default=[], metavar="TYPE", help="with this; may be repeated")
    listed.add_argument("--status", choices=["enabled", "disabled"], default="", help="only such")
    listed.add_argument("--after", default="", metavar="ID", help="go on after this user")
    listed.add_argument("--limit", type=positive, default=PAGE, metavar="N", help=f"at most so many (default: {PAGE})")
    add_placed_app(create := actions.add_parser("create", help="make a confirmed account; its password is asked for"))
    create.add_argument("email", metavar="EMAIL", help="the address to log in with")
    for name, about in _ABOUT.items():
        add_placed_app(one := actions.add_parser(name, help=about))
        one.add_argument("user", metavar="USER", help="the user's id")
        if name == "delete":
            one.add_argument("--yes", action="store_true", help="really")
    add_import(actions.add_parser("import", help="users of another system, into a data directory"))


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it."""
    if options.action == "import":
        return run_import(settings, options)
    with opened_server(settings, options, serves=True) as server:
        _ACTIONS[options.action](server, f"{server.app(options.app).path}/users", options)
    return 0


def _list(server: RemoteServer, path: str, options: argparse.Namespace) -> None:
    rows: list[dict[str, Any]] = []
    wanted = {"provider_types": ",".join(options.provider), "status": options.status}
    after, is_more = options.after, True
    while is_more and len(rows) < options.limit:
        page = server.get(f"{path}?{urlencode({**wanted, 'after': after})}")
        rows += page
        is_more, after = len(page) == PAGE, page[-1]["_id"] if page else after
    show_rows(options, [row | _in_short(row) for row in rows[: options.limit]], _COLUMNS)


def _in_short(user: Mapping[str, Any]) -> dict[str, Any]:
    seen = user["last_authentication_date"]
    return {
        "providers": " ".join(identity["provider_type"] for identity in user["identities"]),
        "email": user["data"].get("email"),
        "last_login": datetime.fromtimestamp(seen, UTC).strftime("%Y-%m-%d %H:%M:%S") if seen else None,
    }


def _show(server: RemoteServer, path: str, options: argparse.Namespace) -> None:
    user = server.get(_of(path, options))
    show_value(options, user, orjson.dumps(user, option=orjson.OPT_INDENT_2).decode())


def _create(server: RemoteServer, path: str, options: argparse.Namespace) -> None:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    user = server.send("POST", path, {"email": options.email, "password": password})
    show_value(options, user, f"made user {user['_id']}, {options.email}")


def _switch(server: RemoteServer, path: str, options: argparse.Namespace) -> None:
    server.send("PUT", f"{_of(path, options)}/{options.action}")
    show_value(options, {options.action: options.user}, _DONE[options.action].format(options.user))


def _delete(server: RemoteServer, path: str, options: argparse.Namespace) -> None:
    if not options.yes:
        raise RemoteError(f"this deletes user {options.user} for good, with all sessions; add --yes to do it")
    server.send("DELETE", _of(path, options))
    show_value(options, {"delete": options.user}, f"deleted user {options.user}")


def _of(path: str, options: argparse.Namespace) -> str:
    return f"{path}/{quote(options.user, safe='')}"


_ABOUT: Final = {
    "show": "print one user as JSON",
    "disable": "let a user in no more, and end all sessions",
    "enable": "let a user in again",
    "logout": "end all sessions of a user",
    "delete": "delete a user, with a DELETE event for triggers",
}
_DONE: Final = {
    "disable": "user {} is let in no more",
    "enable": "user {} is let in again",
    "logout": "all sessions of user {} have ended",
}
_ACTIONS: Final[Mapping[str, Callable[[RemoteServer, str, argparse.Namespace], None]]] = {
    "list": _list,
    "show": _show,
    "create": _create,
    "disable": _switch,
    "enable": _switch,
    "logout": _switch,
    "delete": _delete,
}
