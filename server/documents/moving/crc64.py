"""The checksum of mongodump's archives: CRC-64 with ECMA-182's polynomial, reflected, as Go's `crc64.ECMA`."""

from __future__ import annotations

import lzma
from typing import Final

CHECK_SIZE: Final = 8
FOOTER_SIZE: Final = 12
KEPT: Final = 256
"""Bytes at the end of an XZ stream that hold its check, its index of one block and its footer."""
SMALLEST: Final = (
    {"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 4096, "nice_len": 4, "mf": lzma.MF_HC3, "depth": 1},
)


class Crc64:
    """The checksum of bytes that come in pieces.

    A block of an XZ stream ends with this very checksum of what was packed, and the standard library has it at C's
    speed nowhere else; a table in Python takes three to six times as long. So the bytes are packed, and all but the
    end is thrown away (The .xz File Format, 3.4 and 2.1.2).
    """

    __slots__ = ("_end", "_has_bytes", "_packer")

    def __init__(self) -> None:
        self._packer = lzma.LZMACompressor(lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, filters=SMALLEST)
        self._end = b""
        self._has_bytes = False

    def update(self, data: bytes) -> None:
        """Take more bytes."""
        self._has_bytes = self._has_bytes or bool(data)
        self._keep(self._packer.compress(data))

    def finish(self) -> int:
        """The checksum of all bytes; nothing may follow."""
        self._keep(self._packer.flush())
        if not self._has_bytes:
            return 0  # such a stream has no block
        footer = self._end[-FOOTER_SIZE:]
        index_size = (int.from_bytes(footer[4:8], "little") + 1) * 4
        end = len(self._end) - FOOTER_SIZE - index_size
        return int.from_bytes(self._end[end - CHECK_SIZE : end], "little")

    def _keep(self, packed: bytes) -> None:
        self._end = (self._end + packed)[-KEPT:] if packed else self._end
