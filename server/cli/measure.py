"""`vestibule measure`: how long calls of one function take, and what they use."""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from typing import Any, Final

import uvloop

from runtime.messages import Outcome
from server.app import open_server
from server.calls.calling import Calls, encode_arguments
from server.cli.command import positive
from server.cli.deploying import compile_folder
from server.cli.distribution import Distribution
from server.cli.remote_options import add_format, show_value
from server.cli.run import caller_of, check_function, read_argument
from server.cli.secrets import add_secrets, read_secrets
from server.cli.terminal import Progress
from server.context.deployment import Deployment
from server.errors import AppError, ErrorCode
from server.records import Caller
from server.settings import Settings

SETTINGS: tuple[str, ...] = (
    "data_dir", "data_source", "workers", "function_seconds", "function_memory", "function_cpu_seconds",
    "allowed_hosts", "log_level",
)  # fmt: skip
LOG_LEVEL = "ERROR"
WARM_UP: Final = 0.1
"""Share of the calls that is made beforehand and not counted."""
_MILLI, _MEGA = 1000, 1024 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP_DIR FUNCTION [ARG...] [--calls N] [--at-once N] [--user ID] [--secrets FILE]."""
    parser.add_argument("app_dir", type=Path, metavar="APP_DIR", help="an exported app folder")
    parser.add_argument("function", metavar="FUNCTION", help="the function's name")
    parser.add_argument("arguments", nargs="*", metavar="ARG", help="arguments: Extended JSON, else text")
    parser.add_argument("--calls", type=positive, default=1000, metavar="N", help="calls to count (default: 1000)")
    parser.add_argument("--at-once", type=positive, default=1, metavar="N", help="calls under way (default: 1)")
    parser.add_argument("--user", metavar="ID", help="run as this user, not as the system user")
    add_secrets(parser)
    add_format(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Measure and print. Exit status 1 where a call failed: the time of an error is not that of the function."""
    measured = uvloop.run(_run(settings, options))
    show_value(options, measured, _text(measured))
    return 0


async def _run(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    secrets = read_secrets(options.secrets)
    async with open_server(settings, workers=settings.workers, secrets=secrets, run_triggers=False) as server:
        calls = server.services.calls
        deployment = await compile_folder(options.app_dir, server.services.deployer)
        check_function(deployment.app, options.function)
        caller = await caller_of(deployment, calls.store, options.user)
        function = _Function(calls, deployment, caller, options)
        first, _ = await function.call()
        await function.repeat(int(options.calls * WARM_UP), "warming up")
        began = time.perf_counter()
        made = await function.repeat(options.calls, "measuring")
        took = time.perf_counter() - began
    outcomes = [outcome for _, outcome in made]
    return {
        "function": options.function, "calls": options.calls, "at_once": options.at_once, "workers": settings.workers,
        "calls_per_second": round(options.calls / took, 1), "first_ms": round(first * _MILLI, 3),
        "call_ms": Distribution.of([seconds * _MILLI for seconds, _ in made]).rounded(),
        "guest_ms": Distribution.of([outcome.stats.guest_time * _MILLI for outcome in outcomes]).rounded(),
        "memory_mb": round(max(outcome.stats.memory for outcome in outcomes) / _MEGA, 1),
        "host_calls": max(outcome.stats.host_calls for outcome in outcomes),
    }  # fmt: skip


class _Function:
    """The function with its arguments, ready to be called often."""

    def __init__(self, calls: Calls, deployment: Deployment, caller: Caller, options: argparse.Namespace) -> None:
        self._calls, self._deployment, self._caller = calls, deployment, caller
        self._name, self._at_once = options.function, options.at_once
        self._arguments = encode_arguments(*map(read_argument, options.arguments))

    async def call(self) -> tuple[float, Outcome]:
        """Seconds and outcome of one call. Raises AppError where it fails."""
        began = time.perf_counter()
        outcome = await self._calls.run(self._deployment, self._caller, self._name, self._arguments)
        took = time.perf_counter() - began
        if outcome.error is not None:
            advice = "only calls that succeed are measured; `vestibule run` shows where this one failed"
            raise AppError(ErrorCode.FUNCTION_EXECUTION_ERROR, f"{self._name}: {outcome.error.text}: {advice}")
        return took, outcome

    async def repeat(self, number: int, what: str) -> list[tuple[float, Outcome]]:
        """So many calls, as many at once as was asked for."""
        made: list[tuple[float, Outcome]] = []
        left = iter(range(number))
        with Progress(what, number) as shown:

            async def call_on() -> None:
                for _ in left:
                    made.append(await self.call())
                    shown.reached(len(made))

            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(self._at_once, number)):
                        group.create_task(call_on())
            except* AppError as failed:
                raise failed.exceptions[0] from None
        return made


def _text(measured: dict[str, Any]) -> str:
    one = f"{measured['calls']} calls of {measured['function']}, {measured['at_once']} at once"
    lines = [
        f"{one}, workers: {measured['workers']}: {measured['calls_per_second']} calls a second",
        f"{'ms':<10}" + "".join(f"{name:>10}" for name in measured["call_ms"]),
        *(
            f"{title:<10}" + "".join(f"{value:>10.3f}" for value in measured[key].values())
            for title, key in (("call", "call_ms"), ("in guest", "guest_ms"))
        ),
    ]
    used = f"memory: {measured['memory_mb']} MB, host calls: {measured['host_calls']}"
    return "\n".join([*lines, f"first call: {measured['first_ms']} ms, {used}"])
