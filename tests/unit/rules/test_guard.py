"""A user's operation under rules: no rules, filters, functions that rules ask, pipelines in updates."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server.ejson import Document
from server.errors import AppError, ErrorCode
from server.rules.compile import RuleSet, compile_rules
from server.rules.guard import FunctionsNeededError, RoleGuard, guard_operation
from server.rules.refusals import RuleRefused
from server.rules.scope import FAILED, FunctionCall, FunctionResults
from tests.unit.rules.rule_files import RuleFiles, role, rule_set, scope_of_ada

MAY = {"%%true": {"%function": {"name": "may", "arguments": ["%%root.owner"]}}}


def operate(
    rules: RuleSet, action: str, arguments: Document, *, functions: FunctionResults | None = None, name: str = "items"
) -> RoleGuard:
    """Ada's operation on a collection of db."""
    scope = scope_of_ada(functions)
    return guard_operation(rules, scope, database="db", collection=name, action=action, arguments=arguments)


def test_collection_without_rules_is_closed() -> None:
    """Neither rules nor defaults: access denied."""
    with pytest.raises(AppError, match=r"no rule exists for namespace 'db.other'") as refused:
        operate(rule_set(role(read=True)), "find", {}, name="other")

    assert refused.value.code is ErrorCode.NO_MATCHING_RULE_FOUND


def test_defaults_are_for_collections_without_roles() -> None:
    """A collection with a role of its own never falls back; one with a schema alone does."""
    only_y: Document = {"apply_when": True, "query": {"y": 1}}
    rules = compile_rules(
        [
            RuleFiles(roles=(role(read=False),)),
            RuleFiles(collection="bare", schema={"required": ["x"]}, filters=(only_y,)),
        ],
        RuleFiles(roles=(role(read=True, write=True),), filters=({"apply_when": True, "query": {"x": 1}},)),
    )

    assert operate(rules, "find", {}).view({}) is None
    assert operate(rules, "find", {}, name="other").view({}) is not None
    bare = operate(rules, "find", {}, name="bare")
    assert bare.restriction == {"$and": [{"x": 1}, {"y": 1}]}
    with pytest.raises(AppError, match="update not permitted"):
        bare.check({}, {"z": 1})


def test_default_without_roles_opens_nothing() -> None:
    """An empty default rule is as good as none."""
    with pytest.raises(AppError):
        operate(compile_rules([], RuleFiles()), "find", {})


def test_read_collects_the_functions_that_rules_ask() -> None:
    """A read notes every call it wants; asked again with their values, it decides."""
    functions = FunctionResults()
    operation = operate(rule_set(role(apply_when=MAY, read=True)), "find", {}, functions=functions)

    assert [operation.view({"owner": name}) is not None for name in "abc"] == [False, False, False]
    assert functions.take_wanted() == tuple(FunctionCall("may", f'["{name}"]'.encode()) for name in "abc")
    for name, answer in {"a": True, "b": False, "c": FAILED}.items():
        functions.add(FunctionCall("may", f'["{name}"]'.encode()), answer)
    assert [operation.view({"owner": name}) is not None for name in "abc"] == [True, False, False]
    assert not functions.wants


def test_write_stops_until_functions_have_run() -> None:
    """Nothing is written on an answer that is not there yet, at whatever point it is missed."""
    functions = FunctionResults()
    guard = operate(rule_set(role(write=MAY)), "updateMany", {}, functions=functions)

    with pytest.raises(FunctionsNeededError):
        guard.view({"owner": "a"})
    with pytest.raises(FunctionsNeededError):
        guard.check({"owner": "a"}, {"owner": "a", "x": 1})
    for call in functions.take_wanted():
        functions.add(call, True)
    guard.check({"owner": "a"}, {"owner": "a", "x": 1})


def test_schema_waits_for_functions_too() -> None:
    """A validation that calls a function stops the write first."""
    validate = {"%%true": {"%function": {"name": "valid", "arguments": ["%%this"]}}}
    functions = FunctionResults()
    rules = rule_set(role(write=True, insert=True), schema={"properties": {"n": {"validate": validate}}})
    guard = operate(rules, "insertOne", {}, functions=functions)

    with pytest.raises(FunctionsNeededError):
        guard.check(None, {"n": 1})
    functions.add(FunctionCall("valid", b'[{"$numberInt":"1"}]'), False)
    functions.take_wanted()
    with pytest.raises(AppError) as refused:
        guard.check(None, {"n": 1})
    assert refused.value.code is ErrorCode.SCHEMA_VALIDATION_FAILED_WRITE
    assert refused.value.message == "insert not permitted"
    assert isinstance(refused.value, RuleRefused)
    assert refused.value.reason == "schema: n: was refused by its validation"


