"""Connections that one run of a function holds open: what Node's `net` and `tls` stand on (contract 4.5, 4.7)."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from bson.binary import Binary
from yarl import URL

from runtime.messages import HostError
from server.context.address_guard import AddressRefused, AllowedHosts, judged_socket
from server.context.connection import Connection, tls_context
from server.context.egress import Egress
from server.context.guest_names import GuestNames
from server.ejson import Document, Value, is_text
from server.errors import AppError

MOST_OPEN: Final = 25
"""Connections of one run (contract 4.5)."""
CONNECT_TIME: Final = 30.0
"""Seconds until a connection must stand, its TLS included."""
_CHUNK: Final = 64 * 1024

Result = TypeVar("Result")


@dataclass(slots=True)
class RunSockets:
    """Opened and closed by the run; what it leaves open is closed when it ends."""

    allowed: AllowedHosts
    egress: Egress
    names: GuestNames = field(default_factory=GuestNames)
    _open: dict[int, Connection] = field(default_factory=dict)
    _connecting: int = 0
    _leaving: set[asyncio.Task[None]] = field(default_factory=set)
    _has_ended: bool = False
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def leaving(self) -> int:
        """Connections that were closed and are not gone yet."""
        return len(self._leaving)

    async def connect(self, arguments: Document) -> Document:
        """Open `{host, port, tls, servername, verify}`; gives `{handle, address, port}`. Raises HostError."""
        host, port = _text(arguments, "host"), _port(arguments)
        try:
            self.egress.check_connection(host, port)
        except (AppError, ValueError) as error:
            raise HostError("Error", f"net: connections to {host!r} are not allowed", "EACCES") from error
        await self._await_room()
        handle = next(self._numbers)
        self._connecting += 1
        try:
            connection = await _within_time(host, lambda: self._connect(host, port, arguments))
        finally:
            self._connecting -= 1
        if self._has_ended:
            self._leave(connection)
            raise HostError("Error", "net: the function has ended", "ECONNABORTED")
        self._open[handle] = connection
        return {"handle": handle, **connection.described()}

    async def _await_room(self) -> None:
        """Those that are being opened or closed hold descriptors, too. Raises HostError."""
        while len(self._open) + self._connecting + len(self._leaving) >= MOST_OPEN:
            if not self._leaving:
                raise HostError("Error", f"a function may hold {MOST_OPEN} connections open", "EMFILE")
            await asyncio.wait(self._leaving, return_when=asyncio.FIRST_COMPLETED)

    async def read(self, arguments: Document) -> Document:
        """`{data}` as soon as there is some, or `{end: true}`."""
        connection = self._find(arguments)
        if connection.reading is not None and not connection.reading.done():
            raise HostError("Error", "net: the connection is being read already", "EBUSY")
        connection.reading = asyncio.ensure_future(connection.reader.read(_CHUNK))
        try:
            data = await connection.reading
        except asyncio.CancelledError:
            if connection.is_upgrading:
                return {"end": False, "data": Binary(b"")}
            connection.reading.cancel()
            raise
        except OSError as error:
            raise _failure(connection.host, error) from error
        return {"data": Binary(data)} if data else {"end": True}

    async def write(self, arguments: Document) -> Document:
        """Send `{data}`; answers when the peer takes more."""
        connection, data = self._find(arguments), arguments.get("data")
        if not isinstance(data, bytes):
            raise HostError("TypeError", "'data' must be bytes")
        try:
            connection.writer.write(data)
            await connection.writer.drain()
        except OSError as error:
            raise _failure(connection.host, error) from error
        return {}

    async def end(self, arguments: Document) -> Document:
        """Say that nothing more will be sent."""
        writer = self._find(arguments).writer
        if writer.can_write_eof():
            writer.write_eof()
        return {}

    async def secure(self, arguments: Document) -> Document:
        """Go on encrypted; what came in the clear and was not read yet may not pass for encrypted (CVE-2021-38371)."""
        connection = self._find(arguments)
        connection.is_upgrading = True
        if connection.reading is not None:
            connection.reading.cancel()
            await asyncio.wait([connection.reading])
        if await connection.has_more():
            raise HostError("Error", "tls: the peer sent data before TLS began", "EPROTO")
        name = _text(arguments, "servername") or connection.host
        upgrade = connection.writer.start_tls(_context(arguments), server_hostname=name)
        await _within_time(connection.host, lambda: upgrade)
        connection.is_upgrading = False
        return connection.described()

    async def close_one(self, arguments: Document) -> Document:
        """Close; nothing happens where that was done before."""
        connection = self._open.pop(_handle(arguments), None)
        if connection is not None:
            self._leave(connection)
        return {}

    async def close(self) -> None:
        """Close all that is still open, and let nothing more be opened."""
        self._has_ended = True
        while self._open:
            _, connection = self._open.popitem()
            self._leave(connection)

    def _leave(self, connection: Connection) -> None:
        leaving = asyncio.ensure_future(connection.close())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _connect(self, host: str, port: int, arguments: Document) -> Connection:
        opened = await self._socket(host, port)
        try:
            context = _context(arguments) if arguments.get("tls") is True else None
            name = _text(arguments, "servername") or host if context is not None else None
            reader, writer = await asyncio.open_connection(sock=opened, ssl=context, server_hostname=name)
        except BaseException:
            opened.close()
            raise
        return Connection(reader, writer, host)

    async def _socket(self, host: str, port: int) -> socket.socket:
        """Connected to the first address that answers; each is judged before it is tried."""
        loop = asyncio.get_running_loop()
        is_trusted = self.allowed.name(URL.build(scheme="https", host=host, port=port, path="/"))
        failure: OSError = OSError("no address")
        for family, kind, protocol, canonical, address in await self.names.addresses(host, port):
            try:
                trying = (
                    socket.socket(family, kind, protocol)
                    if is_trusted
                    else judged_socket((family, kind, protocol, canonical, address))
                )
            except OSError as error:
                failure = error
                continue
            try:
                trying.setblocking(False)
                await loop.sock_connect(trying, address)
            except OSError as error:
                trying.close()
                failure = error
            except BaseException:
                trying.close()
                raise
            else:
                return trying
        raise failure

    def _find(self, arguments: Document) -> Connection:
        connection = self._open.get(_handle(arguments))
        if connection is None:
            raise HostError("Error", "net: the connection is closed", "EPIPE")
        return connection


async def _within_time(host: str, work: Callable[[], Awaitable[Result]]) -> Result:
    try:
        async with asyncio.timeout(CONNECT_TIME):
            return await work()
    except TimeoutError as error:
        raise HostError("Error", f"net: the connection to {host!r} timed out", "ETIMEDOUT") from error
    except (OSError, ValueError) as error:
        raise _failure(host, error) from error


def _failure(host: str, error: Exception) -> HostError:
    match error:
        case AddressRefused():
            return HostError("Error", f"net: connections to {host!r} are not allowed", "EACCES")
        case ssl.SSLCertVerificationError():
            return HostError("Error", f"tls: the certificate of {host!r} is not valid", error.verify_code)
        case ssl.SSLError():
            return HostError("Error", f"tls: no secure connection to {host!r}", "EPROTO")
        case socket.gaierror():
            return HostError("Error", f"net: the host {host!r} was not found", "ENOTFOUND")
        case ConnectionRefusedError():
            return HostError("Error", f"net: {host!r} refused the connection", "ECONNREFUSED")
        case _:
            return HostError("Error", f"net: the connection to {host!r} failed", "ECONNRESET")


def _context(arguments: Document) -> ssl.SSLContext:
    return tls_context(verifies=arguments.get("verify") is not False)


def _handle(arguments: Document) -> int:
    handle: Value = arguments.get("handle")
    return handle if isinstance(handle, int) else 0


def _port(arguments: Document) -> int:
    port: Value = arguments.get("port")
    if not isinstance(port, int) or not 0 < port < 65536:
        raise HostError("RangeError", "'port' must be between 1 and 65535", "ERR_SOCKET_BAD_PORT")
    return int(port)


def _text(arguments: Document, name: str) -> str:
    value: Value = arguments.get(name)
    if value is not None and not is_text(value):
        raise HostError("TypeError", f"'{name}' must be a string")
    if value and (len(value) > 255 or not value.isprintable()):
        raise HostError("Error", f"'{name}' is no host's name", "ENOTFOUND")
    return value or ""
