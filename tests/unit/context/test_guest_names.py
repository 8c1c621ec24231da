"""Names that guests ask for are looked up aside."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from server.context.address_guard import AllowedHosts
from server.context.egress import ANYWHERE
from server.context.guest_names import THREADS, GuestNames
from server.context.http import OutboundHttp
from server.context.sockets import RunSockets


async def test_slow_name_servers_of_guests_hold_up_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lookups of functions wait, the event loop's own threads are free for the server's own work."""
    answered, asked = threading.Event(), threading.Semaphore(0)

    def wait(*_: object) -> list[object]:
        asked.release()
        answered.wait(60)
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", wait)
    async with OutboundHttp() as http:
        sockets = RunSockets(AllowedHosts.read([]), ANYWHERE, http.names)
        requests = [http.request({"method": "GET", "url": f"http://{n}.slow.example/"}) for n in range(THREADS)]
        connections = [sockets.connect({"host": "slow.example", "port": 25}) for _ in range(20)]
        waiting = asyncio.gather(*requests, *connections, return_exceptions=True)
        for _ in range(100):  # all of them begin
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            assert await asyncio.to_thread(asked.acquire)
        answered.set()
        failures = await waiting

    assert all("was not found" in str(failure) for failure in failures)


async def test_names_are_the_systems() -> None:
    """Addresses come as the system gives them, for sockets as for requests."""
    names = GuestNames(threads=1)
    found = await names.addresses("127.0.0.1", 80)
    resolved = await names.resolve("127.0.0.1", 80)

    assert found[0][4] == ("127.0.0.1", 80)
    assert (resolved[0]["host"], resolved[0]["port"], resolved[0]["family"]) == ("127.0.0.1", 80, socket.AF_INET)
    await names.close()
