"""Whether a call costs more with many apps or with large images, and what a second worker brings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from time import perf_counter

from benchmarks.login_script import SOURCE, guest_call
from benchmarks.report import Aim, Row, Table
from benchmarks.samples import Samples, measure_async
from runtime.messages import Call, Image, ImageSource
from runtime.supervisor import Sandboxes, open_sandboxes

MOST_TIMES = 1.2
LEAST_OF_TWO = 1.8
ROUNDS = 6
TEXTS = (1_000_000, 10_000_000)
BUSY = "exports = () => { let sum = 0; for (let i = 0; i < 1e5; i++) sum += i % 7; return sum; }"
AT_ONCE = 16


async def measure_growth(cache: Path, *, apps: int, count: int) -> list[Table]:
    """Calls of one app and of many, of large images, and by two workers."""
    async with open_sandboxes(cache, workers=1) as sandboxes:
        tables = [await _many_apps(sandboxes, apps, count), await _large_images(sandboxes, count)]
    return [*tables, await _two_workers(cache, count)]


async def _many_apps(sandboxes: Sandboxes, apps: int, count: int) -> Table:
    one = [await sandboxes.build(ImageSource(functions={"login": SOURCE}))]
    alone = await _calls(sandboxes, one, count)
    images = [await sandboxes.build(ImageSource(functions={"login": f"{SOURCE}// {n}"})) for n in range(apps)]
    found: dict[str, list[float]] = {"one of them": [], "each in turn": []}
    for _ in range(ROUNDS):
        found["one of them"] += (await _calls(sandboxes, one, count // ROUNDS)).durations
        found["each in turn"] += (await _calls(sandboxes, images, count // ROUNDS)).durations
    rows = {"one app deployed": alone, **{f"{apps:,} apps, {name}": Samples.of(all) for name, all in found.items()}}
    turns = Samples.of(found["each in turn"]).median / Samples.of(found["one of them"]).median
    aim = Aim(name=f"{apps:,} apps in turn / one of them", figure=turns, limit=MOST_TIMES, at_most=True)
    return Table(title="Calls of many apps, one worker", columns=("median us", "99% us"), rows=_rows(rows), aims=(aim,))


async def _large_images(sandboxes: Sandboxes, count: int) -> Table:
    found = {"login alone": await sandboxes.build(ImageSource(functions={"login": SOURCE}))}
    for size in TEXTS:
        text = "const text = `" + "a" * size + "`;\n"
        found[f"and {size / 1e6:.0f} MB of text"] = await sandboxes.build(
            ImageSource(functions={"login": text + SOURCE})
        )
    rows = {name: await _calls(sandboxes, [image], count) for name, image in found.items()}
    return Table(title="Calls of large images", columns=("median us", "99% us"), rows=_rows(rows))


async def _two_workers(cache: Path, count: int) -> Table:
    rates: dict[int, float] = {}
    for workers in (1, 2):
        async with open_sandboxes(cache, workers=workers) as sandboxes:
            image = await sandboxes.build(ImageSource(functions={"busy": BUSY}))
            rates[workers] = await _rate(sandboxes, image, count)
    return Table(
        title=f"Calls that compute for some milliseconds, {AT_ONCE} at once",
        columns=("calls/s",),
        rows=tuple(Row(name=f"{workers} worker(s)", figures=(rate,)) for workers, rate in rates.items()),
        aims=(Aim(name="two workers / one", figure=rates[2] / rates[1], limit=LEAST_OF_TWO),),
    )


async def _rate(sandboxes: Sandboxes, image: Image, count: int) -> float:
    async def client() -> None:
        for _ in range(max(1, count // AT_ONCE)):
            assert (await sandboxes.run(image, Call(function="busy"))).error is None

    await client()
    started = perf_counter()
    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return AT_ONCE * max(1, count // AT_ONCE) / (perf_counter() - started)


async def _calls(sandboxes: Sandboxes, images: Sequence[Image], count: int) -> Samples:
    turns = cycle(images)

    async def run() -> None:
        assert (await sandboxes.run(next(turns), guest_call())).error is None

    return await measure_async(run, count=count, warm_up=len(images) + count // 10)


def _rows(found: dict[str, Samples]) -> tuple[Row, ...]:
    return tuple(Row(name=name, figures=(samples.median * 1e6, samples.slow * 1e6)) for name, samples in found.items())
