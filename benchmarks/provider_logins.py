"""Logins by each provider, among few users and among many, beside parse-server and a bare route."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.guessing import measure_guesses
from benchmarks.http_client import Load, load
from benchmarks.other_engines import NotMeasured
from benchmarks.parse_server import CUSTOM_KNOWN, PROFILE, parse_requests, parse_server
from benchmarks.parse_server import PASSWORD as PARSE_PASSWORD
from benchmarks.provider_requests import KNOWN, KNOWN_LOGIN, login, login_requests, serving_many
from benchmarks.report import Aim, Row, Table
from benchmarks.server_process import Running, processor_seconds_of, serving

CONNECTIONS: Final = 16
FEW, MANY = 1_000, 1_000_000
GROWTH: Final = 1.3
"""How many times as long a login may take among a thousand times as many users."""
TIMES_PARSE: Final = 3.0
"""How many times parse-server's logins ours shall be."""
BARE: Final = "bare Quart route"
_BESIDE: Final = {KNOWN_LOGIN: CUSTOM_KNOWN, "local-userpass": PARSE_PASSWORD, "profile": PROFILE}
"""Which of parse-server's requests does the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A server and what is asked of it."""

    server: Running
    requests: dict[str, Iterator[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The servers that are compared; `parse` has none where `missing` says why."""

    bare: Place
    few: Place
    many: Place
    parse: Place | None
    missing: str
    users: int


@dataclass(frozen=True, slots=True)
class Found:
    """What each round found, by what was measured."""

    loads: dict[str, list[Load]] = field(default_factory=dict)
    growths: dict[str, list[float]] = field(default_factory=dict)
    costs: dict[str, list[float]] = field(default_factory=dict)
    """Processor time of one answer, in milliseconds."""
    cost_growths: dict[str, list[float]] = field(default_factory=dict)

    def add(self, kind: str, one: Load) -> None:
        """Keep a load."""
        self.loads.setdefault(kind, []).append(one)

    def times(self, kind: str, other: str) -> float:
        """How many times as many a second as the other, the median of the rounds."""
        pairs = zip(self.loads[kind], self.loads[other], strict=True)
        return median(one.per_second / beside.per_second for one, beside in pairs)


async def measure_provider_logins(data: Path, *, seconds: float, rounds: int, many: int = MANY) -> list[Table]:
    """Logins a second by provider, growth, and the times of wrong guesses, each in one run."""
    async with _places(data, many) as places:
        found = Found()
        for number in range(rounds):
            await _round(places, found, seconds=seconds, is_odd=bool(number % 2))
        guesses = await measure_guesses(places.few.server.address, accounts=25 if rounds == 1 else 100)
    return [_table(places, found), guesses]


@asynccontextmanager
async def _places(data: Path, many: int) -> AsyncIterator[Places]:
    with ExitStack() as stack:
        bare = stack.enter_context(serving("benchmarks.bare_route"))
        few = stack.enter_context(serving_many(data / "few", FEW))
        ours = stack.enter_context(serving_many(data / "many", many))
        parse, missing = None, ""
        try:
            theirs = stack.enter_context(parse_server())
            parse = Place(server=theirs, requests=await parse_requests(theirs.address, KNOWN))
        except NotMeasured as reason:
            missing = str(reason)
        yield Places(
            bare=Place(server=bare, requests={BARE: itertools.repeat(login("anon-user", {}))}),
            few=Place(server=few, requests=await login_requests(few.address, FEW)),
            many=Place(server=ours, requests=await login_requests(ours.address, many)),
            parse=parse, missing=missing, users=many,
        )  # fmt: skip


async def _round(places: Places, found: Found, *, seconds: float, is_odd: bool) -> None:
    """Each kind once; few and many users one right after the other, in every other round the other way round."""
    for place in filter(None, (places.bare, places.parse)):
        for kind, requests in place.requests.items():
            found.add(kind, await load(place.server.address, requests, connections=CONNECTIONS, seconds=seconds))
    for kind in places.few.requests:
        taken: dict[int, tuple[Load, float]] = {}
        for place in (places.many, places.few) if is_odd else (places.few, places.many):
            taken[place.server.process_id] = await _with_cost(place, kind, seconds=seconds)
        here, cost = taken[places.few.server.process_id]
        there, cost_there = taken[places.many.server.process_id]
        found.add(kind, here)
        found.growths.setdefault(kind, []).append(here.per_second / there.per_second)
        found.costs.setdefault(kind, []).append(cost)
        found.cost_growths.setdefault(kind, []).append(cost_there / cost)


async def _with_cost(place: Place, kind: str, *, seconds: float) -> tuple[Load, float]:
    """The load, and the milliseconds of processor time that the server and its workers took for an answer."""
    before = processor_seconds_of(place.server.process_id)
    made = await load(place.server.address, place.requests[kind], connections=CONNECTIONS, seconds=seconds)
    taken = processor_seconds_of(place.server.process_id) - before
    return made, taken / len(made.samples.durations) * 1e3


def _table(places: Places, found: Found) -> Table:
    rows = tuple(
        Row(name=kind, figures=(
            median(one.per_second for one in loads), found.times(kind, BARE),
            median(one.samples.slow for one in loads) * 1e3,
            *(median(of[kind]) if kind in of else None for of in (found.growths, found.costs, found.cost_growths)),
            found.times(kind, _BESIDE[kind]) if _BESIDE.get(kind) in found.loads else None,
        ))
        for kind, loads in found.loads.items()
    )  # fmt: skip
    aims = [
        Aim(name=f"{kind}, {FEW:,} / {places.users:,} users", figure=median(growth), limit=GROWTH, at_most=True)
        for kind, growth in found.growths.items()
    ]
    notes = [
        "local-userpass verifies argon2id (19 MiB, two passes) in as many threads as there are cores",
        "parse-server verifies bcrypt of cost 10",
        "cpu: processor time of our server and its workers for one answer; other work on the machine moves it less",
        "parse-server is one process with its own settings; its adapter believes everybody, as our function does",
    ]
    if places.parse is None:
        notes.append(f"NOT MEASURED: parse-server: {places.missing}")
    else:
        aims.append(
            Aim(name="custom login / parse-server's", figure=found.times(KNOWN_LOGIN, CUSTOM_KNOWN), limit=TIMES_PARSE)
        )
    return Table(
        title=f"Logins by provider, {CONNECTIONS} connections, {FEW:,} users",
        columns=("per second", "x bare", "99% ms", "growth", "cpu ms", "cpu growth", "x parse"), rows=rows,
        aims=tuple(aims), notes=tuple(notes),
    )  # fmt: skip
