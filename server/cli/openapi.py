"""`vestibule openapi`: the description of the Admin API that tools and client generators read."""

from __future__ import annotations

import argparse
import json
import sys
from typing import cast

from server.api.admin.openapi import openapi_document
from server.api.admin.route_table import admin_routes
from server.api.application import make_application
from server.api.services import Services
from server.settings import Settings

SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """[--url URL]."""
    parser.add_argument("--url", default="http://127.0.0.1:9090", help="where the server answers")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print it."""
    del settings
    application = make_application(cast("Services", None))  # its routes are looked at, none is called
    document = openapi_document(admin_routes(application), options.url)
    sys.stdout.write(f"{json.dumps(document, indent=2)}\n")
    return 0
