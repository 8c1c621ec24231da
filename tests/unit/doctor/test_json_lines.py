"""Lines of values in JSON files."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from server.doctor.json_lines import line_of, lines_of

TEXT = '{\n  "a": [\n    1,\n    {"b\\"c": 2,\n     "d": []}\n  ],\n  "e": "x:,{"\n}\n'
json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: (
    st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
), max_leaves=20)  # fmt: skip


def test_each_value_has_its_line() -> None:
    """Members of objects and arrays are found by dotted paths; others lead to the nearest above."""
    lines = lines_of(TEXT)
    assert {path: lines[path] for path in ("a", "a.0", "a.1", 'a.1.b"c', "a.1.d", "e")} == {
        "a": 2, "a.0": 3, "a.1": 4, 'a.1.b"c': 4, "a.1.d": 5, "e": 7,
    }  # fmt: skip
    assert line_of(lines, "a.1.gone.deeper") == 4
    assert line_of(lines, "gone") == 1


@given(json_values)
def test_any_json_has_lines_for_all_its_values(value: object) -> None:
    """Every value of any JSON has a line of the text."""
    text = json.dumps(value, indent=1)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines_of(text).values())
    assert lines_of(text)[""] == 1


@given(st.text(alphabet='{}[]:,"\\ab1\n '))
def test_what_is_no_json_does_no_harm(text: str) -> None:
    """Any text gives lines, or none."""
    lines_of(text)
