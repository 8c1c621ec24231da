"""What the time of a refusal tells: a wrong password beside a user who does not exist."""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Sequence
from typing import Final

from benchmarks.http_client import Address, Connection, connect
from benchmarks.provider_requests import login, registration
from benchmarks.report import Aim, Row, Table
from benchmarks.samples import Samples

GUESSES_AN_ACCOUNT: Final = 4
"""Wrong passwords of one account before it has to wait."""
WRONG, UNKNOWN = "wrong password", "unknown user"
ALPHA: Final = 0.01
WARM_UP: Final = 3
"""Accounts whose times are not counted."""


async def measure_guesses(address: Address, *, accounts: int) -> Table:
    """Wrong passwords of known and of unknown addresses, in turns whose order is chance, on one connection."""
    connection = await connect(address)
    taken: dict[str, list[float]] = {WRONG: [], UNKNOWN: []}
    for number in range(accounts + WARM_UP):
        await connection.ask(registration(f"guessed{number}@example.org"))
        for _ in range(GUESSES_AN_ACCOUNT):
            for name in random.sample((WRONG, UNKNOWN), 2):
                seconds = await _refused(connection, name, number)
                if number >= WARM_UP:
                    taken[name].append(seconds)
    connection.close()
    samples = {name: Samples.of(times) for name, times in taken.items()}
    distance, critical = kolmogorov_smirnov(taken[WRONG], taken[UNKNOWN])
    rows = tuple(Row(name=name, figures=(found.median * 1e3, found.slow * 1e3)) for name, found in samples.items())
    return Table(
        title=f"A wrong password and an unknown user, one connection, {accounts * GUESSES_AN_ACCOUNT:,} of each",
        columns=("median ms", "99% ms"), rows=rows,
        aims=(
            Aim(name="Kolmogorov-Smirnov distance", figure=distance, limit=critical, at_most=True),
            Aim(name="Mann-Whitney |z|", figure=mann_whitney(taken[WRONG], taken[UNKNOWN]), limit=2.576, at_most=True),
        ),
        notes=(f"two-sample tests, two-sided, at {ALPHA:.0%}: beyond a limit the two could be told apart",),
    )  # fmt: skip


async def _refused(connection: Connection, name: str, number: int) -> float:
    """Seconds that the refusal took."""
    who = f"guessed{number}" if name == WRONG else f"nobody{number}"
    data = login("local-userpass", {"username": f"{who}@example.org", "password": "wrong"})
    started = time.perf_counter()
    answer = await connection.ask(data)
    seconds = time.perf_counter() - started
    assert answer.status == 401, answer
    return seconds


def kolmogorov_smirnov(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The greatest distance of the two distributions, and that beyond which they differ at ALPHA."""
    merged = sorted([(value, 1 / len(one)) for value in one] + [(value, -1 / len(other)) for value in other])
    distance = max(map(abs, itertools.accumulate(step for _, step in merged)))
    return distance, math.sqrt(-math.log(ALPHA / 2) / 2 * (len(one) + len(other)) / (len(one) * len(other)))


def mann_whitney(one: Sequence[float], other: Sequence[float]) -> float:
    """How many standard deviations the rank sum lies from its mean; ties of a clock of nanoseconds do not matter."""
    ranked = sorted([(value, True) for value in one] + [(value, False) for value in other])
    ranks = sum(rank for rank, (_, is_one) in enumerate(ranked, 1) if is_one)
    n, m = len(one), len(other)
    return abs(ranks - n * (n + m + 1) / 2) / math.sqrt(n * m * (n + m + 1) / 12)
