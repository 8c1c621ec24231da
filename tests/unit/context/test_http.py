"""`context.http` against a real server: what is sent, what comes back, and where redirects lead."""

from __future__ import annotations

import pytest
from bson.binary import Binary

from server.context.http import OutboundHttp
from server.errors import ErrorCode
from tests.unit.context.http_peer import Names, Peer, refusal


async def test_response_shape(http: OutboundHttp, peer: Peer) -> None:
    """Exactly the members of contract 4.6, header names canonical, values in arrays."""
    response = await http.request({"method": "get", "url": peer.url()})
    headers = response.pop("headers")

    assert response == {
        "status": "200 OK",
        "statusCode": 200,
        "contentLength": 5,
        "cookies": {"a": "b"},
        "body": Binary(b"hello"),
    }
    assert isinstance(headers, dict)
    assert headers["X-Custom-Header"] == ["1"]
    assert headers["Content-Type"] == ["text/plain; charset=utf-8"]


async def test_error_status_is_an_answer(http: OutboundHttp, peer: Peer) -> None:
    """A status other than 2xx does not throw."""
    response = await http.request({"method": "get", "url": peer.url("/missing")})

    assert response["status"] == "404 Not Found"


async def test_request_as_sent(http: OutboundHttp, peer: Peer) -> None:
    """Method, headers, cookies and body arrive; nothing is added that tells of the client."""
    await http.request(
        {
            "method": "post",
            "url": peer.url("/echo?q=1"),
            "headers": {"X-A": ["1", "2"]},
            "cookies": {"c": "d"},
            "body": Binary(b"\x00\xff"),
        }
    )
    seen = peer.seen[0]

    assert (seen.method, seen.query_string, seen.headers.getall("X-A")) == ("POST", "q=1", ["1", "2"])
    assert (seen.headers["Cookie"], seen.headers["User-Agent"]) == ("c=d", "vestibule")
    assert "Content-Type" not in seen.headers
    assert peer.bodies == [b"\x00\xff"]


async def test_head(http: OutboundHttp, peer: Peer) -> None:
    """HEAD tells the length and has no body."""
    response = await http.request({"method": "head", "url": peer.url("/size?bytes=7")})

    assert (response["contentLength"], response["body"]) == (7, Binary(b""))


async def test_cookies_are_not_kept(http: OutboundHttp, peer: Peer) -> None:
    """One guest's cookies never reach another's request."""
    await http.request({"method": "get", "url": peer.url()})
    await http.request({"method": "get", "url": peer.url()})

    assert "Cookie" not in peer.seen[1].headers


async def test_auth_url_grants_cookies(http: OutboundHttp, peer: Peer) -> None:
    """`authUrl` is posted to first; its cookies go with the request."""
    await http.request({"method": "get", "url": peer.url(), "authUrl": peer.url("/grant")})

    assert [(seen.method, seen.path) for seen in peer.seen] == [("POST", "/grant"), ("GET", "/echo")]
    assert peer.seen[1].headers["Cookie"] == "session=granted"


async def test_basic_authentication(http: OutboundHttp, peer: Peer) -> None:
    """User and password in the URL travel as basic authentication."""
    await http.request({"method": "get", "url": peer.url(host="ada:pw@127.0.0.1")})

    assert peer.seen[0].headers["Authorization"] == "Basic YWRhOnB3"


async def test_digest_authentication(http: OutboundHttp, peer: Peer) -> None:
    """A challenge is answered, body included, and the password stays here."""
    response = await http.request(
        {"method": "post", "url": peer.url("/digest", host="ada:pw@127.0.0.1"), "digestAuth": True, "body": "text"}
    )

    assert response["statusCode"] == 200
    assert peer.bodies == [b"text", b"text"]
    assert "Authorization" not in peer.seen[0].headers
    assert peer.seen[1].headers["Authorization"].startswith('Digest username="ada"')


async def test_redirect_is_an_answer_unless_followed(http: OutboundHttp, peer: Peer) -> None:
    """Without `followRedirects` the guest sees the 302."""
    response = await http.request({"method": "get", "url": peer.url("/redirect?to=/echo")})

    assert (response["statusCode"], len(peer.seen)) == (302, 1)


async def test_redirect_followed(http: OutboundHttp, peer: Peer) -> None:
    """Within an origin credentials and cookies go along, and those set on the way."""
    response = await http.request(
        {
            "method": "get",
            "url": peer.url("/redirect?to=/echo", host="ada:pw@127.0.0.1"),
            "cookies": {"c": "d"},
            "followRedirects": True,
        }
    )

    assert response["body"] == Binary(b"hello")
    assert "Authorization" in peer.seen[1].headers
    assert peer.seen[1].headers["Cookie"] == "c=d; hop=1"


@pytest.mark.parametrize(
    ("method", "code", "second", "body"),
    [
        ("post", 301, "GET", b""),
        ("post", 302, "GET", b""),
        ("put", 302, "PUT", b"text"),
        ("put", 303, "GET", b""),
        ("post", 307, "POST", b"text"),
        ("post", 308, "POST", b"text"),
        ("head", 303, "HEAD", b""),
    ],
)
async def test_redirected_method(
    http: OutboundHttp, peer: Peer, method: str, code: int, second: str, body: bytes
) -> None:
    """Method and body change as the Fetch standard says."""
    sent = None if method == "head" else "text"
    await http.request(
        {"method": method, "url": peer.url(f"/redirect?to=/echo&code={code}"), "body": sent, "followRedirects": True}
    )

    assert (peer.seen[1].method, peer.bodies[1]) == (second, body)


async def test_secrets_stay_within_the_origin(peer: Peer) -> None:
    """Authorization and cookies do not follow a redirect to another host, not even to one that is allowed."""
    async with OutboundHttp(allowed_hosts=["127.0.0.1", "localhost"], resolver=Names(localhost="127.0.0.1")) as http:
        await http.request(
            {
                "method": "get",
                "url": peer.url(f"/redirect?to={peer.url(host='localhost')}"),
                "headers": {"Authorization": ["Bearer t"]},
                "cookies": {"c": "d"},
                "followRedirects": True,
            }
        )

    assert peer.seen[1].host == f"localhost:{peer.port}"
    assert not {"Authorization", "Cookie"} & set(peer.seen[1].headers)


async def test_endless_redirects(http: OutboundHttp, peer: Peer) -> None:
    """The eleventh redirect is not followed."""
    error = await refusal(http, url=peer.url("/loop"), followRedirects=True)

    assert str(error) == "http: stopped after 10 redirects"
    assert len(peer.seen) == 11


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://a.example/", "http://[", "data:,x"])
async def test_redirect_to_no_web_page(http: OutboundHttp, peer: Peer, target: str) -> None:
    """A redirect out of http is refused."""
    error = await refusal(http, url=peer.url(f"/redirect?to={target}"), followRedirects=True)

    assert (error.code, len(peer.seen)) == (ErrorCode.HTTP_ERROR, 1)


async def test_closed_client_refuses() -> None:
    """Outside its context the client sends nothing."""
    with pytest.raises(RuntimeError):
        await OutboundHttp().request({"method": "get", "url": "http://a.example/"})
