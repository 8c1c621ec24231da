"""The form in which files are kept: formatting makes no other version, content does."""

from __future__ import annotations

import pytest

from server.versions.tree import normalised


@pytest.mark.parametrize("content", [b'{"b":1,"a":[1.50,"\xc3\xbc"]}', b'{\r\n "b" : 1, "a": [1.5, "\\u00fc"]}\n\n'])
def test_json_has_one_form(content: bytes) -> None:
    """Four spaces, the author's order of keys, letters as they are, a final newline (contract 12.2)."""
    expected = '{\n    "b": 1,\n    "a": [\n        1.5,\n        "ü"\n    ]\n}\n'

    assert normalised({"values/a.json": content}) == {"values/a.json": expected.encode()}


def test_the_form_is_stable() -> None:
    """What has the form keeps it."""
    once = normalised({"a.json": b'{"a": 12345678901234567890, "b": null}'})

    assert normalised(once) == once


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_stays(content: bytes) -> None:
    """Whoever reads the app reports it; it is not made worse."""
    assert normalised({"a.json": content}) == {"a.json": content}


def test_sources_stay() -> None:
    """Not a byte of a function is changed."""
    assert normalised({"functions/a.js": b"{ }\r\n"}) == {"functions/a.js": b"{ }\r\n"}
