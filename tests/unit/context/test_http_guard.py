"""`context.http` cannot be led to an address that is not public, nor to a server that cannot prove its name."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from server.context.http import OutboundHttp
from server.errors import ErrorCode
from tests.unit.context.http_peer import Names, Peer, refusal


@pytest.mark.parametrize("host", ["localhost", "[::1]", "[::ffff:127.0.0.1]", "[::]"])
async def test_loopback_by_any_name(http: OutboundHttp, peer: Peer, host: str) -> None:
    """Loopback is refused however it is written, though the same server is allowed under another name."""
    await http.request({"method": "get", "url": peer.url()})
    error = await refusal(http, url=peer.url(host=host))

    assert error.code is ErrorCode.RESTRICTED_HOST
    assert len(peer.seen) == 1


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "①②⑦.0.0.1", "xn--a"])
async def test_loopback_in_disguise(peer: Peer, host: str) -> None:
    """What some parser takes for 127.0.0.1, or none can read, reaches nothing, whoever it is that refuses it."""
    async with OutboundHttp() as http:
        await refusal(http, url=peer.url(host=host))

    assert not peer.seen


async def test_redirect_to_refused_address(http: OutboundHttp, peer: Peer) -> None:
    """Every hop is judged; a pooled connection to the same server does not help."""
    target = peer.url(host="localhost")
    error = await refusal(http, url=peer.url(f"/redirect?to={target}"), followRedirects=True)

    assert (error.code, len(peer.seen)) == (ErrorCode.RESTRICTED_HOST, 1)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_name_that_resolves_inside(peer: Peer, address: str) -> None:
    """What counts is the address connected to, not the name."""
    async with OutboundHttp(resolver=Names(public=address)) as http:
        error = await refusal(http, url=peer.url(host="public.example"))

    assert (error.code, str(error)) == (
        ErrorCode.RESTRICTED_HOST,
        "http: requests to 'public.example' are not allowed",
    )
    assert not peer.seen


async def test_auth_url_is_judged(http: OutboundHttp, peer: Peer) -> None:
    """`authUrl` is a request like any other."""
    error = await refusal(http, url=peer.url(), authUrl=peer.url(host="localhost"))

    assert (error.code, peer.seen) == (ErrorCode.RESTRICTED_HOST, [])


async def test_proxies_of_the_environment_are_ignored(
    http: OutboundHttp, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would connect where the guard cannot look."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    assert (await http.request({"method": "get", "url": peer.url()}))["statusCode"] == 200


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    certificate = unsigned.not_valid_before(now).not_valid_after(now + dt.timedelta(days=1)).sign(key, SHA256())
    pem = folder / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def test_unproven_certificate(http: OutboundHttp, tmp_path: Path) -> None:
    """Certificates are verified, for hosts on the allow-list too."""
    server = TestServer(web.Application(), scheme="https")
    await server.start_server(ssl=self_signed(tmp_path))
    try:
        error = await refusal(http, url=f"https://127.0.0.1:{server.port}/")
    finally:
        await server.close()

    assert (error.code, str(error)) == (ErrorCode.HTTP_ERROR, "http: no secure connection to '127.0.0.1'")


async def test_no_tls_at_all(http: OutboundHttp, peer: Peer) -> None:
    """An https url never falls back to plain http."""
    error = await refusal(http, url=f"https://127.0.0.1:{peer.port}/echo")

    assert (error.code, peer.seen) == (ErrorCode.HTTP_ERROR, [])
