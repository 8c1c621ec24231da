"""Rule expressions: a table of what holds and what does not."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from bson import Decimal128, Int64, ObjectId
from bson.binary import Binary
from bson.datetime_ms import DatetimeMS
from hypothesis import given
from hypothesis import strategies as st

from server.ejson import Document, Value
from server.records import Identity, RequestDescription, User, UserCaller
from server.rules.expressions import evaluate, function_names, read_expression
from server.rules.operands import Place, RuleError
from server.rules.scope import FAILED, FunctionCall, FunctionResults, Scope, caller_scope

OID = "5f4863e4d49bd2191ff1e623"
UUID_TEXT = "0f8fad5b-d9cb-469f-a165-70867728950e"
CALLER = UserCaller(
    user=User(
        id="u1",
        app_id="app-abcde",
        identities=(Identity(id="i1", provider_type="anon-user", provider_id="p1", data={"email": "ada@example.org"}),),
        created_at=datetime(2024, 1, 1, tzinfo=UTC),
    ),
    custom_data={"team": "red", "teams": ["red", "blue"], "admin": True, "oid": OID, "level": 3, "empty": []},
    request=RequestDescription(
        remote_ip_address="192.0.2.1", headers=(("X-Secret-Key", "s3"), ("User-Agent", "probe"), ("Referer", "r"))
    ),
)
ROOT: Document = {
    "owner": "u1",
    "owners": ["u0", "u1"],
    "count": 5,
    "long": Int64(5),
    "decimal": Decimal128("5.0"),
    "nan": float("nan"),
    "team": "red",
    "nothing": None,
    "flag": True,
    "oid": ObjectId(OID),
    "uuid": Binary(UUID(UUID_TEXT).bytes, 4),
    "at": datetime(2024, 1, 1, tzinfo=UTC),
    "members": [{"id": "u1", "role": "editor"}, {"id": "u2"}, 7],
    "address": {"city": "London", "zip": "N1"},
    "__proto__": {"admin": True},
    "numbers": [1, 9],
}
VALUES: Document = {"limit": 10, "staff": ["u1", "u9"]}
ENVIRONMENT: Document = {"tag": "testing", "values": {"open": True}}
KNOWN = {
    FunctionCall("yes", b"[]"): True,
    FunctionCall("no", b"[]"): False,
    FunctionCall("one", b"[]"): 1,
    FunctionCall("teams", b'["u1"]'): ["red"],
    FunctionCall("broken", b"[]"): FAILED,
}
SCOPE = caller_scope(CALLER, values=VALUES, environment=ENVIRONMENT, functions=FunctionResults(KNOWN))
YES = {"%function": {"name": "yes", "arguments": []}}
NO = {"%function": {"name": "no"}}
BROKEN = {"%function": {"name": "broken"}}
UNSETTLED = {"oid": {"%stringToOid": "no oid"}}

HOLDS: list[Value] = [
    {},
    True,
    "%%true",
    "%%user.custom_data.admin",
    {"%%true": True},
    {"%%false": False},
    {"%%true": "%%user.custom_data.admin"},
    {"%%true": {"owner": "u1"}},
    {"%%false": {"owner": "u2"}},
    {"%%true": YES},
    {"%%false": NO},
    YES,
    {"%%user.id": "u1"},
    {"%%user.type": "normal"},
    {"%%user.data.email": "ada@example.org"},
    {"%%user.custom_data.team": "red"},
    {"%%user.identities.provider_type": "anon-user"},
    {"%%values.limit": 10},
    {"%%environment.tag": "testing"},
    {"%%environment.values.open": True},
    {"%%request.remoteIPAddress": "192.0.2.1"},
    {"%%request.requestHeaders.x-secret-key": "s3"},
    {"%%request.requestHeaders.X-SECRET-KEY": "s3"},
    {"%%request.httpUserAgent": "probe"},
    {"%%request.httpReferrer": "r"},
    {"%%request.webhookUrl": {"$exists": False}},
    {"owner": "%%user.id"},
    {"%%root.owner": "%%user.id"},
    {"%%user.id": "%%root.owner"},
    {"owners": "%%user.id"},
    {"%%user.id": "%%root.owners"},
    {"team": "%%user.custom_data.teams"},
    {"members.id": "%%user.id"},
    {"members.0.id": "%%user.id"},
    {"address": {"city": "London", "zip": "N1"}},
    {"address.city": "London"},
    {"count": 5.0},
    {"count": Int64(5)},
    {"count": Decimal128("5")},
    {"long": 5},
    {"decimal": 5},
    {"nan": float("nan")},
    {"nothing": None},
    {"at": DatetimeMS(1704067200000)},
    {"at": datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None)},
    {"count": {"$eq": 5}},
    {"count": {"%eq": 5}},
    {"count": {"$ne": 6}},
    {"absent": {"$ne": 6}},
    {"count": {"$gt": 4, "$lt": 6}},
    {"count": {"%gte": 5, "%lte": Decimal128("5")}},
    {"numbers": {"$gt": 8}},
    {"count": {"$lt": "%%values.limit"}},
    {"owner": {"$in": ["u0", "%%user.id"]}},
    {"owner": {"%in": "%%values.staff"}},
    {"owners": {"$in": ["u1"]}},
    {"owner": {"$nin": ["u0"]}},
    {"owner": {"$in": ["%%user.custom_data.absent", "u1"]}},
    {"owner": {"$nin": ["%%user.custom_data.absent"]}},
    {"absent": {"$nin": ["u0"]}},
    {"owner": {"$exists": True}},
    {"owner": {"%exists": "%%true"}},
    {"owner": {"$exists": 1}},
    {"nothing": {"$exists": True}},
    {"absent": {"$exists": False}},
    {"absent": {"$exists": "%%false"}},
    {"%%prevRoot": {"$exists": False}},
    {"%and": [{"owner": "u1"}, {"count": 5}]},
    {"$and": [{"owner": "u1"}, {}]},
    {"%or": [{"owner": "u2"}, {"count": 5}]},
    {"$or": [{"owner": "u2"}, True]},
    {"%not": {"owner": "u2"}},
    {"$nor": [{"owner": "u2"}, {"count": 6}]},
    {"count": {"%and": [{"$gt": 0}, {"$lte": 42}]}},
    {"count": {"$or": [4, 5]}},
    {"count": {"%not": {"$gt": 5}}},
    {"count": {"%nor": [4, {"$gt": 5}]}},
    {"oid": {"%stringToOid": OID}},
    {"oid": {"%stringToOid": "%%user.custom_data.oid"}},
    {"%%user.custom_data.oid": {"%oidToString": "%%root.oid"}},
    {"oid": {"$in": [{"%stringToOid": OID}]}},
    {"uuid": {"%stringToUuid": UUID_TEXT}},
    {"%%values.limit": {"$ne": {"%uuidToString": "%%root.uuid"}}},
    {"team": {"%function": {"name": "teams", "arguments": ["%%user.id"]}}},
    {"$or": [UNSETTLED, {"owner": "u1"}]},
    {"%or": [BROKEN, YES]},
]

FAILS: list[Value] = [
    False,
    "%%false",
    "%%user.custom_data.team",
    {"%%true": False},
    {"%%true": "%%user.custom_data.level"},
    {"%%false": "%%user.custom_data.absent"},
    {"%%true": NO},
    {"%%true": {"%function": {"name": "one"}}},
    {"%%false": {"%function": {"name": "one"}}},
    {"%%true": BROKEN},
    {"%%false": BROKEN},
    {"%not": BROKEN},
    {"%not": {"%%true": {"%function": {"name": "unknown"}}}},
    {"%nor": [BROKEN]},
    {"owner": "u2"},
    {"absent": "u1"},
    {"absent": None},
    {"absent": "%%user.custom_data.absent"},
    {"owner": "%%user.custom_data.absent"},
    {"owner": ["u0", "u1"]},
    {"oid": OID},
    {"%%user.custom_data.oid": "%%root.oid"},
    {"oid": {"%stringToOid": "no oid"}},
    {"oid": {"$ne": {"%stringToOid": "no oid"}}},
    {"%not": UNSETTLED},
    {"uuid": UUID_TEXT},
    {"uuid": {"%stringToUuid": OID}},
    {"count": "5"},
    {"flag": 1},
    {"count": True},
    {"nothing": False},
    {"address": {"zip": "N1", "city": "London"}},
    {"address": {"city": "London"}},
    {"count": {"$gt": 5}},
    {"count": {"$gt": "4"}},
    {"count": {"$lt": None}},
    {"nan": {"$gte": 0}},
    {"absent": {"$gt": 0}},
    {"absent": {"$lt": 0}},
    {"owners": {"$ne": "u1"}},
    {"owner": {"$nin": "%%values.staff"}},
    {"owner": {"$nin": "%%user.custom_data.absent"}},
    {"owner": {"$in": "%%user.id"}},
    {"owner": {"$in": "%%user.custom_data.empty"}},
    {"absent": {"$in": [None, "u1"]}},
    {"absent": {"$exists": True}},
    {"owner": {"$exists": False}},
    {"%and": [{"owner": "u1"}, {"count": 6}]},
    {"owner": "u1", "count": 6},
    {"%%partition": "x"},
    {"%%partition": {"$ne": "x"}},
    {"constructor": {"$exists": True}},
    {"address.admin": True},
    {"members.5.id": "u1"},
    {"owners.length": 2},
]

MEANINGLESS: list[Value] = [
    None,
    1,
    "true",
    [],
    {"$where": "1"},
    {"%unknown": True},
    {"owner": {"$regex": "u"}},
    {"owner": {"$eq": "u1", "extra": 1}},
    {"owner": {"a": {"$gt": 1}}},
    {"owner": "%%usr.id"},
    {"%%user.customData.admin": True},
    {"%%environment.name": "x"},
    {"%%true.x": True},
    {"%%user..id": "u1"},
    {"%%this": 1},
    {"%%args.x": 1},
    {"": 1},
    {"%or": []},
    {"%or": {"owner": "u1"}},
    {"owner": {"$in": "u1"}},
    {"owner": {"$exists": "yes"}},
    {"owner": {"$exists": 2}},
    {"%%true": "yes"},
    {"%%true": 1},
    {"oid": {"%stringToOid": {"%oidToString": "%%root.oid"}}},
    {"%function": "yes"},
    {"%function": {"name": "yes", "arguments": {}}},
    {"%function": {"name": ""}},
    {"%function": {"name": "yes", "extra": 1}},
]


def document_scope(root: Document) -> Scope:
    """The scope of a document that is read."""
    return Scope(
        user=SCOPE.user,
        values=SCOPE.values,
        environment=SCOPE.environment,
        request=SCOPE.request,
        functions=FunctionResults(KNOWN),
        root=root,
    )


@pytest.mark.parametrize("expression", HOLDS, ids=repr)
def test_holds(expression: Value) -> None:
    """The expression is true of the document."""
    assert evaluate(expression, document_scope(ROOT), place=Place.DOCUMENT)


@pytest.mark.parametrize("expression", FAILS, ids=repr)
def test_does_not_hold(expression: Value) -> None:
    """The expression can be read, and is not true of the document."""
    assert not read_expression(expression, place=Place.DOCUMENT).holds(document_scope(ROOT))


@pytest.mark.parametrize("expression", MEANINGLESS, ids=repr)
def test_what_means_nothing_is_refused_and_grants_nothing(expression: Value) -> None:
    """An unknown operator, expansion or shape is a problem at deployment and false at a call, negated or not."""
    with pytest.raises(RuleError):
        read_expression(expression, place=Place.DOCUMENT)

    assert not evaluate(expression, document_scope(ROOT), place=Place.DOCUMENT)
    assert not evaluate({"%not": expression}, document_scope(ROOT), place=Place.DOCUMENT)


@pytest.mark.parametrize(
    ("arguments", "expression", "holds"),
    [
        ({"password": "p"}, {"password": {"$exists": True}}, True),
        ([{"password": "p"}], {"password": {"$exists": True}}, True),
        ([{"password": "p"}], {"%%args.0.password": "p"}, True),
        ([1, {"password": "p"}], {"password": {"$exists": True}}, False),
        ([{"owner": "u2"}, {"owner": "u1"}], {"owner": "%%user.id"}, False),
        ([], {"password": {"$exists": True}}, False),
        ([5], {"%%args.0": {"%and": [{"$gt": 0}, {"$lte": 42}]}}, True),
    ],
)
def test_bare_names_of_can_evaluate_are_arguments(arguments: Value, expression: Value, *, holds: bool) -> None:
    """A name is a field of the first argument, so that a caller cannot add an argument that passes."""
    assert evaluate(expression, caller_scope(CALLER, args=arguments)) is holds


def test_error_leads_to_the_part_at_fault() -> None:
    """The path of a problem names the keys and positions down to it."""
    with pytest.raises(RuleError) as refused:
        read_expression({"$or": [{}, {"owner": {"$regex": "u"}}]}, place=Place.DOCUMENT, path="roles.0.apply_when")

    assert refused.value.path == "roles.0.apply_when.$or.1.owner.$regex"


def test_function_is_wanted_then_counts() -> None:
    """An expression waits for its function: false until the value is there."""
    expression: Document = {"%%true": {"%function": {"name": "may", "arguments": ["%%user.id", "%%args.0.x"]}}}
    scope = caller_scope(CALLER, args=[{}])

    assert not evaluate(expression, scope)
    assert not evaluate({"%not": expression}, scope)
    (call,) = scope.functions.take_wanted()
    assert call == FunctionCall("may", b'["u1",null]')
    scope.functions.add(call, True)
    assert evaluate(expression, scope)
    assert scope.functions.take_wanted() == ()


def test_function_names_are_collected_at_any_depth() -> None:
    """Deployment can check that the functions exist."""
    expression = {"$or": [{"a": {"$in": [YES]}}, {"%%false": NO}, {"b": {"%not": BROKEN}}]}

    assert function_names(expression) == {"yes", "no", "broken"}


def test_too_deep_an_expression_is_refused() -> None:
    """Nesting beyond the limit is a problem, not a crash."""
    expression: Value = {}
    for _ in range(5000):
        expression = {"$and": [expression]}

    with pytest.raises(RuleError):
        read_expression(expression, place=Place.DOCUMENT)


def test_too_deep_a_document_equals_nothing_and_differs_from_nothing() -> None:
    """What cannot be compared decides nothing, either way."""
    deep: Value = 1
    for _ in range(5000):
        deep = [deep]
    scope = Scope(root={"a": deep, "b": [deep]})

    assert not evaluate({"a": "%%root.b"}, scope, place=Place.DOCUMENT)
    assert not evaluate({"a": {"$ne": "%%root.b"}}, scope, place=Place.DOCUMENT)


def test_foreign_types_decide_nothing() -> None:
    """A Python object that is no BSON value neither equals nor differs."""
    scope = Scope(root={"a": object()})

    assert not evaluate({"a": 1}, scope, place=Place.DOCUMENT)
    assert not evaluate({"a": {"$ne": 1}}, scope, place=Place.DOCUMENT)


KEYS = st.sampled_from(
    ["owner", "%%user.id", "%%root", "$and", "%or", "%not", "%%true", "$eq", "$in", "__proto__", "x.y"]
)
VALUES_OF_ANY_KIND = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.sampled_from(["u1", "%%user.id", "%%this", "%%"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(VALUES_OF_ANY_KIND, st.dictionaries(KEYS, VALUES_OF_ANY_KIND, max_size=3))
def test_no_expression_holds_together_with_its_negation(expression: Value, root: Document) -> None:
    """Whatever an author and a client write, evaluation ends without an error and never grants both ways."""
    holds = evaluate(expression, document_scope(root), place=Place.DOCUMENT)
    negated = evaluate({"%not": expression}, document_scope(root), place=Place.DOCUMENT)

    assert not (holds and negated)
