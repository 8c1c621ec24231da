"""The directory of compiled code: whole files or none, and no name but an image's id."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import SandboxError
from runtime.messages import Image, ImageSource, ModuleSource
from runtime.store import ImageStore, write_whole


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    """An empty store."""
    return ImageStore(tmp_path)


KEY = ImageSource(functions={"f": "exports = 1"}).key()


def test_an_image_is_found_by_its_sources(store: ImageStore) -> None:
    """What was added is found, under the hash of its module."""
    assert store.find(KEY) is None
    image = store.add(KEY, b"module", b"compiled")
    assert image == Image(id=hashlib.sha256(b"module").hexdigest(), size=len(b"module"))
    assert store.find(KEY) == image
    assert store.compiled(image.id).read_bytes() == b"compiled"
    assert store.module(image.id).read_bytes() == b"module"


@pytest.mark.parametrize("suffix", ["wasm", "cwasm", "image"])
def test_an_image_that_is_not_whole_is_not_found(store: ImageStore, suffix: str) -> None:
    """Whichever of its files is gone, the image is built again."""
    store.add(KEY, b"module", b"compiled")
    for file in store.directory.glob(f"*.{suffix}"):
        file.unlink()
    assert store.find(KEY) is None


@pytest.mark.parametrize("content", [b"", b"../../etc/passwd", b"\xff\xfe", b"A" * 64, b"0" * 63])
def test_a_broken_entry_is_not_found(store: ImageStore, content: bytes) -> None:
    """An entry that does not hold an image's id counts for nothing."""
    (store.directory / f"{KEY}.image").write_bytes(content)
    assert store.find(KEY) is None


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n"])
def test_only_an_id_names_a_file(store: ImageStore, name: str) -> None:
    """No other text becomes a path."""
    with pytest.raises(SandboxError):
        store.compiled(name)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Where the file cannot get its name, the temporary one goes, and what was there stays."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError):
        write_whole(tmp_path / "taken", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


SOURCES = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4)


@given(SOURCES, SOURCES)
def test_keys_tell_sources_apart(first: dict[str, str], second: dict[str, str]) -> None:
    """Two sets of sources have one key exactly where they are the same."""
    assert (ImageSource(functions=first).key() == ImageSource(functions=second).key()) == (first == second)


def test_order_does_not_matter() -> None:
    """The order in which functions are given does not change the key."""
    assert ImageSource(functions={"a": "1", "b": "2"}).key() == ImageSource(functions={"b": "2", "a": "1"}).key()


def test_all_parts_of_a_source_count() -> None:
    """A changed module, link or file name is another image."""
    sources = [
        ImageSource(functions={"f": "1"}),
        ImageSource(functions={"f": "1"}, modules={"m": ModuleSource(text="2")}),
        ImageSource(functions={"f": "1"}, modules={"m": ModuleSource(text="2", is_esm=True)}),
        ImageSource(functions={"f": "1"}, modules={"m": ModuleSource(text="2", links={"a": "b"})}),
        ImageSource(functions={"f": "1"}, links={"f": {"a": "b"}}),
        ImageSource(functions={"f": "1"}, files={"f": "f.ts"}),
    ]
    assert len({source.key() for source in sources}) == len(sources)
    assert all(ImageSource.read(source.encode()) == source for source in sources)
