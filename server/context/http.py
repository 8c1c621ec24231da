"""`context.http`: requests that guests send to the world, under the operator's limits (contract 4.6)."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import ssl
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict
from yarl import URL

from server.context.address_guard import AddressRefused, AllowedHosts, guarded_connector
from server.context.egress import ANYWHERE, Egress
from server.context.guest_names import GuestNames
from server.context.http_digest import DigestAuthentication
from server.context.http_request import OutboundRequest, parse_url, read_request, refuse
from server.context.http_response import read_response
from server.context.secret_handles import NO_HANDLES, SecretHandles
from server.ejson import Document
from server.errors import AppError, ErrorCode

MAX_REDIRECTS = 10
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# What must not follow a redirect to another origin: whoever redirects would choose who learns it.
_SECRET_HEADERS: Final = ("Authorization", "Cookie")
_BODY_HEADERS: Final = ("Content-Type", "Content-Encoding", "Content-Language", "Content-Location")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What one call of `context.http` may take, redirects included."""

    request_body: int = 18 * 1024 * 1024
    """Bytes (contract 4.5)."""
    response_body: int = 18 * 1024 * 1024
    """Bytes after decompression."""
    timeout: float = 60.0
    """Seconds from start to the last byte."""
    connections: int = 1000
    """Open at once, for all apps."""
    connections_per_host: int = 100
    """Open at once to one host and port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """What the requests of one call of `context.http` share: the app's rules, its secrets, the cookies met."""

    egress: Egress
    handles: SecretHandles
    jar: aiohttp.CookieJar = field(default_factory=lambda: aiohttp.CookieJar(unsafe=True))


class OutboundHttp:
    """Sends guests' requests; an async context manager that owns the connections.

    Two pools: in one every connection was judged when it was opened; the other serves hosts that the
    operator's `allowed_hosts` name. A host is served by one of them only, so that a connection kept
    alive can never be used past the guard. Cookies are never kept from one call to the next.
    """

    def __init__(
        self,
        *,
        allowed_hosts: Iterable[str] = (),
        limits: HttpLimits | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self.allowed = AllowedHosts.read(allowed_hosts)
        self._limits = limits or HttpLimits()
        self.names = GuestNames()
        self._resolver = resolver or self.names
        self._exits = AsyncExitStack()
        self._sessions: tuple[aiohttp.ClientSession, aiohttp.ClientSession] | None = None

    async def __aenter__(self) -> Self:
        guarded = guarded_connector(
            limit=self._limits.connections, limit_per_host=self._limits.connections_per_host, resolver=self._resolver
        )
        trusted = aiohttp.TCPConnector(
            limit=self._limits.connections, limit_per_host=self._limits.connections_per_host, resolver=self._resolver
        )
        self._sessions = (
            await self._exits.enter_async_context(_session(guarded)),
            await self._exits.enter_async_context(_session(trusted)),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()
        await self.names.close()
        self._sessions = None

    async def request(
        self, arguments: Document, *, egress: Egress = ANYWHERE, handles: SecretHandles = NO_HANDLES
    ) -> Document:
        """Perform one request; AppError HTTPError where it fails, RestrictedHost where it may not be sent.

        `egress` judges every request on the way, redirects too; `handles` stand for secrets in their headers.

        An answer of any status is an answer. The texts name the host, never credentials, path or query.
        """
        request = read_request(arguments, max_body=self._limits.request_body)
        try:
            async with asyncio.timeout(self._limits.timeout):
                return handles.hide(await self._perform(_Way(egress=egress, handles=handles), request))
        except TimeoutError as error:
            raise refuse(f"http: no complete answer within {self._limits.timeout:g} seconds") from error

    async def _perform(self, way: _Way, request: OutboundRequest) -> Document:
        if request.auth_url is not None:
            await self._fetch(way, _authorization(request, request.auth_url), redirects=0)
        return await self._fetch(way, request, redirects=MAX_REDIRECTS if request.follow_redirects else 0)

    async def _fetch(self, way: _Way, request: OutboundRequest, *, redirects: int) -> Document:
        """Send, and follow up to so many redirects; with none allowed, a redirect is the answer."""
        for _ in range(redirects + 1):
            try:
                response = await self._send(way, request)
                try:
                    way.jar.update_cookies(response.cookies, request.url)
                    target = _redirect_target(response) if redirects else None
                    if target is None:
                        return await read_response(response, max_body=self._limits.response_body)
                finally:
                    response.close()  # a connection whose answer was read to its end is back in the pool already
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise _failure(error, request.url) from error
            request = _redirected(request, response.status, _absolute(request.url, target))
        raise refuse(f"http: stopped after {redirects} redirects")

    async def _send(self, way: _Way, request: OutboundRequest) -> aiohttp.ClientResponse:
        if self._sessions is None:
            raise RuntimeError("OutboundHttp is not open")
        guarded, trusted = self._sessions
        way.egress.check(request.method, request.url)
        is_trusted = self.allowed.name(request.url)
        request = way.handles.fill(request, is_trusted=is_trusted)
        session = trusted if is_trusted else guarded
        return await session.request(
            request.method,
            request.url,
            headers=_with_cookies(request, way.jar),
            data=io.BytesIO(request.body) if request.body else None,
            allow_redirects=False,
            skip_auto_headers=("Content-Type",),
            middlewares=(DigestAuthentication(request.digest),) if request.digest is not None else (),
        )


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "vestibule"},
        timeout=aiohttp.ClientTimeout(total=None),  # the call's own deadline spans all its requests
        trust_env=False,
    )


