"""Tests of functions among an app's files: kept, and never functions."""

from __future__ import annotations

import pytest

from server.apps.folder import read_folder
from server.apps.layouts.convert import in_layout, to_current
from server.apps.layouts.layout import LAYOUTS, Layout
from server.apps.sources import function_name
from tests.unit.apps.conftest import WriteApp

TEST = "functions/plain.test.js"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("functions/a.js", "a"), ("functions/lib/a.ts", "lib/a"), ("functions/a.test.js", None),
        ("functions/lib/a.test.ts", None), ("functions/a.d.ts", None), ("functions/a.json", None),
        ("functions/testjs", None),
    ],
)  # fmt: skip
def test_which_files_are_functions(file: str, name: str | None) -> None:
    """Sources are functions; tests and declarations are not."""
    assert function_name(file) == name


def test_tests_stay_with_the_app(write_app: WriteApp) -> None:
    """A test file is part of the version and no function."""
    folder = read_folder(write_app({TEST: "test('a', () => {});"}), secrets={"signingKey": "k" * 64})
    assert folder.files[TEST] == b"test('a', () => {});"
    assert sorted(folder.app.functions) == ["auth/created", "login", "plain"]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_tests_stay_where_they_are_in_every_layout(layout: Layout) -> None:
    """A layout with a folder for each function makes none of a test."""
    root = b'{"config_version": 20210101, "app_id": "a-bcdef", "name": "a"}'
    moved = in_layout({"realm_config.json": root, "functions/plain.js": b"exports = 1;", TEST: b"test();"}, layout)
    assert moved[TEST] == b"test();"
    assert to_current(moved).files[TEST] == b"test();"
