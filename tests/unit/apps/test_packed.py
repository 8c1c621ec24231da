"""Archives that mean no good: damaged in any way, or larger inside than they look."""

from __future__ import annotations

import gzip
import io
import random
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from functools import partial

import pytest

from server.apps.packages import PackagesUnreadable, unpack
from server.apps.packed import open_zip
from server.apps.source import Tree
from server.versions.archive import ArchiveError, read_zip, write_zip
from server.versions.changes_archive import read_changes

FILES = {"functions/node_modules/a/index.js": b"exports = 1;" * 30, "functions/b.js": b"x" * 200}


def packed(method: int) -> bytes:
    """A zip archive, packed so."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for path, content in FILES.items():
            archive.writestr(path, content)
    return target.getvalue()


def tarred(mode: str) -> bytes:
    """A tar archive, packed so."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:  # type: ignore[call-overload]
        for path, content in FILES.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return bytes(target.getvalue())


def damaged(content: bytes, chance: random.Random) -> bytes:
    """With some bytes replaced, or the end cut off."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data[: chance.randrange(len(data))] if chance.random() < 0.1 else data)


def test_whatever_is_damaged_is_told_in_one_way() -> None:
    """An archive from outside is read or refused, never anything else."""
    chance = random.Random(1)
    zips = [write_zip(FILES), packed(zipfile.ZIP_STORED), packed(zipfile.ZIP_LZMA), packed(zipfile.ZIP_BZIP2)]
    tars = [tarred("w"), tarred("w:gz")]
    refused = 0
    for _ in range(3000):
        content, tar = damaged(chance.choice(zips), chance), damaged(chance.choice(tars), chance)
        reads: list[Callable[[], Tree]] = [
            partial(read_zip, content),
            partial(read_changes, content, []),
            partial(unpack, "node_modules.zip", content),
            partial(unpack, "node_modules.tar", tar),
        ]
        for read in reads:
            try:
                read()
            except (ArchiveError, PackagesUnreadable):
                refused += 1

    assert refused > 3000


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_packers_that_want_much_memory_are_refused(method: int) -> None:
    """An archive may not say how much memory it needs."""
    with pytest.raises(ArchiveError, match="only deflate"):
        read_zip(packed(method))
    with pytest.raises(PackagesUnreadable, match="only deflate"):
        unpack("node_modules.zip", packed(method))


def test_entries_are_counted_before_they_are_read() -> None:
    """Each takes ten times its bytes."""
    with pytest.raises(ValueError, match="more than 3 entries"):
        open_zip(write_zip({f"{number}": b"" for number in range(4)}), 3)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XGLTYPE, b"Z"])
def test_a_header_that_says_it_is_huge_is_not_read(kind: bytes) -> None:
    """A tar archive of zeros packs a thousandfold, and headers have no size of their own to be counted by."""
    header = tarfile.TarInfo("x")
    header.type, header.size = kind, 700 * 1024 * 1024
    target = io.BytesIO()
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=1) as stream:
        stream.write(header.tobuf(tarfile.GNU_FORMAT))
        stream.writelines(bytes(1024 * 1024) for _ in range(700))

    tracemalloc.start()
    try:
        with pytest.raises(PackagesUnreadable):
            unpack("node_modules.tar.gz", target.getvalue())
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_the_number_of_entries_is_no_promise() -> None:
    """The directory of an archive is read as long as it is, whatever its end says."""
    content = bytearray(write_zip({f"{number}": b"" for number in range(4)}))
    struct.pack_into("<HH", content, len(content) - 14, 1, 1)

    with pytest.raises(ValueError, match="more than 3 entries"):
        open_zip(bytes(content), 3)
