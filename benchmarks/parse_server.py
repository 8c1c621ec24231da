"""parse-server on PostgreSQL, which lets the same people in as we do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import orjson

from benchmarks.http_client import Address, ask_once, request
from benchmarks.other_engines import install_packages
from benchmarks.postgresql import postgresql
from benchmarks.server_process import DATA, Running, running
from tests.processes import NODE

FOLDER: Final = Path(__file__).parent / "parse"
HEADERS: Final = ("X-Parse-Application-Id: benchmark",)
CUSTOM_KNOWN, CUSTOM_NEW = "parse-server: custom adapter, known user", "parse-server: custom adapter, new user"
PASSWORD, PROFILE = "parse-server: username and password", "parse-server: users/me"


@contextmanager
def parse_server() -> Iterator[Running]:
    """parse-server with its own settings, one process, its database beside it. Raises NotMeasured."""
    install_packages(FOLDER)
    # It writes its logs to where it is run.
    with postgresql() as uri, running([str(NODE), str(FOLDER / "server.mjs"), uri], DATA) as started:
        yield started


async def parse_requests(address: Address, users: int) -> dict[str, Iterator[bytes]]:
    """Requests without end by what they measure, for so many users that exist; one answers as ours do, or fails."""
    for number in range(users):
        await _made(address, _custom(f"known-{number}"))
        await _made(address, _ask("users", _account(number)))
    opened = orjson.loads((await ask_once(address, _ask("login", _account(0)))).body)
    session = (*HEADERS, f"X-Parse-Session-Token: {opened['sessionToken']}")
    numbers = range(users)
    return {
        CUSTOM_KNOWN: itertools.cycle([_custom(f"known-{number}") for number in numbers]),
        CUSTOM_NEW: (_custom(f"new-{number}") for number in itertools.count()),
        PASSWORD: itertools.cycle([_ask("login", _account(number)) for number in numbers]),
        PROFILE: itertools.repeat(request("GET", "/parse/users/me", headers=session)),
    }


async def _made(address: Address, data: bytes) -> None:
    answer = await ask_once(address, data)
    assert answer.status < 300, answer


def _custom(name: str) -> bytes:
    return _ask("users", {"authData": {"believer": {"id": name}}})


def _account(number: int) -> dict[str, str]:
    return {"username": f"user{number}@example.org", "password": "a password for measuring"}


def _ask(path: str, body: object) -> bytes:
    return request("POST", f"/parse/{path}", body=orjson.dumps(body), headers=HEADERS)
