"""Which requests an app's policy allows."""

from __future__ import annotations

import pytest
from yarl import URL

from server.apps.policy import HttpRule
from server.context.egress import ANYWHERE, Egress, names_host
from server.context.http import OutboundHttp
from server.errors import ErrorCode
from tests.unit.context.http_peer import Peer, refusal

API = HttpRule(hosts=("api.example",), methods=frozenset({"POST"}), paths=("/v1/charges", "/v1/refunds/*"))


def allows(egress: Egress, method: str, url: str) -> bool:
    """Whether the request may be sent."""
    try:
        egress.check(method, URL(url, encoded=True))
    except Exception:  # noqa: BLE001 - the code is another test's
        return False
    return True


@pytest.mark.parametrize(
    ("pattern", "url", "named"),
    [
        ("api.example", "https://api.example/", True),
        ("api.example", "https://API.example./x", True),
        ("api.example", "http://api.example:8080/", True),
        ("api.example:443", "https://api.example/", True),
        ("api.example:443", "https://api.example:444/", False),
        ("api.example", "https://xapi.example/", False),
        ("api.example", "https://api.example.evil/", False),
        ("*.example", "https://api.example/", True),
        ("*.example", "https://a.b.example/", True),
        ("*.example", "https://example/", False),
        ("*.example", "https://evilexample/", False),
        ("*.example:8443", "https://a.example:8443/", True),
        ("*.example:8443", "https://a.example/", False),
        ("[::1]", "http://[::1]:80/", True),
        ("[::1]:81", "http://[::1]:80/", False),
    ],
)
def test_hosts(pattern: str, url: str, *, named: bool) -> None:
    """A host is itself, at a port where one is named; an asterisk is for the names below a domain."""
    assert names_host([pattern], URL(url)) is named


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("POST", "https://api.example/v1/charges", True),
        ("POST", "https://api.example/v1/charges?a=b", True),
        ("POST", "https://api.example/v1/refunds/7", True),
        ("GET", "https://api.example/v1/charges", False),
        ("POST", "https://api.example/v1/charges/", False),
        ("POST", "https://api.example/v1/refunds", False),
        ("POST", "https://api.example/v1/refunds/../admin", False),
        ("POST", "https://api.example/v1/refunds/%2e%2e/admin", False),
        ("POST", "https://api.example/v1/refunds/..%2fadmin", False),
        ("POST", "https://api.example/v1/refunds/..%5Cadmin", False),
        ("POST", "https://api.example/v1/refunds/..;/admin", False),
        ("POST", "https://other.example/v1/charges", False),
        ("CONNECT", "https://api.example/", False),
    ],
)
def test_rules(method: str, url: str, *, allowed: bool) -> None:
    """Host, method and path must fit; what a server may read as another path fits nothing."""
    assert allows(Egress(((API,),)), method, url) is allowed


def test_every_list_must_allow() -> None:
    """A function's rules narrow its app's; an empty list allows nothing, no list everything."""
    everywhere = HttpRule(hosts=("*.example",))
    url = "https://api.example/v1/charges"
    assert allows(Egress(((everywhere,), (API,))), "POST", url)
    assert not allows(Egress(((everywhere,), (API,))), "GET", url)
    assert not allows(Egress(((everywhere,), ())), "POST", url)
    assert allows(ANYWHERE, "DELETE", "http://wherever.example/")


def test_connections_are_judged_by_host_and_port() -> None:
    """A rule without methods allows a bare connection, one with methods must say CONNECT."""
    Egress(((HttpRule(hosts=("smtp.example:465",)),),)).check_connection("smtp.example", 465)
    with pytest.raises(Exception, match="CONNECT"):
        Egress(((HttpRule(hosts=("smtp.example:465",)),),)).check_connection("smtp.example", 25)
    with pytest.raises(Exception, match="CONNECT"):
        Egress(((HttpRule(hosts=("smtp.example",), methods=frozenset({"GET"})),),)).check_connection("smtp.example", 25)


async def test_a_request_is_refused_before_it_is_sent(http: OutboundHttp, peer: Peer) -> None:
    """What the policy does not allow never reaches the network, and is no address's fault."""
    egress = Egress(((HttpRule(hosts=("127.0.0.1",), paths=("/echo",)),),))
    assert (await http.request({"method": "get", "url": peer.url()}, egress=egress))["statusCode"] == 200
    error = await refusal(http, url=peer.url("/missing"), egress=egress)
    assert error.code is ErrorCode.RESTRICTED_HOST
    assert [request.path for request in peer.seen] == ["/echo"]


async def test_redirects_are_judged(http: OutboundHttp, peer: Peer) -> None:
    """An allowed host cannot lead a request where it may not go."""
    egress = Egress(((HttpRule(hosts=("127.0.0.1",), paths=("/redirect*",)),),))
    url = peer.url(f"/redirect?to={peer.url()}")
    error = await refusal(http, url=url, followRedirects=True, egress=egress)
    assert error.code is ErrorCode.RESTRICTED_HOST
    assert [seen.path for seen in peer.seen] == ["/redirect"]


async def test_a_public_host_in_the_policy_does_not_open_private_addresses(peer: Peer) -> None:
    """The guard of addresses stands whatever an author allows."""
    egress = Egress(((HttpRule(hosts=("127.0.0.1",)),),))
    async with OutboundHttp() as closed:
        error = await refusal(closed, url=peer.url(), egress=egress)
    assert error.code is ErrorCode.RESTRICTED_HOST
    assert peer.seen == []
