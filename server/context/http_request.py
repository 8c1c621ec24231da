"""Turns what a guest asks of `context.http` into a request that is safe to send (contract 4.6)."""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from multidict import CIMultiDict
from yarl import URL

from server import ejson
from server.context.http_multipart import multipart_form
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode

METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSAFE_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_UNSAFE_COOKIE: Final = re.compile(r"[\x00-\x1f\x7f;]")
# Framing and routing are the client's own: whoever sets them can smuggle a second request or address another host.
_OWN_HEADERS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect",
     "proxy-connection", "proxy-authorization"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """User and password out of a URL; never shown."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(...)"

    def basic(self) -> str:
        """The Authorization header of basic authentication (RFC 7617, in UTF-8)."""
        return "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRequest:
    """A request to send; `url` carries no credentials, `digest` are those for a digest challenge."""

    method: str
    url: URL
    headers: CIMultiDict[str]
    body: bytes
    digest: Credentials | None = None
    auth_url: URL | None = None
    auth_credentials: Credentials | None = None
    follow_redirects: bool = False


def refuse(message: str) -> AppError:
    """The refusal of a request that cannot be sent, or whose answer cannot be taken."""
    return AppError(ErrorCode.HTTP_ERROR, message)


def read_request(arguments: Document, *, max_body: int) -> OutboundRequest:
    """Judge the author's arguments; AppError (HTTPError) where they make no request."""
    url, credentials = split_credentials(_url(arguments))
    headers = _headers(arguments)
    body = _body(arguments, headers)
    if len(body) > max_body:
        raise refuse(f"http: the request body exceeds the limit of {max_body} bytes")
    digest = credentials if arguments.get("digestAuth") is True else None
    if credentials is not None and digest is None and "Authorization" not in headers:
        headers["Authorization"] = credentials.basic()
    auth_url = arguments.get("authUrl")
    granting, granter = (None, None) if auth_url in (None, "") else split_credentials(parse_url(auth_url))
    return OutboundRequest(
        method=_method(arguments),
        url=url,
        headers=headers,
        body=body,
        digest=digest,
        auth_url=granting,
        auth_credentials=granter,
        follow_redirects=arguments.get("followRedirects") is True,
    )


def parse_url(value: Value) -> URL:
    """An absolute http or https URL."""
    try:
        url = URL(value) if ejson.is_text(value) and not _UNSAFE_VALUE.search(value) else URL()
        port = url.port
    except ValueError as error:
        raise refuse("http: the url is malformed") from error
    if url.scheme not in {"http", "https"}:
        raise refuse("http: only http and https urls are supported")
    if not url.raw_host or port is None:
        raise refuse("http: the url names no host")
    return url


def split_credentials(url: URL) -> tuple[URL, Credentials | None]:
    """The URL without user and password, and these, so that no log or error can show them."""
    if url.raw_user is None and url.raw_password is None:
        return url, None
    return url.with_user(None), Credentials(user=url.user or "", password=url.password or "")


def _method(arguments: Document) -> str:
    method = arguments.get("method")
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise refuse("http: unknown method")
    return method.upper()


def _url(arguments: Document) -> URL:
    """`url`, or else what the parts make."""
    if arguments.get("url") not in (None, ""):
        return parse_url(arguments["url"])
    host = _text(arguments, "host")
    if not host or re.search(r"[\s/\\?#@]", host):
        raise refuse("http: 'host' must be a host name, with a port if need be")
    base = parse_url(f"{_text(arguments, 'scheme') or 'http'}://{host}/")
    try:
        url = base.with_path("/" + _text(arguments, "path").lstrip("/")).with_query(_query(arguments))
        url = url.with_fragment(_text(arguments, "fragment") or None)
        user, password = _text(arguments, "username"), _text(arguments, "password")
        return url.with_user(user).with_password(password) if user or password else url
    except (ValueError, TypeError) as error:
        raise refuse("http: the parts make no url") from error


def _text(arguments: Document, name: str) -> str:
    value = arguments.get(name)
    if value is None:
        return ""
    if not ejson.is_text(value):
        raise refuse(f"http: '{name}' must be a string")
    return value


def _query(arguments: Document) -> list[tuple[str, str]]:
    return [(name, item) for name, value in _mapping(arguments, "query").items() for item in _texts("query", value)]


def _headers(arguments: Document) -> CIMultiDict[str]:
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in _mapping(arguments, "headers").items():
        if not _TOKEN.fullmatch(name):
            raise refuse("http: a header's name is malformed")
        for item in _texts("headers", value):
            _add_header(headers, name, item)
    cookies = "; ".join(_cookie(name, value) for name, value in _mapping(arguments, "cookies").items())
    if cookies:
        headers["Cookie"] = "; ".join([*headers.getall("Cookie", []), cookies])
    return headers


def _add_header(headers: CIMultiDict[str], name: str, value: str) -> None:
    if _UNSAFE_VALUE.search(value):
        raise refuse(f"http: the value of header '{name}' holds a control character")
    if name.lower() not in _OWN_HEADERS:
        headers.add(name, value)


def _cookie(name: str, value: Value) -> str:
    if not _TOKEN.fullmatch(name) or not isinstance(value, str) or _UNSAFE_COOKIE.search(value):
        raise refuse("http: a cookie is malformed")
    return f"{name}={value}"


def _mapping(arguments: Document, name: str) -> dict[str, Value]:
    value = arguments.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise refuse(f"http: '{name}' must be an object")
    return value


def _texts(name: str, value: Value) -> list[str]:
    """A string, or a list of strings: authors write both."""
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        raise refuse(f"http: the values of '{name}' must be strings or arrays of strings")
    return [str(item) for item in items]


def _body(arguments: Document, headers: CIMultiDict[str]) -> bytes:
    """The bytes to send; the content type is added to `headers` where the author gave none."""
    body, form = arguments.get("body"), _mapping(arguments, "form")
    if form and body is not None:
        raise refuse("http: 'body' and 'form' exclude each other")
    if form:
        content, headers["Content-Type"] = _form(form)
        return content
    if arguments.get("encodeBodyAsJSON") is True and body is not None:
        headers.setdefault("Content-Type", "application/json")
        return ejson.dumps(body) if not isinstance(body, str | bytes) else _encoded(body)
    if body is None:
        return b""
    if not isinstance(body, str | bytes):
        raise refuse("http: 'body' must be a string or a BSON.Binary; set encodeBodyAsJSON to send an object")
    return _encoded(body)


def _form(fields: dict[str, Value]) -> tuple[bytes, str]:
    texts = {name: value for name, value in fields.items() if isinstance(value, str)}
    if len(texts) < len(fields):
        raise refuse("http: the values of 'form' must be strings")
    try:
        return multipart_form(texts, boundary=secrets.token_hex(16))
    except UnicodeEncodeError as error:
        raise refuse("http: 'form' is not well-formed text") from error


def _encoded(body: str | bytes) -> bytes:
    try:
        return body.encode() if isinstance(body, str) else bytes(body)
    except UnicodeEncodeError as error:
        raise refuse("http: 'body' is not well-formed text") from error
