"""Workers die, lie and are replaced; calls are answered all the same, and nothing leaks."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runtime.confinement import Walls
from runtime.errors import ErrorKind, QueueFull, SandboxError, WorkerDied
from runtime.frames import Kind, encode
from runtime.limits import Limits
from runtime.messages import Call, Image, ImageSource
from runtime.places import Places
from runtime.supervisor import Sandboxes, open_sandboxes
from runtime.worker_link import WorkerLink
from tests.integration.runtime.conftest import Answers, never

SOURCES = {
    "well": "exports = () => 'well'",
    "loop": "exports = () => { for (;;); }",
    "wait": "exports = () => context.http.get({url: 'x'})",
}


@pytest.fixture
async def lone(cache: Path) -> AsyncIterator[Sandboxes]:
    """Sandboxes with one worker, so that it is known who holds a call."""
    async with open_sandboxes(cache, workers=1) as opened:
        yield opened


async def image_of(sandboxes: Sandboxes) -> Image:
    """The image of the sources above."""
    return await sandboxes.build(ImageSource(functions=SOURCES))


async def kill_worker(sandboxes: Sandboxes) -> int:
    """SIGKILL for the one worker; gives the process id it had."""
    (process_id,) = sandboxes.process_ids
    os.kill(process_id, signal.SIGKILL)
    return process_id


async def test_a_call_without_effects_is_tried_again(lone: Sandboxes) -> None:
    """A worker that dies before the first host call costs its calls nothing."""
    image = await image_of(lone)
    calls = [asyncio.create_task(lone.run(image, Call(function="well"))) for _ in range(20)]
    calls.append(asyncio.create_task(lone.run(image, Call(function="loop", limits=Limits(wall_time=0.5)))))
    await asyncio.sleep(0)
    killed = await kill_worker(lone)

    outcomes = await asyncio.gather(*calls)

    assert [outcome.value for outcome in outcomes] == [b'"well"'] * 20 + [None]
    assert outcomes[-1].error is not None
    assert outcomes[-1].error.kind is ErrorKind.WALL_TIME
    assert killed not in lone.process_ids


async def test_a_call_with_effects_is_not_tried_again(lone: Sandboxes) -> None:
    """A worker that dies after a host call ends the call with WorkerDied, at once; later calls work."""
    image = await image_of(lone)
    host = Answers(never)
    call = asyncio.create_task(lone.run(image, Call(function="wait"), host))
    await host.begun.wait()
    await kill_worker(lone)

    with pytest.raises(WorkerDied):
        await call

    assert host.asked == ["x"]
    assert (await lone.run(image, Call(function="well"))).value == b'"well"'


async def test_a_call_that_kills_its_worker_twice_is_given_up(lone: Sandboxes) -> None:
    """A call is tried twice, not for ever."""
    image = await image_of(lone)
    call = asyncio.create_task(lone.run(image, Call(function="loop")))
    killed: set[int] = set()
    while not call.done():
        for process_id in set(lone.process_ids) - killed:
            os.kill(process_id, signal.SIGKILL)
            killed.add(process_id)
        await asyncio.sleep(0.01)
    with pytest.raises(WorkerDied):
        await call
    assert len(killed) >= 2


async def test_a_worker_that_does_not_answer_is_replaced(lone: Sandboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that hangs is killed when its call's time is over; the call is told of its limit."""
    monkeypatch.setattr("runtime.worker_link.PATIENCE", 0.2)
    image = await image_of(lone)
    (process_id,) = lone.process_ids
    os.kill(process_id, signal.SIGSTOP)
    outcome = await lone.run(image, Call(function="well", limits=Limits(wall_time=0.05)))
    assert outcome.error is not None
    assert outcome.error.kind is ErrorKind.WALL_TIME
    assert (await lone.run(image, Call(function="well"))).value == b'"well"'
    assert process_id not in lone.process_ids


