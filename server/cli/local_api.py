"""The Admin API of a data directory, without a server: what `--local` works on, whether or not a server runs."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from quart import Quart

from server.admin.sessions import AdministratorSessions
from server.administrator_records import Administrator, AdministratorKind, Grant, Role
from server.api.application import make_application
from server.app import open_server
from server.errors import AppError, ErrorCode
from server.remote.client import RemoteServer
from server.remote.exchange import JSON, PREFIX, Answer, Reached, nothing, refusal
from server.settings import Settings

_OPERATOR: Final = Administrator(
    id="0" * 24,
    kind=AdministratorKind.KEY_PAIR,
    login="the command line",
    secret_hash="",
    grants=(Grant(role=Role.OWNER, app_id=None),),
    created_at=datetime.fromtimestamp(0, UTC),
)
"""Whoever may write the data directory may do everything with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _OperatorsSessions(AdministratorSessions):
    """Knows one caller: the person at the command line. Such an application listens nowhere."""

    async def caller(self, token: str) -> Administrator:
        """The operator, whatever the token."""
        del token
        return _OPERATOR


class LocalTransport:
    """Requests to an application in this process, whose event loop has a thread of its own."""

    def __init__(self, application: Quart, loop: asyncio.AbstractEventLoop, place: str) -> None:
        self._application = application
        self._loop = loop
        self.place = place

    def ask(self, method: str, path: str, data: bytes | None, content_type: str, reached: Reached) -> bytes:
        """The answer's body. Raises RemoteError."""
        answer = self._answer(method, path, data, content_type)
        status, body = asyncio.run_coroutine_threadsafe(answer, self._loop).result()
        reached(len(data or b""))
        if status >= HTTPStatus.BAD_REQUEST:
            raise refusal(status, body)
        return body

    def opened(self, path: str) -> Answer:
        """The answer to a GET, which is here whole. Raises RemoteError."""
        body = self.ask("GET", path, None, JSON, nothing)
        return Answer(io.BytesIO(body), len(body), self.place)

    async def _answer(self, method: str, path: str, data: bytes | None, content_type: str) -> tuple[int, bytes]:
        headers = {"Content-Type": content_type, "Authorization": "Bearer local"}
        client: Any = self._application.test_client()  # its protocol demands every argument that there is
        answer = await client.open(PREFIX + path, method=method, data=data, headers=headers)
        return answer.status_code, await answer.get_data(as_text=False)


@contextmanager
def local_server(settings: Settings, *, serves: bool = False) -> Iterator[RemoteServer]:
    """The Admin API of the data directory until the end of the block; with `serves` its apps run in this process, too.

    Raises AppError where nothing is kept there.
    """
    if not (settings.data_dir / "identity.sqlite").exists():
        raise AppError(
            ErrorCode.NOT_FOUND,
            f"there is no data in {settings.data_dir}; `--data-dir DIR` names another place, "
            "and without `--local` a server is asked",
        )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="local-api", daemon=True)
    thread.start()
    opened: Future[Quart] = Future()
    done = asyncio.Event()
    holding = asyncio.run_coroutine_threadsafe(_hold(settings, opened, done, serves=serves), loop)
    try:
        wait(list[Future[Any]]((opened, holding)), return_when=FIRST_COMPLETED)
        if opened.done():
            yield RemoteServer(LocalTransport(opened.result(), loop, str(settings.data_dir)))
    finally:
        loop.call_soon_threadsafe(done.set)
        try:
            holding.result()
        finally:
            _stop(loop, thread)


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _hold(settings: Settings, opened: Future[Quart], done: asyncio.Event, *, serves: bool) -> None:
    """Keep the application open, in one task from its first to its last moment."""
    async with open_server(settings, workers=1, secrets={}, run_triggers=False) as server:
        if serves:
            await server.services.deployer.serve_all()
        sessions = server.services.administration.sessions
        given = {field.name: getattr(sessions, field.name) for field in fields(sessions)}
        administration = replace(server.services.administration, sessions=_OperatorsSessions(**given))
        application = make_application(replace(server.services, administration=administration))
        await application.startup()
        opened.set_result(application)
        await done.wait()
        await application.shutdown()
