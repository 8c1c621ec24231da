"""The slots in which a worker opens guests: a few that stay resident, and many that cost nothing."""

from __future__ import annotations

from collections import OrderedDict

from runtime import wasm
from runtime.door import Door, make_linker
from runtime.errors import ErrorKind
from runtime.guest_run import OUT_OF_MEMORY, GuestRun, RunFailed, RunLimits
from runtime.image_form import LARGEST_CHANGED
from runtime.machine import ChangedImage, MappedImage, load_image, load_module, make_engine
from runtime.store import ImageStore
from runtime.tape import Tape

IMAGES_KEPT, SPARE_IMAGES_KEPT = 1536, 384
"""Images that each pool keeps mapped, each by a file descriptor; the least recently used one goes first."""
RESIDENT_SLOTS = 64
"""Slots whose memory stays resident between guests: 2.2 MB each with usual images."""
RESIDENT = LARGEST_CHANGED
"""Bytes of such a slot that are reset by copying, whatever a run wrote of them."""


class Pool:
    """Slots of one engine, and the images that were opened in them."""

    def __init__(self, store: ImageStore, door: Door, *, slots: int, resident: int, images: int) -> None:
        self.engine = make_engine(slots=slots, resident=resident)
        self.core = load_module(self.engine, store.core)
        self.linker = make_linker(self.engine, self.core, door)
        self.base = ChangedImage.base(self.linker, load_module(self.engine, store.base))
        self._store = store
        self._door = door
        self._images: OrderedDict[str, MappedImage] = OrderedDict()
        self._most_images = images
        self._free = slots

    @property
    def has_room(self) -> bool:
        """Whether a slot is free."""
        return self._free > 0

    def open(self, image: str, limits: RunLimits, tape: Tape | None = None) -> GuestRun:
        """A fresh instance of the image, not yet entered.

        Raises SandboxError where there is no room, WasmtimeError where there is no such image, RunFailed where that
        needs more memory than the run may have.
        """
        mapped = self.mapped(image)
        if mapped.pages * wasm.PAGE > limits.memory:
            raise RunFailed(ErrorKind.MEMORY, OUT_OF_MEMORY)
        self._free -= 1
        return GuestRun.open(self.linker, self.core, mapped, self._door, limits, tape=tape, on_close=self._give_back)

    def mapped(self, image: str) -> MappedImage:
        """The image, mapped. Raises SandboxError or WasmtimeError where there is no such image."""
        mapped = self._images.get(image)
        if mapped is None:
            mapped = self._images[image] = load_image(self.engine, self._store.compiled(image), self.base)
            if len(self._images) > self._most_images:
                self._images.popitem(last=False)
        else:
            self._images.move_to_end(image)
        return mapped

    def forget(self, image: str) -> None:
        """Let the image go, if it is mapped; runs of it go on to their end."""
        self._images.pop(image, None)

    def _give_back(self) -> None:
        self._free += 1


class Pools:
    """A small resident pool for usual images, and a large one for bursts, for waiting crowds and for large images.

    In a resident slot a guest meets no page faults, and its memory is copied back after it; all images that are changes
    of the base share these slots, whatever app they are of. In the other pool a guest pays a fault for each page it
    writes, and leaves nothing.
    """

    def __init__(self, store: ImageStore, door: Door, *, slots: int) -> None:
        resident = min(RESIDENT_SLOTS, slots // 2)
        self.resident = Pool(store, door, slots=resident, resident=RESIDENT, images=IMAGES_KEPT)
        self.spare = Pool(store, door, slots=slots - resident, resident=0, images=SPARE_IMAGES_KEPT)

    def open(self, image: str, limits: RunLimits, tape: Tape | None = None) -> GuestRun:
        """A fresh instance of the image, in the pool where it costs less. Raises as `Pool.open`."""
        stays = self.resident.has_room and isinstance(self.resident.mapped(image), ChangedImage)
        return (self.resident if stays else self.spare).open(image, limits, tape)

    def warm(self, image: str, limits: RunLimits) -> None:
        """Make the image ready, so that its first call costs what the next ones do. Raises as `Pool.open`."""
        self.open(image, limits).close()

    def forget(self, image: str) -> None:
        """As `Pool.forget`, in both."""
        self.resident.forget(image)
        self.spare.forget(image)
