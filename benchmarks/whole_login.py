"""Whole logins and other requests by HTTP, against a bare route of the same HTTP server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import orjson

from benchmarks.http_client import Address, Load, ask_once, load, request
from benchmarks.login_script import APP, CREDENTIALS
from benchmarks.report import Aim, Row, Table
from benchmarks.server_process import serving, vestibule

APP_ID = "plainlogin"
BASE = "/api/client/v2.0"
BARE = "bare Quart route"
KNOWN_LOGIN = "login by function, known user"
SHARE = 0.5
"""The share of the bare route's throughput that a whole login shall have."""
CONNECTIONS = (1, 16)
KNOWN_USERS = 50

Loads = dict[str, list[Load]]


async def measure_whole_login(data: Path, *, seconds: float, rounds: int) -> list[Table]:
    """A table for each number of connections. Every round measures each kind once, so that all meet the same noise."""
    with serving("benchmarks.bare_route") as bare, vestibule(APP, data) as ours:
        kinds = await _kinds(ours.address)
        bare_requests = itertools.repeat(_login("Ada.Lovelace"))
        for requests in kinds.values():
            await load(ours.address, requests, connections=4, seconds=seconds / 4)
        tables = []
        for connections in CONNECTIONS:
            found: Loads = {BARE: [], **{kind: [] for kind in kinds}}
            for _ in range(rounds):
                found[BARE].append(
                    await load(bare.address, bare_requests, connections=connections, seconds=seconds)
                )  # fmt: skip
                for kind, requests in kinds.items():
                    found[kind].append(await load(ours.address, requests, connections=connections, seconds=seconds))
            tables.append(_table(connections, found))
    return tables


async def _kinds(address: Address) -> dict[str, Iterator[bytes]]:
    """What is asked, by the name it has in the table."""
    opened = orjson.loads((await ask_once(address, _login("Ada.Lovelace"))).body)
    access, refresh = opened["access_token"], opened["refresh_token"]
    numbers = itertools.count()
    call = orjson.dumps({"name": "sum", "arguments": [{"$numberInt": "1"}, {"$numberInt": "2"}]})
    return {
        KNOWN_LOGIN: itertools.cycle([_login(f"known{number}") for number in range(KNOWN_USERS)]),
        "login by function, new user": (_login(f"new{number}") for number in numbers),
        "anonymous login": itertools.repeat(_provider("anon-user", {})),
        "refresh": itertools.repeat(request("POST", f"{BASE}/auth/session", token=refresh)),
        "profile": itertools.repeat(request("GET", f"{BASE}/auth/profile", token=access)),
        "functions/call": itertools.repeat(
            request("POST", f"{BASE}/app/{APP_ID}/functions/call", body=call, token=access)
        ),
    }


def _login(name: str) -> bytes:
    return _provider("custom-function", {**CREDENTIALS, "username": name})


def _provider(provider: str, credentials: dict[str, str]) -> bytes:
    """A login as the SDKs send it; a bare route takes the same bytes at its own path."""
    path = f"{BASE}/app/{APP_ID}/auth/providers/{provider}/login"
    return request("POST", path, body=orjson.dumps(credentials))


def _table(connections: int, found: Loads) -> Table:
    shares = {
        kind: median(load.per_second / bare.per_second for load, bare in zip(loads, found[BARE], strict=True))
        for kind, loads in found.items()
    }
    rows = tuple(
        Row(
            name=kind,
            figures=(
                median(load.per_second for load in loads), shares[kind],
                median(load.samples.median for load in loads) * 1e3, median(load.samples.slow for load in loads) * 1e3,
            ),
        )
        for kind, loads in found.items()
    )  # fmt: skip
    aim = Aim(name="login by function / bare route, throughput", figure=shares[KNOWN_LOGIN], limit=SHARE)
    return Table(
        title=f"Requests by HTTP, {connections} connection{'s' if connections > 1 else ''}, no password hash",
        columns=("per second", "x bare", "median ms", "99% ms"), rows=rows, aims=(aim,),
    )  # fmt: skip