async def test_a_worker_that_is_only_busy_is_not_killed(lone: Sandboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says between two steps of its guests that it is there, though it has nothing else to say."""
    monkeypatch.setattr("runtime.worker_link.PATIENCE", 4.0)
    image = await lone.build(ImageSource(functions={"loops": "exports = () => { for (;;) {} }"}))
    before = lone.process_ids
    call = asyncio.create_task(lone.run(image, Call(function="loops", limits=Limits(wall_time=6.0))))
    await asyncio.sleep(0.1)
    (link,) = lone._links
    link.kill_if_silent()
    outcome = await call
    assert outcome.error is not None
    assert outcome.error.kind is ErrorKind.WALL_TIME
    assert lone.process_ids == before


async def test_a_cancelled_call_is_forgotten(lone: Sandboxes) -> None:
    """A caller that goes away takes its guest with it: the worker holds nothing more."""
    image = await image_of(lone)
    host = Answers(never)
    call = asyncio.create_task(lone.run(image, Call(function="wait"), host))
    await host.begun.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert [link.load for link in lone._links] == [0]


async def test_a_host_that_fails_unforeseen_ends_its_call_only(lone: Sandboxes) -> None:
    """An exception that is no HostError reaches the caller; the worker goes on."""

    async def broken(url: str) -> bytes:
        raise RuntimeError(url)

    image = await image_of(lone)
    with pytest.raises(RuntimeError):
        await lone.run(image, Call(function="wait"), Answers(broken))
    assert (await lone.run(image, Call(function="well"))).value == b'"well"'


async def test_parents_in_all_places_do_not_stop_their_children(
    lone: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More runs than there are places each wait for a run that they called; all of them end."""
    monkeypatch.setattr(lone, "_places", Places(4, queue=100))
    image = await image_of(lone)

    async def call_another(url: str) -> bytes:
        while True:
            try:
                return (await lone.run(image, Call(function="well"), nested=True)).value or url.encode()
            except QueueFull:
                await asyncio.sleep(0)

    calls = [lone.run(image, Call(function="wait"), Answers(call_another)) for _ in range(20)]
    async with asyncio.timeout(120):
        outcomes = await asyncio.gather(*calls)
    assert [outcome.error for outcome in outcomes] == [None] * 20


async def test_an_image_that_cannot_be_warmed_harms_nobody(lone: Sandboxes) -> None:
    """A worker told to make an image ready that is not there, or is none, goes on."""
    before = lone.process_ids
    for image in ("f" * 64, "../core", ""):
        lone._warm(image)
    assert (await lone.run(await image_of(lone), Call(function="well"))).value == b'"well"'
    assert lone.process_ids == before


LIAR = """#!{python}
import socket, sys
connection = socket.socket(fileno=int(sys.argv[4]))
connection.sendall({ready!r})
connection.recv(1 << 16)
connection.sendall({lie!r})
while connection.recv(1 << 16):
    pass
"""


async def lying_worker(folder: Path, lie: bytes) -> Path:
    """A program that takes a worker's place, and answers whatever it is asked with `lie`."""
    program = folder / "liar"
    text = LIAR.format(python=sys.executable, ready=encode(Kind.READY, 0, Walls().encode()), lie=lie)
    await asyncio.to_thread(program.write_text, text)
    program.chmod(0o700)
    return program


@pytest.mark.parametrize(
    "lie", [b"\xff" * 64, b"GET / HTTP/1.1\r\n\r\n", encode(Kind.STEPPED, 1, b"{}")[:4] + b"\0" * 60]
)
async def test_a_worker_that_speaks_nonsense_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: bytes
) -> None:
    """Bytes that are no frames end the worker, and its run with it."""
    monkeypatch.setattr("runtime.worker_link.sys.executable", str(await lying_worker(tmp_path, lie)))
    ended: asyncio.Queue[WorkerLink] = asyncio.Queue()
    link = WorkerLink(tmp_path, 1, ended.put_nowait)
    await link.start()
    mailbox = link.open_run(1)
    link.send(Kind.CALL, 1)
    assert await mailbox.take() is None
    assert await ended.get() is link
    assert not link.alive
    await link.close()


async def test_a_worker_that_does_not_start_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that ends before it is ready is an error, not an endless wait."""
    monkeypatch.setattr("runtime.worker_link.sys.executable", "/bin/false")
    link = WorkerLink(tmp_path, 1, lambda _: None)
    with pytest.raises(SandboxError, match="ended while it started"):
        await link.start()
    await link.close()


def open_descriptors() -> set[str]:
    """What this process has open."""
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


async def test_closing_gives_everything_back(cache: Path) -> None:
    """After closing, with calls under way and after a death, no process and no descriptor is left."""
    before = open_descriptors()
    seen: set[int] = set()
    async with open_sandboxes(cache, workers=2) as sandboxes:
        image = await image_of(sandboxes)
        seen.update(sandboxes.process_ids)
        os.kill(sandboxes.process_ids[0], signal.SIGKILL)
        host = Answers(never)
        call = asyncio.create_task(sandboxes.run(image, Call(function="wait"), host))
        await host.begun.wait()
        seen.update(sandboxes.process_ids)
    with pytest.raises(SandboxError):
        await call
    with pytest.raises(SandboxError):
        await sandboxes.run(image, Call(function="well"))
    assert open_descriptors() == before
    for process_id in seen:
        with pytest.raises(ProcessLookupError):
            os.kill(process_id, 0)
