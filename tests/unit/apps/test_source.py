"""An app reads the same from a folder and from a tree of files in memory."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from server.apps.files import MAX_FILE_BYTES
from server.apps.folder import open_folder, read_app, read_app_tree
from server.apps.problems import AppFolderError
from server.apps.source import FolderSource, RecordingSource, Tree
from tests.unit.apps.conftest import WriteApp
from tests.unit.apps.test_problems import SECRETS


def tree_of(folder: Path) -> Tree:
    """Every file of the folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_tree_reads_as_its_folder(write_app: WriteApp) -> None:
    """Same app, same version."""
    folder = write_app({})

    assert read_app_tree(tree_of(folder), name="other", secrets=SECRETS) == read_app(folder, secrets=SECRETS)


def test_a_tree_reports_what_its_folder_would(write_app: WriteApp) -> None:
    """Same problems, in the same words."""
    folder = write_app({"functions/config.json": "", "values/v.json": "{", "functions/a.js/b.json": "x"})
    with pytest.raises(AppFolderError) as on_disk:
        read_app(folder, secrets=SECRETS)
    with pytest.raises(AppFolderError) as in_memory:
        read_app_tree(tree_of(folder), name="other", secrets=SECRETS)

    assert in_memory.value.problems == on_disk.value.problems


def test_an_empty_tree_is_no_app() -> None:
    """Nothing uploaded is said to be nothing."""
    with pytest.raises(AppFolderError, match="not an exported app"):
        read_app_tree({}, name="app", secrets={})


def test_what_stands_in_a_folder_is_told_apart(tmp_path: Path) -> None:
    """Files, folders, links to either, links to nowhere and pipes."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file").write_text("text")
    os.mkfifo(tmp_path / "in" / "pipe")
    (tmp_path / "in" / "nowhere").symlink_to("missing")
    (tmp_path / "to-file").symlink_to("in/file")
    (tmp_path / "to-folder").symlink_to("in")
    source = FolderSource(tmp_path)
    paths = (
        "in",
        "in/file",
        "in/pipe",
        "in/nowhere",
        "to-file",
        "to-folder",
        "to-folder/file",
        "no",
        "no/no",
        "in/file/no",
    )

    assert [path for path in paths if source.exists(path)] == list(paths[:7])
    assert [path for path in paths if source.is_file(path)] == ["in/file", "to-file", "to-folder/file"]
    assert [path for path in paths if source.is_folder(path)] == ["in", "to-folder"]
    assert sorted(source.names("in")) == ["file", "nowhere", "pipe"]


def test_links_are_followed_to_files_of_the_folder_alone(tmp_path: Path) -> None:
    """Also where a folder above them is the link."""
    app = tmp_path / "app"
    (app / "own").mkdir(parents=True)
    (app / "own" / "file").write_text("text")
    (tmp_path / "secret").write_text("text")
    (app / "out").symlink_to("../secret")
    (app / "above").symlink_to("..")
    (app / "inside").symlink_to("own")
    (app / "file").symlink_to("own/file")
    source = FolderSource(app)

    assert source.why_not("file") == source.why_not("own/file") == source.why_not("inside/file") == ""
    assert "leads out" in source.why_not("out")
    assert "leads out" in source.why_not("above/secret")
    assert "link to a folder" in source.why_not("inside")


def test_a_folder_that_may_not_be_listed_is_no_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one knows the name of is found in it."""

    def refuse(_path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "file").write_text("text")
    monkeypatch.setattr(os, "scandir", refuse)
    source = FolderSource(tmp_path)

    assert source.is_folder("in")
    assert source.is_file("in/file")
    assert not source.exists("in/no")


def test_no_more_of_a_file_is_read_than_was_asked_for(tmp_path: Path) -> None:
    """And what was read whole is not read again, whatever has become of it."""
    file = tmp_path / "file"
    file.write_text("whole")
    source = RecordingSource(FolderSource(tmp_path))

    assert source.read("file", 3) == b"who"
    assert source.read("file", 5) == b"whole"
    assert source.read("file", MAX_FILE_BYTES) == b"whole"
    file.write_text("other")
    assert source.read("file", MAX_FILE_BYTES) == b"whole"
    assert source.files == {"file": b"whole"}


def test_the_app_that_is_read_is_the_one_that_was_opened(write_app: WriteApp) -> None:
    """The root file is read once: a folder that changes in between cannot be one app with another's secrets."""
    folder = write_app({})
    opened = open_folder(folder)
    app_id = opened.app_id
    (folder / "realm_config.json").write_text('{"app_id": "other", "name": "other"}')

    assert opened.read(SECRETS).app.app_id == app_id
