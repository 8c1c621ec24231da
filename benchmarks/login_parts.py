"""Where the processor time of a login goes: its parts each by itself, in a server of this process and behind HTTP."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from benchmarks.http_client import Address, load, request
from benchmarks.login_script import APP, CREDENTIALS
from benchmarks.report import Row, Table
from benchmarks.server_process import Running, processor_seconds_of, serving, vestibule
from server import ejson
from server.api.services import Services
from server.app import open_server
from server.auth.tokens import issue_access_token, issue_refresh_token
from server.cli.deploying import deploy_folders
from server.records import RequestDescription, Session
from server.settings import Settings

APP_ID = "plainlogin"
AT_ONCE = 16
KNOWN_USERS = 50

Part = Callable[[], Awaitable[object]]


async def measure_login_parts(data: Path, *, count: int, rounds: int, seconds: float) -> Table:
    """Microseconds of a processor for each part, the least of so many rounds: what else runs only adds to them."""
    settings = Settings(data_dir=data / "parts", port=0)
    rows = []
    with serving("benchmarks.bare_route") as bare, vestibule(APP, data / "served") as ours:
        for name, running, path in (("a bare route", bare, "/any"), ("our hooks before a route", ours, "/healthz")):
            least = min([await _answer(running, path, seconds=seconds) for _ in range(rounds)])
            rows.append(Row(name=f"HTTP: {name}", figures=(None, least)))
    async with open_server(settings, workers=1, secrets={}) as server:
        await deploy_folders((APP,), server.services.deployer)
        for name, part in _parts(server.services).items():
            await _cost(part, count)
            found = [await _cost(part, count) for _ in range(rounds)]
            rows.append(Row(name=name, figures=(min(main for main, _ in found), min(whole for _, whole in found))))
    notes = ("without the sandbox worker, whose part `--only call` measures",)
    return Table(title="Parts of a login, processor time", columns=("main us", "all us"), rows=tuple(rows), notes=notes)


async def _answer(running: Running, path: str, *, seconds: float) -> float:
    """Microseconds of a processor for an answer."""
    address: Address = running.address
    asked = request("POST" if path == "/any" else "GET", path)
    before = processor_seconds_of(running.process_id)
    made = await load(address, itertools.repeat(asked), connections=AT_ONCE, seconds=seconds)
    return (processor_seconds_of(running.process_id) - before) / len(made.samples.durations) * 1e6


async def _cost(part: Part, count: int) -> tuple[float, float]:
    """Microseconds of the main thread and of all threads, for each of `count` times, many at once."""
    left = iter(range(count))

    async def go_on() -> None:
        for _ in left:
            await part()

    main, whole = time.thread_time(), time.process_time()
    await asyncio.gather(*(go_on() for _ in range(AT_ONCE)))
    return (time.thread_time() - main) / count * 1e6, (time.process_time() - whole) / count * 1e6


def _parts(services: Services) -> dict[str, Part]:
    deployment, logins = services.registry.app(APP_ID), services.login.logins
    asked = RequestDescription(remote_ip_address="127.0.0.1", headers=(("Host", "localhost"),))
    names: Iterator[str] = itertools.cycle([f"known{number}" for number in range(KNOWN_USERS)])
    session, now = _session(), datetime.now(UTC)
    key = services.keys.current.private

    async def log_in(provider: str, credentials: ejson.Document) -> None:
        await logins.log_in(logins.attempt(deployment, provider, asked, credentials=credentials))

    async def sign() -> None:
        for _ in range(2):
            key.sign(b"x" * 300, ec.ECDSA(SHA256()))

    async def issue() -> None:
        domain, lifetime = deployment.app.domain_id, timedelta(minutes=30)
        issue_access_token(
            services.keys, session=session, user_data=None, domain_id=domain, now=now, lifetime=lifetime
        )  # fmt: skip
        issue_refresh_token(services.keys, session=session, domain_id=domain, now=now)

    async def call() -> None:
        arguments = ejson.dumps([{**CREDENTIALS}])
        await services.calls.call_as_system(deployment, "login", arguments, reason="measured", request=asked)

    return {
        "two signatures alone": sign,
        "two tokens": issue,
        "anonymous login": lambda: log_in("anon-user", {}),
        "call of the function": call,
        "login by function": lambda: log_in("custom-function", {**CREDENTIALS, "username": next(names)}),
    }


def _session() -> Session:
    now = datetime.now(UTC)
    return Session(
        id="5" * 24, app_id=APP_ID, user_id="6" * 24, device_id="7" * 24, provider_type="custom-function",
        identity_id="ada", provider_id="8" * 24, created_at=now, expires_at=now + timedelta(days=60),
    )  # fmt: skip
