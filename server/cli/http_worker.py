"""One HTTP server process: deploys the folders and serves them on a listening socket it was given."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import orjson
import uvloop
from hypercorn.asyncio import serve as serve_hypercorn
from hypercorn.config import Config

from server.api.application import make_application
from server.app import open_server
from server.cli.deploying import deploy_opened, open_folders
from server.cli.exit_status import ExitStatus
from server.cli.expected_errors import expected_errors
from server.cli.watch import look_at, redeploy_changes
from server.settings import Settings

KEEP_ALIVE = 10
"""Seconds an idle connection stays open, also when its client has silently gone."""
KEEP_ALIVE_REQUESTS = 100_000
"""Requests after which a connection is closed."""
COLLECTED_AFTER = (10_000, 20, 20)
"""Objects that a request leaves alive before the youngest are looked through, and so often until the older are."""

REFUSED: Final = "! "
"""What a process's line begins with that could not start; the reason follows as a JSON text."""
T = TypeVar("T")

SETTINGS: tuple[str, ...] = ()
LOG_LEVEL = "INFO"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: what it is to do comes by its standard input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a process is to serve; `descriptor` is the listening socket's. Secrets travel here, never in arguments."""

    settings: Settings
    folders: tuple[Path, ...]
    secrets: Mapping[str, str]
    watch: bool
    descriptor: int
    sandbox_workers: int

    def encode(self) -> bytes:
        """For the standard input of a process."""
        return orjson.dumps(
            {
                "settings": self.settings.model_dump(mode="json"),
                "folders": [str(folder) for folder in self.folders],
                "secrets": dict(self.secrets),
                "watch": self.watch,
                "descriptor": self.descriptor,
                "sandbox_workers": self.sandbox_workers,
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> Work:
        """From the standard input of a process."""
        fields = orjson.loads(data)
        return cls(
            settings=Settings.model_validate(fields["settings"]),
            folders=tuple(map(Path, fields["folders"])),
            secrets=fields["secrets"],
            watch=fields["watch"],
            descriptor=fields["descriptor"],
            sandbox_workers=fields["sandbox_workers"],
        )


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Serve what the parent process writes as a line to the standard input, until it stops us or is gone itself."""
    del settings, options
    given = Work.decode(sys.stdin.buffer.readline())
    try:
        uvloop.run(serve_work(given, on_ready=_tell_parent, parent=sys.stdin.fileno()))
    except expected_errors() as error:
        _say(REFUSED + orjson.dumps(str(error)).decode())
        return ExitStatus.FAILED
    return ExitStatus.OK


def _tell_parent(app_ids: list[str]) -> None:
    _say(" ".join(app_ids))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def serve_work(given: Work, *, on_ready: Callable[[list[str]], None], parent: int | None = None) -> None:
    """Deploy, serve until SIGTERM or SIGINT, shut down in order. Raises DeployFailed.

    `on_ready` hears the app ids; `parent` is a descriptor that ends when the parent process does, which stops us, too.
    """
    stopped = _stop_signal()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent, stopped.set)
    seen = {folder: await asyncio.to_thread(look_at, folder) for folder in given.folders if given.watch}
    async with (
        _meanwhile(open_folders(given.folders)) as opening,
        open_server(given.settings, workers=given.sandbox_workers, secrets=given.secrets) as server,
    ):
        collect_seldom()
        services = server.services
        await deploy_opened(await opening, services.deployer)
        await services.deployer.catch_up()
        application = make_application(services)
        on_ready(list(services.registry.app_ids))
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(redeploy_changes(seen, services.deployer))
            following = group.create_task(services.deployer.follow())
            await serve_hypercorn(application, hypercorn_config(given.descriptor), shutdown_trigger=stopped.wait)
            watching.cancel()
            following.cancel()


def collect_seldom() -> None:
    """Leave all that is there by now out of collections, and look through what requests leave behind less often.

    Hardly any of it is in cycles, and what is takes a few megabytes until it is found.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


@asynccontextmanager
async def _meanwhile(work: Coroutine[None, None, T]) -> AsyncIterator[asyncio.Task[T]]:
    """The work, under way while the sandboxes start; nobody waits for it where the block ends without."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def hypercorn_config(descriptor: int) -> Config:
    """How connections accepted at the descriptor are served."""
    config = Config()
    config.bind = [f"fd://{os.dup(descriptor)}"]  # Hypercorn closes it; the listener has an owner who closes it, too
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn")
    config.include_server_header = False
    config.graceful_timeout = 5
    config.keep_alive_timeout = KEEP_ALIVE
    config.keep_alive_max_requests = KEEP_ALIVE_REQUESTS
    config.read_timeout = None  # it would also end connections whose clients wait for a long run, or watch
    return config


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped
