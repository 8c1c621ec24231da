"""`vestibule serve`: deploy app folders and serve them."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import orjson
import uvloop

from server.calls import metrics
from server.cli.data_directory import hold
from server.cli.exit_status import ExitStatus
from server.cli.http_worker import REFUSED, Work, serve_work
from server.cli.secrets import add_secrets, read_secrets
from server.settings import Settings
from server.store import open_store
from server.versions.compiling import DeployFailed
from server.versions.deployer import INTERRUPTED

BACKLOG = 1024
LAST_LINES = 5.0
"""Seconds that the reader of our standard output may take for what the processes exported last."""
RESTART_PAUSE = 1.0
"""Seconds before an HTTP process that ended is started again."""

SETTINGS: tuple[str, ...] = tuple(Settings.model_fields)
LOG_LEVEL = "INFO"

_WRITING = threading.Lock()
_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """APP_DIR... [--watch] [--secrets FILE], beside all settings."""
    parser.add_argument("app_dirs", type=Path, nargs="*", metavar="APP_DIR", help="an exported app folder")
    parser.add_argument("--watch", action="store_true", help="deploy again when a folder changes")
    add_secrets(parser)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Serve until stopped; prints `serving <app id> at <url>` once ready."""
    return serve_folders(settings, options, watch=options.watch, ready=announce)


def serve_folders(
    settings: Settings, options: argparse.Namespace, *, watch: bool, ready: Callable[[list[str], str], None]
) -> int:
    """Serve the folders of the options until stopped; `ready` hears the app ids and the URL once they are served."""
    secrets = read_secrets(options.secrets)
    with hold(settings.data_dir), _listen(settings) as listener:
        asyncio.run(_settle(settings))
        work = Work(
            settings=settings,
            folders=tuple(options.app_dirs),
            secrets=secrets,
            watch=watch,
            descriptor=listener.fileno(),
            sandbox_workers=max(1, settings.workers // settings.http_workers),
        )
        url = settings.base_url or _url(settings.host, listener.getsockname()[1])
        if settings.http_workers == 1:
            uvloop.run(serve_work(work, on_ready=lambda app_ids: ready(app_ids, url)))
            return 0
        return _serve_in_processes(work, url)


def announce(app_ids: list[str], url: str) -> None:
    """Say that everything is ready."""
    for app_id in app_ids or ["no apps yet"]:
        sys.stdout.write(f"serving {app_id} at {url}\n")
    sys.stdout.flush()


async def _settle(settings: Settings) -> None:
    """This process alone holds the data directory: who held a lease, or was deploying, is dead."""
    async with open_store(settings.data_dir.absolute() / "identity.sqlite") as store:
        released = await store.release_all_leases(now=datetime.now(UTC))
        await store.release_mails()
        await store.fail_unfinished_deployments(INTERRUPTED)
    if released:
        _log.info("%d trigger events of an earlier run are run again", released)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error
    return listener


def _url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - shown
    return f"http://{shown}:{port}"


def _serve_in_processes(work: Work, url: str) -> int:
    """Keep the HTTP processes running until SIGTERM or SIGINT."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    _empty(work.settings.data_dir.absolute() / "metrics")
    processes = [_start(work) for _ in range(work.settings.http_workers)]
    relays: list[threading.Thread] = []
    try:
        return _supervise(processes, relays, work, url, stopping)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
        for relay in relays:
            relay.join(LAST_LINES)


def _empty(directory: Path) -> None:
    """What the processes of an earlier run counted is gone, as with every counter in memory."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)


def _supervise(
    processes: list[subprocess.Popen[bytes]],
    relays: list[threading.Thread],
    work: Work,
    url: str,
    stopping: threading.Event,
) -> int:
    said = [process.stdout.readline() if process.stdout else b"" for process in processes]
    refused = [orjson.loads(line.removeprefix(REFUSED.encode())) for line in said if line.startswith(REFUSED.encode())]
    if refused:
        raise DeployFailed("\n".join(dict.fromkeys(refused)))  # all processes are refused for the same reasons
    if not all(said):
        return ExitStatus.FAILED
    announce(said[0].decode().split(), url)
    relays += [_relay(process) for process in processes]
    while not stopping.wait(RESTART_PAUSE):
        for number, process in enumerate(processes):
            if process.poll() is not None:
                _log.warning("an HTTP process ended with status %s; starting another", process.returncode)
                metrics.forget_process(process.pid, work.settings.data_dir.absolute() / "metrics")
                asyncio.run(_bury(work.settings, process.pid))
                processes[number] = _start(work)
                relays += [_relay(processes[number])]
    return 0


def _relay(process: subprocess.Popen[bytes]) -> threading.Thread:
    """Pass on what the process exports, line by line, so that lines of several processes do not mix."""
    relay = threading.Thread(target=_pass_on, args=(process,), daemon=True)
    relay.start()
    return relay


def _pass_on(process: subprocess.Popen[bytes]) -> None:
    for line in process.stdout or ():
        if line.startswith(b"{"):  # another one is that of the app ids, of a process that was started again
            with _WRITING:
                _write_whole(line)
        elif line.startswith(REFUSED.encode()):
            _log.error("an HTTP process could not start: %s", orjson.loads(line.removeprefix(REFUSED.encode())))


def _write_whole(line: bytes) -> None:
    left = memoryview(line)
    with suppress(OSError):  # who read it is gone; serving goes on
        while left:
            left = left[os.write(sys.stdout.fileno(), left) :]


async def _bury(settings: Settings, pid: int) -> None:
    """Nobody goes on with what a process that has ended was deploying."""
    async with open_store(settings.data_dir.absolute() / "identity.sqlite") as store:
        if await store.fail_unfinished_deployments(INTERRUPTED, holder=str(pid)):
            _log.warning("a deployment by an HTTP process that ended has failed")


def _start(work: Work) -> subprocess.Popen[bytes]:
    settings = work.settings
    counted = str(settings.data_dir.absolute() / "metrics")
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "http-worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(work.descriptor,),
        env={
            **os.environ, "VESTIBULE_LOG_LEVEL": settings.log_level, "VESTIBULE_LOG_FORMAT": settings.log_format,
            metrics.DIRECTORY: counted,
        },
    )  # fmt: skip
    if process.stdin is not None:
        process.stdin.write(work.encode() + b"\n")
        process.stdin.flush()
    return process