def test_filter_that_asks_a_function_stops_a_write() -> None:
    """The query of a write is not built on a guess."""
    query = {"team": {"%function": {"name": "team", "arguments": []}}}
    rules = rule_set(role(write=True), filters=({"apply_when": True, "query": query},))

    with pytest.raises(FunctionsNeededError):
        operate(rules, "updateMany", {"query": {}})


@pytest.mark.parametrize(
    "arguments",
    [{"update": [{"$set": {"a": "$b"}}]}, {"operations": [{"updateOne": {"update": [{"$set": {"a": "$b"}}]}}]}],
)
def test_update_pipeline_needs_roles_that_hide_nothing(arguments: Document) -> None:
    """A pipeline computes from fields that the user may not read."""
    action = "bulkWrite" if "operations" in arguments else "updateOne"

    operate(rule_set(role(read=True, write=True)), action, arguments)
    operate(rule_set(role(write=True)), action, arguments)
    for rules in (
        rule_set(role(fields={"a": {"write": True}})),
        rule_set(role(write=True), filters=({"apply_when": True, "projection": {"b": 0}},)),
    ):
        with pytest.raises(AppError, match="update not permitted"):
            operate(rules, action, arguments)


def test_projections_of_filters_cut_what_is_read() -> None:
    """A filter hides fields whatever projection the request brings; it does not hide documents."""
    rules = rule_set(
        role(read=True),
        filters=(
            {"apply_when": True, "projection": {"secret": 0}},
            {"apply_when": {"%%user.custom_data.team": "red"}, "project": {"home.zip": 0}},
            {"apply_when": {"%%user.custom_data.team": "blue"}, "projection": {"text": 0}},
        ),
    )
    guard = operate(rules, "find", {})

    assert guard.view({"_id": 1, "secret": 1, "home": {"zip": 1, "city": 2}, "text": 3}) == {
        "_id": 1,
        "home": {"city": 2},
        "text": 3,
    }
    assert guard.view({"secret": 1}) is not None


def test_contradicting_projections_are_refused() -> None:
    """Filters that apply together must not mix inclusion and exclusion."""
    rules = rule_set(
        role(read=True),
        filters=({"apply_when": True, "projection": {"a": 1}}, {"apply_when": True, "projection": {"b": 0}}),
    )

    with pytest.raises(AppError, match="mix"):
        operate(rules, "find", {})


PARTS = role(fields={"open": {"write": True}, "list": {"fields": {"open": {"write": True}, "0": {"read": False}}}})
STORED: Document = {"_id": 1, "open": 1, "hidden": 4, "list": {"open": 1, "0": {"open": 4}}}


@pytest.mark.parametrize("guess", [3, 4])
@pytest.mark.parametrize(
    "write",
    [
        lambda guess: {"update": {**STORED, "hidden": guess}},
        lambda guess: {"replacement": {**STORED, "hidden": guess}},
        lambda guess: {"operations": [{"replaceOne": {"filter": {}, "replacement": {**STORED, "hidden": guess}}}]},
        lambda guess: {"replacement": {"_id": 1, "list": {"open": 1, "0": {"open": guess}}}},
        lambda guess: {"update": {"$set": {"list.0.open": guess}}},
        lambda guess: {"update": {"$max": {"list.0.open": guess}}},
    ],
    ids=["update", "replacement", "bulk", "numbered", "set", "max"],
)
def test_writing_what_is_there_already_tells_nothing(write: Callable[[int], Document], guess: int) -> None:
    """An update or a replacement that names a hidden field is refused whether or not it would change it."""
    guard = operate(rule_set(PARTS), "updateOne", {"query": {}, **write(guess)})

    with pytest.raises(RuleRefused):
        guard.check_update(STORED)


def test_a_replacement_of_what_is_granted_is_permitted() -> None:
    """What a replacement says of fields that the role grants stays free, in arrays of documents too."""
    rules = rule_set(role(fields={"open": {"write": True}, "list": {"fields": {"open": {"write": True}}}}))
    guard = operate(rules, "replaceOne", {"query": {}, "replacement": {"open": 2, "list": [{"open": 2}]}})

    guard.check_update({"_id": 1, "open": 1, "list": [{"open": 1}]})
    guard.check({"_id": 1, "open": 1, "list": [{"open": 1}]}, {"_id": 1, "open": 2, "list": [{"open": 2}]})
