"""`vestibule logout`: end the session on a server."""

from __future__ import annotations

import argparse
import sys

from server.cli.remote_options import server_of
from server.remote.exchange import RemoteError
from server.remote.login import forget_login
from server.settings import Settings

SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[--profile NAME]."""
    parser.add_argument("--profile", default="default", metavar="NAME", help="the login to end")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """End it there, if the server can be reached, and here in any case."""
    del settings
    server = server_of(options)
    forget_login(options.profile)
    try:
        server.send("DELETE", "/auth/session")
    except RemoteError as error:
        sys.stderr.write(f"vestibule: forgotten here, but not ended there: {error}\n")
        return 1
    sys.stdout.write(f"logged out at {server.url}\n")
    return 0
