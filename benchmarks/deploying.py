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

QUICKSTART = ROOT / "functions" / "quickstart"
MOST_MILLISECONDS = 200.0
MOST_TIMES_WARM = 2.0
WARM_CALLS = 50


async def measure_deploying(directory: Path, *, count: int) -> Table:
    """Deploy as many versions of the quickstart, each of other sources than the last, and call each."""
    deploys, first, warm = [], [], []
    settings = Settings(data_dir=directory)
    async with open_server(settings, workers=1, secrets={}, run_triggers=False) as server:
        deployer = server.services.deployer
        for number in range(count + 1):
            folder = _version(directory / f"version{number}", number)
            started = perf_counter()
            (app_id,) = await deploy_folders([folder], deployer)
            deploys.append(perf_counter() - started)
            calls = [await _call(deployer.sandboxes, deployer.registry.app(app_id).image) for _ in range(WARM_CALLS)]
            first.append(calls[0])
            warm += calls[1:]
    return _table(Samples.of(deploys[1:]), Samples.of(first[1:]), Samples.of(warm))


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


def _table(deploys: Samples, first: Samples, warm: Samples) -> Table:
    found = {"deploy": deploys, "first call after a deploy": first, "warm call": warm}
    return Table(
        title="Deploying the quickstart, engine compiled before",
        columns=("median ms", "99% ms"),
        rows=tuple(
            Row(name=name, figures=(samples.median * 1e3, samples.slow * 1e3)) for name, samples in found.items()
        ),
        aims=(
            Aim(name="deploy, median ms", figure=deploys.median * 1e3, limit=MOST_MILLISECONDS, at_most=True),
            Aim(name="first call / warm call", figure=first.median / warm.median, limit=MOST_TIMES_WARM, at_most=True),
        ),
    )
