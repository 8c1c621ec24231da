"""`context.http` and answers that are too long, too slow or broken."""

from __future__ import annotations

import asyncio
import socket

import pytest

from server.context.http import HttpLimits, OutboundHttp
from server.errors import ErrorCode
from tests.unit.context.http_peer import Peer, refusal


def limited(limits: HttpLimits) -> OutboundHttp:
    """A client with other limits, to be opened."""
    return OutboundHttp(allowed_hosts=["127.0.0.1"], limits=limits)


async def test_response_limit(peer: Peer) -> None:
    """An answer as long as the limit is taken, one byte more is not."""
    async with limited(HttpLimits(response_body=1000)) as http:
        assert (await http.request({"method": "get", "url": peer.url("/size?bytes=1000")}))["contentLength"] == 1000
        error = await refusal(http, url=peer.url("/size?bytes=1001"))

    assert str(error) == "http: the response body exceeds the limit of 1000 bytes"


async def test_large_bodies_both_ways(http: OutboundHttp, peer: Peer) -> None:
    """Several megabytes pass, within the limits."""
    response = await http.request({"method": "post", "url": peer.url("/size?bytes=3000000"), "body": "y" * 3_000_000})

    assert (response["contentLength"], len(peer.bodies[0])) == (3_000_000, 3_000_000)


async def test_compressed_answer(peer: Peer) -> None:
    """The limit counts decompressed bytes; below it the guest sees the plain body and no trace of compression."""
    async with limited(HttpLimits(response_body=1_000_000)) as http:
        error = await refusal(http, url=peer.url("/bomb"))
    async with limited(HttpLimits(response_body=5_000_000)) as http:
        response = await http.request({"method": "get", "url": peer.url("/bomb")})

    assert str(error) == "http: the response body exceeds the limit of 1000000 bytes"
    assert response["contentLength"] == 5_000_000
    assert isinstance(response["headers"], dict)
    assert not {"Content-Encoding", "Content-Length"} & set(response["headers"])


async def test_slow_answer(peer: Peer) -> None:
    """An answer that does not end is given up at the deadline."""
    async with limited(HttpLimits(timeout=0.05)) as http:
        error = await refusal(http, url=peer.url("/stream"))

    assert (error.code, str(error)) == (ErrorCode.HTTP_ERROR, "http: no complete answer within 0.05 seconds")


async def test_undecodable_answer(http: OutboundHttp, peer: Peer) -> None:
    """A body that is not what its header says is a transport failure."""
    assert (await refusal(http, url=peer.url("/garbage"))).code is ErrorCode.HTTP_ERROR


async def test_failures_do_not_show_the_url(http: OutboundHttp) -> None:
    """What is said of a failure holds neither credentials nor path nor query."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        error = await refusal(http, url=f"http://ada:pw@127.0.0.1:{unused.getsockname()[1]}/path?token=t")

    assert str(error) == "http: cannot connect to '127.0.0.1'"


async def raw_server(answer: bytes) -> asyncio.Server:
    """A server that sends these bytes to whoever connects, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    ],
    ids=["nothing", "garbage", "short", "negative length", "bad chunk", "long header", "many headers"],
)
async def test_broken_answer(http: OutboundHttp, answer: bytes) -> None:
    """Whatever a hostile server sends, the guest gets an error of its own."""
    async with await raw_server(answer) as server:
        port = server.sockets[0].getsockname()[1]
        error = await refusal(http, url=f"http://127.0.0.1:{port}/")

    assert error.code is ErrorCode.HTTP_ERROR


async def test_headers_in_latin_1(http: OutboundHttp) -> None:
    """Bytes that are no UTF-8 become text that can be encoded again."""
    async with await raw_server(b"HTTP/1.1 200 \xe9\r\nX-A: \xe9\r\nConnection: close\r\n\r\n") as server:
        port = server.sockets[0].getsockname()[1]
        response = await http.request({"method": "get", "url": f"http://127.0.0.1:{port}/"})

    assert response["status"] == "200 é"
    assert isinstance(response["headers"], dict)
    assert response["headers"]["X-A"] == ["é"]
