"""Images whose memory is broken, as a fault of the engine could break it: only calls of that image fail."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeAlias

import pytest
import pytest_asyncio

from runtime import core, wasm
from runtime.errors import ErrorKind
from runtime.image_compiler import compile_image
from runtime.limits import MEGABYTE, Limits
from runtime.machine import make_engine
from runtime.messages import Call, Image, ImageSource
from runtime.supervisor import Sandboxes, open_sandboxes
from runtime.wasm import Section, Segment
from tests.integration.runtime.conftest import Answers

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """exports = async (length) => {
    const answer = await context.http.get({ url: "x".repeat(Number(length)) });
    console.log(Math.random(), new Date(), answer);
    return [Buffer.from("abc").toString("hex"), require("crypto").createHash("sha256").update("x").digest("hex")];
}"""
LENGTH = 200_000
"""Characters of a message too long for the inbox: it goes through the guest's own heap."""
Breaks: TypeAlias = Callable[[list[Segment]], list[Segment]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandboxes]:
    """One worker, which every image meets."""
    async with open_sandboxes(tmp_path_factory.mktemp("cache"), workers=1) as opened:
        yield opened


async def long_answer(url: str) -> bytes:
    """As long as what was asked."""
    return b'{"status":"%b"}' % url.encode()


async def broken(sandboxes: Sandboxes, breaks: Breaks) -> Image:
    """An image like others, but for what is broken in its changes of the base."""
    image = await sandboxes.build(ImageSource(functions={"f": SOURCE}))
    imports, data = wasm.read_sections(sandboxes._store.module(image.id).read_bytes())
    segments = wasm.active_segments(breaks(list(wasm.data_segments(data.content))))
    module = wasm.write_module([imports, Section(wasm.DATA, segments)])
    native = compile_image(make_engine(slots=1), module)
    return sandboxes._store.add("0" * 64, module, native)


async def kinds(sandboxes: Sandboxes, image: Image) -> set[ErrorKind | None]:
    """How calls of the image end, with short and long messages and a lower stack; others' go on in the same worker."""
    before = sandboxes.process_ids
    well = await sandboxes.build(ImageSource(functions={"f": "exports = () => 'well'"}))
    ended: set[ErrorKind | None] = set()
    for length in (1, LENGTH):
        for stack in (Limits().stack, Limits().stack // 4):
            limits = Limits(wall_time=1.0, stack=stack, memory=32 * MEGABYTE)
            call = Call(function="f", arguments=b'["%d"]' % length, limits=limits)
            outcome = await sandboxes.run(image, call, Answers(long_answer))
            ended.add(None if outcome.error is None else outcome.error.kind)
    assert (await sandboxes.run(well, Call(function="f"))).value == b'"well"'
    assert sandboxes.process_ids == before
    return ended


def laid_over(*more: Segment) -> Breaks:
    """These on top of what the image changes."""
    return lambda segments: [*segments, *more]


@pytest.mark.parametrize(
    "breaks",
    [
        laid_over(Segment(core.HANDLES, b"\xff" * 128)),
        laid_over(Segment(core.HANDLES, bytes(128))),
        laid_over(Segment(core.STACK_END, b"\xff" * 1_000_000)),
        laid_over(Segment(core.STACK_END, bytes(200_000))),
        laid_over(Segment(1 << 30, b"outside")),
        laid_over(Segment(-1, b"outside")),
        laid_over(Segment(2**31 - 1, b"outside")),
    ],
    ids=["handles", "no handles", "all set", "no data", "far outside", "before it", "at the far end"],
)
async def test_a_broken_memory_fails_its_own_calls(lone: Sandboxes, breaks: Breaks) -> None:
    """Values that are no handles, an engine without its data, changes that lie outside the memory: none is run."""
    assert None not in await kinds(lone, await broken(lone, breaks))


@pytest.mark.parametrize("seed", range(12))
async def test_a_randomly_broken_memory_harms_nobody_else(lone: Sandboxes, seed: int) -> None:
    """Pointers, lengths and the heap's own lists changed at random: whatever its calls do, the worker goes on."""
    chance = random.Random(seed)

    def spoilt(segments: list[Segment]) -> list[Segment]:
        return [Segment(part.offset, bytes(_flipped(part.data, chance))) for part in segments]

    await kinds(lone, await broken(lone, spoilt))


def _flipped(data: bytes, chance: random.Random) -> Iterator[int]:
    for byte in data:
        yield chance.randrange(256) if chance.random() < 0.01 else byte
