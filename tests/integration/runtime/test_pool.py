"""The slots of a worker: which pool a guest is opened in, and that no slot keeps anything of a guest."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import wasmtime

from runtime import core
from runtime.door import LIVE, Door
from runtime.errors import ErrorKind, SandboxError
from runtime.guest_run import GuestRun, RunFailed, RunLimits
from runtime.image_build import ImageBuild
from runtime.image_compiler import compile_image
from runtime.limits import Limits
from runtime.machine import Ticker
from runtime.messages import ImageSource
from runtime.pool import Pool, Pools
from runtime.prepare import open_image_store
from runtime.step import GuestTrapped, Step
from runtime.store import ImageStore
from runtime.supervisor import SLOTS

LIMITS = RunLimits(wall_time=60.0, cpu_time=60.0, memory=64 << 20, stack=Limits().stack, output=1 << 20)
CALL = b'{"type":"call","function":"f","arguments":["%s"],"context":{},"seed":"00112233445566778899aabbccddeeff"}'
SECRET = b"a secret that no other guest may find"


@pytest.fixture(scope="module")
def store(cache: Path) -> ImageStore:
    """The compiled engine."""
    return open_image_store(cache, slots=SLOTS)


@pytest.fixture
def pools(store: ImageStore) -> Iterator[Pools]:
    """Four slots, two of which stay resident, in an engine of this process."""
    pools = Pools(store, Door(), slots=4)
    ticker = Ticker(pools.resident.engine, pools.spare.engine)
    ticker.at_work = True
    ticker.wake()
    yield pools
    ticker.at_work = False


def image_of(pools: Pools, store: ImageStore, source: str) -> str:
    """The id of a new image with one function."""
    pool = pools.spare
    build = ImageBuild(pool.linker, pool.core, pool.base, Door(), ImageSource(functions={"f": source}))
    while (built := build.advance()) is None:
        pass
    return store.add("0" * 64, built[0], compile_image(pool.engine, built[0])).id


def run(guest: GuestRun, argument: bytes = b"") -> bytes:
    """Enter the guest and let it come to its end."""
    guest.enter(CALL % argument)
    while (handed_over := guest.advance()) is None:
        pass
    return handed_over


def descriptors() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def free(pool: Pool) -> int:
    """Slots that are free."""
    return pool._free


def test_guests_are_resident_while_there_is_room(pools: Pools, store: ImageStore) -> None:
    """Guests of whatever image are opened in resident slots while there are any, then among the spare ones."""
    images = [image_of(pools, store, f"exports = () => {number}") for number in (1, 2)]
    guests = [pools.open(image, LIMITS) for image in images * 2]
    assert (free(pools.resident), free(pools.spare)) == (0, 0)
    guests[0].close()
    assert (free(pools.resident), free(pools.spare)) == (1, 0)
    for guest in guests:
        guest.close()
    assert (free(pools.resident), free(pools.spare)) == (2, 2)


def test_an_image_that_is_warmed_holds_no_slot(pools: Pools, store: ImageStore) -> None:
    """It is mapped, and that is all."""
    pools.warm(image_of(pools, store, "exports = () => 6"), LIMITS)
    assert (free(pools.resident), free(pools.spare)) == (2, 2)


def test_a_resident_slot_meets_no_page_faults(pools: Pools, store: ImageStore) -> None:
    """Once its pages are there, neither memory nor tables are given back and asked for again."""
    image, calls = image_of(pools, store, "exports = (text) => text"), 50

    def call_often() -> None:
        for _ in range(calls):
            with closing(pools.open(image, LIMITS)) as guest:
                run(guest)

    call_often()
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
    call_often()
    assert resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before < calls


def test_a_large_image_is_not_resident(pools: Pools, store: ImageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copying it back would take longer than the faults that it saves."""
    monkeypatch.setattr("runtime.image_form.LARGEST_CHANGED", 1000)
    image = image_of(pools, store, "exports = () => 3")
    guest = pools.open(image, LIMITS)
    assert (free(pools.resident), free(pools.spare)) == (2, 1)
    assert b'"3"' in run(guest)
    guest.close()


