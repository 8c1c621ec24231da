"""The directory of compiled code: engine core, base image, and one image for each deployed version."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from runtime.errors import SandboxError

_SHA256 = re.compile(r"[0-9a-f]{64}")


class ImageStore:
    """Where compiled code lies. What is compiled is trusted, so the directory is the server's alone (mode 0700)."""

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

    def find(self, source: str) -> str | None:
        """The id of the image built from the sources of this key, where it is still whole."""
        try:
            image = self._path(source, "image").read_text(encoding="ascii")
            return image if self.compiled(image).exists() and self.module(image).exists() else None
        except (OSError, UnicodeDecodeError, SandboxError):
            return None

    def add(self, source: str, module: bytes, compiled: bytes) -> str:
        """Keep an image; gives its id. Durable and whole, or not there at all."""
        image = hashlib.sha256(module).hexdigest()
        write_whole(self.compiled(image), compiled)
        write_whole(self.module(image), module)
        write_whole(self._path(source, "image"), image.encode())
        return image

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
