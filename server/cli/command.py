"""What a command is: a module with arguments of its own and the settings it takes as options."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any, Final, NoReturn, Protocol

from server.cli.exit_status import ExitStatus
from server.cli.terminal import ERRORS, printable
from server.settings import PREFIX, Settings

MOST_DIGITS: Final = 9
"""Of a number that a server takes."""


class Command(Protocol):
    """A module of this package that stands in the table of `table.py`."""

    SETTINGS: tuple[str, ...]
    """The settings that are options of the command."""

    LOG_LEVEL: str
    """Least level that is logged unless the operator asks for another."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what else the command takes."""

    def run(self, settings: Settings, options: argparse.Namespace) -> int:
        """Do it; the exit status."""


class Parser(argparse.ArgumentParser):
    """A parser that remembers its actions, so that options of the whole command can stand behind each of them."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._actions_parser: argparse._SubParsersAction[Parser] | None = None

    def error(self, message: str) -> NoReturn:
        """How the command is used, what is wrong with this use, and where more is said; exit status 2."""
        self.print_usage(sys.stderr)
        told = f"{printable(message)}; `{self.prog} --help` says more"
        self.exit(ExitStatus.USAGE, f"{ERRORS.red('vestibule:')} {told}\n")

    def add_subparsers(self, **named: Any) -> Any:
        """As argparse's."""
        self._actions_parser = super().add_subparsers(**named)
        return self._actions_parser

    def of(self, name: str) -> Parser:
        """The parser of one of its actions."""
        return self._actions_parser.choices[name] if self._actions_parser else self

    @property
    def is_action(self) -> bool:
        """Whether it has no actions of its own."""
        return self._actions_parser is None

    def with_actions(self) -> Iterator[Parser]:
        """This parser, and those of its actions."""
        yield self
        for action in self._actions_parser.choices.values() if self._actions_parser else ():
            yield from action.with_actions()


def positive(text: str) -> int:
    """A number of things, for argparse. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdecimal() or len(text) > MOST_DIGITS or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def add_command(command: Command, parser: Parser) -> None:
    """Give the parser all options of the command; settings left out come from the environment or their defaults."""
    command.add_arguments(parser)
    for name in command.SETTINGS:
        for place in parser.with_actions():
            _add_setting(place, name)


def _add_setting(parser: Parser, name: str) -> None:
    field = Settings.model_fields[name]
    option, about = f"--{name.replace('_', '-')}", f"{field.description or ''} [{PREFIX}{name.upper()}]"
    given: dict[str, Any] = {"dest": name, "default": argparse.SUPPRESS, "help": about}
    if field.annotation is bool:
        parser.add_argument(option, action=argparse.BooleanOptionalAction, **given)
    elif name == "data_source":
        parser.add_argument(option, metavar="NAME=URI", action="append", **given)
    else:
        parser.add_argument(option, metavar=name.partition("_per_")[0].rsplit("_", maxsplit=1)[-1].upper(), **given)
