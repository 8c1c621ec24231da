"""docs/documents.md names what the engine has and what it refuses, all of it and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.documents import transaction
from server.documents.expressions import compiler
from server.documents.filters import OPERATORS, TOP_LEVEL, UNSUPPORTED, UNSUPPORTED_TOP_LEVEL
from server.documents.pipeline import framed_functions, stages, unframed_functions
from server.documents.pipeline.accumulators import ACCUMULATORS
from server.documents.update_operators import MODIFIERS

PAGE = (Path(__file__).parents[3] / "docs" / "documents.md").read_text(encoding="utf-8")
HAS, REFUSES = (PAGE.split(f"\n## {title}")[1].split("\n## ")[0] for title in ("What it has", "What it refuses"))
EXPRESSION_ROWS = "|".join(f"Expressions on {of}" for of in ("numbers", "text", "arrays and sets", "dates"))
INTERNAL = "$_"


def _named(text: str, row: str) -> set[str]:
    """The names in the rows of a table whose first cell matches."""
    rows = re.findall(rf"^\| (?:{row}) \|(.*)\|$", text, re.MULTILINE)
    return set(re.findall(r"`(\$[A-Za-z0-9]+)`", " ".join(rows)))


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ("Query operators", {*OPERATORS, *TOP_LEVEL, "$comment"}),
        ("Stages", set(stages.STAGES)),
        ("Accumulators", set(ACCUMULATORS)),
        (
            "Only in windows",
            {*unframed_functions.UNFRAMED, *framed_functions.SLOPES, *framed_functions.COVARIANCES},
        ),
        (f"{EXPRESSION_ROWS}|Other expressions", set(compiler.OPERATORS)),
    ],
)
def test_the_page_names_what_there_is(row: str, names: set[str]) -> None:
    """Each name that the engine knows stands in its row, and no other."""
    assert transaction.ACTIONS
    assert _named(HAS, row) == names


def test_the_page_names_the_update_operators() -> None:
    """These stand beside their clauses."""
    assert {*MODIFIERS, "$rename"} <= _named(HAS, "Update operators")


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ("Query operators", UNSUPPORTED | UNSUPPORTED_TOP_LEVEL),
        ("Stages", stages.UNSUPPORTED),
        ("Expressions and accumulators", compiler.UNSUPPORTED),
    ],
)
def test_the_page_names_what_is_refused(row: str, names: frozenset[str]) -> None:
    """What refuses by name is said to."""
    public = {name for name in names if not name.startswith(INTERNAL)}

    assert public <= _named(REFUSES, row)
