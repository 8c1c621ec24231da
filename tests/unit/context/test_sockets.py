"""Connections of a run: judged like requests, owned by the run, upgraded to TLS only when nothing was slipped in."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
import pytest_asyncio
from bson.binary import Binary
from bson.code import Code

from runtime.messages import HostError
from server.apps.policy import HttpRule
from server.context.address_guard import AllowedHosts
from server.context.egress import ANYWHERE, Egress
from server.context.sockets import MOST_OPEN, RunSockets
from tests.unit.context.test_http_guard import self_signed

Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


@asynccontextmanager
async def listening(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server on loopback that talks so; none of its connections outlives it."""
    talking: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking[asyncio.ensure_future(talk(reader, writer))] = writer

    async with await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]
    for task, writer in talking.items():
        task.cancel()
        writer.transport.abort()
    await asyncio.gather(*talking, return_exceptions=True)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends back what comes, until the peer has said all."""
    while data := await reader.read(1000):
        writer.write(data)
    writer.close()


@pytest_asyncio.fixture
async def sockets() -> AsyncIterator[RunSockets]:
    """A run's, to which the operator allows loopback."""
    opened = RunSockets(AllowedHosts.read(["127.0.0.1"]), ANYWHERE)
    yield opened
    await opened.close()
    while opened.leaving:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.01)


async def code_of(work: Awaitable[object]) -> int | str | None:
    """The code with which it is refused."""
    with pytest.raises(HostError) as refused:
        await work
    return refused.value.code


async def test_bytes_go_both_ways(sockets: RunSockets) -> None:
    """What is written arrives, what comes back is read, and the end is told."""
    async with listening(echo) as port:
        connection = await sockets.connect({"host": "127.0.0.1", "port": port})
        handle = {"handle": connection["handle"]}
        await sockets.write({**handle, "data": Binary(b"hello")})
        assert await sockets.read(handle) == {"data": Binary(b"hello")}
        await sockets.end(handle)
        assert await sockets.read(handle) == {"end": True}
        assert (connection["address"], connection["port"]) == ("127.0.0.1", port)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "169.254.169.254", "10.0.0.1"])
async def test_addresses_inside_are_refused(host: str) -> None:
    """Each address is judged before anything is sent to it."""
    sockets = RunSockets(AllowedHosts.read([]), ANYWHERE)
    async with listening(echo) as port:
        assert await code_of(sockets.connect({"host": host, "port": port})) == "EACCES"


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (HttpRule(hosts=("127.0.0.1",)), True),
        (HttpRule(hosts=("mail.example",)), False),
        (HttpRule(hosts=("127.0.0.1",), methods=frozenset({"GET"})), False),
        (HttpRule(hosts=("127.0.0.1",), paths=("/a",)), False),
    ],
)
async def test_the_app_s_policy_holds_for_connections(rule: HttpRule, *, allowed: bool) -> None:
    """A rule about requests does not open a connection that could carry any."""
    sockets = RunSockets(AllowedHosts.read(["127.0.0.1"]), Egress(((rule,),)))
    async with listening(echo) as port:
        arguments = {"host": "127.0.0.1", "port": port}
        if allowed:
            await sockets.connect({**arguments})
        else:
            assert await code_of(sockets.connect({**arguments})) == "EACCES"
        await sockets.close()


async def test_a_run_holds_so_many_connections(sockets: RunSockets) -> None:
    """One more is refused; one that was closed makes room."""
    async with listening(echo) as port:
        opened = [await sockets.connect({"host": "127.0.0.1", "port": port}) for _ in range(MOST_OPEN)]
        assert await code_of(sockets.connect({"host": "127.0.0.1", "port": port})) == "EMFILE"
        await sockets.close_one({"handle": opened[0]["handle"]})
        await sockets.connect({"host": "127.0.0.1", "port": port})


async def test_so_many_connections_at_once_are_no_way_around(sockets: RunSockets) -> None:
    """Those that are being opened count: of many asked for together, no more than may be held are."""
    async with listening(echo) as port:
        asked = [sockets.connect({"host": "127.0.0.1", "port": port}) for _ in range(4 * MOST_OPEN)]
        answers = await asyncio.gather(*asked, return_exceptions=True)

        refused = [answer for answer in answers if isinstance(answer, HostError)]
        assert {answer.code for answer in refused} == {"EMFILE"}
        assert len(answers) - len(refused) == MOST_OPEN


