"""`vestibule run`: one function of an app folder in the sandbox it would be served in."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

import uvloop

from runtime.messages import Outcome
from server import ejson
from server.app import open_server
from server.apps.model import App
from server.calls.authority import as_user, system_caller
from server.calls.calling import encode_arguments
from server.cli.deploying import compile_folder
from server.cli.secrets import add_secrets, read_secrets
from server.context.deployment import Deployment
from server.ejson import EjsonError, Value
from server.errors import AppError, ErrorCode
from server.records import Caller
from server.settings import Settings
from server.store import Store

SETTINGS: tuple[str, ...] = (
    "data_dir", "data_source", "function_seconds", "function_memory", "function_cpu_seconds", "allowed_hosts",
    "log_level",
)  # fmt: skip
LOG_LEVEL = "WARNING"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP_DIR FUNCTION [ARG...] [--user ID | --system] [--secrets FILE]."""
    parser.add_argument("app_dir", type=Path, metavar="APP_DIR", help="an exported app folder")
    parser.add_argument("function", metavar="FUNCTION", help="the function's name")
    parser.add_argument("arguments", nargs="*", metavar="ARG", help="arguments: Extended JSON, else text")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--user", metavar="ID", help="run as this user")
    who.add_argument("--system", action="store_true", help="run as the system user (the default)")
    add_secrets(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Run the function; prints logs, result or error, time and memory. Exit status 1 where the function failed."""
    return uvloop.run(_run(settings, options))


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    secrets = read_secrets(options.secrets)
    async with open_server(settings, workers=1, secrets=secrets, run_triggers=False) as server:
        calls = server.services.calls
        deployment = await compile_folder(options.app_dir, server.services.deployer)
        check_function(deployment.app, options.function)
        caller = await caller_of(deployment, calls.store, options.user)
        arguments = encode_arguments(*map(read_argument, options.arguments))
        started = time.monotonic()
        outcome = await calls.run(deployment, caller, options.function, arguments)
        await asyncio.to_thread(show, outcome, time.monotonic() - started)
    return 0 if outcome.error is None else 1


def check_function(app: App, name: str) -> None:
    """Raises AppError, which names the functions there are, where the app has none of that name."""
    if name not in app.functions:
        there_are = ", ".join(sorted(app.functions)) or "none"
        text = f"app '{app.app_id}' has no function '{name}'; there are: {there_are}"
        raise AppError(ErrorCode.NOT_FOUND, text)


async def caller_of(deployment: Deployment, store: Store, user_id: str | None) -> Caller:
    """The app's user of that id, the system user where none is named. Raises AppError."""
    system = system_caller("the command line")
    if user_id is None:
        return system
    user = await store.find_user(deployment.app.app_id, user_id)
    if user is None:
        raise AppError(
            ErrorCode.USER_NOT_FOUND,
            f"app '{deployment.app.app_id}' has no user '{user_id}'; `vestibule users list` shows all",
        )
    return as_user(user, system)


def read_argument(text: str) -> Value:
    """Extended JSON where it is that, else the text itself (contract 13)."""
    try:
        return ejson.loads(text)
    except EjsonError:
        return text


def show(outcome: Outcome, seconds: float) -> None:
    """Print how the run ended."""
    for line in outcome.logs:
        sys.stdout.write(f"{line.level}: {line.text}\n")
    if outcome.error is not None:
        sys.stdout.write(f"error: {outcome.error.text}\n{outcome.error.stack}".rstrip() + "\n")
    elif outcome.value is not None:
        sys.stdout.write(f"result: {outcome.value.decode()}\n")
    stats = outcome.stats
    pages = "" if stats.pages_written is None else f"pages written: {stats.pages_written}, "
    sys.stdout.write(
        f"time: {seconds * 1000:.1f} ms ({stats.guest_time * 1000:.1f} ms in the function), "
        f"memory: {stats.memory / 1024 / 1024:.1f} MB, {pages}host calls: {stats.host_calls}\n"
    )
