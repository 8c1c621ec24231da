"""Extended JSON: agrees with PyMongo's json_util, round-trips, and refuses what it must in one way."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from bson import DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp, json_util
from bson.binary import Binary, UuidRepresentation
from bson.code import Code
from bson.datetime_ms import DatetimeMS
from hypothesis import given, settings
from hypothesis import strategies as st

from server.ejson import MAX_DEPTH, UNDEFINED, DbPointer, EjsonError, Symbol, Value, dumps, dumps_plain, loads

CANONICAL = json_util.JSONOptions(
    json_mode=json_util.JSONMode.CANONICAL, tz_aware=True, uuid_representation=UuidRepresentation.UNSPECIFIED
)
RELAXED = json_util.JSONOptions(
    json_mode=json_util.JSONMode.RELAXED, tz_aware=True, uuid_representation=UuidRepresentation.UNSPECIFIED
)
ID = "5f1d7e2a9b3c4d5e6f708192"

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(2**63), 2**63 - 1).map(Int64),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(min_size=12, max_size=12).map(ObjectId),
    st.datetimes(timezones=st.just(UTC)).map(
        lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    ),
    st.tuples(st.binary(), st.integers(1, 255)).map(lambda parts: Binary(*parts)),
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)).map(lambda parts: Timestamp(*parts)),
    st.decimals(allow_nan=False, places=4, min_value=-(10**20), max_value=10**20).map(Decimal128),
    st.just(MinKey()),
    st.just(MaxKey()),
)
keys = st.text().filter(lambda key: not key.startswith("$") and "\0" not in key)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20)
operators = ["a", "t", "i", "$oid", "$date", "$binary", "$type", "$numberLong", "$numberDecimal", "$code", "$scope"]
operators += ["$timestamp", "$regularExpression", "$ref", "$id"]
json_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(operators), inner),
    max_leaves=20,
).map(json.dumps)


@settings(deadline=None)
@given(values)
def test_writing_agrees_with_json_util(value: Value) -> None:
    """Canonical text means to PyMongo what it means to us."""
    assert json.loads(dumps(value)) == json.loads(json_util.dumps(value, json_options=CANONICAL))


@settings(deadline=None)
@given(values)
def test_values_survive_the_round_trip(value: Value) -> None:
    """Reading gives back what was written, with the same types, longs staying long."""
    again = loads(dumps(value))

    assert again == value
    assert dumps(again) == dumps(value)


@settings(deadline=None)
@given(values)
def test_reading_relaxed_agrees_with_json_util(value: Value) -> None:
    """Relaxed text of PyMongo is read as PyMongo reads it."""
    text = json_util.dumps(value, json_options=RELAXED)

    assert loads(text) == json_util.loads(text, json_options=RELAXED)


@settings(deadline=None)
@given(st.one_of(json_texts, st.binary(), st.text()))
def test_anything_is_read_or_refused_in_one_way(text: bytes | str) -> None:
    """No text raises anything but EjsonError, and what was read can be written."""
    try:
        value = loads(text)
    except EjsonError:
        return

    assert loads(dumps(value)) is not None or value is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, '{"$numberInt":"1"}'),
        (Int64(2**31), '{"$numberLong":"2147483648"}'),
        (Int64(1), '{"$numberLong":"1"}'),
        (True, "true"),
        (1.0, '{"$numberDouble":"1.0"}'),
        (-0.0, '{"$numberDouble":"-0.0"}'),
        (math.inf, '{"$numberDouble":"Infinity"}'),
        (-math.inf, '{"$numberDouble":"-Infinity"}'),
        (UNDEFINED, '{"$undefined":true}'),
        (Binary(b"x", 128), '{"$binary":{"base64":"eA==","subType":"80"}}'),
        (Regex("^a", "mi"), '{"$regularExpression":{"pattern":"^a","options":"im"}}'),
        (Timestamp(1, 2), '{"$timestamp":{"t":1,"i":2}}'),
        (Code("f()"), '{"$code":"f()"}'),
        (Code("f()", {"a": 1}), '{"$code":"f()","$scope":{"a":{"$numberInt":"1"}}}'),
        (Symbol("s"), '{"$symbol":"s"}'),
        (DbPointer("c", ObjectId(ID)), f'{{"$dbPointer":{{"$ref":"c","$id":{{"$oid":"{ID}"}}}}}}'),
        (DBRef("c", ObjectId(ID)), f'{{"$ref":"c","$id":{{"$oid":"{ID}"}}}}'),
        (DBRef("c", "x", "d", {"e": None}), '{"$ref":"c","$id":"x","$db":"d","e":null}'),
        (Decimal128("1.10"), '{"$numberDecimal":"1.10"}'),
        (Decimal128("NaN"), '{"$numberDecimal":"NaN"}'),
        (MinKey(), '{"$minKey":1}'),
        (MaxKey(), '{"$maxKey":1}'),
        (datetime(1969, 12, 31, 23, 59, 59, 999000, UTC), '{"$date":{"$numberLong":"-1"}}'),
        (DatetimeMS(2**53), '{"$date":{"$numberLong":"9007199254740992"}}'),
        ({"b": 1, "a": []}, '{"b":{"$numberInt":"1"},"a":[]}'),
    ],
)
def test_canonical_form_of_each_type(value: Value, text: str) -> None:
    """Each type has its one canonical text, and that text reads back as the same type."""
    again = loads(text)

    assert dumps(value).decode() == text
    assert type(again) is type(value)
    assert dumps(again).decode() == text


def test_nan_survives() -> None:
    """Not-a-number is written by name and read back."""
    again = loads(dumps(math.nan))

    assert isinstance(again, float)
    assert math.isnan(again)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"$binary":"eA==","$type":"5"}', Binary(b"x", 5)),
        ('{"$type":0,"$binary":"eA=="}', Binary(b"x", 0)),
        (
            '{"$uuid":"00112233-4455-6677-8899-aabbccddeeff"}',
            Binary(bytes.fromhex("00112233445566778899aabbccddeeff"), 4),
        ),
        ('{"$date":0}', datetime(1970, 1, 1, tzinfo=UTC)),
        ('{"$date":"2020-01-02T03:04:05.6789Z"}', datetime(2020, 1, 2, 3, 4, 5, 678000, UTC)),
        ('{"$date":"2020-01-02T03:04:05+01:00"}', datetime(2020, 1, 2, 2, 4, 5, tzinfo=UTC)),
        ('{"$type":"string"}', {"$type": "string"}),
        ('{"$regex":"a","$options":"i"}', {"$regex": "a", "$options": "i"}),
        ('{"$ref":"c"}', {"$ref": "c"}),
        ('{"$set":{"a":{"$numberInt":"1"}}}', {"$set": {"a": 1}}),
        ("2147483648", 2**31),
        ("18446744073709551615", float(2**64 - 1)),
        ("1e2", 100.0),
    ],
)
def test_older_and_relaxed_forms_are_read(text: str, value: Value) -> None:
    """Forms that other drivers write, and operators that only look like types."""
    again = loads(text)

    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "nan", '"\\ud800"', b"\xff", '{"\\u0000":1}',
        '{"$oid":1}', '{"$oid":"xyz"}', f'{{"$oid":"{ID}","a":1}}', f'{{"$oid":"{ID}\\n"}}',
        '{"$numberInt":1}', '{"$numberInt":"2147483648"}', '{"$numberInt":"1_0"}', '{"$numberInt":"\\u0661"}',
        '{"$numberLong":"9223372036854775808"}', '{"$numberLong":null}', '{"$numberLong":" 1"}',
        '{"$numberDouble":"x"}', '{"$numberDouble":"inf"}', '{"$numberDouble":1}',
        '{"$numberDecimal":"x"}', '{"$numberDecimal":1}', '{"$numberDecimal":"1234567890123456789012345678901234567"}',
        '{"$binary":"eA=="}', '{"$binary":{"base64":"eA","subType":"0"}}', '{"$binary":{"base64":"eA=="}}',
        '{"$binary":{"base64":"eA==","subType":"100"}}', '{"$binary":"eA==","$type":"string"}',
        '{"$binary":"eA==","$type":-1}', '{"$binary":"eA==","$type":true}', '{"$uuid":"x"}',
        '{"$date":null}', '{"$date":"yesterday"}', '{"$date":"2020-13-01T00:00:00Z"}', '{"$date":true}',
        '{"$date":"0001-01-01T00:00:00+01:00"}', '{"$date":{"$numberLong":"x"}}', '{"$date":1.5}',
        '{"$regularExpression":{"pattern":"a"}}', '{"$regularExpression":{"pattern":"a","options":"g"}}',
        '{"$regularExpression":{"pattern":"\\u0000","options":""}}',
        '{"$timestamp":{"t":-1,"i":0}}', '{"$timestamp":{"t":4294967296,"i":0}}', '{"$timestamp":{"t":1}}',
        '{"$code":1}', '{"$code":"f()","$scope":1}', '{"$symbol":1}', '{"$dbPointer":{"$ref":"c"}}',
        '{"$minKey":2}', '{"$maxKey":true}', '{"$undefined":false}', '{"$undefined":1}',
    ],
)  # fmt: skip
def test_malformed_text_is_refused(text: bytes | str) -> None:
    """What is no Extended JSON raises EjsonError."""
    with pytest.raises(EjsonError):
        loads(text)


@pytest.mark.parametrize("text", ["1234567890123456789012345678901234567", "1E+99999", "x"])
def test_a_decimal_that_cannot_be_is_refused_in_words(text: str) -> None:
    """The refusal speaks of the number, not of Python's exceptions."""
    with pytest.raises(EjsonError, match=r"^\$numberDecimal is no number that 34 digits can hold: '") as refusal:
        loads(f'{{"$numberDecimal":"{text}"}}')

    assert "class" not in str(refusal.value)


