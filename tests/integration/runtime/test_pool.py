"""The slots of a worker: which pool a guest is opened in, and that no slot keeps anything of a guest."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime

from runtime.door import Door
from runtime.errors import SandboxError
from runtime.guest_run import GuestRun, RunLimits
from runtime.image_build import ImageBuild
from runtime.image_compiler import compile_image
from runtime.limits import Limits
from runtime.machine import Ticker, load_module
from runtime.messages import ImageSource
from runtime.pool import Pool, Pools
from runtime.prepare import open_image_store
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
def pools(store: ImageStore) -> Pools:
    """Four slots, two of which stay resident, in an engine of this process."""
    pools = Pools(store, Door(), slots=4)
    Ticker(pools.resident.engine, pools.spare.engine).wake()
    return pools


def image_of(pools: Pools, store: ImageStore, source: str) -> str:
    """The id of a new image with one function."""
    pool = pools.spare
    base = load_module(pool.engine, store.base)
    build = ImageBuild(pool.linker, pool.core, base, Door(), ImageSource(functions={"f": source}))
    while (built := build.advance()) is None:
        pass
    return store.add("0" * 64, built[0], compile_image(pool.engine, built[0]))


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


def test_images_in_use_stay_resident(pools: Pools, store: ImageStore) -> None:
    """An image's first guest is opened among the spare slots, the next ones in resident slots while there are any."""
    image = image_of(pools, store, "exports = () => 1")
    guests = [pools.open(image, LIMITS) for _ in range(4)]
    assert (free(pools.resident), free(pools.spare)) == (0, 0)
    guests[0].close()
    assert (free(pools.resident), free(pools.spare)) == (0, 1)
    for guest in guests:
        guest.close()
    assert (free(pools.resident), free(pools.spare)) == (2, 2)


def test_a_warmed_image_is_resident_at_once(pools: Pools, store: ImageStore) -> None:
    """Its first guest already is opened in a resident slot; warming itself holds none."""
    image = image_of(pools, store, "exports = () => 2")
    pools.warm(image, LIMITS)
    assert (free(pools.resident), free(pools.spare)) == (2, 2)
    guest = pools.open(image, LIMITS)
    assert (free(pools.resident), free(pools.spare)) == (1, 2)
    guest.close()


def test_an_image_too_large_to_copy_is_not_resident(
    pools: Pools, store: ImageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copying it back would take longer than the faults that it saves."""
    monkeypatch.setattr("runtime.pool.RESIDENT", 1000)
    image = image_of(pools, store, "exports = () => 3")
    pools.warm(image, LIMITS)
    guest = pools.open(image, LIMITS)
    assert (free(pools.resident), free(pools.spare)) == (2, 1)
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


def test_images_not_called_for_long_are_let_go(store: ImageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mapped image holds a descriptor, of which a worker has only so many; the image is found again when called."""
    monkeypatch.setattr("runtime.pool.IMAGES_KEPT", 2)
    monkeypatch.setattr("runtime.pool.RECENT_IMAGES", 1)
    pools = Pools(store, Door(), slots=4)
    Ticker(pools.resident.engine, pools.spare.engine).wake()
    images = [image_of(pools, store, f"exports = () => {number}") for number in range(10, 14)]
    before = descriptors()
    for image in images * 2:
        pools.warm(image, LIMITS)
    assert descriptors() - before <= 2 + 1 + 4
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
