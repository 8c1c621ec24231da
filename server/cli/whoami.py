"""`vestibule whoami`: where the session is, whose it is, and what it may do."""

from __future__ import annotations

import argparse

from server.cli.remote_options import add_remote, server_of, show_value
from server.settings import Settings

SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[--profile NAME] [--format F]."""
    add_remote(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Ask the server."""
    del settings
    server = server_of(options)
    profile = server.get("/auth/profile")
    roles = ", ".join(f"{role['role_name']} of {role['app_id'] or 'all apps'}" for role in profile["roles"])
    show_value(options, {"url": server.url, **profile}, f"{profile['data']['name']} at {server.url}: {roles}")
    return 0
