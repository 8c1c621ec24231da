"""`vestibule rollback`: serve an earlier version again."""

from __future__ import annotations

import argparse

from server.cli.command import positive
from server.cli.remote_options import PLACE_SETTINGS, add_placed_app, opened_server, show_value
from server.remote.client import RemoteServer
from server.remote.exchange import RemoteError
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"
_LOOKED_AT = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP [--to NUMBER]."""
    add_placed_app(parser)
    parser.add_argument("--to", type=positive, metavar="NUMBER", help="default: the one served before this one")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Redeploy it; served when this returns."""
    with opened_server(settings, options) as server:
        return _run(server, options)


def _run(server: RemoteServer, options: argparse.Namespace) -> int:
    app = server.app(options.app)
    found = server.get(f"{app.path}/deployments?limit={_LOOKED_AT}")
    served = [one for one in found if one["status"] == "successful"]
    if options.to is not None:
        wanted = [one for one in served if one["number"] == options.to]
    else:
        wanted = [one for one in served if one["version"] != served[0]["version"]]
    if not wanted:
        which = "is no other version" if options.to is None else f"was no successful deployment {options.to}"
        raise RemoteError(
            f"there {which} of {app.app_id} to go back to; `vestibule deployments {app.app_id}` lists all"
        )
    server.send("POST", f"{app.path}/deployments/{wanted[0]['_id']}/redeploy")
    show_value(options, wanted[0], f"serving the version of deployment {wanted[0]['name']} of {app.app_id} again")
    return 0
