"""Guests that never end and guests that wait: how late those are stopped, what these hold, what others notice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter

from benchmarks.report import Aim, Row, Table
from benchmarks.samples import Samples, measure_async
from benchmarks.server_process import memory_of
from runtime.limits import Limits
from runtime.messages import Call, Image, ImageSource, Outcome
from runtime.supervisor import Sandboxes, open_sandboxes

SOURCES = {
    "loop": "exports = () => { for (;;) String(1); }",
    "jobs": "exports = async () => { for (;;) await null; }",
    "expression": "exports = () => /(a+)+$/.test('a'.repeat(99) + 'b')",
    "engine": "exports = () => { const all = new Array(3e6).fill('abc'); for (;;) JSON.stringify(all); }",
    "wait": "exports = async () => (await context.http.get({ url: 'x' })).status",
    "fast": "exports = (name) => name",
}
WALL_TIME = 0.1
LATEST_MILLISECONDS = 20.0
MOST_TIMES_IDLE = 2.0
FAST = Call(function="fast", arguments=b'["Ada"]')


class Crowd:
    """A host that lets nobody go until all are there and it is told to."""

    def __init__(self, size: int) -> None:
        self._all = asyncio.Barrier(size + 1)
        self._released = asyncio.Event()

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """An answer of HTTP, once released."""
        del operation, arguments
        await self._all.wait()
        await self._released.wait()
        return b'{"status":"well"}'

    async def assemble(self) -> None:
        """Wait until all are there."""
        await self._all.wait()

    def release(self) -> None:
        """Let all go."""
        self._released.set()


async def measure_runaways_and_crowds(cache: Path, *, count: int, crowd: int) -> list[Table]:
    """Two tables: endless guests one after the other, and a crowd of so many guests that wait at once."""
    async with open_sandboxes(cache) as sandboxes:
        image = await sandboxes.build(ImageSource(functions=SOURCES))
        return [await _runaways(sandboxes, image, count), await _crowd(sandboxes, image, count, crowd)]


async def _runaways(sandboxes: Sandboxes, image: Image, count: int) -> Table:
    late = {name: await _lateness(sandboxes, image, name, count // 10) for name in list(SOURCES)[:4]}
    return Table(
        title=f"Guests that never end, with {WALL_TIME * 1e3:.0f} ms: answered so long after their time",
        columns=("median ms", "99% ms"),
        rows=tuple(Row(name=name, figures=(found.median * 1e3, found.slow * 1e3)) for name, found in late.items()),
        aims=tuple(
            Aim(name=f"{name}, median ms", figure=found.median * 1e3, limit=LATEST_MILLISECONDS, at_most=True)
            for name, found in late.items()
        ),
    )


async def _lateness(sandboxes: Sandboxes, image: Image, name: str, count: int) -> Samples:
    async def run() -> None:
        outcome = await sandboxes.run(image, Call(function=name, limits=Limits(wall_time=WALL_TIME)))
        assert outcome.error is not None

    found = await measure_async(run, count=max(3, count))
    return Samples.of([duration - WALL_TIME for duration in found.durations])


async def _crowd(sandboxes: Sandboxes, image: Image, count: int, size: int) -> Table:
    idle, before = await _fast(sandboxes, image, count), _memory(sandboxes)
    crowd, started = Crowd(size), perf_counter()
    waiting = [asyncio.create_task(sandboxes.run(image, Call(function="wait"), crowd)) for _ in range(size)]
    await crowd.assemble()
    seconds, held = perf_counter() - started, _memory(sandboxes) - before
    beside = await _fast(sandboxes, image, count)
    crowd.release()
    outcomes: list[Outcome] = await asyncio.gather(*waiting)
    assert all(outcome.error is None for outcome in outcomes)
    after, kept = await _fast(sandboxes, image, count), _memory(sandboxes) - before
    return Table(
        title=f"{size:,} calls that wait for HTTP at once",
        columns=("figure",),
        rows=(
            Row(name="seconds until all wait", figures=(seconds,)),
            Row(name="kB of memory for each (PSS)", figures=(held / size / 1e3,)),
            Row(name="MB kept when all have gone", figures=(kept / 1e6,)),
            Row(name="fast call before, us", figures=(idle.median * 1e6,)),
            Row(name="fast call meanwhile, us", figures=(beside.median * 1e6,)),
            Row(name="fast call afterwards, us", figures=(after.median * 1e6,)),
        ),
        aims=(
            Aim(
                name="fast call meanwhile / before", figure=beside.median / idle.median,
                limit=MOST_TIMES_IDLE, at_most=True,
            ),
        ),
    )  # fmt: skip


async def _fast(sandboxes: Sandboxes, image: Image, count: int) -> Samples:
    async def run() -> None:
        assert (await sandboxes.run(image, FAST)).error is None

    return await measure_async(run, count=count, warm_up=count // 10)


def _memory(sandboxes: Sandboxes) -> int:
    return sum(memory_of(process_id).proportional for process_id in sandboxes.process_ids)
