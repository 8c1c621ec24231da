"""Ids: unique, ordered, and of the shape that clients expect."""

from __future__ import annotations

import pytest

from server.auth.ids import NO_DEVICE, is_id, new_id


def test_new_ids_differ_and_ascend() -> None:
    """Ids made one after another sort in that order."""
    ids = [new_id() for _ in range(1000)]

    assert len(set(ids)) == 1000
    assert all(is_id(id_) for id_ in ids)
    assert ids == sorted(ids) or ids[0][8:18] == ids[-1][8:18]  # the counter may pass its end once


@pytest.mark.parametrize("text", ["", "0" * 23, "0" * 25, "g" * 24, "A" * 24, "\u0661" * 24, "0" * 23 + "\n"])
def test_other_texts_are_no_ids(text: str) -> None:
    """Only 24 lower-case hexadecimal digits are an id."""
    assert not is_id(text)
    assert is_id(NO_DEVICE)
