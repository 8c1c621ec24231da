"""One image being built in a worker: slice by slice like a guest, so that calls go on meanwhile."""

from __future__ import annotations

import wasmtime

from runtime.door import Door
from runtime.image import build_image
from runtime.machine import ChangedImage
from runtime.messages import ImageSource


class ImageBuild:
    """An image on its way. `advance` gives it, or None while it is not ready."""

    def __init__(
        self,
        linker: wasmtime.Linker,
        engine_core: wasmtime.Module,
        base: ChangedImage,
        door: Door,
        source: ImageSource,
    ) -> None:
        self._slices = build_image(linker, engine_core, base, door, source)

    def advance(self) -> tuple[bytes, bytes] | None:
        """The image, and what is to be said of it, once there. Raises BuildFailed."""
        try:
            next(self._slices)
        except StopIteration as ended:
            image, notes = ended.value
            return image, notes.encode(errors="replace")
        return None

    def close(self) -> None:
        """Stop wherever it is; idempotent."""
        self._slices.close()
