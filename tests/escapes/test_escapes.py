"""The public ideas behind escapes from vm2, node:vm, n8n, isolated-vm, goja and QuickJS, tried in our sandbox."""

from __future__ import annotations

import asyncio
import json

import pytest

from runtime.errors import ErrorKind
from runtime.limits import MEGABYTE, Limits
from runtime.messages import Call, ImageSource, Outcome
from runtime.supervisor import Sandboxes
from tests.escapes.conftest import HELD, WatchedHost
from tests.escapes.corpus import EVIDENCE, Escape, read_corpus

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMITS = Limits(
    wall_time=1.5, cpu_time=0.25, memory=64 * MEGABYTE, result=MEGABYTE, host_calls=2000, host_bytes=8 * MEGABYTE,
    host_call_bytes=MEGABYTE,
)  # fmt: skip
PATIENCE = 120.0
"""Seconds after which a guest has held up the server."""
ENDS = frozenset(ErrorKind) - {ErrorKind.NONSENSE, ErrorKind.UNKNOWN_FUNCTION}
"""How a hostile guest may end; it never gets to write the library's own protocol."""
ARGUMENTS = b'[{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}]'
VICTIM = """exports = () => [typeof evidence, typeof leaked, {}.polluted === undefined, [2, 1].sort().join(),
    JSON.stringify({a: 1}), String(Object.getPrototypeOf(Array.prototype) === Object.prototype)]"""
UNTOUCHED = ["undefined", "undefined", True, "1,2", '{"a":1}', "true"]


async def run(sandboxes: Sandboxes, source: str, host: WatchedHost) -> Outcome:
    """The outcome of a hostile guest."""
    image = await sandboxes.build(ImageSource(functions={"f": source}))
    return await sandboxes.run(image, Call(function="f", arguments=ARGUMENTS, limits=LIMITS), host)


def escaped(outcome: Outcome) -> bool:
    """Whether the guest got hold of something, by its own word."""
    said = (outcome.value or b"").decode() + (outcome.error.text if outcome.error else "")
    return "escaped" in said + " ".join(line.text for line in outcome.logs)


@pytest.mark.parametrize("escape", read_corpus(), ids=str)
async def test_a_guest_is_held(sandboxes: Sandboxes, request: pytest.FixtureRequest, escape: Escape) -> None:
    """It gets nothing, asks the host for nothing but what it may, ends in time, and its worker and neighbours live."""
    before, host = sandboxes.process_ids, WatchedHost()
    async with asyncio.timeout(PATIENCE):
        outcome = await run(sandboxes, escape.source, host)
    assert not escaped(outcome)
    assert host.asked <= {"http", "documents", "functions.execute", "crypto.scrypt", "crypto.pbkdf2"}
    assert outcome.error is None or outcome.error.kind in ENDS
    assert outcome.stats.memory <= LIMITS.memory
    assert sum(len(line.text.encode()) for line in outcome.logs) <= LIMITS.log_bytes

    victim = await sandboxes.build(ImageSource(functions={"v": VICTIM}))
    after = await sandboxes.run(victim, Call(function="v"))
    assert after.value is not None
    assert json.loads(after.value) == UNTOUCHED
    assert sandboxes.process_ids == before
    request.config.stash[HELD].append(str(escape))


async def test_an_escape_would_be_seen(sandboxes: Sandboxes) -> None:
    """The harness itself: evidence is noticed."""
    assert escaped(await run(sandboxes, EVIDENCE + "exports = () => evidence(globalThis)", WatchedHost()))
    assert not escaped(await run(sandboxes, EVIDENCE + "exports = () => evidence(undefined)", WatchedHost()))


async def test_the_corpus_is_whole() -> None:
    """Every theme is there, no guest is lost by a misspelt heading, and no two are the same."""
    corpus = read_corpus()
    assert len({escape.theme for escape in corpus}) >= 9
    assert len(corpus) >= 180
    assert len({escape.source for escape in corpus}) == len(corpus)
    assert all(escape.source.count("exports = ") == 1 for escape in corpus)
