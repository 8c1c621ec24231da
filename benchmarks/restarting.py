"""Starting a server again that has many apps: given as folders, or kept in its store; and each app's first login."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import uvloop

from benchmarks.http_client import Address, connect, request
from benchmarks.login_script import APP, CREDENTIALS
from benchmarks.report import Aim, Row, Table
from benchmarks.samples import Samples
from benchmarks.server_process import processor_seconds_of, serving
from server.app import open_server
from server.settings import Settings
from server.version_records import Origin
from server.versions.deployer import Deploying

MOST_SECONDS = 2.0
STARTS = 3
"""The median of so many is shown: one start tells as much of the machine as of the server."""
CALLED = 200
"""Apps that are called after a start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Start:
    seconds: float
    processor: float
    """Seconds of a processor, those of sandbox workers included."""


def measure_restarting(directory: Path, *, apps: int) -> list[Table]:
    """Starts of a server over one app and over many, in both ways; logins of the many after a start."""
    data, folders = directory / "data", [_app(directory / "apps" / f"{number:05}", number) for number in range(apps)]
    starts = {
        f"{apps:,} folders, first start": [_start(data, folders)],
        "one folder": [_start(data, folders[:1]) for _ in range(STARTS)],
        f"{apps:,} folders": [_start(data, folders) for _ in range(STARTS)],
    }
    logins = _logins(data, folders)
    uvloop.run(_deploy_again(data))
    starts[f"{apps:,} apps of the store"] = [_start(data, ()) for _ in range(STARTS)]
    shutil.rmtree(directory)
    return [_starts({name: _median(found) for name, found in starts.items()}, apps), logins]


def _start(data: Path, folders: Sequence[Path]) -> _Start:
    with serving("server", "serve", *map(str, folders), "--port", "0", "--data-dir", str(data)) as server:
        return _Start(seconds=server.start_seconds, processor=processor_seconds_of(server.process_id))


def _median(starts: Sequence[_Start]) -> _Start:
    return sorted(starts, key=lambda start: start.seconds)[len(starts) // 2]


def _logins(data: Path, folders: Sequence[Path]) -> Table:
    with serving("server", "serve", *map(str, folders), "--port", "0", "--data-dir", str(data)) as server:
        rounds = [uvloop.run(_log_in(server.address, folders[-CALLED:])) for _ in range(3)]
    rows = tuple(
        Row(name=name, figures=(one.median * 1e3, one.slow * 1e3))
        for name, one in zip(("first", "second", "third"), rounds, strict=True)
    )
    return Table(title="Logins of each app after such a start", columns=("median ms", "99% ms"), rows=rows)


async def _log_in(address: Address, folders: Sequence[Path]) -> Samples:
    connection = await connect(address)
    durations = []
    for folder in folders:
        path = f"/api/client/v2.0/app/app-{folder.name}/auth/providers/custom-function/login"
        started = time.perf_counter()
        answer = await connection.ask(request("POST", path, body=orjson.dumps(CREDENTIALS)))
        durations.append(time.perf_counter() - started)
        assert answer.status == 200, answer.body
    connection.close()
    return Samples.of(durations)


async def _deploy_again(data: Path) -> None:
    """Deploy each app's own version as an administrator does, after which no folder is needed any more."""
    async with open_server(Settings(data_dir=data), workers=2, secrets={}, run_triggers=False) as server:
        deployer = server.services.deployer
        for standing in (
            await deployer.store.standings([app.app_id for app in await deployer.store.stored_apps()])
        ).values():
            assert standing.served is not None
            files = await deployer.files(standing.served.version)
            await deployer.deploy(standing.app.app_id, files, Deploying(origin=Origin.EDIT, author="benchmark"))


def _starts(found: dict[str, _Start], apps: int) -> Table:
    alone = found["one folder"]
    rows = tuple(
        Row(name=name, figures=(one.seconds, one.processor, (one.processor - alone.processor) * 1e3 / (apps - 1)))
        for name, one in found.items()
    )
    aims = tuple(
        Aim(name=f"{name}, seconds", figure=found[name].seconds, limit=MOST_SECONDS, at_most=True)
        for name in (f"{apps:,} folders", f"{apps:,} apps of the store")
    )
    columns = ("seconds", "s of a processor", "ms an app")
    return Table(title="Starting a server again, each app a login of six files", columns=columns, rows=rows, aims=aims)


def _app(folder: Path, number: int) -> Path:
    """The app that logins are measured with, under an id of its own and with a source of its own."""
    shutil.copytree(APP, folder)
    root = folder / "realm_config.json"
    app_id = {"app_id": f"app-{folder.name}", "name": f"app-{folder.name}"}
    root.write_bytes(orjson.dumps({**orjson.loads(root.read_bytes()), **app_id}))
    with (folder / "functions" / "login.js").open("a", encoding="utf-8") as source:
        source.write(f"// {number}\n")
    return folder
