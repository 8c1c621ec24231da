"""What changes between two versions, in words that a person reads, in bounded time."""

from __future__ import annotations

from server.versions.diff import MOST_COMPARED, MOST_LINES, changed_paths, diff_trees

BEFORE = {"same": b"x", "gone": b"a\n", "changed": b"a\nb\n"}
AFTER = {"same": b"x", "new": b"n\n", "changed": b"a\nc\n"}


def test_each_changed_file_is_shown() -> None:
    """As `diff -u` shows it; what is the same is not."""
    texts = diff_trees(BEFORE, AFTER)

    assert [text.splitlines()[0] for text in texts] == ["--- changed", "--- gone", "--- (new)"]
    assert "-b\n+c" in texts[0]
    assert diff_trees(BEFORE, BEFORE) == []


def test_changes_are_named() -> None:
    """By path."""
    assert dict(changed_paths(BEFORE, AFTER)) == {"changed": "modified", "gone": "deleted", "new": "added"}


def test_files_that_are_too_long_are_not_compared() -> None:
    """Comparing takes time with the square of the lines: whoever may read an app must not stop the server."""
    long = b"a\n" * (MOST_COMPARED + 1)
    (text,) = diff_trees({"f": long}, {"f": long + b"b\n"})

    assert "too many to compare" in text


def test_long_differences_are_cut() -> None:
    """With the number of lines left out."""
    (text,) = diff_trees({}, {"f": b"a\n" * (MOST_LINES + 10)})

    assert text.endswith("(13 more lines)")


def test_binary_files_are_told_by_their_size() -> None:
    """Nobody reads their bytes."""
    (text,) = diff_trees({"f": b"\xff"}, {"f": b"\xff\xfe"})

    assert "(binary: 1 bytes before, 2 after)" in text
