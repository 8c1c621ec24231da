"""The key encoding: bytes in MongoDB's comparison order."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime

import pytest
from bson import Binary, Code, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from hypothesis import given
from hypothesis import strategies as st

from server.documents import DocumentError
from server.documents.key import key
from server.documents.values import MISSING
from server.ejson import Value

ASCENDING: list[Value] = [
    MinKey(),
    MISSING,
    None,
    math.nan,
    -math.inf,
    Decimal128("-1E+6000"),
    -1.7e308,
    -(2**63),
    -1.5,
    -1,
    Decimal128("-1E-6000"),
    0,
    5e-324,
    Decimal128("0.1"),
    0.1,
    1,
    Decimal128("1.000000000000000000000000000000001"),
    2**53,
    Int64(2**53 + 1),
    float(2**53 + 2),
    2**63 - 1,
    float(2**63),
    1e300,
    Decimal128("9E+6000"),
    math.inf,
    "",
    "\x00",
    "a",
    "a\x00",
    "ab",
    "b",
    "é",
    "\U0001f600",
    {},
    {"a": 1},
    {"a": 1, "b": 1},
    {"b": 0},
    {"a": "x"},
    [],
    [1],
    [1, 0],
    [2],
    Binary(b"z"),
    Binary(b"aa"),
    Binary(b"aa", 5),
    ObjectId("0" * 24),
    ObjectId("f" * 24),
    False,
    True,
    datetime(1969, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
    Timestamp(1, 2),
    Timestamp(2, 1),
    Regex("a"),
    Regex("a", "i"),
    Code("a"),
    Code("a", {}),
    MaxKey(),
]


def test_the_order_of_values() -> None:
    """Every value is below all that follow it, across types and within."""
    for lower, higher in itertools.combinations(ASCENDING, 2):
        assert key(lower) < key(higher), (lower, higher)


def test_no_key_begins_another() -> None:
    """Keys can be laid end to end: none is the beginning of another."""
    for first, second in itertools.permutations(ASCENDING, 2):
        assert not key(first).startswith(key(second)), (first, second)


@pytest.mark.parametrize(
    "alike", [(0, -0.0, Decimal128("0E+10")), (1, 1.0, Int64(1), Decimal128("1.00")), (0.5, Decimal128("0.5"))]
)
def test_equal_numbers_share_a_key(alike: tuple[Value, ...]) -> None:
    """Numbers are equal by value, whatever their type."""
    assert len({key(value) for value in alike}) == 1


@given(st.floats(allow_nan=False), st.integers(-(2**63), 2**63 - 1))
def test_numbers_keep_their_order(real: float, whole: int) -> None:
    """A double and a long compare exactly, without rounding the long."""
    assert (key(real) < key(whole)) == (real < whole)
    assert (key(real) == key(whole)) == (real == whole)


def test_unknown_types_are_refused() -> None:
    """A value that BSON does not know raises DocumentError, not TypeError."""
    with pytest.raises(DocumentError, match="cannot encode a value of type complex"):
        key(1j)
