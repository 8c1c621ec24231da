"""`vestibule apps`: list, make, describe and delete apps on a server."""

from __future__ import annotations

import argparse

import orjson

from server.cli.remote_options import PLACE_SETTINGS, add_place, add_placed_app, opened_server, show_rows, show_value
from server.remote.client import RemoteApp, RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """List | create NAME | describe APP | delete APP --yes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add_place(actions.add_parser("list", help="the apps you may see"))
    create = actions.add_parser("create", help="make an empty app")
    create.add_argument("name", metavar="NAME", help="the app's name")
    create.add_argument("--app-id", default="", metavar="ID", help="its client app id (default: made from the name)")
    add_place(create)
    add_placed_app(actions.add_parser("describe", help="what an app consists of"))
    delete = actions.add_parser("delete", help="delete an app with its users, secrets, logs and versions")
    delete.add_argument("--yes", action="store_true", help="really")
    add_placed_app(delete)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Do it."""
    with opened_server(settings, options) as server:
        return _run(server, options)


def _run(server: RemoteServer, options: argparse.Namespace) -> int:
    match options.action:
        case "list":
            rows = [{"app_id": app.app_id, "name": app.name, "_id": app.id} for app in server.apps()]
            show_rows(options, rows, ("app_id", "name"))
        case "create":
            app = _made(server, options)
            show_value(options, {"app_id": app.app_id, "_id": app.id}, f"made {app.app_id}")
        case "describe":
            description = server.get(f"{server.app(options.app).path}/description")
            show_value(options, description, orjson.dumps(description, option=orjson.OPT_INDENT_2).decode())
        case _:
            app = server.app(options.app)
            if not options.yes:
                raise RemoteError(
                    f"this deletes {app.app_id} with its users, secrets, logs and versions; add --yes to do it"
                )
            server.send("DELETE", app.path)
            show_value(options, {"deleted": app.app_id}, f"deleted {app.app_id}")
    return 0


def _made(server: RemoteServer, options: argparse.Namespace) -> RemoteApp:
    """A new app. Raises RemoteError, also where its id is taken."""
    try:
        return server.add_app(options.app_id, options.name)
    except RemoteError as error:
        if error.code != "BadRequest":
            raise
        raise RemoteError(f"{error}; --app-id gives it another id, `vestibule apps list` shows all") from None
