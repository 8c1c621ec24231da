"""Parses the command line and runs the command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from runtime.errors import SandboxError
from server.auth.keys import SigningKeyError
from server.cli import admins, doctor, fault, http_worker, run, serve, triggers
from server.cli.command import Command, Parser, add_command
from server.cli.data_directory import DataDirectoryInUse
from server.cli.logging_format import set_up_logging
from server.cli.secrets import SecretsError
from server.errors import AppError
from server.settings import PREFIX, SettingsError, read_settings
from server.store.errors import StoreError
from server.versions.deployer import DeployFailed
from server.versions.secret_box import SecretBoxError

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: done; could not be done; wrongly asked; stopped by Ctrl-C."""

_EXPECTED = (
    SettingsError, SecretsError, SecretBoxError, DeployFailed, DataDirectoryInUse, SandboxError, StoreError,
    SigningKeyError, AppError, OSError,
)  # fmt: skip
_COMMANDS: tuple[Command, ...] = (serve, run, admins, triggers, fault, doctor, http_worker)


def run_command(arguments: Sequence[str]) -> int:
    """The exit status of the command; its errors are printed, one clear line or more."""
    options = _parse(arguments)
    command = next(command for command in _COMMANDS if options.command == command.NAME)
    given = {name: getattr(options, name, None) for name in command.SETTINGS}
    try:
        settings = read_settings({f"{PREFIX}LOG_LEVEL": command.LOG_LEVEL} | os.environ, given)
        set_up_logging(settings.log_level)
        return command.run(settings, options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except _EXPECTED as error:
        sys.stderr.write(f"vestibule: {error}\n")
        return FAILED


def make_parser() -> Parser:
    """The command line's grammar."""
    parser = Parser(prog="vestibule", description="Apps bring their own login logic; this serves them.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        name, about = command.NAME, command.HELP
        made = commands.add_parser(name, help=about, description=about) if about else commands.add_parser(name)
        add_command(command, made)
    return parser


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; argparse leaves over the function's arguments that follow an option (`run APP F --system 1`)."""
    parser = make_parser()
    options, left_over = parser.parse_known_args(arguments)
    if left_over and (options.command != run.NAME or any(text.startswith("-") for text in left_over)):
        parser.error(f"unrecognized arguments: {' '.join(left_over)}")
    if left_over:
        options.arguments += left_over
    return options