@pytest.mark.parametrize(
    "value", [2**63, -(2**63) - 1, object(), {1: 2}, {"a\0": 1}, "\ud800", {"\ud800": 1}, {"a": {1, 2}}, timedelta(1)]
)
def test_values_without_a_form_are_refused(value: Value) -> None:
    """What BSON cannot hold raises EjsonError."""
    with pytest.raises(EjsonError):
        dumps(value)


@pytest.mark.parametrize(
    "wrap",
    [lambda inner: [inner], lambda inner: {"a": inner}, lambda inner: Code("f()", {"a": inner})],
    ids=["array", "document", "scope"],
)
def test_nesting_has_a_limit(wrap: Callable[[Value], Value]) -> None:
    """The deepest value allowed passes both ways; one that never ends is refused."""
    value: Value = 1
    deepest = dumps(value)
    for _ in range(MAX_DEPTH // (2 if isinstance(wrap(1), Code) else 1)):
        value = wrap(value)
        deepest = dumps(value)

    assert dumps(loads(deepest)) == deepest
    with pytest.raises(EjsonError):
        dumps(wrap(value))
    with pytest.raises(EjsonError):
        loads(b'{"a":' + deepest + b"}")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 500 + "]" * 500])
def test_text_nested_without_end_is_refused(text: str) -> None:
    """Deep nesting never overflows a stack."""
    with pytest.raises(EjsonError):
        loads(text)


