"""An upload of changes stands for the same files as one of everything, and for no others."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.apps.files import MAX_FOLDER_BYTES
from server.versions.archive import ArchiveError, read_zip, write_zip
from server.versions.changes_archive import hashes, read_changes, write_changes

trees = st.dictionaries(st.sampled_from(["a.json", "b/c.js", "b/d.js", "e"]), st.binary(max_size=9), max_size=4)


@given(trees, trees)
def test_changes_make_the_whole(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    """Whatever was there before."""
    archive = write_changes(after, hashes(before).values())

    assert read_changes(archive, before.values()) == after


def test_what_is_known_is_not_sent() -> None:
    """However large it is, and wherever it stands now; what is sent is sent once."""
    before = {"node_modules/big.js": bytes(100_000)}
    archive = write_changes({"moved.js": bytes(100_000), "a": b"new", "b": b"new"}, hashes(before).values())

    contents = [path for path in read_zip(archive) if path != "manifest.json"]
    assert contents == [f"contents/{sha256(b'new').hexdigest()}"]


def test_an_unknown_hash_is_refused() -> None:
    """The contents of other apps cannot be had by their hashes."""
    archive = write_zip({"manifest.json": json.dumps({"a.js": sha256(b"of another").hexdigest()}).encode()})

    with pytest.raises(ArchiveError, match=r"content of 'a\.js'"):
        read_changes(archive, [b"mine"])


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{", b"\xff", b'{"../x": "y"}', b'{"a": 1, "a": 2}'])
def test_a_broken_manifest_is_refused(manifest: bytes) -> None:
    """With what is wrong about it."""
    with pytest.raises(ArchiveError, match=r"manifest\.json"):
        read_changes(write_zip({"manifest.json": manifest}), [])


def test_a_small_archive_cannot_stand_for_too_much() -> None:
    """One content named often is counted each time."""
    content = bytes(MAX_FOLDER_BYTES // 8)
    named = {f"{number}.js": sha256(content).hexdigest() for number in range(9)}

    with pytest.raises(ArchiveError, match="larger than"):
        read_changes(write_zip({"manifest.json": json.dumps(named).encode()}), [content])
