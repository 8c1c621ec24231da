"""What is remembered of queries: never the long texts that whoever asks makes up."""

from __future__ import annotations

import sys

from server.documents import paths, patterns
from server.documents.paths import split
from server.documents.patterns import compile_pattern


def test_long_paths_are_not_kept() -> None:
    """A path that is longer than usual ones is split for its own query alone: anybody can name millions of them."""
    longest, longer = "a." * (paths.LONGEST_REMEMBERED // 2), "a." * (paths.LONGEST_REMEMBERED // 2) + "b"
    held = sys.getrefcount(longer)

    assert split(longer) == (*["a"] * (paths.LONGEST_REMEMBERED // 2), "b")
    assert sys.getrefcount(longer) == held
    assert split(longest) is split(longest)


def test_long_patterns_are_not_kept() -> None:
    """Compiled they are a thousand times as large."""
    longest = "x" * patterns.LONGEST_REMEMBERED

    assert compile_pattern(longest) is compile_pattern(longest)
    assert compile_pattern(longest + "x") is not compile_pattern(longest + "x")
