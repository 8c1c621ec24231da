"""The directory of compiled code: engine core, base image, and one image for each deployed version."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

from runtime.errors import SandboxError
from runtime.messages import Image

_SHA256 = re.compile(r"[0-9a-f]{64}")


class ImageStore:
    """Where compiled code lies. What is compiled is trusted, so the directory is the server's alone (mode 0700).

    `core` is the engine that runs in a memory it is given, `base` the engine with the memory of usual images.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.core = directory / "core.cwasm"
        self.base = directory / "base.cwasm"

    def compiled(self, image: str) -> Path:
        """The compiled image; raises SandboxError where `image` is not an image's id."""
        return self._path(image, "cwasm")

    def module(self, image: str) -> Path:
        """The image itself, a WebAssembly module."""
        return self._path(image, "wasm")

    def find(self, source: str) -> Image | None:
        """The image built from the sources of this key, where it is still whole."""
        try:
            image = self._path(source, "image").read_text(encoding="ascii")
            self.compiled(image).stat()
            return Image(id=image, size=self.module(image).stat().st_size)
        except (OSError, UnicodeDecodeError, SandboxError):
            return None

    def add(self, source: str, module: bytes, compiled: bytes) -> Image:
        """Keep an image. Durable and whole, or not there at all."""
        image = hashlib.sha256(module).hexdigest()
        write_whole(self.compiled(image), compiled)
        write_whole(self.module(image), module)
        write_whole(self._path(source, "image"), image.encode())
        return Image(id=image, size=len(module))

    def add_passing(self, compiled: bytes) -> str:
        """Keep the native code of an image that nobody will look for; gives an id of its own."""
        image = secrets.token_hex(32)
        write_whole(self.compiled(image), compiled)
        return image

    def remove_passing(self, image: str) -> None:
        """Forget such an image."""
        self.compiled(image).unlink(missing_ok=True)

    def remove_left_over(self, *, older_than: float) -> None:
        """Remove native code without its image, older than so many seconds: what a process that was killed left."""
        for path in self.directory.glob("*.cwasm"):
            is_image = _SHA256.fullmatch(path.stem) is not None
            with suppress(FileNotFoundError):
                if is_image and not self.module(path.stem).exists() and time.time() - path.stat().st_mtime > older_than:
                    path.unlink()

    def _path(self, key: str, suffix: str) -> Path:
        if not _SHA256.fullmatch(key):
            raise SandboxError("not an image's id")
        return self.directory / f"{key}.{suffix}"


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in place in one step, on disk before it has its name."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
