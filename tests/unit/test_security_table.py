"""The table of security requirements: every item once, tests that are in the tree, a reason for every gap."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = {
    "6.1": 3, "6.2": 12, "6.3": 8, "6.4": 6, "6.5": 8, "6.6": 4, "6.7": 2, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2, "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 3, "10.3": 5, "10.4": 16, "10.5": 5, "10.6": 2, "10.7": 3,
}  # fmt: skip
"""The sections of ASVS 5.0 and how many items each has."""


def items() -> list[tuple[str, str, str]]:
    """The table's rows."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    return re.findall(r"^\| (\d+\.\d+\.\d+) \| (met|n/a|open) \| (.+) \|$", text, re.MULTILINE)


def test_every_item_stands_once_and_in_order() -> None:
    """No requirement of the four chapters is left out."""
    expected = [f"{section}.{number}" for section, count in CHAPTERS.items() for number in range(1, count + 1)]

    assert [item for item, _, _ in items()] == expected


def test_what_is_met_names_a_test_that_is_there() -> None:
    """An item counts as met by a test, not by a claim."""
    for item, state, reason in items():
        named = re.findall(r"`(tests/[\w/.]+)::(\w+)`", reason)
        assert bool(named) == (state == "met"), item
        for file, test in named:
            assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), (item, file, test)
