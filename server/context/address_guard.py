"""Which addresses a guest's requests may reach: public ones, and hosts that the operator names."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiohttp.abc import AbstractResolver
from aiohttp.connector import TCPConnector
from yarl import URL

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressInfo: TypeAlias = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]

# IANA's special-purpose registries, and two metadata services at addresses that look public.
_REFUSED_V4: Final = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_V6: Final = ipaddress.IPv6Network("2000::/3")  # everything else is private, special or unassigned
_REFUSED_V6: Final = tuple(ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(OSError):
    """The name leads to an address that guests may not reach."""

    def __init__(self) -> None:
        super().__init__("the address is not public")


def is_public(address: str) -> bool:
    """Whether an address, as the socket layer writes it, is outside; addresses embedded in IPv6 are judged too."""
    try:
        judged = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public(judged)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    embedded = _embedded(address)
    if embedded is not None:
        return _is_public(embedded)
    return address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a packet to this one ends at: IPv4-mapped, 6to4 or NAT64."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def judged_socket(info: AddressInfo) -> socket.socket:
    """A socket for one resolved address, or AddressRefused: no name can change its address after this."""
    family, kind, protocol, _, address = info
    if family not in {socket.AF_INET, socket.AF_INET6} or not is_public(str(address[0])):
        raise AddressRefused
    return socket.socket(family=family, type=kind, proto=protocol)


def guarded_connector(*, limit: int, limit_per_host: int, resolver: AbstractResolver | None) -> TCPConnector:
    """A connection pool in which every connection was judged when it was opened."""
    return TCPConnector(socket_factory=judged_socket, limit=limit, limit_per_host=limit_per_host, resolver=resolver)


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts that the operator lets guests reach wherever they are; entries in lower case."""

    entries: frozenset[tuple[str, int | None]]

    @classmethod
    def read(cls, hosts: Iterable[str]) -> AllowedHosts:
        """Take `host`, `host:port`, `::1` or `[::1]:port`; ValueError where an entry is none of these."""
        return cls(frozenset(_entry(host) for host in hosts))

    def name(self, url: URL) -> bool:
        """Whether the request's host is named, at any port or at this one."""
        host = _normal(url.raw_host or "")
        return (host, None) in self.entries or (host, url.port) in self.entries


def _entry(host: str) -> tuple[str, int | None]:
    try:
        return _normal(str(ipaddress.IPv6Address(host))), None
    except ValueError:
        url = URL(f"//{host}")
    if url.raw_host is None or url.raw_user is not None or url.raw_path not in {"", "/"} or url.raw_query_string:
        raise ValueError(f"not a host: {host!r}")
    return _normal(url.raw_host), url.explicit_port


def _normal(host: str) -> str:
    return host.lower().rstrip(".")
