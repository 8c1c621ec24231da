"""`vestibule test`: the tests of an app's functions, in the sandbox that its functions run in."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import uvloop

from runtime.limits import Limits
from runtime.supervisor import open_sandboxes
from server.cli.exit_status import ExitStatus
from server.cli.secrets import add_secrets, read_secrets
from server.cli.terminal import OUTPUT
from server.settings import Settings
from server.testing.app import build_app_under_test, read_app_under_test
from server.testing.recording import Recorded
from server.testing.reporting import TextReport, as_json, as_junit
from server.testing.results import Result, State, TestingError, count
from server.testing.running import Listed, Network, TestRunner, open_runner

SETTINGS: tuple[str, ...] = ("data_dir", "function_memory", "allowed_hosts", "log_level")
LOG_LEVEL = "ERROR"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP_DIR [--filter TEXT] [--format text|json|junit] [--seconds N] [--record FILE] [--secrets FILE]."""
    parser.add_argument("app_dir", type=Path, metavar="APP_DIR", help="an exported app folder")
    parser.add_argument("--filter", default="", metavar="TEXT", help="only tests whose file or title has this text")
    parser.add_argument("--format", choices=("text", "json", "junit"), default="text", help="how results are written")
    parser.add_argument("--seconds", type=_seconds, default=10.0, metavar="N", help="a test takes at most (10)")
    parser.add_argument("--record", type=Path, metavar="FILE", help="send undeclared requests, and write their answers")
    add_secrets(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the results. Exit status 1 where a test failed, or there is none."""
    if not options.app_dir.is_dir():
        sys.stderr.write(f"vestibule: {options.app_dir}: there is no such folder; name the folder of an exported app\n")
        return ExitStatus.USAGE
    return uvloop.run(_run(settings, options))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= Limits().wall_time:
        raise argparse.ArgumentTypeError(f"{text!r} must be more than 0 and at most {Limits().wall_time:g}")
    return seconds


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    secrets = read_secrets(options.secrets)
    if options.record is not None and not options.record.absolute().parent.is_dir():
        raise TestingError(f"--record cannot write {options.record}: name a file in a folder that is there")
    survey = await asyncio.to_thread(read_app_under_test, options.app_dir, secrets)
    recorded = Recorded() if options.record else None
    network = Network(recorded=recorded, allowed_hosts=settings.allowed_hosts)
    limits = Limits(wall_time=options.seconds, memory=settings.function_memory)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    started = time.monotonic()
    async with open_sandboxes(settings.data_dir.absolute() / "cache", workers=1) as sandboxes:
        app = await build_app_under_test(survey, sandboxes)
        async with open_runner(app, sandboxes, limits, network) as runner:
            results = await _report(runner, options, started)
    if recorded is not None:
        options.record.write_bytes(recorded.encode())
    return ExitStatus.FAILED if count(results, State.FAILED) else ExitStatus.OK


async def _report(runner: TestRunner, options: argparse.Namespace, started: float) -> list[Result]:
    """Run what is wanted and print it, as text while it runs. Raises TestingError where nothing is wanted."""
    text = TextReport(OUTPUT.are_shown) if options.format == "text" else None
    results: list[Result] = []
    async for result in _results(runner, options.filter):
        if text is not None:
            new_file = not results or results[-1].file != result.file
            sys.stdout.write((text.heading(result.file) if new_file else "") + text.result(result))
            sys.stdout.flush()
        results.append(result)
    if not results:
        raise TestingError(_nothing_to_run(options))
    if text is not None:
        sys.stdout.write(text.summary(results, time.monotonic() - started))
    elif options.format == "json":
        sys.stdout.write(orjson.dumps(as_json(results), option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        sys.stdout.write(as_junit(results).decode())
    return results


def _nothing_to_run(options: argparse.Namespace) -> str:
    if options.filter:
        return f"no test has {options.filter!r} in its file or title; without --filter all are run"
    return f"{options.app_dir} has no tests; write one into functions/NAME.test.js"


async def _results(runner: TestRunner, wanted: str) -> AsyncIterator[Result]:
    for file in runner.app.files:
        listed = await runner.list(file)
        if isinstance(listed, Result):
            yield listed
            continue
        for test in listed:
            if _is_wanted(test, wanted):
                yield await runner.run(test)


def _is_wanted(test: Listed, wanted: str) -> bool:
    return wanted.casefold() in f"{test.file} {' > '.join(test.titles)}".casefold()
