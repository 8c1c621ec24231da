"""Parses the command line and runs the command; only the modules of that command are loaded."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import cast

from server.cli.command import Command, Parser, add_command
from server.cli.exit_status import ExitStatus
from server.cli.expected_errors import expected_errors
from server.cli.logging_format import set_up_logging
from server.cli.next_steps import told
from server.cli.table import COMMANDS
from server.cli.terminal import ERRORS, printable, printable_output
from server.settings import PREFIX, Settings, read_settings

_LOGIN_NEEDED = frozenset({"NotLoggedIn", "SessionEnded"})
"""Errors that a login mends."""


def run_command(arguments: Sequence[str]) -> int:
    """The exit status of the command; its errors are printed, one clear line or more."""
    options = _parse(make_parser(arguments[:1]), arguments)
    command = _load(options.command)
    given = {name: getattr(options, name, None) for name in command.SETTINGS}
    try:
        settings = read_settings({f"{PREFIX}LOG_LEVEL": command.LOG_LEVEL} | os.environ, given)
        set_up_logging(settings.log_level, settings.log_format)
        with printable_output():
            return _run(command, settings, options)
    except BrokenPipeError:
        return _unread()
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    except Exception as error:
        if not isinstance(error, expected_errors()):
            raise
        sys.stderr.write(f"{ERRORS.red('vestibule:')} {printable(told(error, options))}\n")
        return _status(error)


def _run(command: Command, settings: Settings, options: argparse.Namespace) -> int:
    """The exit status, once all output is out."""
    status = command.run(settings, options)
    sys.stdout.flush()
    return status


def _unread() -> ExitStatus:
    """Whoever read the output has gone, as `head` does: nothing more is written, and that is no error to tell."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return ExitStatus.BROKEN_PIPE


def make_parser(names: Iterable[str] = COMMANDS) -> Parser:
    """The grammar of these commands."""
    parser = Parser(prog="vestibule", description="Apps bring their own login logic; this serves them.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in names:
        about = COMMANDS[name].about
        made = commands.add_parser(name, help=about, description=about) if about else commands.add_parser(name)
        add_command(_load(name), made)
    return parser


def _parse(parser: Parser, arguments: Sequence[str]) -> argparse.Namespace:
    """The options; argparse leaves over the function's arguments that follow an option (`run APP F --system 1`)."""
    options, left_over = parser.parse_known_args(arguments)
    if left_over and (options.command != "run" or any(text.startswith("-") for text in left_over)):
        parser.of(options.command).error(f"unrecognized arguments: {' '.join(left_over)}")
    if left_over:
        options.arguments += left_over
    return options


def _load(name: str) -> Command:
    return cast("Command", import_module(f"server.cli.{COMMANDS[name].module}"))


def _status(error: Exception) -> ExitStatus:
    """What the error is to a script: whoever is not logged in can log in and try again."""
    return ExitStatus.NOT_LOGGED_IN if type(error).__name__ in _LOGIN_NEEDED else ExitStatus.FAILED
