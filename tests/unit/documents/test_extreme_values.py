"""Expressions on values at the edges of their types: a result or a DocumentError, and nothing that cannot be told."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.datetime_ms import DatetimeMS

from server import ejson
from server.documents import DocumentError, Operation, Transaction
from server.documents.expressions.compiler import OPERATORS
from server.documents.schema import connect, prepare
from server.ejson import Document, Value
from tests.unit.documents.conftest import operation

FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
SOONEST, LATEST = DatetimeMS(-(2**63)), DatetimeMS(2**63 - 1)
CODE = Code("f", {"a": 1})
VALUES: list[Value] = [
    None, True, 0, -1, 2.5, -0.0, math.nan, math.inf, -math.inf, 1e308, -1e300, 2**31 - 1, Int64(2**63 - 1),
    Int64(-(2**63)), Decimal128("1E+6144"), Decimal128("-1E-6143"), Decimal128("NaN"), Decimal128("-Infinity"), "", "a",
    "9" * 30, "2020-01-01", "%Y", "year", "date", "+99:99", "-23:59", "../../etc", "\x00", FIRST, LAST, SOONEST, LATEST,
    ObjectId("0" * 24), Binary(b"\xff" * 20, 3), MinKey(), MaxKey(), Regex("(", "x"), Timestamp(2**32 - 1, 1), CODE,
    DBRef("a", 1), [], [1, [2]], [{"k": "a", "v": 1}], {}, {"a": {"b": [1]}},
]  # fmt: skip
ARGUMENTS = [
    "input", "date", "startDate", "endDate", "unit", "amount", "timezone", "format", "dateString", "onNull", "to", "n",
    "field", "value", "find", "replacement", "regex", "chars", "year", "month", "second", "isoWeekYear", "binSize",
]  # fmt: skip


@pytest.fixture
def transaction() -> Transaction:
    """With a document of all the values."""
    connection = connect(Path(":memory:"))
    prepare(connection)
    connection.execute("BEGIN")
    made = Transaction(connection)
    made.execute(operation("insertOne", document={f"f{number}": value for number, value in enumerate(VALUES)}))
    return made


def computed(transaction: Transaction, expression: Document) -> Value:
    """What the expression is of the document."""
    stages: list[Value] = [{"$project": {"_id": 0, "x": expression}}]
    answer = transaction.execute(operation("aggregate", pipeline=stages))
    ejson.dumps(answer)
    return answer[0].get("x") if isinstance(answer, list) and isinstance(answer[0], dict) else None


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ({"$toDate": 1e300}, 241),
        ({"$toDate": {"$literal": Int64(2**63 - 1)}}, None),
        ({"$add": [LAST, math.inf]}, 15),
        ({"$add": [LATEST, 1]}, 15),
        ({"$subtract": [FIRST, math.nan]}, 15),
        ({"$subtract": [LATEST, SOONEST]}, 15),
        ({"$abs": {"$literal": Int64(-(2**63))}}, 28680),
        ({"$year": {"date": FIRST, "timezone": "-23:59"}}, 18537),
        ({"$dateToString": {"date": LAST, "timezone": "+23:59"}}, None),
        ({"$dateTrunc": {"date": FIRST, "unit": "day", "timezone": "-01:00"}}, 18537),
        ({"$year": {"date": FIRST, "timezone": "+99:99"}}, 40485),
        ({"$year": {"date": FIRST, "timezone": CODE}}, 40517),
        ({"$regexMatch": {"input": "a", "regex": CODE}}, 51105),
        ({"$getField": {"$literal": CODE}}, 3041704),
        ({"$dateAdd": {"startDate": FIRST, "unit": CODE, "amount": 1}}, 5439014),
        ({"$convert": {"input": 1, "to": CODE}}, 9),
    ],
)
def test_values_that_have_no_result_are_refused(
    transaction: Transaction, expression: Document, code: int | None
) -> None:
    """With MongoDB's code where it has one."""
    if code is None:
        assert computed(transaction, expression) is not None
        return
    with pytest.raises(DocumentError) as refusal:
        computed(transaction, expression)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("find", {"query": {"f0": {"$type": CODE}}}),
        ("find", {"query": {"f0": {"$regex": CODE}}}),
        ("find", {"query": {"f0": {"$regex": "a", "$options": CODE}}}),
        ("updateOne", {"query": {}, "update": {"$rename": {"f0": CODE}}}),
        ("distinct", {"field": CODE}),
        ("aggregate", {"pipeline": [{"$merge": CODE}]}),
        ("aggregate", {"pipeline": [{"$out": CODE}]}),
        ("aggregate", {"pipeline": [{"$unionWith": CODE}]}),
        ("aggregate", {"pipeline": [{"$lookup": {"from": CODE, "pipeline": [], "as": "x"}}]}),
        ("aggregate", {"pipeline": [{"$lookup": {"from": "things", "pipeline": [], "as": CODE}}]}),
        ("aggregate", {"pipeline": [{"$count": CODE}]}),
        ("aggregate", {"pipeline": [{"$unwind": CODE}]}),
        ("aggregate", {"pipeline": [{"$unset": CODE}]}),
        ("aggregate", {"pipeline": [{"$unset": [CODE]}]}),
        ("aggregate", {"pipeline": [{"$sortByCount": CODE}]}),
    ],
)
def test_code_is_no_name(transaction: Transaction, action: str, arguments: Document) -> None:
    """Where a text is wanted, code is refused as anything else is."""
    with pytest.raises(DocumentError):
        transaction.execute(Operation(database="shop", collection="things", action=action, arguments=arguments))


def test_code_is_no_text(transaction: Transaction) -> None:
    """Though Python has it for one: it groups, compares and names as what it is."""
    stages: list[Value] = [{"$group": {"_id": f"$f{VALUES.index(CODE)}", "n": {"$sum": 1}}}]

    assert transaction.execute(operation("aggregate", pipeline=stages)) == [{"_id": CODE, "n": 1}]
    assert computed(transaction, {"$type": {"$literal": CODE}}) == "javascriptWithScope"


def test_whatever_is_computed_is_told_or_refused(transaction: Transaction) -> None:
    """Every operator with operands of every type and form."""
    chance = random.Random(6)

    def value() -> Value:
        number = chance.randrange(len(VALUES))
        return chance.choice([f"$f{number}", {"$literal": VALUES[number]}, VALUES[number]])

    refused = 0
    for _ in range(6_000):
        operands: list[Value] = [value() for _ in range(chance.randint(0, 4))]
        named = dict(zip(chance.sample(ARGUMENTS, len(operands)), operands, strict=True))
        expression = {chance.choice(sorted(OPERATORS)): chance.choice([value(), operands, named])}
        try:
            computed(transaction, expression)
        except DocumentError:
            refused += 1

    assert 0 < refused < 6_000
