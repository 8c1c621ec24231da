"""Servers with few users and with many, and requests to them by what they measure."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import jwt
import orjson

from benchmarks.http_client import Address, Connection, connect, request
from benchmarks.server_process import Running, serving

APP: Final = Path(__file__).parent / "apps" / "providers"
APP_ID: Final = "providers"
PROVIDERS_PATH: Final = f"/api/client/v2.0/app/{APP_ID}/auth/providers"
PASSWORD: Final = "a password for measuring"  # noqa: S105 - made up
KNOWN: Final = 32
"""Users with a password, a key, a token."""
KNOWN_LOGIN: Final = "custom-function, known user"
_KEY: Final = "k" * 40
_STRIDE: Final = 7919
"""From one user to the next: a prime, so that logins go all over the tables."""
_FILLED: Final = (
    "INSERT INTO users (app_id, id, type, disabled, created_at) VALUES (:app, :user, 'normal', 0, 0)",
    """
    INSERT INTO identities (app_id, provider_type, id, user_id, provider_id, data, position)
    VALUES (:app, 'custom-function', :name, :user, 'p', '{}', 0)
    """,
    """
    INSERT INTO sessions
        (app_id, id, user_id, device_id, provider_type, identity_id, provider_id, created_at, expires_at, generation)
    VALUES (:app, :user, :user, 'd', 'custom-function', :name, 'p', 0, 9999999999999, 0)
    """,
    """
    INSERT INTO audit (app_id, at, id, event, user_id, provider_type, address, detail)
    VALUES (:app, 0, :user, 'login', :user, 'custom-function', '127.0.0.1', '')
    """,
)
"""What a user who logged in by the function once has left; `name` is who they are elsewhere."""


@contextmanager
def serving_many(data: Path, users: int) -> Iterator[Running]:
    """Our server with default settings over so many users, each of whom logged in once."""
    data.mkdir(parents=True)
    secrets = data / "secrets.json"
    secrets.write_bytes(orjson.dumps({"tokenKey": _KEY}))
    options = (
        "--port", "0", "--data-dir", str(data), "--secrets", str(secrets), "--failures-per-address", "1000000000",
    )  # fmt: skip
    with serving("server", "serve", str(APP), *options):
        pass
    _fill(data / "identity.sqlite", users)
    with serving("server", "serve", str(APP), *options) as started:
        yield started


def _fill(file: Path, users: int) -> None:
    with closing(sqlite3.connect(file)) as store, store:
        for statement in _FILLED:
            rows = ({"app": APP_ID, "user": f"{number:024x}", "name": _name(number)} for number in range(users))
            store.executemany(statement, rows)
    with closing(sqlite3.connect(file)) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _name(number: int) -> str:
    return f"filled-{number}"


def login(provider: str, credentials: dict[str, str]) -> bytes:
    """A login as the clients send it."""
    return request("POST", f"{PROVIDERS_PATH}/{provider}/login", body=orjson.dumps(credentials))


def registration(email: str) -> bytes:
    """A new account with PASSWORD."""
    body = orjson.dumps({"email": email, "password": PASSWORD})
    return request("POST", f"{PROVIDERS_PATH}/local-userpass/register", body=body)


async def login_requests(address: Address, users: int) -> dict[str, Iterator[bytes]]:
    """Requests without end by what they measure, to a server with so many users."""
    connection = await connect(address)
    for number in range(KNOWN):
        await connection.ask(registration(_address(number)))
    logins = [login("custom-function", {"id": _name(number * _STRIDE % users)}) for number in range(min(users, 10_000))]
    sessions = [orjson.loads((await connection.ask(one)).body) for one in logins[:KNOWN]]
    keys = [await _key(connection, session["refresh_token"]) for session in sessions]
    connection.close()
    names = itertools.count()
    numbers = range(KNOWN)
    return {
        "anon-user": itertools.repeat(login("anon-user", {})),
        "local-userpass": itertools.cycle(
            [login("local-userpass", {"username": _address(number), "password": PASSWORD}) for number in numbers]
        ),
        "api-key": itertools.cycle([login("api-key", {"key": key}) for key in keys]),
        "custom-token": itertools.cycle([login("custom-token", {"token": _token(number)}) for number in numbers]),
        KNOWN_LOGIN: itertools.cycle(logins),
        "custom-function, new user": (login("custom-function", {"id": f"new-{number}"}) for number in names),
        "refresh": itertools.cycle(
            [request("POST", "/api/client/v2.0/auth/session", token=one["refresh_token"]) for one in sessions]
        ),
        "profile": itertools.cycle(
            [request("GET", "/api/client/v2.0/auth/profile", token=one["access_token"]) for one in sessions]
        ),
    }


async def _key(connection: Connection, refresh_token: str) -> str:
    made = await connection.ask(
        request("POST", "/api/client/v2.0/auth/api_keys", body=b'{"name":"bench"}', token=refresh_token)
    )
    key: str = orjson.loads(made.body)["key"]
    return key


def _address(number: int) -> str:
    return f"user{number}@example.org"


def _token(number: int) -> str:
    claims = {"sub": f"external-{number}", "aud": APP_ID, "exp": int(time.time()) + 3600}
    return jwt.encode(claims, _KEY, algorithm="HS256")
