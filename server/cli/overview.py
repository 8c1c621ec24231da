"""`vestibule` and `vestibule --help`: the list of commands, without loading any of them."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby

from server.cli.exit_status import ExitStatus
from server.cli.table import COMMANDS
from server.cli.terminal import OUTPUT

_ABOUT = "Apps bring their own login logic; this serves them."
_HELP = ("-h", "--help", "help")
_VERSION = ("-V", "--version")


def run_overview(arguments: Sequence[str]) -> int:
    """Answer what is no command: a wish for help or the version, or a mistake."""
    asked = arguments[0] if arguments else ""
    if asked in _VERSION:
        sys.stdout.write(f"vestibule {_version()}\n")
        return ExitStatus.OK
    if asked in _HELP:
        sys.stdout.write(overview())
        return ExitStatus.OK
    sys.stderr.write(f"vestibule: {_mistake(asked)}\n" if asked else overview())
    return ExitStatus.USAGE


def overview() -> str:
    """All commands, a line each, in their groups."""
    listed = [(name, row) for name, row in COMMANDS.items() if row.group]
    width = max(len(name) for name, _ in listed)
    lines = ["usage: vestibule COMMAND [...]", "", _ABOUT]
    for group, rows in groupby(listed, key=lambda entry: entry[1].group):
        lines += ["", OUTPUT.bold(f"{group}:")]
        lines += [f"  {name.ljust(width)}  {row.about}" for name, row in rows]
    return "\n".join(
        [*lines, "", "`vestibule COMMAND --help` tells more of one; `vestibule --version` the version.", ""]
    )


def _mistake(asked: str) -> str:
    if asked.startswith("-"):
        return f"there is no option {asked} before a command; `vestibule --help` lists the commands"
    near = difflib.get_close_matches(asked, [name for name, row in COMMANDS.items() if row.group], n=1)
    meant = f" did you mean `vestibule {near[0]}`?" if near else ""
    return f"there is no command {asked!r};{meant} `vestibule --help` lists the commands"


def _version() -> str:
    try:
        return version("vestibule")
    except PackageNotFoundError:
        return "(not installed)"