def _authorization(request: OutboundRequest, url: URL) -> OutboundRequest:
    """The POST whose answer grants cookies for the request proper."""
    headers: CIMultiDict[str] = CIMultiDict()
    if request.auth_credentials is not None:
        headers["Authorization"] = request.auth_credentials.basic()
    return OutboundRequest(method="POST", url=url, headers=headers, body=b"")


def _with_cookies(request: OutboundRequest, jar: aiohttp.CookieJar) -> CIMultiDict[str]:
    """The headers and, in one Cookie header, the author's cookies and those set for this URL on the way."""
    granted: SimpleCookie = SimpleCookie(jar.filter_cookies(request.url))
    cookies = [*request.headers.getall("Cookie", []), *(f"{name}={item.coded_value}" for name, item in granted.items())]
    headers = request.headers.copy()
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    return headers


def _redirect_target(response: aiohttp.ClientResponse) -> str | None:
    return response.headers.get("Location") if response.status in _REDIRECTS else None


def _absolute(base: URL, location: str) -> URL:
    """Where a redirect leads; it cannot bring credentials of its own."""
    try:
        target = base.join(URL(location))
    except ValueError as error:
        raise refuse("http: the redirect's target is malformed") from error
    return parse_url(str(target)).with_user(None)


def _redirected(request: OutboundRequest, status: int, url: URL) -> OutboundRequest:
    """The next request by the rules of the Fetch standard (HTTP-redirect fetch)."""
    headers = request.headers.copy()
    same_origin = url.origin() == request.url.origin()
    for name in () if same_origin else _SECRET_HEADERS:
        headers.popall(name, None)
    becomes_get = (status == 303 and request.method not in {"GET", "HEAD"}) or (
        status in {301, 302} and request.method == "POST"
    )
    for name in _BODY_HEADERS if becomes_get else ():
        headers.popall(name, None)
    return dataclasses.replace(
        request,
        url=url,
        headers=headers,
        method="GET" if becomes_get else request.method,
        body=b"" if becomes_get else request.body,
        digest=request.digest if same_origin else None,
    )


def _failure(error: Exception, url: URL) -> AppError:
    """What the author is told; the library's own texts may hold the whole URL."""
    host = f"'{url.raw_host}'"  # as sent: a name that claims to be encoded may not decode
    cause: object = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match cause if isinstance(cause, AddressRefused | ssl.SSLError | ssl.CertificateError) else error:
        case AddressRefused():
            return AppError(ErrorCode.RESTRICTED_HOST, f"http: requests to {host} are not allowed")
        case ssl.SSLError() | ssl.CertificateError() | aiohttp.ClientSSLError():
            return refuse(f"http: no secure connection to {host}")
        case aiohttp.ClientConnectorDNSError():
            return refuse(f"http: the host {host} was not found")
        case aiohttp.ClientConnectorError():
            return refuse(f"http: cannot connect to {host}")
        case aiohttp.ClientPayloadError():
            return refuse(f"http: the answer of {host} ended early or cannot be decoded")
        case _:
            return refuse(f"http: the request to {host} failed")
