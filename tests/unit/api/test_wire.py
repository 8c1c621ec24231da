"""What comes over the wire: whose request it is."""

from __future__ import annotations

import pytest
from quart import Quart, request

from server.api.wire import describe_request

OWN = ""
"""The address of the connection: a request of a test comes from none."""


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (0, "203.0.113.7", OWN),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.7:51234", "203.0.113.7"),
        (1, "[2001:db8::7]:51234", "2001:db8::7"),
        (1, "[2001:db8::7]", "2001:db8::7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (2, "203.0.113.7", OWN),
        (2, "1.1.1.1, 203.0.113.7:1, 10.0.0.1", "203.0.113.7"),
    ],
)
async def test_client_is_whom_the_trusted_proxy_names(trusted: int, forwarded: str, address: str) -> None:
    """Only the hops of trusted proxies count, and the port of a connection is no part of who somebody is."""
    application = Quart("test")
    headers = {"X-Forwarded-For": forwarded}
    async with application.test_request_context("/", headers=headers):
        described = describe_request(request, trusted_proxies=trusted)

    assert described.remote_ip_address == address
