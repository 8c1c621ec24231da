"""A worker that was taken over: whatever it says about a run, the supervisor takes it for hostile."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import pytest

from runtime.conversation import Conversation
from runtime.errors import BuildFailed, ErrorKind
from runtime.frames import Frame, Kind
from runtime.image_form import written
from runtime.limits import Limits
from runtime.mailbox import Mailbox
from runtime.messages import Call, ImageSource, Outcome
from runtime.overdue import Overdue
from runtime.store import ImageStore
from runtime.supervisor import Sandboxes, open_sandboxes
from runtime.wasm import memory_module
from runtime.worker_link import WorkerLink

CHANGES = written(b"x" * 2**20, bytes(2**20))
STATS = b'{"guest_time":0.1,"memory":65536}'


class Liar:
    """A link to a worker that says what it is given to say, whatever it is asked."""

    def __init__(self, *lies: tuple[bytes, ...] | Frame) -> None:
        self.sent: list[tuple[Kind, tuple[bytes, ...]]] = []
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.alive = True
        self.load = 0
        self.overdue = Overdue()
        self._lies = list(lies)
        self._mailbox = Mailbox()

    def open_run(self, number: int) -> Mailbox:
        """The one mailbox."""
        return self._mailbox

    def close_run(self, number: int, *, has_ended: bool = False) -> None:
        """Nothing to forget."""

    def kill_if_silent(self) -> None:
        """Nothing to kill."""

    def send(self, kind: Kind, number: int, *parts: bytes) -> None:
        """Answer with the next lie."""
        self.sent.append((kind, parts))
        if self._lies:
            lie = self._lies.pop(0)
            self._mailbox.put(lie if isinstance(lie, Frame) else Frame(Kind.STEPPED, number, lie))


class Counted:
    """A host that counts what it performs."""

    def __init__(self) -> None:
        self.performed: list[str] = []

    async def answer(self, operation: str, arguments: bytes) -> bytes:
        """Whatever it is."""
        self.performed.append(operation)
        return b'"done"'


async def told(*lies: tuple[bytes, ...] | Frame, host: Counted | None = None, limits: Limits | None = None) -> Outcome:
    """The outcome of a run about which the worker tells these."""
    call = Call(function="f", limits=limits or Limits(wall_time=60))
    return await Conversation(cast("WorkerLink", Liar(*lies)), 1, "0" * 64, call, host or Counted()).lead()


def step(**fields: object) -> tuple[bytes, bytes]:
    """What a guest hands over."""
    return json.dumps({"calls": [], "done": None, "logs": [], **fields}).encode(), STATS


def asks(*numbers: object) -> dict[str, object]:
    """Host calls with these numbers."""
    return {"calls": [{"id": number, "operation": "http", "arguments": {}} for number in numbers]}


END = step(done={"value": "end"})


@pytest.mark.parametrize(
    "lie",
    [
        (),
        (b"",),
        (b"null", STATS),
        (b"\xff\xfe", STATS),
        (b"[" * 100_000, STATS),
        (b"{}", b"[]"),
        (b"{}", b'{"guest_time":"x"}'),
        (b"{}", b'{"memory":1e999}'),
        step(calls={}),
        step(calls=[{"id": 1}]),
        step(calls=[{"id": -1, "operation": "http", "arguments": {}}]),
        step(calls=[{"id": 2**64, "operation": "http", "arguments": {}}]),
        step(calls=[{"id": True, "operation": "http", "arguments": {}}]),
        step(calls=[{"id": 1, "operation": ["http"], "arguments": {}}]),
        step(done=[]),
        step(done={"error": {"name": 1}}),
        step(logs=[["log"]]),
        step(logs=[["log", 1]]),
        Frame(Kind.FAILED, 1, ()),
        Frame(Kind.FAILED, 1, (b"no such kind", b"", b"", b"", STATS)),
        Frame(Kind.FAILED, 1, (b"\xff", b"", b"", b"", b"")),
        Frame(Kind.FAILED, 1, (b"wall_time", b"", b"", b"null", STATS)),
    ],
)
async def test_nonsense_is_named(lie: tuple[bytes, ...] | Frame) -> None:
    """What is not of the protocol's form ends that run, as nonsense, and nothing else."""
    outcome = await told(lie)
    assert outcome.error is not None
    assert outcome.error.kind is ErrorKind.NONSENSE


async def test_a_number_used_twice_settles_once_each() -> None:
    """Numbers are the guest's own affair: each call is performed and answered once, with the number it came with."""
    host = Counted()
    outcome = await told(step(**asks(7, 7, 7)), END, host=host)
    assert outcome.value == b'"end"'
    assert len(host.performed) == 3


async def test_calls_behind_the_end_are_performed_once() -> None:
    """A run that has ended asks for nothing more, whatever its worker sends afterwards."""
    host = Counted()
    outcome = await told(step(**asks(1), done={"value": "end"}), step(**asks(2)), step(**asks(3)), host=host)
    await asyncio.sleep(0)
    assert outcome.value == b'"end"'
    assert host.performed in ([], ["http"])


