"""Logins by each provider, among few users and among many, against a bare route; and what a guess's time tells."""

from __future__ import annotations

import itertools
import math
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import jwt
import orjson

from benchmarks.http_client import Address, Load, ask_once, connect, load, request
from benchmarks.report import Aim, Row, Table
from benchmarks.samples import Samples
from benchmarks.server_process import Running, serving

APP = Path(__file__).parent / "apps" / "providers"
APP_ID = "providers"
BASE = f"/api/client/v2.0/app/{APP_ID}/auth/providers"
KEY = "k" * 40
PASSWORD = "a password for measuring"  # noqa: S105 - made up
KNOWN = 32
CONNECTIONS = 16
FEW, MANY = 1_000, 1_000_000
GROWTH = 1.3
"""How many times as long a login may take among a thousand times as many users."""
GUESSES_AN_ACCOUNT = 4
"""Wrong passwords of one account before it has to wait."""
ALPHA = 0.01
BARE = "bare Quart route"


async def measure_provider_logins(data: Path, *, seconds: float, rounds: int, many: int = MANY) -> list[Table]:
    """Logins a second by provider, growth, and the times of wrong guesses, each in one run."""
    with (
        serving("benchmarks.bare_route") as bare,
        _serving(data / "few", FEW) as few,
        _serving(data / "many", many) as ours,
    ):
        providers = await _table(bare, few, ours, seconds=seconds, rounds=rounds, many=many)
        guesses = await _guesses(few.address, accounts=25 if rounds == 1 else 100)
    return [providers, guesses]


@contextmanager
def _serving(data: Path, users: int) -> Iterator[Running]:
    data.mkdir(parents=True)
    secrets = data / "secrets.json"
    secrets.write_bytes(orjson.dumps({"tokenKey": KEY}))
    options = (
        "--port",
        "0",
        "--data-dir",
        str(data),
        "--secrets",
        str(secrets),
        "--failures-per-address",
        "1000000000",
    )
    with serving("server", "serve", str(APP), *options):
        pass
    _fill(data / "identity.sqlite", users)
    with serving("server", "serve", str(APP), *options) as running:
        yield running


def _fill(file: Path, users: int) -> None:
    """Users who logged in by the function once, each with a session."""
    rows = [(f"{number:024x}", f"filled-{number}") for number in range(users)]
    with closing(sqlite3.connect(file)) as store, store:
        store.executemany("INSERT INTO users VALUES (?, ?, 'normal', 0, 0, 0)", ((APP_ID, id_) for id_, _ in rows))
        store.executemany(
            "INSERT INTO identities VALUES (?, 'custom-function', ?, ?, 'p', '{}', 0)",
            ((APP_ID, name, id_) for id_, name in rows),
        )
        store.executemany(
            "INSERT INTO sessions VALUES (?, ?, ?, 'd', 'custom-function', ?, 'p', 0, 9999999999999, 0)",
            ((APP_ID, f"s{id_}", id_, name) for id_, name in rows),
        )


def _login(provider: str, credentials: dict[str, str]) -> bytes:
    return request("POST", f"{BASE}/{provider}/login", body=orjson.dumps(credentials))


def _address(number: int) -> str:
    return f"user{number}@example.org"


async def _kinds(address: Address) -> dict[str, Iterator[bytes]]:
    """Requests without end by what they measure."""
    for number in range(KNOWN):
        body = orjson.dumps({"email": _address(number), "password": PASSWORD})
        await ask_once(address, request("POST", f"{BASE}/local-userpass/register", body=body))
    opened = orjson.loads((await ask_once(address, _login("custom-function", {"id": "owner"}))).body)
    refresh, access = opened["refresh_token"], opened["access_token"]
    made = await ask_once(
        address, request("POST", "/api/client/v2.0/auth/api_keys", body=b'{"name":"bench"}', token=refresh)
    )
    names = itertools.count()
    numbers = range(KNOWN)
    return {
        "anon-user": itertools.repeat(_login("anon-user", {})),
        "local-userpass": itertools.cycle(
            [_login("local-userpass", {"username": _address(number), "password": PASSWORD}) for number in numbers]
        ),
        "api-key": itertools.repeat(_login("api-key", {"key": orjson.loads(made.body)["key"]})),
        "custom-token": itertools.cycle([_login("custom-token", {"token": _token(number)}) for number in numbers]),
        "custom-function, known user": itertools.cycle(
            [_login("custom-function", {"id": f"filled-{number}"}) for number in range(FEW)]
        ),
        "custom-function, new user": (_login("custom-function", {"id": f"new-{number}"}) for number in names),
        "refresh": itertools.repeat(request("POST", "/api/client/v2.0/auth/session", token=refresh)),
        "profile": itertools.repeat(request("GET", "/api/client/v2.0/auth/profile", token=access)),
    }


