"""Schemas: which documents conform, what is tolerated, and what a refusal says."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from bson import Decimal128, Int64, ObjectId, Regex, Timestamp
from bson.binary import Binary

from server.ejson import Document, Value
from server.rules.draft import Draft
from server.rules.schema import Violation, find_violation
from server.rules.schema_reading import read_schema
from server.rules.scope import Scope


def violation(raw: Document, after: Document, before: Document | None = None) -> Violation | None:
    """What is wrong with a document under a schema that has no problem itself."""
    draft = Draft()
    schema = read_schema(raw, "schema", draft)
    assert draft.problems == []
    return find_violation(schema, after, before, Scope(user={"id": "ada"}))


def of_x(**schema: Value) -> Document:
    """A schema of the field x."""
    return {"title": "thing", "bsonType": "object", "properties": {"x": schema}}


CONFORMS: list[tuple[Document, Document]] = [
    ({}, {"anything": 1}),
    (of_x(bsonType="string"), {}),
    (of_x(bsonType="string"), {"x": "s"}),
    (of_x(bsonType="int"), {"x": 1}),
    (of_x(bsonType="long"), {"x": Int64(1)}),
    (of_x(bsonType="long"), {"x": 1}),
    (of_x(bsonType="double"), {"x": 1.5}),
    (of_x(bsonType="double"), {"x": 1}),
    (of_x(bsonType="float"), {"x": 1.5}),
    (of_x(bsonType="number"), {"x": Decimal128("1")}),
    (of_x(bsonType="decimal"), {"x": Decimal128("1")}),
    (of_x(bsonType="bool"), {"x": True}),
    (of_x(bsonType="boolean"), {"x": False}),
    (of_x(bsonType="date"), {"x": datetime(2024, 1, 1, tzinfo=UTC)}),
    (of_x(bsonType="objectId"), {"x": ObjectId()}),
    (of_x(bsonType="uuid"), {"x": Binary(uuid4().bytes, 4)}),
    (of_x(bsonType="binData"), {"x": Binary(b"")}),
    (of_x(bsonType="regex"), {"x": Regex("a")}),
    (of_x(bsonType="timestamp"), {"x": Timestamp(1, 1)}),
    (of_x(bsonType="null"), {"x": None}),
    (of_x(bsonType="mixed"), {"x": [1]}),
    (of_x(bsonType=["string", "null"]), {"x": None}),
    (of_x(bsonType={"bsonType": "string"}), {"x": "s"}),
    (of_x(type="object"), {"x": {}}),
    (of_x(bsonType="array", items={"bsonType": "int"}), {"x": [1, 2]}),
    (of_x(enum=["a", 1]), {"x": 1.0}),
    (of_x(minimum=1, maximum=2), {"x": 1}),
    (of_x(minimum=1, maximum=2), {"x": "text"}),
    (of_x(minimum=1, exclusiveMinimum=False), {"x": 1}),
    (of_x(exclusiveMaximum=2), {"x": 1.5}),
    (of_x(multipleOf=0.1), {"x": 0.3}),
    (of_x(minLength=1, maxLength=2, pattern="^a"), {"x": "ab"}),
    (of_x(minItems=1, maxItems=2, uniqueItems=True), {"x": [1, 2]}),
    (of_x(unheardOf=1, description="d", required=True), {"x": 1}),
    ({"required": ["x"]}, {"x": None}),
    ({"properties": {"x": {}}, "additionalProperties": False}, {"_id": 1, "x": 1}),
    ({"additionalProperties": {"bsonType": "int"}}, {"_id": "s", "x": 1}),
    ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"b": 1}),
    ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"b": 1}),
    ({"not": {"required": ["a"]}}, {"b": 1}),
    (of_x(validate={"%%this": {"$gt": 1}}), {"x": 2}),
    (of_x(validate={"%%this": {"$gt": 1}}), {}),
    (of_x(validate={"%%root.y": "%%user.id"}), {"x": 2, "y": "ada"}),
]


@pytest.mark.parametrize(("schema", "document"), CONFORMS)
def test_conforms(schema: Document, document: Document) -> None:
    """The document may be written."""
    assert violation(schema, document) is None


VIOLATES: list[tuple[Document, Document, str]] = [
    (of_x(bsonType="string"), {"x": 1}, "x: must be of type string"),
    (of_x(bsonType="int"), {"x": 1.0}, "x: must be of type int"),
    (of_x(bsonType="int"), {"x": Int64(1)}, "x: must be of type int"),
    (of_x(bsonType="int"), {"x": True}, "x: must be of type int"),
    (of_x(bsonType="long"), {"x": 1.5}, "x: must be of type long"),
    (of_x(bsonType="double"), {"x": "1"}, "x: must be of type double"),
    (of_x(bsonType="number"), {"x": True}, "x: must be of type number"),
    (of_x(bsonType="objectId"), {"x": str(ObjectId())}, "x: must be of type objectId"),
    (of_x(bsonType="uuid"), {"x": Binary(b"0" * 16)}, "x: must be of type uuid"),
    (of_x(bsonType=["string", "null"]), {"x": 1}, "x: must be of type string or null"),
    (of_x(bsonType={"bsonType": "string"}), {"x": 1}, "x: must be of type string"),
    (of_x(bsonType="array", items={"bsonType": "int"}), {"x": [1, "2"]}, "x.1: must be of type int"),
    (of_x(enum=["a"]), {"x": "b"}, "x: must be one of the values allowed"),
    (of_x(minimum=1), {"x": 0}, "x: is too small"),
    (of_x(minimum=1), {"x": float("nan")}, "x: is too small"),
    (of_x(minimum=1, exclusiveMinimum=True), {"x": 1}, "x: is too small"),
    (of_x(exclusiveMaximum=2), {"x": 2}, "x: is too large"),
    (of_x(multipleOf=2), {"x": 3}, "x: is not a multiple"),
    (of_x(minLength=2), {"x": "a"}, "x: is too short"),
    (of_x(pattern="^a$"), {"x": "b"}, "x: has the wrong form"),
    (of_x(pattern="^(a+)+$"), {"x": "a" * 5000 + "b"}, "x: has the wrong form"),
    (of_x(maxItems=1), {"x": [1, 2]}, "x: has too many items"),
    (of_x(uniqueItems=True), {"x": [1, 1.0]}, "x: must not repeat a value"),
    ({"required": ["x"]}, {}, "x is required"),
    ({"properties": {"y": {"required": ["x"]}}}, {"y": {}}, "y: x is required"),
    ({"properties": {"x": {}}, "additionalProperties": False}, {"y": 1}, "y: is not in the schema"),
    ({"additionalProperties": False}, {"__proto__": 1}, "__proto__: is not in the schema"),
    ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, "fits none of the forms allowed"),
    ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1, "b": 1}, "must fit just one of the forms allowed"),
    ({"not": {"required": ["a"]}}, {"a": 1}, "has a form that is not allowed"),
    (of_x(validate={"%%this": {"$gt": 1}}), {"x": 1}, "x: was refused by its validation"),
]


@pytest.mark.parametrize(("schema", "document", "text"), VIOLATES)
def test_violates(schema: Document, document: Document, text: str) -> None:
    """The document is refused, and the text says where and why."""
    assert str(violation(schema, document)) == text


@pytest.mark.parametrize(
    ("after", "is_refused"), [({"x": 1}, False), ({"x": 2}, True), ({}, True), ({"x": 1, "y": 2}, False)]
)
def test_validation_judges_changes_and_removals(after: Document, *, is_refused: bool) -> None:
    """A field that must not change can neither be changed nor taken away."""
    found = violation(of_x(validate={"%%this": "%%prev"}), after, {"x": 1})

    assert (found is not None) is is_refused


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        (of_x(bsonType="strnig"), "schema.properties.x.bsonType"),
        (of_x(enum="a"), "schema.properties.x.enum"),
        (of_x(pattern="("), "schema.properties.x.pattern"),
        (of_x(minimum="1"), "schema.properties.x"),
        (of_x(minLength=1.5), "schema.properties.x.minLength"),
        (of_x(multipleOf=0), "schema.properties.x.multipleOf"),
        (of_x(uniqueItems=1), "schema.properties.x.uniqueItems"),
        (of_x(validate={"$who": 1}), "schema.properties.x.validate.$who"),
        ({"required": "x"}, "schema.required"),
        ({"required": [1]}, "schema.required"),
        ({"properties": []}, "schema.properties"),
        ({"properties": {"x": 1}}, "schema.properties.x"),
        ({"anyOf": {}}, "schema.anyOf"),
        ({"items": [1]}, "schema.items"),
    ],
)
def test_malformed_schema_is_a_problem(schema: Document, path: str) -> None:
    """What an author mistyped is told with its place."""
    draft = Draft()
    read_schema(schema, "schema", draft)

    assert [problem.path for problem in draft.problems] == [path]


def test_too_deep_a_schema_is_a_problem() -> None:
    """Nesting beyond the limit is told, not run into."""
    schema: Document = {}
    for _ in range(500):
        schema = {"items": schema}
    draft = Draft()
    read_schema(schema, "schema", draft)

    assert len(draft.problems) == 1
