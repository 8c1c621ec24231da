"""What a command is: a module with a name, arguments of its own and the settings it takes as options."""

from __future__ import annotations

import argparse
from typing import Protocol

from server.settings import PREFIX, Settings


class Command(Protocol):
    """A module of this package that stands in the table of `commands.py`."""

    NAME: str
    HELP: str
    """One line for `vestibule --help`; empty: the command is not listed."""
    SETTINGS: tuple[str, ...]
    """The settings that are options of the command."""

    LOG_LEVEL: str
    """Least level that is logged unless the operator asks for another."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what else the command takes."""

    def run(self, settings: Settings, options: argparse.Namespace) -> int:
        """Do it; the exit status."""


def add_command(command: Command, parser: argparse.ArgumentParser) -> None:
    """Give the parser all options of the command; settings left out come from the environment or their defaults."""
    command.add_arguments(parser)
    for name in command.SETTINGS:
        _add_setting(parser, name)


def _add_setting(parser: argparse.ArgumentParser, name: str) -> None:
    field = Settings.model_fields[name]
    option, about = f"--{name.replace('_', '-')}", f"{field.description or ''} [{PREFIX}{name.upper()}]"
    if field.annotation is bool:
        parser.add_argument(option, dest=name, action=argparse.BooleanOptionalAction, default=None, help=about)
    else:
        parser.add_argument(option, dest=name, metavar=name.rsplit("_", maxsplit=1)[-1].upper(), help=about)
