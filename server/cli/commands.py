"""Parses the command line and runs the command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from runtime.errors import SandboxError
from server.auth.keys import SigningKeyError
from server.cli import http_worker, run, serve
from server.cli.data_directory import DataDirectoryInUse
from server.cli.deploying import DeployFailed
from server.cli.logging_format import set_up_logging
from server.cli.secrets import SecretsError
from server.errors import AppError
from server.settings import Settings, SettingsError, read_settings
from server.store.errors import StoreError

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: done; could not be done; wrongly asked; stopped by Ctrl-C."""

_EXPECTED = (
    SettingsError, SecretsError, DeployFailed, DataDirectoryInUse, SandboxError, StoreError, SigningKeyError,
    AppError, OSError,
)  # fmt: skip
_COMMANDS: dict[str, Callable[[Settings, argparse.Namespace], int]] = {
    "serve": serve.serve,
    "run": run.run,
    "http-worker": http_worker.work,
}
_SETTINGS = ("host", "port", "data_dir", "workers", "http_workers", "base_url", "log_level")


def run_command(arguments: Sequence[str]) -> int:
    """The exit status of the command; its errors are printed, one clear line or more."""
    options = make_parser().parse_args(arguments)
    given = {name: getattr(options, name, None) for name in _SETTINGS}
    try:
        settings = read_settings(os.environ, given)
        level = "WARNING" if options.command == "run" and not options.log_level else settings.log_level
        set_up_logging(level)
        return _COMMANDS[options.command](settings, options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except _EXPECTED as error:
        sys.stderr.write(f"vestibule: {error}\n")
        return FAILED


def make_parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    parser = argparse.ArgumentParser(
        prog="vestibule", description="Apps bring their own login logic; this serves them."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_serve(commands.add_parser("serve", help="deploy app folders and serve them"))
    _add_run(commands.add_parser("run", help="run one function of an app folder in its sandbox"))
    commands.add_parser("http-worker")
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, metavar="D", help="where everything is kept (default: .data)")
    parser.add_argument("--secrets", type=Path, metavar="FILE", help="a JSON object of secrets, name to text")
    parser.add_argument("--log-level", metavar="LEVEL", help="DEBUG, INFO, WARNING or ERROR (default: INFO)")


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app_dirs", type=Path, nargs="+", metavar="APP_DIR", help="an exported app folder")
    parser.add_argument("--host", metavar="H", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, metavar="P", help="port to listen on; 0 takes a free one (default: 9090)")
    parser.add_argument("--base-url", metavar="URL", help="URL by which clients reach the server")
    parser.add_argument("--workers", type=int, metavar="N", help="sandbox worker processes (default: one a core)")
    parser.add_argument("--http-workers", type=int, metavar="N", help="HTTP server processes (default: 1)")
    parser.add_argument("--watch", action="store_true", help="deploy again when a folder changes")
    _add_common(parser)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("app_dir", type=Path, metavar="APP_DIR", help="an exported app folder")
    parser.add_argument("function", metavar="FUNCTION", help="the function's name")
    parser.add_argument("arguments", nargs="*", metavar="ARG", help="arguments: Extended JSON, else text")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--user", metavar="ID", help="run as this user")
    who.add_argument("--system", action="store_true", help="run as the system user (the default)")
    _add_common(parser)
