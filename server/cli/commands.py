"""Parses the command line and runs the command; only the modules of that command are loaded."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import cast

from server.cli.command import Command, Parser, add_command
from server.cli.exit_status import ExitStatus
from server.cli.logging_format import set_up_logging
from server.cli.table import COMMANDS
from server.cli.terminal import ERRORS, printable, printable_output
from server.settings import PREFIX, Settings, read_settings

_EXPECTED: Mapping[str, tuple[str, ...]] = {
    "builtins": ("OSError",),
    "runtime.errors": ("SandboxError",),
    "server.apps.problems": ("AppFolderError",),
    "server.auth.keys": ("SigningKeyError",),
    "server.backup.problems": ("BackupError",),
    "server.cli.data_directory": ("DataDirectoryInUse",),
    "server.cli.init": ("CannotInit",),
    "server.cli.secrets": ("SecretsError",),
    "server.cli.user_import": ("ImportFailed",),
    "server.documents.errors": ("DocumentError",),
    "server.documents.moving.problems": ("MovingError",),
    "server.ejson.values": ("EjsonError",),
    "server.errors": ("AppError",),
    "server.remote.exchange": ("RemoteError",),
    "server.remote.login": ("NotLoggedIn",),
    "server.settings": ("SettingsError",),
    "server.store.errors": ("StoreError",),
    "server.testing.results": ("TestingError",),
    "server.versions.archive": ("ArchiveError",),
    "server.versions.compiling": ("DeployFailed",),
    "server.versions.secret_box": ("SecretBoxError",),
}
"""Errors that are told in a line; those of a module that was never loaded cannot have been raised."""
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
        if not isinstance(error, _expected()):
            raise
        sys.stderr.write(f"{ERRORS.red('vestibule:')} {printable(str(error))}\n")
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
        advice = f"`vestibule {options.command} --help` shows what there is"
        parser.error(f"unrecognized arguments: {' '.join(left_over)}; {advice}")
    if left_over:
        options.arguments += left_over
    return options


def _load(name: str) -> Command:
    return cast("Command", import_module(f"server.cli.{COMMANDS[name].module}"))


def _status(error: Exception) -> ExitStatus:
    """What the error is to a script: whoever is not logged in can log in and try again."""
    return ExitStatus.NOT_LOGGED_IN if type(error).__name__ in _LOGIN_NEEDED else ExitStatus.FAILED


def _expected() -> tuple[type[Exception], ...]:
    loaded = ((sys.modules[module], names) for module, names in _EXPECTED.items() if module in sys.modules)
    return tuple(getattr(module, name) for module, names in loaded for name in names)
