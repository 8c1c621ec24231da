"""`vestibule fault`: have a function of a running server fail, to see what its app and its clients make of it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import UTC, datetime, timedelta

from server.cli.served import app_id_of, check_function, identity_file
from server.records import Fault, FaultKind
from server.settings import Settings
from server.store import open_store

SETTINGS: tuple[str, ...] = ("data_dir", "log_level")
LOG_LEVEL = "WARNING"
LONGEST = 24 * 3600.0
"""Seconds that a fault may last: it is a rehearsal."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP FUNCTION (--delay S | --trap | --garbage | --clear) [--for S]."""
    parser.add_argument("app", metavar="APP", help="the client app id or the name of an app")
    parser.add_argument("function", metavar="FUNCTION", help="the function's name")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--delay", type=_seconds, metavar="SECONDS", help="each call begins so much later")
    what.add_argument("--trap", action="store_true", help="each call ends as if the sandbox had trapped")
    what.add_argument("--garbage", action="store_true", help="each call returns a value of no use")
    what.add_argument("--clear", action="store_true", help="end the fault")
    parser.add_argument(
        "--for", dest="duration", type=_seconds, default=600.0, metavar="SECONDS", help="how long (default: 600)"
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0, {LONGEST:.0f} at most")
    return seconds


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Write the fault down where a running server looks. Raises StoreError where there is no server's data.

    AppError where it serves no such app or function.
    """
    return asyncio.run(_run(settings, options))


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    async with open_store(identity_file(settings)) as store:
        app_id = await app_id_of(store, options.app)
        if options.clear:
            cleared = await store.clear_fault(app_id, options.function)
            sys.stdout.write("cleared\n" if cleared else "there was no fault\n")
            return 0
        await check_function(store, app_id, options.function)
        now = datetime.now(UTC)
        fault = _fault(options, app_id, until=now + timedelta(seconds=options.duration))
        await store.set_fault(fault, now=now)
    delay = f" {fault.delay:g} s" if fault.kind is FaultKind.DELAY else ""
    until = fault.until.isoformat(timespec="seconds")
    sys.stdout.write(f"{fault.function_name} of {fault.app_id}: {fault.kind}{delay} until {until}\n")
    return 0


def _fault(options: argparse.Namespace, app_id: str, *, until: datetime) -> Fault:
    kind = FaultKind.TRAP if options.trap else FaultKind.GARBAGE if options.garbage else FaultKind.DELAY
    return Fault(app_id=app_id, function_name=options.function, kind=kind, delay=options.delay or 0.0, until=until)
