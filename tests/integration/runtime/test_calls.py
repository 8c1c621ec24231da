"""One call: fresh state, chance of its own, arguments and results, parallel host calls."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.integration.runtime.conftest import Answers, Guests, at_once, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

GET = "context.http.get({url})"


@pytest.mark.parametrize(
    "source",
    [
        "exports = () => { globalThis.n = (globalThis.n || 0) + 1; return String(globalThis.n) }",
        "let n = 0; exports = () => String(++n)",
        "exports = () => { const n = Object.prototype.n || 0; Object.prototype.n = n + 1; return String(n + 1) }",
        "exports = () => { const n = Array.prototype.map.n || 0; Array.prototype.map.n = n + 1; return String(n + 1) }",
        "exports = () => { const c = require('crypto'); c.n = (c.n || 0) + 1; return String(c.n) }",
        "exports = () => { context.n = (context.n || 0) + 1; return String(context.n) }",
    ],
)
async def test_nothing_survives_a_call(guests: Guests, source: str) -> None:
    """Globals, top-level variables, prototypes and modules are as new in each call, on whichever worker it runs."""
    assert [await guests.value(source) for _ in range(6)] == ["1"] * 6


async def test_a_broken_prototype_stays_in_its_call(guests: Guests) -> None:
    """A guest that spoils what the library stands on spoils its own call at most."""
    spoil = "exports = () => { JSON.stringify = Array.prototype.push = Promise.prototype.then = () => { throw 1 } }"
    for _ in range(4):
        await guests.run(spoil)
    assert await guests.value("exports = async () => { await null; return [JSON.stringify([1])] }") == ["[1]"]


@pytest.mark.parametrize(
    "source",
    [
        "exports = () => String(Math.random())",
        "exports = () => require('crypto').randomBytes(16).toString('hex')",
        "exports = () => new BSON.ObjectId().toString()",
        "const r = Math.random(); exports = () => String(r)",
    ],
)
async def test_each_call_draws_its_own_chance(guests: Guests, source: str) -> None:
    """Chance is not part of the image."""
    drawn = [await guests.value(source) for _ in range(20)]
    assert len(set(map(str, drawn))) == 20


async def test_the_clock_is_the_call_s_own(guests: Guests) -> None:
    """The time frozen while the image was built is not what a call sees."""
    source = "exports = () => new Date().getFullYear() > 2025 && Date.now() > 1.75e12"
    assert await guests.value(source) is True


@pytest.mark.parametrize("size", [0, 1, 127 * 1024, 128 * 1024, 129 * 1024, 1 << 20, 8 << 20])
async def test_arguments_of_any_size(guests: Guests, size: int) -> None:
    """Below and above the inbox, an argument arrives whole."""
    source = "exports = (text) => [text.length, text.slice(-3)]"
    assert await guests.value(source, "x" * size + "end") == [{"$numberInt": str(size + 3)}, "end"]


async def test_answers_of_any_size(guests: Guests) -> None:
    """Big answers of the host arrive whole, again and again."""

    async def big(url: str) -> bytes:
        return json.dumps({"status": url * (1 << 20)}).encode()

    source = """exports = async () => {
        let total = 0;
        for (let i = 0; i < 20; i++) total += (await context.http.get({url: 'x'})).status.length;
        return total / 1024;
    }"""
    assert await guests.value(source, host=Answers(big)) == {"$numberInt": str(20 * 1024)}


async def test_host_calls_are_parallel(guests: Guests) -> None:
    """Host calls begun together wait together: each is answered only when all are there."""
    all_there = asyncio.Barrier(5)

    async def together(url: str) -> bytes:
        async with asyncio.timeout(120):
            await all_there.wait()
        return await at_once(url)

    source = f"""exports = async () => {{
        const all = ['a', 'b', 'c', 'd', 'e'].map((url) => {GET});
        return (await Promise.all(all)).map((answer) => answer.status);
    }}"""
    assert await guests.value(source, host=Answers(together)) == ["a", "b", "c", "d", "e"]


async def test_the_first_answer_goes_on_at_once(guests: Guests) -> None:
    """A guest that races two host calls goes on with the first while the other still waits."""
    released = asyncio.Event()

    async def slow_after_fast(url: str) -> bytes:
        if url == "slow":
            await released.wait()
        elif url == "third":
            released.set()
        return await at_once(url)

    source = f"""exports = async () => {{
        const get = (url) => {GET};
        const slow = get('slow');
        const first = await Promise.race([slow, get('fast')]);
        await get('third');
        return [first.status, (await slow).status];
    }}"""
    assert await guests.value(source, host=Answers(slow_after_fast)) == ["fast", "slow"]


async def test_a_refused_host_call_rejects(guests: Guests) -> None:
    """What the host refuses is an error with name, message and code that the author can catch."""
    source = (
        "exports = async () => { try { await context.http.get({url: 'x'}) } catch (e) { return [e.message, e.code] } }"
    )
    assert await guests.value(source, host=Answers(refused)) == ["no way to x", {"$numberInt": "7"}]


async def test_many_calls_wait_at_once(guests: Guests) -> None:
    """Hundreds of guests wait while their host does, and each gets its own answer."""
    all_there = asyncio.Barrier(300)

    async def together(url: str) -> bytes:
        await all_there.wait()
        return await at_once(url)

    source = f"exports = async (url) => (await {GET}).status"
    calls = [guests.value(source, str(n), host=Answers(together)) for n in range(300)]
    assert await asyncio.gather(*calls) == [str(n) for n in range(300)]
