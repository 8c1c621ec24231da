"""Deploying the quickstart: how long it takes, and what the first call afterwards costs."""

from __future__ import annotations

import shutil
from pathlib import Path
from time import perf_counter

from benchmarks.report import Aim, Row, Table
from benchmarks.samples import Samples
from benchmarks.server_process import ROOT
from runtime.messages import Call, Image
from runtime.supervisor import Sandboxes
from server.app import open_server
from server.cli.deploying import deploy_folders
from server.settings import Settings
from server.versions.deployer import Deployer

QUICKSTART = ROOT / "functions" / "quickstart"
MOST_MILLISECONDS = 200.0
MOST_TIMES_WARM = 2.0
WARM_CALLS = 50
NEW, BEFORE = "first call after a deploy", "first call after a deploy, of the version before"


async def measure_deploying(directory: Path, *, count: int) -> Table:
    """Deploy twice as many versions of the quickstart, each of other sources than the last, and call each.

    After every other deployment the version before it is called first: whatever is called then finds processes that
    slept and caches that compiling has filled.
    """
    found: dict[str, list[float]] = {"deploy": [], NEW: [], BEFORE: [], "warm call": []}
    settings = Settings(data_dir=directory)
    async with open_server(settings, workers=1, secrets={}, run_triggers=False) as server:
        deployer = server.services.deployer
        before = await _deploy(deployer, _version(directory / "version0", 0))
        for number in range(1, 2 * count + 1):
            folder = _version(directory / f"version{number}", number)
            started = perf_counter()
            image = await _deploy(deployer, folder)
            found["deploy"].append(perf_counter() - started)
            name, called = (NEW, image) if number % 2 else (BEFORE, before)
            found[name].append(await _call(deployer.sandboxes, called))
            found["warm call"] += [await _call(deployer.sandboxes, image) for _ in range(WARM_CALLS)][1:]
            before = image
    return _table({name: Samples.of(durations) for name, durations in found.items()})


async def _deploy(deployer: Deployer, folder: Path) -> Image:
    (app_id,) = await deploy_folders([folder], deployer)
    return deployer.registry.app(app_id).image


def _version(folder: Path, number: int) -> Path:
    shutil.copytree(QUICKSTART, folder)
    with (folder / "functions" / "sum.js").open("a", encoding="utf-8") as source:
        source.write(f"// version {number}\n")
    return folder


async def _call(sandboxes: Sandboxes, image: Image) -> float:
    started = perf_counter()
    outcome = await sandboxes.run(image, Call(function="sum", arguments=b'[{"$numberInt":"1"}]'))
    assert outcome.value == b'{"$numberInt":"1"}', outcome
    return perf_counter() - started


def _table(found: dict[str, Samples]) -> Table:
    deploys, new, before, warm = found.values()
    return Table(
        title="Deploying the quickstart, engine compiled before",
        columns=("median ms", "99% ms"),
        rows=tuple(
            Row(name=name, figures=(samples.median * 1e3, samples.slow * 1e3)) for name, samples in found.items()
        ),
        aims=(
            Aim(name="deploy, median ms", figure=deploys.median * 1e3, limit=MOST_MILLISECONDS, at_most=True),
            Aim(name=f"{NEW} / warm call", figure=new.median / warm.median, limit=MOST_TIMES_WARM, at_most=True),
            Aim(name=f"{NEW} / {BEFORE}", figure=new.median / before.median, limit=MOST_TIMES_WARM, at_most=True),
        ),
    )
