"""`vestibule` and `python -m server`."""

from __future__ import annotations

import sys
from importlib import import_module

from server.cli.overview import run_overview
from server.cli.table import COMMANDS


def main() -> None:
    """Run the command line and exit with its status; a list of commands needs none of them."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in COMMANDS:
        sys.exit(run_overview(arguments))
    sys.exit(import_module("server.cli.commands").run_command(arguments))


if __name__ == "__main__":
    main()