def _token(number: int) -> str:
    claims = {"sub": f"external-{number}", "aud": APP_ID, "exp": int(time.time()) + 3600}
    return jwt.encode(claims, KEY, algorithm="HS256")


async def _table(bare: Running, few: Running, ours: Running, *, seconds: float, rounds: int, many: int) -> Table:
    kinds, grown = await _kinds(few.address), await _kinds(ours.address)
    bare_requests = itertools.repeat(_login("anon-user", {}))
    shares: dict[str, list[float]] = {kind: [] for kind in kinds}
    growths: dict[str, list[float]] = {kind: [] for kind in kinds}
    loads: dict[str, list[Load]] = {kind: [] for kind in (BARE, *kinds)}
    for _ in range(rounds):
        base = await load(bare.address, bare_requests, connections=CONNECTIONS, seconds=seconds)
        loads[BARE].append(base)
        for kind in kinds:
            here = await load(few.address, kinds[kind], connections=CONNECTIONS, seconds=seconds)
            there = await load(ours.address, grown[kind], connections=CONNECTIONS, seconds=seconds)
            loads[kind].append(here)
            shares[kind].append(here.per_second / base.per_second)
            growths[kind].append(here.per_second / there.per_second)
    rows = tuple(
        Row(name=kind, figures=(
            median(one.per_second for one in found), median(shares.get(kind, [1.0])),
            median(one.samples.slow for one in found) * 1e3, median(growths.get(kind, [1.0])),
        ))
        for kind, found in loads.items()
    )  # fmt: skip
    aims = tuple(
        Aim(name=f"{kind}, {FEW:,} / {many:,} users", figure=median(found), limit=GROWTH, at_most=True)
        for kind, found in growths.items()
    )
    return Table(
        title=f"Logins by provider, {CONNECTIONS} connections, {FEW:,} users",
        columns=("per second", "x bare", "99% ms", "growth"), rows=rows, aims=aims,
        notes=("local-userpass verifies argon2id (19 MiB, two passes) by as many threads as there are cores",),
    )  # fmt: skip


async def _guesses(address: Address, *, accounts: int) -> Table:
    """Wrong passwords of known and of unknown addresses, in turns, on one connection."""
    connection = await connect(address)
    taken: dict[str, list[float]] = {"wrong password": [], "unknown user": []}
    for number in range(accounts):
        body = orjson.dumps({"email": f"guessed{number}@example.org", "password": PASSWORD})
        await connection.ask(request("POST", f"{BASE}/local-userpass/register", body=body))
        for _ in range(GUESSES_AN_ACCOUNT):
            for name, prefix in (("wrong password", "guessed"), ("unknown user", "nobody")):
                login = _login("local-userpass", {"username": f"{prefix}{number}@example.org", "password": "wrong"})
                started = time.perf_counter()
                answer = await connection.ask(login)
                taken[name].append(time.perf_counter() - started)
                assert answer.status == 401, answer
    connection.close()
    samples = {name: Samples.of(times) for name, times in taken.items()}
    distance, critical = kolmogorov_smirnov(taken["wrong password"], taken["unknown user"])
    rows = tuple(Row(name=name, figures=(found.median * 1e3, found.slow * 1e3)) for name, found in samples.items())
    return Table(
        title="A wrong password and an unknown user, one connection", columns=("median ms", "99% ms"), rows=rows,
        aims=(Aim(name="distance of the distributions", figure=distance, limit=critical, at_most=True),),
        notes=(f"two-sample Kolmogorov-Smirnov test at {ALPHA:.0%}: beyond the limit they could be told apart",),
    )  # fmt: skip


def kolmogorov_smirnov(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The greatest distance of the two distributions, and that beyond which they differ at ALPHA."""
    merged = sorted([(value, 1 / len(one)) for value in one] + [(value, -1 / len(other)) for value in other])
    distance = max(map(abs, itertools.accumulate(step for _, step in merged)))
    return distance, math.sqrt(-math.log(ALPHA / 2) / 2 * (len(one) + len(other)) / (len(one) * len(other)))
