"""Images: the same sources make the same bytes, small ones, mapped and not copied."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from runtime import wasm
from runtime.errors import BuildFailed
from runtime.messages import Call, Image, ImageSource
from runtime.supervisor import Sandboxes, open_sandboxes
from tests.integration.runtime.conftest import Answers, at_once

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = 4096
SOURCES = {
    "login": "exports = async ({ name }) => { await context.http.get({ url: 'x' }); return name }",
    "chance": "const r = Math.random(); const now = Date.now(); exports = () => [r, now]",
}


async def test_the_same_sources_make_the_same_image(tmp_path: Path) -> None:
    """Two servers that build the same sources, in whatever order, get the same bytes."""
    images: list[Image] = []
    for name, functions in (("a", SOURCES), ("b", dict(reversed(SOURCES.items())))):
        async with open_sandboxes(tmp_path / name, workers=1) as sandboxes:
            images.append(await sandboxes.build(ImageSource(functions=functions)))
    assert images[0] == images[1]


async def test_an_image_is_a_module_named_by_its_hash(sandboxes: Sandboxes) -> None:
    """The file is a WebAssembly module of memory and data, and its name is its SHA-256."""
    image = await sandboxes.build(ImageSource(functions=SOURCES))
    module = await asyncio.to_thread(sandboxes._store.module(image.id).read_bytes)
    assert hashlib.sha256(module).hexdigest() == image.id
    assert {part.id for part in wasm.read_sections(module)} == {wasm.IMPORT, wasm.DATA}


async def test_other_sources_make_another_image(sandboxes: Sandboxes) -> None:
    """A changed source, or a changed name, changes the image."""
    sources: tuple[dict[str, str], ...] = (
        {"f": "exports = () => 1"},
        {"f": "exports = () => 2"},
        {"g": "exports = () => 1"},
        {},
    )
    images = [await sandboxes.build(ImageSource(functions=functions)) for functions in sources]
    assert len({image.id for image in images}) == len(sources)


async def test_an_image_is_dense(sandboxes: Sandboxes) -> None:
    """The engine maps a memory copy-on-write only if it is small or dense; a large image is the latter."""
    large = {"large": "exports = () => `" + 4_000_000 * "a" + "`.length"}
    image = await sandboxes.build(ImageSource(functions=large))
    assert (await sandboxes.run(image, Call(function="large"))).value == b'{"$numberInt":"4000000"}'
    module = await asyncio.to_thread(sandboxes._store.module(image.id).read_bytes)
    sections = {part.id: part.content for part in wasm.read_sections(module)}
    segments = list(wasm.data_segments(sections[wasm.DATA]))
    end = max(segment.offset + len(segment.data) for segment in segments)
    held = sum(len(segment.data) for segment in segments)
    assert held > end / 2
    assert sections.keys() == {wasm.MEMORY, wasm.EXPORT, wasm.DATA}


async def test_a_usual_image_is_small(sandboxes: Sandboxes) -> None:
    """It is what it changes of the guest library's memory, which all images have in common."""
    image = await sandboxes.build(ImageSource(functions=SOURCES))
    assert image.size < 100_000


def private_dirty(process_id: int) -> int:
    """Bytes that the process has written and shares with nobody."""
    lines = Path(f"/proc/{process_id}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_Dirty:"))


async def test_a_waiting_guest_costs_what_it_wrote(cache: Path) -> None:
    """Guests share their image: each holds its own pages only where it wrote."""
    guests = 100
    async with open_sandboxes(cache, workers=1) as sandboxes:
        image = await sandboxes.build(ImageSource(functions=SOURCES))
        (process_id,) = sandboxes.process_ids
        all_there, released = asyncio.Barrier(guests + 1), asyncio.Event()

        async def hold(url: str) -> bytes:
            await all_there.wait()
            await released.wait()
            return await at_once(url)

        call = Call(function="login", arguments=b'[{"name":"ada"}]')
        assert (await sandboxes.run(image, call, Answers(at_once))).value == b'"ada"'
        before = await asyncio.to_thread(private_dirty, process_id)
        calls = [asyncio.create_task(sandboxes.run(image, call, Answers(hold))) for _ in range(guests)]
        await all_there.wait()
        each = (await asyncio.to_thread(private_dirty, process_id) - before) // guests
        released.set()
        assert [outcome.value for outcome in await asyncio.gather(*calls)] == [b'"ada"'] * guests
    assert each < 150 * PAGE


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("exports = function () {\n  let x = ;\n};", "functions/broken.js:2"),
        ("\n\nexports = async () => {\n  await\n};", "functions/broken.js:5"),
        ("exports = () => {", "functions/broken.js"),
        ("import x from 'x';", "functions/broken.js:1"),
        ("exports = () => `", "functions/broken.js:1"),
        ("\ud800", "functions/broken.js"),
    ],
)
async def test_a_source_that_is_no_javascript(sandboxes: Sandboxes, source: str, place: str) -> None:
    """A build fails with the author's file and line, and whole."""
    with pytest.raises(BuildFailed, match=place):
        await sandboxes.build(ImageSource(functions={"well": "exports = () => 1", "broken": source}))


async def test_too_long_sources_are_refused(sandboxes: Sandboxes) -> None:
    """Sources beyond the limit do not reach the engine."""
    with pytest.raises(BuildFailed, match="exceed"):
        await sandboxes.build(ImageSource(functions={"f": "//" + "x" * (16 << 20)}))


