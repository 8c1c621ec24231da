"""The address guard: what is public, and which hosts an allow-list names."""

from __future__ import annotations

import pytest
from yarl import URL

from server.context.address_guard import AllowedHosts, is_public


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - judged, not bound
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:a9fe:a9fe",
        "::ffff:0:7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "",
        "localhost",
    ],
)
def test_refused(address: str) -> None:
    """Private, special, embedded and metadata addresses are refused, and what is no address at all."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "2606:4700:4700::1111",
    ],
)
def test_public(address: str) -> None:
    """The rest of the Internet may be reached."""
    assert is_public(address)


@pytest.mark.parametrize(
    ("entry", "url", "named"),
    [
        ("localhost", "http://localhost:81/", True),
        ("LOCALHOST", "http://localhost./", True),
        ("localhost:81", "http://localhost:81/", True),
        ("localhost:81", "http://localhost/", False),
        ("localhost:443", "https://localhost/", True),
        ("localhost", "http://x.localhost/", False),
        ("localhost", "http://127.0.0.1/", False),
        ("::1", "http://[::1]:81/", True),
        ("[::1]:81", "http://[::1]:81/", True),
        ("[::1]:81", "http://[::1]/", False),
        ("bücher.example", "http://xn--bcher-kva.example/", True),
    ],
)
def test_allow_list(entry: str, url: str, named: bool) -> None:  # noqa: FBT001 - a column of the table
    """An entry names a host, at one port if it says so, and no other host."""
    assert AllowedHosts.read([entry]).name(URL(url)) is named


@pytest.mark.parametrize("entry", ["", "http://host", "host/path", "user@host", "host:port", "host?x"])
def test_malformed_entry(entry: str) -> None:
    """An operator's mistake is noticed at start."""
    with pytest.raises(ValueError):
        AllowedHosts.read([entry])
