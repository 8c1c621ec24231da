"""An image being built inside a worker: in slices, within its time, and whole or not at all."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from runtime.door import Door, make_linker
from runtime.errors import BuildFailed
from runtime.evaluation import Budget
from runtime.image_build import ImageBuild
from runtime.machine import ChangedImage, Ticker, load_module, make_engine
from runtime.messages import Call, ImageSource
from runtime.prepare import open_image_store
from runtime.supervisor import SLOTS, open_sandboxes

LONG = "exports = [" + "() => ({ a: 1 }),\n" * 50_000 + "][0]"


@pytest.fixture(scope="module")
def build(cache: Path) -> ImageBuild:
    """A long source on its way, in an engine of this process."""
    store = open_image_store(cache, slots=SLOTS)
    engine = make_engine(slots=SLOTS)
    Ticker(engine).wake()
    core, door = load_module(engine, store.core), Door()
    linker = make_linker(engine, core, door)
    base = ChangedImage.base(linker, load_module(engine, store.base))
    return ImageBuild(linker, core, base, door, ImageSource(functions={"f": LONG}))


def finish(build: ImageBuild) -> None:
    """Take slice after slice."""
    try:
        while build.advance() is None:
            pass
    finally:
        build.close()


def test_a_build_stops_when_its_time_is_spent(build: ImageBuild, monkeypatch: pytest.MonkeyPatch) -> None:
    """It yields after each slice; when the engine has had its time, it fails with the file's name."""
    monkeypatch.setattr("runtime.image.Budget", lambda: Budget(0.02))
    assert build.advance() is None
    with pytest.raises(BuildFailed, match=r"functions/f\.js: compilation takes too long"):
        finish(build)


async def test_a_compiler_that_ended_is_started_again(cache: Path) -> None:
    """Native code comes from one process that meets no guest; where it dies, the next build has another."""
    async with open_sandboxes(cache, workers=1) as sandboxes:
        await sandboxes.build(ImageSource(functions={"f": "exports = () => 'compiled once'"}))
        first = sandboxes._compiler_link
        assert first is not None
        assert first.process_id not in sandboxes.process_ids
        os.kill(first.process_id, signal.SIGKILL)
        await first.ended
        image = await sandboxes.build(ImageSource(functions={"f": "exports = () => 'compiled again'"}))
        assert (await sandboxes.run(image, Call(function="f"))).value == b'"compiled again"'
