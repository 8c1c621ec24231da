"""A real HTTP server on loopback for guests to talk to, and names that lead where an attacker wants."""

from __future__ import annotations

import asyncio
import gzip
import socket
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from server.context.egress import ANYWHERE, Egress
from server.context.http import OutboundHttp
from server.context.secret_handles import NO_HANDLES, SecretHandles
from server.errors import AppError


@dataclass
class Peer:
    """The server, what reached it, and an event that never comes."""

    server: TestServer
    seen: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    never: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def port(self) -> int:
        """Where it listens, at 127.0.0.1."""
        assert self.server.port is not None
        return self.server.port

    def url(self, path: str = "/echo", host: str = "127.0.0.1") -> str:
        """A URL that leads here."""
        return f"http://{host}:{self.port}{path}"

    @web.middleware
    async def record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keep every request and its body."""
        self.seen.append(request)
        self.bodies.append(await request.read())
        return await handler(request)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Start an answer of unknown length and do not end it."""
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x" * 100)
        await self.never.wait()
        return response


async def _echo(_: web.Request) -> web.Response:
    return web.Response(text="hello", headers={"x-custom-header": "1", "Set-Cookie": "a=b"})


async def _redirect(request: web.Request) -> web.Response:
    location = {"Location": request.query["to"], "Set-Cookie": "hop=1"}
    return web.Response(status=int(request.query.get("code", "302")), headers=location)


async def _loop(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/loop"})


async def _grant(_: web.Request) -> web.Response:
    return web.Response(headers={"Set-Cookie": "session=granted"})


async def _size(request: web.Request) -> web.Response:
    return web.Response(body=b"x" * int(request.query["bytes"]))


async def _bomb(_: web.Request) -> web.Response:
    return web.Response(body=gzip.compress(b"\0" * 5_000_000), headers={"Content-Encoding": "gzip"})


async def _garbage(_: web.Request) -> web.Response:
    return web.Response(body=b"no gzip", headers={"Content-Encoding": "gzip"})


async def _digest(request: web.Request) -> web.Response:
    challenge = {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}
    return web.Response() if "Authorization" in request.headers else web.Response(status=401, headers=challenge)


def make_peer() -> Peer:
    """A server not yet started, with all that the tests ask for."""
    app = web.Application(client_max_size=5_000_000)
    peer = Peer(TestServer(app))
    app.middlewares.append(peer.record)
    routes: dict[str, Handler] = {
        "/echo": _echo, "/redirect": _redirect, "/loop": _loop, "/grant": _grant, "/size": _size,
        "/stream": peer.stream, "/bomb": _bomb, "/garbage": _garbage, "/digest": _digest,
    }  # fmt: skip
    for path, handler in routes.items():
        app.router.add_route("*", path, handler)
    return peer


class Names(AbstractResolver):
    """A DNS that an attacker controls: the first part of each name leads where the table says."""

    def __init__(self, **addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The one address of a name."""
        address = self.addresses[host.partition(".")[0]]
        version = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=version, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is held."""


async def refusal(
    http: OutboundHttp, *, egress: Egress = ANYWHERE, handles: SecretHandles = NO_HANDLES, **arguments: object
) -> AppError:
    """How a request is refused."""
    with pytest.raises(AppError) as raised:
        await http.request({"method": "get", **arguments}, egress=egress, handles=handles)
    return raised.value
