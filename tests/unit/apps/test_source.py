"""An app reads the same from a folder and from a tree of files in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.apps.folder import read_app, read_app_tree
from server.apps.problems import AppFolderError
from server.apps.source import Tree
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
