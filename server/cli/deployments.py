"""`vestibule deployments`: the history of an app on a server."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

from server.cli.command import positive
from server.cli.remote_options import PLACE_SETTINGS, add_placed_app, opened_server, show_rows
from server.remote.client import RemoteServer
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP [--limit N]."""
    add_placed_app(parser)
    parser.add_argument("--limit", type=positive, default=25, metavar="N", help="how many (default: 25)")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Ask the server."""
    with opened_server(settings, options) as server:
        return _run(server, options)


def _run(server: RemoteServer, options: argparse.Namespace) -> int:
    rows = server.get(f"{server.app(options.app).path}/deployments?limit={options.limit}")
    for row in rows:
        row["time"] = datetime.fromtimestamp(row["deployed_at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
        row["short_version"] = row["version"][:12]
    columns = (
        "name",
        "served",
        "time",
        "status",
        "origin",
        "user_id",
        "short_version",
        "commit",
        "status_error_message",
    )
    show_rows(options, rows, columns)
    return 0
