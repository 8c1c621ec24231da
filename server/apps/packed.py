"""Archives from outside: what may be wrong with one, and the least that is unpacked to see it."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from typing import IO, Final, cast

DAMAGED: Final = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error,
    EOFError, OSError, RuntimeError, ValueError, LookupError, OverflowError,
)  # fmt: skip
"""What Python's modules raise for an archive that is none, is damaged, encrypted, or packed in an unknown way."""
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Packers of zip archives that need little memory; others ask for as much as an archive says, and nobody uses them."""
_ENTRY: Final = b"PK\x01\x02"
_GZIP: Final = b"\x1f\x8b"
_BLOCK: Final = 512


def open_zip(content: bytes, most: int) -> zipfile.ZipFile:
    """A zip archive with at most so many entries, folders included. Raises one of `DAMAGED`.

    The entries are counted first: all are read at once, and each takes ten times its bytes.
    """
    if content.count(_ENTRY) > most:
        raise ValueError(f"it has more than {most} entries")
    archive = zipfile.ZipFile(io.BytesIO(content))
    if any(entry.compress_type not in _METHODS for entry in archive.infolist()):
        raise ValueError("its files are packed in a way that is not read here: only deflate is")
    return archive


def tar_members(content: bytes, most: int, most_bytes: int) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """The entries of a tar archive, packed by gzip or not, each with its content if it is a file.

    Raises one of `DAMAGED`, also for more than so many entries or bytes, those of links and headers included.
    """
    unpacked = gzip.GzipFile(fileobj=io.BytesIO(content)) if content.startswith(_GZIP) else io.BytesIO(content)
    bounded = cast("IO[bytes]", _Bounded(unpacked, most_bytes + 3 * _BLOCK * most))
    with closing(unpacked), tarfile.open(fileobj=bounded, mode="r:") as archive:
        for number, member in enumerate(archive):
            if number >= most:
                raise ValueError(f"it has more than {most} entries")
            yield member, archive.extractfile(member) if member.isreg() else None


class _Bounded:
    """A stream of which no more than so much is unpacked, and little at once: headers say how long they are."""

    def __init__(self, stream: gzip.GzipFile | io.BytesIO, most: int) -> None:
        self._stream = stream
        self._most = most

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET and position > self._most:
            raise self._too_much()
        return self._stream.seek(position, whence)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _AT_ONCE or self.tell() + size > self._most + _AT_ONCE:
            raise self._too_much()
        return self._stream.read(size)

    def _too_much(self) -> ValueError:
        return ValueError(f"it holds more than {self._most} bytes")


_AT_ONCE: Final = 16 * 1024 * 1024
"""Bytes that are read in one go: more than any module has, and than any header needs."""
