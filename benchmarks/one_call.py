"""One call of a login function: in the worker, through the supervisor, and in other engines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson

from benchmarks.login_script import EXPECTED, SOURCE, guest_call, guest_message
from benchmarks.other_engines import OTHERS, NotMeasured
from benchmarks.report import Aim, Row, Table
from benchmarks.round_trip import round_trips
from benchmarks.samples import Samples, measure, measure_async
from runtime.door import Door
from runtime.guest_run import RunLimits
from runtime.limits import Limits
from runtime.machine import Ticker
from runtime.messages import Image, ImageSource
from runtime.pool import Pools
from runtime.prepare import open_image_store
from runtime.supervisor import SLOTS, Sandboxes, open_sandboxes

WORKER, SUPERVISOR, ECHO = "in the worker", "through the supervisor", "its message to a process and back"
FACTOR = 10.0
"""How many times faster than a fresh isolate a call through the supervisor shall be."""
MOST_MICROSECONDS = {WORKER: 150.0, SUPERVISOR: 250.0}
ROUNDS = 8
LIMITS = RunLimits(wall_time=10.0, cpu_time=10.0, memory=64 << 20, stack=Limits().stack, output=1 << 20)


async def measure_one_call(cache: Path, *, count: int) -> Table:
    """The table of all engines; those that cannot be had are named in its notes.

    They take turns in short rounds, so that what else the machine does meets all of them.
    """
    found: dict[str, Samples] = {}
    missing: dict[str, str] = {}
    async with open_sandboxes(cache, workers=1) as sandboxes:
        image = await sandboxes.build(ImageSource(functions={"login": SOURCE}))
        engines = {WORKER: _in_worker(cache, image), **OTHERS}
        for _ in range(ROUNDS):
            _add(found, SUPERVISOR, await _through_supervisor(sandboxes, image, count // ROUNDS))
            _add(found, ECHO, await round_trips(count // ROUNDS))
            for name in engines.keys() - missing.keys():
                try:
                    _add(found, name, engines[name](_share(name, count // ROUNDS)))
                except NotMeasured as reason:
                    missing[name] = f"{name} was not measured: {reason}"
    return _table(found, tuple(missing.values()))


def _share(name: str, count: int) -> int:
    """How often an engine is run where ours is run `count` times: what takes long is run less often."""
    return max(2, count // (100 if "process" in name else 1 if name == WORKER else 4))


def _add(found: dict[str, Samples], name: str, samples: Samples) -> None:
    before = found[name].durations if name in found else ()
    found[name] = Samples.of([*before, *samples.durations])


async def _through_supervisor(sandboxes: Sandboxes, image: Image, count: int) -> Samples:
    async def run() -> None:
        outcome = await sandboxes.run(image, guest_call())
        assert outcome.value is not None, outcome.error
        assert orjson.loads(outcome.value) == EXPECTED

    return await measure_async(run, count=count, warm_up=count // 10)


def _in_worker(cache: Path, image: Image) -> Callable[[int], Samples]:
    """What a worker does with a call's message, without its connection: fresh instance, run, read, give back."""
    message = guest_message()
    pools = Pools(open_image_store(cache, slots=SLOTS), Door(), slots=SLOTS)
    ticker = Ticker(pools.resident.engine, pools.spare.engine)

    def run() -> None:
        ticker.wake()
        guest = pools.open(image.id, LIMITS)
        guest.enter(message)
        while (handed_over := guest.advance()) is None:
            pass
        assert orjson.loads(handed_over)["done"] == {"value": EXPECTED}
        guest.close()

    return lambda count: measure(run, count=count, warm_up=count // 10)


def _table(found: dict[str, Samples], notes: tuple[str, ...]) -> Table:
    base = found[SUPERVISOR]
    rows = [
        Row(
            name=name,
            figures=(
                samples.median * 1e6, samples.slow * 1e6, samples.median / base.median, samples.slow / base.slow,
            ),
        )
        for name, samples in sorted(found.items(), key=lambda item: item[1].median)
    ]  # fmt: skip
    return Table(
        title="One call of a login function, each in a fresh sandbox",
        columns=("median us", "99% us", "x median", "x 99%"),
        rows=tuple(rows), aims=_aims(found), notes=notes,
    )  # fmt: skip


def _aims(found: dict[str, Samples]) -> tuple[Aim, ...]:
    medians = tuple(
        Aim(name=f"{name}, median us", figure=found[name].median * 1e6, limit=most, at_most=True)
        for name, most in MOST_MICROSECONDS.items()
    )
    isolate = next((samples for name, samples in found.items() if "isolate" in name), None)
    if isolate is None:
        return medians
    base = found[SUPERVISOR]
    return (
        *medians,
        Aim(name="fresh isolate / supervisor, median", figure=isolate.median / base.median, limit=FACTOR),
        Aim(name="fresh isolate / supervisor, 99%", figure=isolate.slow / base.slow, limit=FACTOR),
    )
