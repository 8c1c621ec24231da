"""Arguments of `context.http`: what they become, and what is refused before anything is sent."""

from __future__ import annotations

from base64 import b64encode

import pytest
from bson.binary import Binary
from yarl import URL

from server.context.http_request import OutboundRequest, read_request
from server.ejson import Document
from server.errors import AppError, ErrorCode

HERE: Document = {"method": "get", "url": "http://a.example/"}


def read(arguments: Document, max_body: int = 1000) -> OutboundRequest:
    """Judge arguments that add to a plain GET."""
    return read_request(HERE | arguments, max_body=max_body)


def test_parts_make_a_url() -> None:
    """Without `url` the parts count; the scheme is http unless given."""
    parts: Document = {"url": None, "host": "a.example:81", "path": "x y", "query": {"k": ["1", "2"], "l": "3"}}

    assert read(parts).url == URL("http://a.example:81/x%20y?k=1&k=2&l=3")
    assert read(parts | {"scheme": "https", "fragment": "f"}).url.scheme == "https"


def test_credentials_leave_the_url() -> None:
    """User and password become a header, and are in no URL and no representation."""
    basic = "Basic " + b64encode("ada:pä:ss".encode()).decode()
    request = read({"url": "http://ada:p%C3%A4%3Ass@a.example/"})
    parts = read({"url": None, "host": "a.example", "username": "ada", "password": "pä:ss"})

    assert (request.url, request.headers["Authorization"]) == (URL("http://a.example/"), basic)
    assert (parts.url, parts.headers["Authorization"]) == (URL("http://a.example"), basic)


def test_digest_credentials_are_not_sent_at_once() -> None:
    """With `digestAuth` the password waits for a challenge."""
    request = read({"url": "http://ada:secret@a.example/", "digestAuth": True})

    assert "Authorization" not in request.headers
    assert request.digest is not None
    assert "secret" not in repr(request)


def test_headers() -> None:
    """Arrays and plain strings are taken; framing headers stay the client's own."""
    request = read({"headers": {"A": ["1", "2"], "B": "3", "Host": ["evil"], "content-length": "1", "Connection": "x"}})

    assert list(request.headers.items()) == [("A", "1"), ("A", "2"), ("B", "3")]


def test_cookies() -> None:
    """Cookies join the author's own Cookie header."""
    request = read({"cookies": {"a": "1", "b": "2"}, "headers": {"cookie": ["c=3"]}})

    assert request.headers.getall("Cookie") == ["c=3; a=1; b=2"]


@pytest.mark.parametrize(
    ("arguments", "body", "content_type"),
    [
        ({"body": "é"}, "é".encode(), None),
        ({"body": Binary(b"\x00")}, b"\x00", None),
        ({"body": {"n": 1}, "encodeBodyAsJSON": True}, b'{"n":{"$numberInt":"1"}}', "application/json"),
        ({"body": "{}", "encodeBodyAsJSON": True}, b"{}", "application/json"),
        ({"body": [], "encodeBodyAsJSON": True, "headers": {"Content-Type": ["x/y"]}}, b"[]", "x/y"),
        ({}, b"", None),
    ],
)
def test_body(arguments: Document, body: bytes, content_type: str | None) -> None:
    """A string, bytes, or an object as Extended JSON."""
    request = read(arguments)

    assert (request.body, request.headers.get("Content-Type")) == (body, content_type)


def test_form() -> None:
    """Fields become parts; a name cannot break out of its quotes."""
    request = read({"form": {'a"\r\nX: y': "1\r\n2"}})
    boundary = request.headers["Content-Type"].removeprefix("multipart/form-data; boundary=")

    assert (
        request.body
        == (
            f'--{boundary}\r\nContent-Disposition: form-data; name="a%22%0D%0AX: y"\r\n\r\n1\r\n2\r\n--{boundary}--\r\n'
        ).encode()
    )


def test_body_limit() -> None:
    """A body as long as the limit is sent, one byte more is not."""
    assert read({"body": "x" * 10}, max_body=10).body

    with pytest.raises(AppError, match="exceeds the limit of 10 bytes"):
        read({"body": "x" * 11}, max_body=10)


@pytest.mark.parametrize(
    "arguments",
    [
        {"url": "file:///etc/passwd"},
        {"url": "ftp://a.example/"},
        {"url": "//a.example/"},
        {"url": "http://"},
        {"url": "http:///x"},
        {"url": "http://a.example:99999/"},
        {"url": "http://[::1/"},
        {"url": "http://a.example/\r\nX: y"},
        {"url": 1},
        {"url": {}},
        {"url": []},
        {"authUrl": {}},
        {"authUrl": "file:///x"},
        {"url": None},
        {"url": None, "host": "b.example/@a.example"},
        {"url": None, "host": "a.example", "path": 1},
        {"url": None, "host": "a.example", "query": {"a": 1}},
        {"url": None, "host": "a.example", "scheme": "gopher"},
        {"method": "connect"},
        {"method": "GET / HTTP/1.1\r\n"},
        {"method": None},
        {"headers": {"A": ["1\r\nB: 2"]}},
        {"headers": {"A": "1\n2"}},
        {"headers": {"A\r\nB": "1"}},
        {"headers": {"A:": "1"}},
        {"headers": {"": "1"}},
        {"headers": {"A": 1}},
        {"headers": ["A"]},
        {"cookies": {"a": "1; b=2"}},
        {"cookies": {"a": "1\r\nX: y"}},
        {"cookies": {"a=b": "1"}},
        {"cookies": {"a": 1}},
        {"body": {"n": 1}},
        {"body": "x", "form": {"a": "1"}},
        {"form": {"a": 1}},
        {"form": {"a": "\ud800"}},
        {"body": "\ud800"},
    ],
    ids=repr,
)
def test_refused(arguments: Document) -> None:
    """Other schemes, header injection and wrong types are refused before anything is sent."""
    with pytest.raises(AppError) as refusal:
        read(arguments)

    assert refusal.value.code is ErrorCode.HTTP_ERROR