@pytest.mark.parametrize("count", [1, 1001, 5000])
async def test_floods_are_limited(count: int) -> None:
    """More host calls at once than allowed are not even begun."""
    host = Counted()
    outcome = await told(step(**asks(*range(count))), END, host=host)
    assert (outcome.error is None) == (count <= 1000)
    assert len(host.performed) == (count if count <= 1000 else 0)


async def test_a_result_beyond_its_limit_is_refused() -> None:
    """Also where the worker itself should have refused it."""
    outcome = await told(step(done={"value": "x" * 1000}), limits=Limits(result=100, wall_time=60))
    assert outcome.error is not None
    assert outcome.error.kind is ErrorKind.RESULT


async def test_logs_beyond_their_limit_are_cut() -> None:
    """However many a worker sends."""
    outcome = await told(step(logs=[["log", "x" * 1000]] * 5000, done={"value": 1}))
    assert sum(len(line.text) for line in outcome.logs) <= Limits().log_bytes


async def test_nothing_but_the_log_of_a_failed_run_is_taken() -> None:
    """What a guest would still have asked for when it was stopped is not done, nor is its value one."""
    host = Counted()
    left, _ = step(**asks(1), logs=[["log", "before the end"]], done={"value": 1})
    outcome = await told(Frame(Kind.FAILED, 1, (b"wall_time", b"over", b"", left, STATS)), host=host)
    assert outcome.error is not None
    assert outcome.error.kind is ErrorKind.WALL_TIME
    assert outcome.value is None
    assert [line.text for line in outcome.logs] == ["before the end"]
    assert host.performed == []


async def test_an_end_beside_an_error_is_one_of_both() -> None:
    """A value wins; a run has one end."""
    outcome = await told(step(done={"value": 1, "error": {"name": "", "message": "", "stack": "", "text": ""}}))
    assert (outcome.value is None) != (outcome.error is None)


async def test_a_worker_that_falls_silent_is_waited_for_no_longer_than_the_run() -> None:
    """Its run ends with its time."""
    outcome = await told(limits=Limits(wall_time=0.3))
    assert outcome.error is not None
    assert outcome.error.kind is ErrorKind.WALL_TIME


CODE = b"\0asm\x01\0\0\0" + b"\x01\x04\x01\x60\0\0" + b"\x03\x02\x01\0" + b"\x0a\x04\x01\x02\0\x0b"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "module",
    [
        b"",
        b"\0asm",
        b"MZ",
        b"\x7fELF",
        CODE,
        memory_module(1, []) + CODE[8:],
        memory_module(1, [])[:-3],
        CHANGES + CODE[8:],
        CHANGES.replace(b"image", b"other"),
        CHANGES[:-3],
    ],
    ids=[
        "empty",
        "cut",
        "windows",
        "linux",
        "code",
        "memory and code",
        "memory cut",
        "changes and code",
        "changes of another module",
        "changes cut",
    ],
)
async def test_an_image_that_holds_more_than_memory_is_refused(
    module: bytes, monkeypatch: pytest.MonkeyPatch, sandboxes: Sandboxes
) -> None:
    """A worker may hand over a memory with data, and nothing that runs; nothing of a lie is kept."""
    store: ImageStore = sandboxes._store
    before = sorted(store.directory.iterdir())
    liar = Liar(Frame(Kind.BUILT, 0, (module,)))
    monkeypatch.setattr(sandboxes, "_links", [liar])
    with pytest.raises(BuildFailed, match="image"):
        await sandboxes.build(ImageSource(functions={"f": f"exports = {module!r}.length"}))
    assert sorted(store.directory.iterdir()) == before


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("how", ["raw module", "cut", "text", "another engine's", "gone"])
async def test_a_doctored_image_file_is_refused(sandboxes: Sandboxes, how: str) -> None:
    """Raw WebAssembly, a damaged file or one of another engine in an image's place: only that call fails."""
    image = await sandboxes.build(ImageSource(functions={"f": f"exports = () => {how!r}"}))
    store: ImageStore = sandboxes._store
    good = store.compiled(image.id).read_bytes()
    doctored = {
        "raw module": store.module(image.id).read_bytes(),
        "cut": good[:100],
        "text": b"#!/bin/sh\n",
        "another engine's": good.replace(b"wasmtime", b"wasmtimf"),
    }.get(how)
    store.compiled(image.id).unlink()
    if doctored is not None:
        store.compiled(image.id).write_bytes(doctored)
    async with open_sandboxes(store.directory.parent, workers=1) as restarted:  # no worker has loaded the good one here
        before = restarted.process_ids
        outcome = await restarted.run(image, Call(function="f"))
        assert outcome.error is not None
        assert outcome.error.kind is ErrorKind.TRAP
        store.compiled(image.id).write_bytes(good)
        assert (await restarted.run(image, Call(function="f"))).value == json.dumps(how).encode()
        assert restarted.process_ids == before