async def test_peer_that_takes_nothing_holds_nothing(sockets: RunSockets, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a peer does not take is given up soon after a connection is closed, which counts as open until then."""
    monkeypatch.setattr("server.context.connection.LINGERING", 3.0)
    ended = asyncio.Event()

    async def take_nothing(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await ended.wait()

    async with listening(take_nothing) as port:
        where = {"host": "127.0.0.1", "port": port}
        handles = [{"handle": (await sockets.connect({**where}))["handle"]} for _ in range(MOST_OPEN)]
        much = Binary(bytes(8 * 1024 * 1024))
        writing = [asyncio.ensure_future(sockets.write({**handle, "data": much})) for handle in handles]
        await asyncio.sleep(0)
        for handle in handles:
            await sockets.close_one({**handle})
        assert sockets.leaving == MOST_OPEN
        await sockets.connect({**where})
        assert sockets.leaving < MOST_OPEN
        await asyncio.gather(*writing, return_exceptions=True)


async def test_tls_begins_without_a_look_at_the_authorities(sockets: RunSockets, tmp_path: Path) -> None:
    """Their certificates are read once, not by each connection while everybody waits."""
    async with listening(echo, self_signed(tmp_path)) as port:
        arguments = {"host": "127.0.0.1", "port": port, "tls": True, "verify": False}
        await sockets.connect({**arguments})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ssl, "create_default_context", None)
            assert (await sockets.connect({**arguments}))["protocol"] == "TLSv1.3"


async def test_nothing_outlives_the_run(sockets: RunSockets) -> None:
    """When the run ends, its peers hear the end; what it would open after that is closed at once."""
    ended = asyncio.Event()

    async def wait_for_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        ended.set()
        writer.close()

    async with listening(wait_for_end) as port:
        handle = {"handle": (await sockets.connect({"host": "127.0.0.1", "port": port}))["handle"]}
        await sockets.close()
        await ended.wait()
        assert await code_of(sockets.read(handle)) == "EPIPE"
        assert await code_of(sockets.connect({"host": "127.0.0.1", "port": port})) == "ECONNABORTED"


async def test_another_run_s_handle_is_nothing(sockets: RunSockets) -> None:
    """Handles are numbers of the run's own table; forged ones find nothing."""
    for handle in (0, 1, -1, 1 << 60, "1", None, True):
        assert await code_of(sockets.write({"handle": handle, "data": Binary(b"x")})) == "EPIPE"
        assert await sockets.close_one({"handle": handle}) == {}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"host": "127.0.0.1", "port": 0}, "ERR_SOCKET_BAD_PORT"),
        ({"host": "127.0.0.1", "port": 65536}, "ERR_SOCKET_BAD_PORT"),
        ({"host": "127.0.0.1", "port": "25"}, "ERR_SOCKET_BAD_PORT"),
        ({"host": "127.0.0.1", "port": 1}, "ECONNREFUSED"),
        ({"host": "a\0b", "port": 1}, "ENOTFOUND"),
        ({"host": "a" * 300, "port": 1}, "ENOTFOUND"),
        ({"host": 1, "port": 1}, None),
        ({"host": "a/b@c", "port": 1}, "EACCES"),
        ({"host": "", "port": 1}, "EACCES"),
    ],
)
async def test_arguments_without_sense(sockets: RunSockets, arguments: dict[str, str | int], code: str | None) -> None:
    """Each is refused with Node's code."""
    assert await code_of(sockets.connect({**arguments})) == code


async def test_certificates_are_verified(sockets: RunSockets, tmp_path: Path) -> None:
    """A certificate nobody vouches for is refused, unless the function says that it does not mind."""
    async with listening(echo, self_signed(tmp_path)) as port:
        arguments = {"host": "127.0.0.1", "port": port, "tls": True}
        await code_of(sockets.connect({**arguments}))
        opened = await sockets.connect({**arguments, "verify": False})
        assert opened["protocol"] == "TLSv1.3"
        assert opened["cipher"]
        await sockets.write({"handle": opened["handle"], "data": Binary(b"secret")})
        assert await sockets.read({"handle": opened["handle"]}) == {"data": Binary(b"secret")}


@pytest.mark.parametrize("slipped_in", [b"", b"250 injected"])
async def test_tls_begins_on_a_connection_in_the_clear(sockets: RunSockets, tmp_path: Path, slipped_in: bytes) -> None:
    """As SMTP's STARTTLS does; what was sent in the clear meanwhile ends the attempt."""
    context = self_signed(tmp_path)
    asked = asyncio.Event()

    async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(slipped_in)
        asked.set()
        if not slipped_in:
            await writer.start_tls(context)
            await echo(reader, writer)
        writer.close()

    async with listening(upgrade) as port:
        handle = {"handle": (await sockets.connect({"host": "127.0.0.1", "port": port}))["handle"]}
        await sockets.write({**handle, "data": Binary(b"t")})
        if slipped_in:
            await asked.wait()
            await asyncio.sleep(0.05)
            assert await code_of(sockets.secure({**handle, "verify": False})) == "EPROTO"
        else:
            reading = asyncio.create_task(sockets.read(handle))
            await asked.wait()
            await sockets.secure({**handle, "verify": False})
            await reading
            await sockets.write({**handle, "data": Binary(b"encrypted")})
            assert await sockets.read(handle) == {"data": Binary(b"encrypted")}


async def test_code_is_no_name(sockets: RunSockets) -> None:
    """What passes for a string in BSON's types, and is none, names no host."""
    with pytest.raises(HostError, match="must be a string"):
        await sockets.connect({"host": Code("127.0.0.1"), "port": 1})