def test_an_image_may_need_more_memory_than_the_library(pools: Pools, store: ImageStore) -> None:
    """It begins with the memory that it was built with, in a slot of either kind."""
    source = "exports = () => text.length; const text = `" + 300_000 * "a" + "`"
    image, small = image_of(pools, store, source), image_of(pools, store, "exports = () => 7")
    with closing(pools.open(small, LIMITS)) as guest:
        usual = guest.instance.memory_size
    guests = [pools.open(image, LIMITS) for _ in range(4)]
    assert {free(pools.resident), free(pools.spare)} == {0}
    assert guests[0].instance.memory_size > usual
    for guest in guests:
        assert b'"300000"' in run(guest)
        guest.close()


def test_more_guests_than_slots_are_refused(pools: Pools, store: ImageStore) -> None:
    """It is an error of the sandbox, and gives back what it had taken; an unknown image is one, too."""
    image = image_of(pools, store, "exports = () => 4")
    guests = [pools.open(image, LIMITS) for _ in range(4)]
    with pytest.raises(SandboxError):
        pools.open(image, LIMITS)
    for guest in guests:
        guest.close()
    assert (free(pools.resident), free(pools.spare)) == (2, 2)
    with pytest.raises(wasmtime.WasmtimeError):
        pools.open("f" * 64, LIMITS)