async def test_a_source_does_not_run_at_build(sandboxes: Sandboxes) -> None:
    """Top-level code is the call's: what loops or throws there is built, and fails when it is called."""
    image = await sandboxes.build(ImageSource(functions={"f": "throw new Error('top')", "g": "exports = () => 1"}))
    assert (await sandboxes.run(image, Call(function="g"))).value == b'{"$numberInt":"1"}'
    error = (await sandboxes.run(image, Call(function="f"))).error
    assert error is not None
    assert error.message == "top"


ESCAPES = (
    "}); for (;;); (function () {",
    "}, (() => { for (;;); })(), function () {",
    "}(globalThis.escaped = 1)); (function () {",
    "}[globalThis.escaped = 1], function () {",
    "} : 0 }); globalThis.escaped = 1; (function () { 0 ? () => {",
    "}}; globalThis.escaped = 1; { function f() {",
    "`}); globalThis.escaped = 1; (function () {",
    "/*", "'", "\\",
)  # fmt: skip


@pytest.mark.parametrize("source", ESCAPES)
async def test_a_source_that_closes_its_function_is_refused(sandboxes: Sandboxes, source: str) -> None:
    """A source is the body of one function and nothing beside it; what would run as it is built is no JavaScript."""
    with pytest.raises(BuildFailed, match=r"functions/f\.js:[1-4]:\d+: SyntaxError"):
        await sandboxes.build(ImageSource(functions={"f": source}))


@pytest.mark.parametrize(
    "source",
    [
        "return () => 1",
        "exports = () => 1 //",
        "exports = () => 1 <!-- as browsers still take it",
        "if (new.target || arguments.length !== 4) throw 1; exports = () => 1",
        "'use strict'; exports = () => 1",
        "exports = () => 1; function wrapper() {}",
    ],
)
async def test_whatever_may_stand_in_a_function_is_a_source(sandboxes: Sandboxes, source: str) -> None:
    """The check refuses nothing that a function's body may be."""
    image = await sandboxes.build(ImageSource(functions={"f": source}))
    assert (await sandboxes.run(image, Call(function="f"))).value == b'{"$numberInt":"1"}'


async def test_columns_are_the_author_s(sandboxes: Sandboxes) -> None:
    """What stands before a source inside the engine shows in no place that an author is told, not even on line 1."""
    with pytest.raises(BuildFailed, match=r"functions/f\.js:1:9: SyntaxError"):
        await sandboxes.build(ImageSource(functions={"f": "let x = ;"}))
    image = await sandboxes.build(ImageSource(functions={"f": "nope(); exports = () => 1"}))
    error = (await sandboxes.run(image, Call(function="f"))).error
    assert error is not None
    assert "functions/f.js:1:1)" in error.stack


async def test_calls_go_on_while_images_are_built(cache: Path) -> None:
    """A worker that compiles a long source takes its turns with its calls."""
    long = "exports = [" + "() => ({ a: 1 }),\n" * 100_000 + "][0]"
    async with open_sandboxes(cache, workers=1) as sandboxes:
        image = await sandboxes.build(ImageSource(functions=SOURCES))
        build = asyncio.create_task(sandboxes.build(ImageSource(functions={"f": long})))
        await asyncio.sleep(0)
        for _ in range(3):
            assert (await sandboxes.run(image, Call(function="chance"))).error is None
        assert not build.done()
        assert (await sandboxes.run(await build, Call(function="f"))).error is None


async def test_a_source_that_takes_too_long_is_refused(sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that is not answered in its time fails, and the worker, which was only busy, lives on."""
    monkeypatch.setattr("runtime.image_making.BUILD_TIME", 0.01)
    before = sandboxes.process_ids
    long = "exports = [" + "() => ({ a: 2 }),\n" * 100_000 + "][0]"
    with pytest.raises(BuildFailed, match="takes too long"):
        await sandboxes.build(ImageSource(functions={"f": long}))
    assert sandboxes.process_ids == before


async def test_a_passing_image_leaves_nothing(sandboxes: Sandboxes) -> None:
    """It runs as others do, two of the same sources at once as well; then no file is left of it."""
    before = sorted(path.name for path in sandboxes.directory.iterdir())
    source = ImageSource(functions={"f": "exports = () => 'passing'"})
    async with sandboxes.passing(source) as one, sandboxes.passing(source) as other:
        assert one.id != other.id
        for image in (one, other):
            assert (await sandboxes.run(image, Call(function="f", arguments=b"[]"))).value == b'"passing"'

    assert sorted(path.name for path in sandboxes.directory.iterdir()) == before
    assert (await sandboxes.run(one, Call(function="f", arguments=b"[]"))).error is not None


async def test_what_a_killed_process_left_of_passing_images_is_removed(tmp_path: Path) -> None:
    """Once nobody can use it any more; images that are kept stay."""
    async with open_sandboxes(tmp_path, workers=1) as sandboxes:
        kept = await sandboxes.build(ImageSource(functions=SOURCES))
        store = sandboxes._store
        left, young = store.add_passing(b"left"), store.add_passing(b"young")
        os.utime(store.compiled(left), (0, 0))
        os.utime(store.compiled(kept.id), (0, 0))
    async with open_sandboxes(tmp_path, workers=1):
        found = [store.compiled(image).exists() for image in (kept.id, left, young)]

    assert found == [True, False, True]
