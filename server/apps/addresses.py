"""Client addresses and the networks of an app's access list (contract 11)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network


def is_within(address: str, networks: Iterable[Network]) -> bool:
    """Whether the address is in one of the networks; `0.0.0.0/0` means every address, as it did in App Services."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network or (network.version == 4 and network.prefixlen == 0) for network in networks)
