"""`vestibule completion`: a script for a shell that completes commands, options and files."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

import shtab

from server.cli.command import Parser
from server.settings import Settings

SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "WARNING"
SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """SHELL."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the script, made from the grammar of all commands."""
    del settings
    parser = import_module("server.cli.commands").make_parser()  # which loads this module by its table
    for place in parser.with_actions():
        _complete_paths(place)
    sys.stdout.write(shtab.complete(parser, options.shell) + "\n")
    return 0


def _complete_paths(parser: Parser) -> None:
    """Arguments that are paths are completed as such."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way to its own actions
        if action.type is Path:
            action.complete = shtab.FILE  # type: ignore[attr-defined]  # where shtab looks for it
