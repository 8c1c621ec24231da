"""`vestibule diff`: what pushing a folder would change of what is served; nothing is deployed, no draft is opened."""

from __future__ import annotations

import argparse

from server.cli.exit_status import ExitStatus
from server.cli.folder_upload import Upload, add_folder, no_app, show_diff
from server.cli.remote_options import PLACE_SETTINGS, opened_server
from server.settings import Settings

SETTINGS: tuple[str, ...] = PLACE_SETTINGS
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[APP_DIR] [--app ID] [--exit-code]."""
    add_folder(parser)
    parser.add_argument("--exit-code", action="store_true", help="exit with 3 where anything would change")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Ask the server."""
    with opened_server(settings, options) as server:
        upload = Upload.of(server, options)
        app = upload.find_app()
        if app is None:
            raise no_app(upload.app_id, server)
        diff = upload.diff(app)
    show_diff(options, diff)
    return ExitStatus.DIFFERS if options.exit_code and diff["diffs"] else ExitStatus.OK
