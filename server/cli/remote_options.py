"""The options and the output that all commands on a server have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import orjson

from server.remote.client import RemoteServer
from server.remote.login import login_path
from server.settings import Settings

PLACE_SETTINGS = ("data_dir", "log_level")
"""The settings of a command that takes `--local`."""


def add_remote(parser: argparse.ArgumentParser) -> None:
    """`--profile NAME`, `--format text|json`."""
    _add_profile(parser)
    add_format(parser)


def add_where(parser: argparse.ArgumentParser) -> None:
    """`--local`, `--profile NAME`."""
    parser.add_argument("--local", action="store_true", help="work on the data directory instead of asking a server")
    _add_profile(parser)


def _add_profile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", default="default", metavar="NAME", help="the login to use (default: default)")


def add_format(parser: argparse.ArgumentParser) -> None:
    """`--format text|json`."""
    parser.add_argument("--format", choices=["text", "json"], default="text", help="how to print (default: text)")


def add_place(parser: argparse.ArgumentParser) -> None:
    """As `add_remote`, and `--local`."""
    add_where(parser)
    add_format(parser)


def add_app(parser: argparse.ArgumentParser) -> None:
    """The app, and the options of a server."""
    parser.add_argument("app", metavar="APP", help="the client app id or the name of an app")
    add_remote(parser)


def add_placed_app(parser: argparse.ArgumentParser) -> None:
    """As `add_app`, and `--local`."""
    parser.add_argument("app", metavar="APP", help="the client app id or the name of an app")
    add_place(parser)


def works_locally(settings: Settings, options: argparse.Namespace) -> bool:
    """Whether the data directory is meant, of commands that operators used before there was a server to ask.

    A directory that is named is meant; one that is there is, as long as nobody is logged in at a server.
    """
    if options.local or "data_dir" in options:
        return True
    is_there = (settings.data_dir / "identity.sqlite").exists()
    return options.profile == "default" and is_there and not login_path(options.profile).exists()


def server_of(options: argparse.Namespace) -> RemoteServer:
    """The server of the profile. Raises NotLoggedIn."""
    return RemoteServer.of_profile(options.profile)


@contextmanager
def opened_server(settings: Settings, options: argparse.Namespace, *, serves: bool = False) -> Iterator[RemoteServer]:
    """The server of the profile, or with `--local` the data directory itself. Raises NotLoggedIn, AppError.

    What is about the users or the running functions of an app `serves`.
    """
    if not options.local:
        yield server_of(options)
        return
    with import_module("server.cli.local_api").local_server(
        settings, serves=serves
    ) as server:  # a second of imports for few
        yield server


def show_rows(options: argparse.Namespace, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows as an aligned table, below the columns' names if they are several, or as JSON with everything they hold."""
    if options.format == "json":
        sys.stdout.write(orjson.dumps(list(rows), option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    texts = [[_text(row.get(column)) for column in columns] for row in rows]
    if rows and len(columns) > 1:
        texts.insert(0, [column.upper().replace("_", " ").strip() for column in columns])
    widths = [max(len(line[index]) for line in texts) if texts else 0 for index in range(len(columns))]
    for line in texts:
        padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(padded).rstrip() + "\n")


def show_value(options: argparse.Namespace, value: object, text: str) -> None:
    """A value as JSON, or a sentence for a person."""
    line = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() if options.format == "json" else text
    sys.stdout.write(f"{line}\n")


def _text(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode()
    return text.replace("\n", " ")
