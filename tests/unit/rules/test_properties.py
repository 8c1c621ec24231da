"""What holds of every role and every document."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.ejson import Document, Value
from server.errors import AppError
from server.rules.change_view import shown_event
from server.rules.compile import compile_rules
from server.rules.guard import RoleGuard
from tests.unit.rules.rule_files import RuleFiles, role, rule_set, scope_of_ada

NAMES = st.sampled_from(["a", "b", "c", "owner", "__proto__", "constructor", "a.b", "$set", "_id", ""])
SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.floats() | st.sampled_from(["ada", "bob"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=15
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=5)
EXPRESSIONS = st.sampled_from(
    [True, False, {}, {"owner": "%%user.id"}, {"%%this": {"$exists": True}}, {"%%prev": 1}, {"a.b": {"$ne": 1}}]
)
ACCESS = st.fixed_dictionaries({}, optional={"read": EXPRESSIONS, "write": EXPRESSIONS})
FIELDS = st.recursive(
    ACCESS,
    lambda inner: st.builds(
        lambda access, fields: {**access, "fields": fields}, ACCESS, st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=6,
)
ROLES = st.builds(
    lambda parts: role(**parts),
    st.fixed_dictionaries(
        {},
        optional={
            "apply_when": EXPRESSIONS.filter(lambda raw: "%%this" not in repr(raw) and "%%prev" not in repr(raw)),
            "read": st.booleans(),
            "write": st.booleans(),
            "document_filters": st.fixed_dictionaries({}, optional={"read": st.booleans(), "write": st.booleans()}),
            "fields": st.dictionaries(NAMES, FIELDS, max_size=4),
            "additional_fields": ACCESS,
        },
    ),
)
OPEN = {"read": True}
CLOSED = {"read": False, "write": False}


def guard_of(*roles: Document, is_writing: bool = False) -> RoleGuard:
    """The guard of Ada under these roles."""
    rules = rule_set(*roles).rules_for("db", "items")
    return RoleGuard(rules=rules, scope=scope_of_ada(), projection={}, is_writing=is_writing)


def paths(value: Value, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of all fields; positions in arrays do not count."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield (*path, name)
            yield from paths(item, (*path, name))
    elif isinstance(value, list):
        for item in value:
            yield from paths(item, path)


@given(DOCUMENTS, st.sets(NAMES), st.booleans())
def test_no_view_holds_a_field_that_its_role_forbids(document: Document, closed: set[str], is_open: bool) -> None:  # noqa: FBT001
    """Fields with a closed entry are never shown; the others are as the entry for the rest says."""
    fields = dict.fromkeys(closed, CLOSED)
    view = guard_of(role(fields=fields, additional_fields=OPEN if is_open else CLOSED)).view(document) or {}

    assert not view.keys() & closed
    assert view.keys() == (document.keys() - closed if is_open else set())


@given(DOCUMENTS, st.dictionaries(NAMES, st.dictionaries(NAMES, st.just(OPEN), max_size=3), max_size=4))
def test_nested_rules_show_what_they_name_and_nothing_else(document: Document, allowed: dict[str, Document]) -> None:
    """Of an embedded document no field is shown that no entry opens."""
    fields = {name: {"fields": inner} for name, inner in allowed.items()}
    view = guard_of(role(fields=fields)).view(document) or {}

    for path in paths(view):
        assert path[0] in allowed
        assert len(path) < 2 or path[1] in allowed[path[0]]


@given(DOCUMENTS, st.lists(ROLES, min_size=1, max_size=3))
def test_a_view_is_part_of_its_document(document: Document, roles: list[Document]) -> None:
    """Whatever the roles, a view brings no field that was not there."""
    view = guard_of(*roles).view(document)

    assert set(paths(view)) <= set(paths(document))


@given(DOCUMENTS, DOCUMENTS, st.lists(ROLES, min_size=1, max_size=3))
def test_a_closed_role_writes_nothing(before: Document, after: Document, roles: list[Document]) -> None:
    """Behind a role that applies to all and grants nothing, no other role matters."""
    guard = guard_of(role(read=False, write=False), *roles, is_writing=True)

    assert guard.view(before) is None
    with pytest.raises(AppError):
        guard.check(None, after)
    with pytest.raises(AppError):
        guard.check(before, after)
    with pytest.raises(AppError):
        guard.check(before, None)


@given(DOCUMENTS, DOCUMENTS, st.sets(NAMES))
@example({}, {"a": {"": None}}, {"a"})
@example({"a": {"": 1}}, {"a": {"": 2}}, {"a"})
def test_a_write_that_passes_changes_no_closed_field(before: Document, after: Document, closed: set[str]) -> None:
    """Field by field: either nothing closed differs, or the write is refused."""
    guard = guard_of(role(fields=dict.fromkeys(closed, CLOSED), additional_fields={"write": True}), is_writing=True)
    missing = object()
    changed = {name for name in before | after if repr(before.get(name, missing)) != repr(after.get(name, missing))}

    if changed & closed:
        with pytest.raises(AppError):
            guard.check(before, after)
    else:
        guard.check(before, after)


PLAIN = st.sampled_from(["a", "b", "c", "owner", "__proto__"])


@given(st.dictionaries(PLAIN, VALUES, max_size=5), st.sets(PLAIN), st.sets(PLAIN))
def test_no_event_tells_of_a_field_that_its_role_forbids(after: Document, removed: set[str], closed: set[str]) -> None:
    """Neither the document nor what an update did: values and names of closed fields stay out, the others are there."""
    guard = guard_of(role(fields=dict.fromkeys(closed, CLOSED), additional_fields=OPEN))
    gone: list[Value] = [*sorted(removed)]
    event: Document = {
        "_id": 1, "operationType": "update", "documentKey": {"_id": 1, "a": 2},
        "updateDescription": {"updatedFields": after, "removedFields": gone}, "fullDocument": after,
    }  # fmt: skip
    seen = shown_event(event, after, guard.view(after) or {}, guard.judges_stored)
    described = seen["updateDescription"]
    assert isinstance(described, dict)

    assert seen["documentKey"] == {"_id": 1}
    assert repr(seen["fullDocument"]) == repr({name: value for name, value in after.items() if name not in closed})
    assert set(described["updatedFields"]) == after.keys() - closed
    assert described["removedFields"] == [name for name in gone if name not in closed]


@given(DOCUMENTS)
def test_no_rules_show_nothing(document: Document) -> None:
    """A guard without roles is closed."""
    rules = compile_rules([RuleFiles(roles=())])

    with pytest.raises(AppError):
        rules.rules_for("db", "items")
