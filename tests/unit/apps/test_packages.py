"""Packages of an app: its folder, or an archive of it; damaged and hostile archives."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from server.apps import packages
from server.apps.packages import PackagesUnreadable, open_packages
from server.apps.source import FolderSource, TreeSource

FILES = {
    "node_modules/a/index.js": b"module.exports = 'a';",
    "node_modules/a/package.json": b"{}",
    "node_modules/a/README.md": b"no module",
    "node_modules/a/node_modules/b/index.mjs": b"export default 1",
}


def tar(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    """An archive of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    """An archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("node_modules.tar.gz", tar(FILES)),
        ("node_modules.tgz", tar({f"./{name}": content for name, content in FILES.items()})),
        ("node_modules.tar", tar(FILES, "w")),
        ("node_modules.zip", zipped({f"app/functions/{name}": content for name, content in FILES.items()})),
    ],
)
def test_archives_of_each_kind_are_read(name: str, content: bytes) -> None:
    """The modules in it stand as if the folder were there, from wherever it was packed."""
    files = open_packages(TreeSource({f"functions/{name}": content, "functions/f.js": b"1"}))
    assert files.read("node_modules/a/index.js") == FILES["node_modules/a/index.js"]
    assert files.read("node_modules/a/node_modules/b/index.mjs") == b"export default 1"
    assert files.read("f.js") == b"1"
    assert not files.is_file("node_modules/a/README.md")


def test_a_folder_goes_before_an_archive() -> None:
    """Where both are there, the archive is not even opened."""
    tree = {"functions/node_modules.zip": b"damaged", "functions/node_modules/a/index.js": b"2"}
    assert open_packages(TreeSource(tree)).read("node_modules/a/index.js") == b"2"


@pytest.mark.parametrize("name", packages.ARCHIVES)
@pytest.mark.parametrize("content", [b"", b"no archive", tar(FILES)[:60], zipped(FILES)[:-30]])
def test_a_damaged_archive_is_named(name: str, content: bytes) -> None:
    """What cannot be unpacked says so, with the archive's name."""
    with pytest.raises(PackagesUnreadable, match=f"functions/{name}"):
        open_packages(TreeSource({f"functions/{name}": content}))


@pytest.mark.parametrize(("name", "pack"), [("node_modules.tgz", tar), ("node_modules.zip", zipped)])
def test_an_archive_that_grows_too_large_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, pack: Callable[[dict[str, bytes]], bytes]
) -> None:
    """What is unpacked is counted, whatever is in it."""
    monkeypatch.setattr(packages, "MAX_UNPACKED", 1000)
    archive = pack({"node_modules/a.md": bytes(600), "node_modules/b.md": bytes(600)})
    with pytest.raises(PackagesUnreadable, match="larger than 1000 bytes together"):
        open_packages(TreeSource({f"functions/{name}": archive}))


def test_an_archive_too_large_to_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive has a largest size."""
    monkeypatch.setattr(packages, "MAX_ARCHIVE", 10)
    with pytest.raises(PackagesUnreadable, match="larger than 10 bytes"):
        open_packages(TreeSource({"functions/node_modules.zip": zipped(FILES)}))


def test_paths_out_of_an_archive_lead_nowhere() -> None:
    """Names with `..` and links are passed over."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        link = tarfile.TarInfo("node_modules/link.js")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        escape = tarfile.TarInfo("node_modules/../../x.js")
        archive.addfile(escape, io.BytesIO())
    files = open_packages(TreeSource({"functions/node_modules.tar": buffer.getvalue()}))
    assert not files.is_file("node_modules/link.js")
    assert not files.is_file("x.js")


def test_links_out_of_the_app_lead_nowhere(tmp_path: Path) -> None:
    """A module is a file in the app's folder, be it by a link inside; never one outside."""
    (tmp_path / "secret.js").write_text("secret", encoding="utf-8")
    store = tmp_path / "app/functions/node_modules/.store/a"
    store.mkdir(parents=True)
    (store / "index.js").write_text("a", encoding="utf-8")
    modules = tmp_path / "app/functions/node_modules"
    (modules / "a").symlink_to(store, target_is_directory=True)
    (modules / "b.js").symlink_to(tmp_path / "secret.js")
    (modules / "c").symlink_to(tmp_path, target_is_directory=True)
    files = open_packages(FolderSource(tmp_path / "app"))
    assert files.read("node_modules/a/index.js") == b"a"
    assert files.read("node_modules/b.js") is None
    assert files.read("node_modules/c/secret.js") is None


def test_a_module_too_large_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither from the folder nor from an archive."""
    monkeypatch.setattr(packages, "MAX_MODULE", 10)
    tree = {"functions/node_modules/a.js": bytes(11), "functions/node_modules/b.js": bytes(10)}
    files = open_packages(TreeSource(tree))
    assert (files.read("node_modules/a.js"), files.read("node_modules/b.js")) == (None, bytes(10))
