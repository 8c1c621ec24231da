"""The slots in which a worker opens guests: a few that stay resident for images in use, and many that cost nothing."""

from __future__ import annotations

from collections import OrderedDict
from typing import cast

import wasmtime

from runtime.door import Door, make_linker
from runtime.guest_run import GuestRun, RunLimits
from runtime.machine import load_module, make_engine
from runtime.store import ImageStore
from runtime.tape import Tape
from runtime.wasm import PAGE

IMAGES_KEPT = 1920
"""Images a worker keeps mapped, each by a file descriptor; the least recently used one goes first."""
RESIDENT_SLOTS = 64
"""Slots whose memory stays resident between guests: 2.2 MB each with usual images."""
RESIDENT = 4 * 1024 * 1024
"""Bytes of such a slot that are reset by copying, whatever a run wrote of them; above the size of images without
packages. Larger images are opened where a run costs only what it wrote."""
RECENT_IMAGES = 32
"""An image is in use if it is among so many that were called last."""


class Pool:
    """Slots of one engine, and the images that were opened in them."""

    def __init__(self, store: ImageStore, door: Door, *, slots: int, resident: int, images: int) -> None:
        self.engine = make_engine(slots=slots, resident=resident)
        self.core = load_module(self.engine, store.core)
        self.linker = make_linker(self.engine, self.core, door)
        self._store = store
        self._door = door
        self._images: OrderedDict[str, wasmtime.Module] = OrderedDict()
        self._most_images = images
        self._free = slots

    @property
    def has_room(self) -> bool:
        """Whether a slot is free."""
        return self._free > 0

    def open(self, image: str, limits: RunLimits, tape: Tape | None = None) -> GuestRun:
        """A fresh instance of the image, not yet entered.

        Raises SandboxError where there is no room, WasmtimeError where there is no such image.
        """
        module = self.module(image)
        self._free -= 1
        return GuestRun.open(self.linker, self.core, module, self._door, limits, tape=tape, on_close=self._give_back)

    def module(self, image: str) -> wasmtime.Module:
        """The image, mapped. Raises SandboxError or WasmtimeError where there is no such image."""
        module = self._images.get(image)
        if module is None:
            module = self._images[image] = load_module(self.engine, self._store.compiled(image))
            if len(self._images) > self._most_images:
                self._images.popitem(last=False)
        else:
            self._images.move_to_end(image)
        return module

    def _give_back(self) -> None:
        self._free += 1


class Pools:
    """A small resident pool for images in use, and a large one for bursts, for waiting crowds and for rare images.

    In a resident slot a guest meets no page faults, and its memory is copied back after it; but a slot that changes its
    image must first be filled. In the other pool a guest pays a fault for each page it writes, and leaves nothing.
    """

    def __init__(self, store: ImageStore, door: Door, *, slots: int) -> None:
        resident = min(RESIDENT_SLOTS, slots // 2)
        self.resident = Pool(store, door, slots=resident, resident=RESIDENT, images=RECENT_IMAGES)
        self.spare = Pool(store, door, slots=slots - resident, resident=0, images=IMAGES_KEPT)
        self._recent: OrderedDict[str, bool] = OrderedDict()

    def open(self, image: str, limits: RunLimits, tape: Tape | None = None) -> GuestRun:
        """A fresh instance of the image, in the pool where it costs less. Raises as `Pool.open`."""
        stays = self._is_in_use(image) and self.resident.has_room
        return (self.resident if stays else self.spare).open(image, limits, tape)

    def warm(self, image: str, limits: RunLimits) -> None:
        """Make the image ready, so that its first call costs what the next ones do. Raises as `Pool.open`."""
        self._is_in_use(image)
        self.open(image, limits).close()

    def _is_in_use(self, image: str) -> bool:
        """Whether the image was called lately and is small enough to be copied; from now on it was called."""
        fits = self._recent.get(image)
        if fits is None:
            self._recent[image] = memory_of(self.spare.module(image)) <= RESIDENT
            if len(self._recent) > RECENT_IMAGES:
                self._recent.popitem(last=False)
            return False
        self._recent.move_to_end(image)
        return fits


def memory_of(image: wasmtime.Module) -> int:
    """Bytes of memory that an image begins with; asked of the module, since a confined worker may not look at files."""
    memory = cast("wasmtime.MemoryType", image.exports[0].type)
    return int(memory.limits.min) * PAGE
