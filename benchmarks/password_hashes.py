"""A bcrypt check in a function against the same check natively, and what it costs other guests meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import bcrypt
import orjson

from benchmarks.report import Aim, Row, Table
from benchmarks.samples import Samples, measure, measure_async
from runtime.messages import Call, HostError, Image
from runtime.modules.compiling import Compiler
from runtime.modules.files import FilesInMemory
from runtime.modules.graph import FunctionSources, gather_modules
from runtime.supervisor import Sandboxes, open_sandboxes
from server.context.crypto import KeyDerivations
from server.ejson import dumps, loads

COST = 12
PASSWORD = "correct horse battery staple"  # noqa: S105 - a made-up password
SOURCES = {
    "waits": "const { compare } = require('bcryptjs'); exports = (password, hash) => compare(password, hash);",
    "at_once": "const { compareSync } = require('bcryptjs'); exports = (password, hash) => compareSync(password, hash)",
    "other": "exports = () => 1",
}
MOST = 1.2
"""How many times its native duration a check may take."""
MOST_MEANWHILE = 3.0
"""How many times its usual duration another call may take; both cores may be computing."""


class HashingHost:
    """Answers the guests' hashing as the server does, by its threads."""

    def __init__(self, derivations: KeyDerivations) -> None:
        self._derivations = derivations

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """The hash's text."""
        given = loads(arguments)
        if operation != "crypto.bcrypt" or not isinstance(given, dict):
            raise HostError("Error", operation)
        key = (await self._derivations.bcrypt(dict(given)))["key"]
        assert isinstance(key, bytes)
        return dumps(key.decode("ascii"))


async def measure_password_hashes(cache: Path, *, count: int) -> Table:
    """One worker, one check at a time; the calls meanwhile go to the same worker."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(COST))
    async with open_sandboxes(cache, workers=1) as sandboxes, KeyDerivations(threads=1) as derivations:
        source = await gather_modules(FunctionSources(texts=SOURCES), FilesInMemory(), Compiler(sandboxes))
        image, host = await sandboxes.build(source), HashingHost(derivations)

        async def check(function: str) -> None:
            arguments = orjson.dumps([PASSWORD, hashed.decode()])
            outcome = await sandboxes.run(image, Call(function=function, arguments=arguments), host)
            assert outcome.value == b"true", outcome.error

        native: list[float] = []
        waits: list[float] = []
        at_once: list[float] = []
        for _ in range(count):  # by turns, so that what else the machine does meets all of them
            native += measure(lambda: bcrypt.checkpw(PASSWORD.encode(), hashed), count=1).durations
            waits += (await measure_async(lambda: check("waits"), count=1)).durations
            at_once += (await measure_async(lambda: check("at_once"), count=1)).durations
        usual = await measure_async(lambda: _other(sandboxes, image), count=100, warm_up=10)
        meanwhile = await _while_checking(sandboxes, image, asyncio.create_task(check("waits")))
    return _table(Samples.of(native), Samples.of(waits), Samples.of(at_once), usual, meanwhile)


async def _other(sandboxes: Sandboxes, image: Image) -> None:
    assert (await sandboxes.run(image, Call(function="other"))).value is not None


async def _while_checking(sandboxes: Sandboxes, image: Image, checking: asyncio.Task[None]) -> Samples:
    """Calls of another function until the check is done."""
    durations: list[float] = []
    while not checking.done():
        durations += (await measure_async(lambda: _other(sandboxes, image), count=1)).durations
    await checking
    return Samples.of(durations)


def _table(native: Samples, waits: Samples, at_once: Samples, usual: Samples, meanwhile: Samples) -> Table:
    rows = {
        "natively, in Python": native,
        "bcryptjs.compare in a function": waits,
        "bcryptjs.compareSync in a function": at_once,
    }
    calls = {"another call": usual, "another call during compare": meanwhile}
    return Table(
        title=f"A bcrypt check of cost {COST}, and other calls of the same worker",
        columns=("median ms", "x"),
        rows=tuple(
            Row(name=name, figures=(samples.median * 1e3, samples.median / base.median))
            for base, group in ((native, rows), (usual, calls))
            for name, samples in group.items()
        ),
        aims=(
            Aim(name="compare / native", figure=waits.median / native.median, limit=MOST, at_most=True),
            Aim(
                name="another call meanwhile",
                figure=meanwhile.median / usual.median,
                limit=MOST_MEANWHILE,
                at_most=True,
            ),
        ),
    )