@pytest.mark.parametrize("limit", [0, 4 << 20], ids=["whole", "changes"])
def test_an_image_beyond_the_memory_of_a_run(
    pools: Pools, store: ImageStore, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """Is told as that limit, takes no slot, and is opened by a run that may have just as much."""
    monkeypatch.setattr("runtime.image_form.LARGEST_CHANGED", limit)
    image = image_of(pools, store, f"exports = () => {limit}")
    with closing(pools.open(image, LIMITS)) as guest:
        size = guest.instance.memory_size
    with pytest.raises(RunFailed, match="memory limit exceeded") as failed:
        pools.open(image, replace(LIMITS, memory=size - 1))
    assert failed.value.kind is ErrorKind.MEMORY
    assert (free(pools.resident), free(pools.spare)) == (2, 2)
    with closing(pools.open(image, replace(LIMITS, memory=size))) as guest:
        assert guest.instance.memory_size == size


def test_a_guest_whose_time_is_over_has_nothing_computed(
    pools: Pools, store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host computes for a guest while all others wait, so it does not begin what nobody will take."""
    asked: list[str] = []

    def answer(operation: str, *_: object) -> bytes:
        asked.append(operation)
        return b'{"value":"AAAA"}'

    monkeypatch.setattr("runtime.crypto.answer", answer)
    image = image_of(pools, store, "exports = () => { for (;;) require('crypto').pbkdf2Sync('a', 'b', 1, 3, 'sha1') }")
    late = replace(LIMITS, wall_time=0.0)
    with closing(pools.open(image, late)) as guest, pytest.raises(RunFailed, match="time limit"):
        run(guest)
    assert asked == []


def test_a_short_call_that_does_not_end_is_given_up(
    pools: Pools, store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of an engine whose lists of free memory a guest has led in a circle would not: all others wait for it."""
    monkeypatch.setattr("runtime.instance.LONGEST_CALL", 1.5)  # longer than the clock of the engine stays awake alone
    message = CALL % b""
    with closing(pools.open(image_of(pools, store, "exports = () => { for (;;) {} }"), LIMITS)) as guest:
        pools.resident._door.open_for(guest.instance, LIVE)
        guest.instance.write(core.INBOX, message)
        with pytest.raises(GuestTrapped, match="takes too long"):
            guest.instance.call(b"enter", core.INBOX, len(message))


def test_a_bounded_call_is_bounded_by_its_own_processor_time(
    pools: Pools, store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a guest was stopped is read within so much time: a machine that has others to serve takes none of it."""
    poll, polls = Step.poll, 0

    def served_late(step: Step) -> int | None:
        nonlocal polls
        polls += 1
        time.sleep(0.2)
        return poll(step)

    message, bound = CALL % b"", 0.5
    source = "exports = () => { for (let i = 0; i < 1e6; i++); }"
    with closing(pools.open(image_of(pools, store, source), LIMITS)) as guest:
        pools.resident._door.open_for(guest.instance, LIVE)
        guest.instance.write(core.INBOX, message)
        monkeypatch.setattr(Step, "poll", served_late)
        assert guest.instance.call(b"enter", core.INBOX, len(message), until=time.thread_time() + bound)
    assert polls * 0.2 > bound


def test_images_not_called_for_long_are_let_go(store: ImageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mapped image holds a descriptor, of which a worker has only so many; the image is found again when called."""
    monkeypatch.setattr("runtime.pool.IMAGES_KEPT", 2)
    monkeypatch.setattr("runtime.pool.SPARE_IMAGES_KEPT", 2)
    pools = Pools(store, Door(), slots=4)
    Ticker(pools.resident.engine, pools.spare.engine).wake()
    images = [image_of(pools, store, f"exports = () => {number}") for number in range(10, 14)]
    before = descriptors()
    for image in images * 2:
        pools.warm(image, LIMITS)
    assert descriptors() - before <= 2 * 2 + 4
    for number, image in enumerate(images, 10):
        guest = pools.open(image, LIMITS)
        assert b'"%d"' % number in run(guest)
        guest.close()


def test_no_slot_keeps_anything_of_a_guest(pools: Pools, store: ImageStore) -> None:
    """What a guest held, in its heap, on its stack or in its inbox, is nowhere in the memory of the next guest."""
    plant = (
        "exports = (secret) => { globalThis.kept = Array.from({ length: 9e4 }, (_, i) => secret + i); return secret }"
    )
    planting, other = image_of(pools, store, plant), image_of(pools, store, "exports = () => 5")
    for image in (planting, other, planting, other):
        guests = [pools.open(image, LIMITS) for _ in range(4)]
        for guest in guests:
            assert SECRET not in guest.instance.read(0, guest.instance.memory_size)
            run(guest, SECRET)
            if image == planting:
                assert SECRET in guest.instance.read(0, guest.instance.memory_size)
        for guest in guests:
            guest.close()


def test_guests_in_all_slots_may_ask_for_something_at_once(pools: Pools, store: ImageStore) -> None:
    """The host reads what is asked on another native stack, also where each guest that waits for its turn has two."""
    source = """exports = () => {
        const { createHash } = require("crypto"), until = Date.now() + 100;
        while (Date.now() < until) createHash("sha256").update("x").digest("hex");
        return "hashed";
    }"""
    image = image_of(pools, store, source)
    guests = [pools.open(image, LIMITS) for _ in range(4)]
    for guest in guests:
        guest.enter(CALL % b"")
    ended: list[bytes] = []
    while len(ended) < len(guests):
        handed_over = [guest.advance() for guest in guests if guest.runs]
        ended += [text for text in handed_over if text is not None]
    assert all(b'"hashed"' in text for text in ended)
    for guest in guests:
        guest.close()


def test_a_build_that_is_given_up_gives_everything_back(pools: Pools, store: ImageStore) -> None:
    """Also where it is given up in the middle of a step, as often as there are slots and once more."""
    pool, source = pools.spare, ImageSource(functions={"f": f"exports = () => [{'[1, 2],' * 400_000}]"})
    for _ in range(3):
        build = ImageBuild(pool.linker, pool.core, pool.base, Door(), source)
        assert build.advance() is None
        build.close()
    with closing(pools.open(image_of(pools, store, "exports = () => 11"), LIMITS)) as guest:
        assert b'"11"' in run(guest)


@pytest.mark.parametrize(
    "text",
    [
        "(module)",
        '(module (func (export "memory")))',
        '(module (import "image" "memory" (func)))',
        '(module (import "image" "memory" (global i32)))',
        '(module (import "image" "memory" (memory 1)) (func $f (loop br 0)) (start $f))',
    ],
)
def test_native_code_that_is_no_image_is_refused(pools: Pools, store: ImageStore, text: str) -> None:
    """Whatever lies under an image's name, no guest is opened of it, no worker ends by it, and no slot is lost."""
    image = store.add_passing(bytes(wasmtime.Module(pools.spare.engine, text).serialize()))
    with pytest.raises(SandboxError):
        pools.open(image, LIMITS)
    assert (free(pools.resident), free(pools.spare)) == (2, 2)


def test_the_engine_is_no_image(pools: Pools, store: ImageStore) -> None:
    """Neither with its memory nor without."""
    for module in (store.core, store.base):
        with pytest.raises(SandboxError):
            pools.open(store.add_passing(module.read_bytes()), LIMITS)