def test_a_loop_is_refused() -> None:
    """A value that holds itself is refused, not followed."""
    loop: list[Value] = []
    loop.append(loop)

    with pytest.raises(EjsonError):
        dumps(loop)


def test_other_python_types_are_written_as_their_bson_type() -> None:
    """Bytes, UUIDs, tuples and naive datetimes have one obvious reading."""
    assert dumps(b"x") == dumps(Binary(b"x", 0))
    assert dumps(uuid.UUID(int=1)) == dumps(Binary(uuid.UUID(int=1).bytes, 4))
    assert dumps((1, 2)) == dumps([1, 2])
    assert dumps(datetime(2020, 1, 1)) == dumps(datetime(2020, 1, 1, tzinfo=UTC))  # noqa: DTZ001
    assert dumps(2**31) == dumps(Int64(2**31))


def test_plain_json() -> None:
    """Readers who know nothing of BSON get bare numbers and text; what has no word in JSON keeps its own form."""
    value = {
        "id": ObjectId("0123456789abcdef01234567"),
        "long": Int64(2**53 + 1),
        "price": Decimal128("9.99"),
        "when": datetime(2023, 4, 6, 19, 21, 25, 751_000, tzinfo=UTC),
        "bytes": b"\xff\x00",
        "numbers": [1, 2.5, math.nan, math.inf, True, None, UNDEFINED],
        "gone": UNDEFINED,
        "pattern": Regex("a", "i"),
    }
    assert json.loads(dumps_plain(value)) == {
        "id": "0123456789abcdef01234567",
        "long": 2**53 + 1,
        "price": "9.99",
        "when": "2023-04-06T19:21:25.751Z",
        "bytes": "/wA=",
        "numbers": [1, 2.5, None, None, True, None, None],
        "pattern": {"$regularExpression": {"pattern": "a", "options": "i"}},
    }
