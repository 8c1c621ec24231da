"""What roles let be read and written: tables of decisions."""

from __future__ import annotations

import pytest
from bson import Int64, ObjectId

from server.ejson import Document
from server.errors import AppError
from server.rules.guard import RoleGuard, guard_operation
from tests.unit.rules.rule_files import role, rule_set, scope_of_ada

OWN = {"owner": "%%user.id"}
MINE: Document = {"_id": 1, "owner": "ada", "text": "t", "home": {"city": "London", "zip": "N1"}}
HIS: Document = {"_id": 2, "owner": "bob", "text": "t"}
ALL = {"read": True, "write": True, "insert": True, "delete": True}
CITY = {"home": {"fields": {"city": {"read": True}}}}
CITY_WRITE = {"home": {"fields": {"city": {"write": True}}}}


def guard_of(*roles: Document, schema: Document | None = None, action: str = "updateMany") -> RoleGuard:
    """The guard of Ada's operation under these roles."""
    return guard_operation(
        rule_set(*roles, schema=schema),
        scope_of_ada(),
        database="db",
        collection="items",
        action=action,
        arguments={},
    )


READS: list[tuple[list[Document], Document, Document | None]] = [
    ([role(read=True)], MINE, MINE),
    ([role(write=True)], MINE, MINE),
    ([role(read=False)], MINE, None),
    ([role(read=False, write=True)], MINE, MINE),
    ([role(read=False, fields={"text": {"read": True}})], MINE, None),
    ([role(write=False)], MINE, None),
    ([role()], MINE, None),
    ([role(insert=True, delete=True)], MINE, None),
    ([role(read=OWN)], MINE, MINE),
    ([role(read=OWN)], HIS, None),
    ([role(apply_when=OWN, read=True)], MINE, MINE),
    ([role(apply_when=OWN, read=True)], HIS, None),
    ([role(apply_when=False, read=True)], MINE, None),
    ([role(apply_when=OWN, read=False), role(read=True)], MINE, None),
    ([role(apply_when=OWN, read=False), role(read=True)], HIS, HIS),
    ([role(apply_when={"%%user.custom_data.team": "red"}, read=True)], HIS, HIS),
    ([role(apply_when={"%%user.custom_data.team": "blue"}, read=True)], HIS, None),
    ([role(document_filters={"read": OWN, "write": False}, read=True)], MINE, MINE),
    ([role(document_filters={"read": OWN, "write": False}, read=True)], HIS, None),
    ([role(document_filters={"read": False, "write": OWN}, read=True)], MINE, MINE),
    ([role(document_filters={"read": False, "write": OWN}, read=True)], HIS, None),
    ([role(document_filters={"read": True, "write": OWN}, read=True)], HIS, HIS),
    ([role(document_filters={"write": OWN}, read=True)], HIS, None),
    ([role(document_filters={"read": False}, read=True)], MINE, None),
    ([role(document_filters={}, read=True)], MINE, MINE),
    ([role(fields={"text": {"read": True}})], MINE, {"text": "t"}),
    ([role(fields={"text": {"write": True}})], MINE, {"text": "t"}),
    ([role(fields={"text": {"read": False}})], MINE, None),
    ([role(fields={"text": {}})], MINE, None),
    ([role(fields={"absent": {"read": True}})], MINE, None),
    ([role(fields={"text": {"read": False}}, additional_fields={"read": True})], HIS, {"_id": 2, "owner": "bob"}),
    ([role(additional_fields={"read": True})], HIS, HIS),
    ([role(additional_fields={"write": True})], HIS, HIS),
    ([role(additional_fields={})], HIS, None),
    ([role(fields={"owner": {"read": {"%%this": "%%user.id"}}})], MINE, {"owner": "ada"}),
    ([role(fields={"owner": {"read": {"%%this": "%%user.id"}}})], HIS, None),
    ([role(fields={"text": {"read": OWN}})], MINE, {"text": "t"}),
    ([role(fields={"text": {"read": OWN}})], HIS, None),
    ([role(fields={"text": {"read": {"%%prev": "t"}}})], MINE, None),
    ([role(fields=CITY)], MINE, {"home": {"city": "London"}}),
    ([role(fields=CITY)], HIS, None),
    ([role(fields={"home": {"read": True, "fields": {"city": {"read": False}}}})], MINE, {"home": MINE["home"]}),
    ([role(fields=CITY, additional_fields={"read": True})], MINE, {**MINE, "home": {"city": "London"}}),
    ([role(fields=CITY)], {"home": "London"}, None),
    ([role(fields=CITY)], {"home": [{"city": "A", "zip": "1"}, 7, {"zip": "2"}]}, {"home": [{"city": "A"}]}),
    ([role(fields=CITY)], {"home": [[{"city": "A"}]]}, None),
    ([role(fields={"text": {"read": True}})], {"__proto__": {"text": "x"}, "constructor": 1}, None),
    ([role(fields={"home.city": {"read": True}})], MINE, None),
    ([role(read=True)], {}, {}),
]


@pytest.mark.parametrize(("roles", "document", "shown"), READS)
def test_read(roles: list[Document], document: Document, shown: Document | None) -> None:
    """A role shows the document, a part of it or nothing."""
    guard = guard_of(*roles, action="find")

    assert guard.view(document) == shown


WRITES: list[tuple[list[Document], Document | None, Document | None, bool]] = [
    # insert
    ([role(**ALL)], None, MINE, True),
    ([role(write=True)], None, MINE, False),
    ([role(insert=True)], None, MINE, False),
    ([role(write=True, insert=False)], None, MINE, False),
    ([role(write=False, insert=True)], None, MINE, False),
    ([role(write=True, insert=OWN)], None, MINE, True),
    ([role(write=True, insert=OWN)], None, HIS, False),
    ([role(apply_when=OWN, **ALL)], None, MINE, True),
    ([role(apply_when=OWN, **ALL)], None, HIS, False),
    ([role(document_filters={"read": True, "write": OWN}, **ALL)], None, MINE, True),
    ([role(document_filters={"read": True, "write": OWN}, **ALL)], None, HIS, False),
    ([role(insert=True, fields={"text": {"write": True}})], None, {"_id": ObjectId(), "text": "t"}, True),
    ([role(insert=True, fields={"text": {"write": True}})], None, {"_id": "chosen", "text": "t"}, False),
    ([role(insert=True, fields={"text": {"write": True}})], None, {"text": "t", "rank": 1}, False),
    ([role(insert=True, fields={"text": {"write": False}}, additional_fields={"write": True})], None, MINE, False),
    ([role(insert=True, additional_fields={"write": True})], None, MINE, True),
    ([role(insert=True, write={"%%prevRoot": {"$exists": False}})], None, MINE, True),
    # update
    ([role(write=True)], MINE, {**MINE, "text": "u"}, True),
    ([role(write=True, insert=False, delete=False)], MINE, {**MINE, "text": "u"}, True),
    ([role(read=True)], MINE, {**MINE, "text": "u"}, False),
    ([role(read=True, write=False)], MINE, {**MINE, "text": "u"}, False),
    ([role(write=False, additional_fields={"write": True})], MINE, {**MINE, "text": "u"}, False),
    ([role(write=OWN)], MINE, {**MINE, "text": "u"}, True),
    ([role(write=OWN)], HIS, {**HIS, "text": "u"}, False),
    ([role(write=OWN)], MINE, {**MINE, "owner": "bob"}, False),
    ([role(apply_when=OWN, write=True)], MINE, {**MINE, "owner": "bob"}, False),
    ([role(apply_when=OWN, **ALL), role(read=True)], MINE, {**MINE, "owner": "bob"}, False),
    ([role(write={"%%prevRoot.owner": "%%user.id"})], MINE, {**MINE, "owner": "bob"}, True),
    ([role(write={"%%prevRoot.owner": "%%user.id"})], HIS, {**HIS, "owner": "ada"}, False),
    ([role(write={"%%prevRoot.text": "t", "%%root.text": "u"})], MINE, {**MINE, "text": "u"}, True),
    ([role(write={"%%prevRoot.text": "t", "%%root.text": "u"})], MINE, {**MINE, "text": "v"}, False),
    # nobody takes a document by writing his name on it
    ([role(apply_when=OWN, **ALL), role(read=True)], HIS, {**HIS, "owner": "ada"}, False),
    ([role(write=OWN, read=True)], HIS, {**HIS, "owner": "ada"}, False),
    ([role(document_filters={"read": True, "write": OWN}, **ALL)], HIS, {**HIS, "owner": "ada"}, False),
    # fields
    ([role(fields={"text": {"write": True}})], MINE, {**MINE, "text": "u"}, True),
    ([role(fields={"text": {"write": True}})], MINE, {**MINE, "text": "u", "rank": 1}, False),
    ([role(fields={"text": {"write": True}})], MINE, {"_id": 1, "text": "u"}, False),
    ([role(fields={"text": {"write": True}})], MINE, {k: v for k, v in MINE.items() if k != "text"}, True),
    ([role(fields={"text": {"read": True}})], MINE, {**MINE, "text": "u"}, False),
    ([role(fields={"text": {"read": True}})], MINE, dict(MINE), True),
    ([role(additional_fields={"write": True})], MINE, {**MINE, "new": 1}, True),
    ([role(additional_fields={"read": True})], MINE, {**MINE, "new": 1}, False),
    ([role(fields={"text": {"write": {"%%prev": "t"}}})], MINE, {**MINE, "text": "u"}, True),
    ([role(fields={"text": {"write": {"%%prev": "u"}}})], MINE, {**MINE, "text": "u"}, False),
    ([role(fields={"text": {"write": {"%%this": {"$in": ["u", "v"]}}}})], MINE, {**MINE, "text": "v"}, True),
    ([role(fields={"text": {"write": {"%%this": {"$in": ["u", "v"]}}}})], MINE, {**MINE, "text": "w"}, False),
    ([role(fields={"text": {"write": OWN}})], HIS, {**HIS, "text": "u"}, False),
    ([role(fields=CITY_WRITE)], MINE, {**MINE, "home": {"city": "Paris", "zip": "N1"}}, True),
    ([role(fields=CITY_WRITE)], MINE, {**MINE, "home": {"city": "Paris", "zip": "75"}}, False),
    ([role(fields=CITY_WRITE)], MINE, {**MINE, "home": {"city": "London"}}, False),
    ([role(fields=CITY_WRITE)], MINE, {**MINE, "home": "Paris"}, False),
    ([role(fields=CITY_WRITE)], HIS, {**HIS, "home": {"city": "Paris"}}, True),
    ([role(fields=CITY_WRITE)], HIS, {**HIS, "home": {}}, False),
    ([role(fields=CITY_WRITE)], HIS, {**HIS, "home": []}, False),
    ([role(fields=CITY_WRITE)], {"home": [{"city": "A"}]}, {"home": [{"city": "B"}]}, True),
    ([role(fields=CITY_WRITE)], {"home": [{"city": "A"}]}, {"home": [{"city": "A"}, {"city": "B"}]}, False),
    ([role(fields=CITY_WRITE)], {"home": [{"city": "A"}, 1]}, {"home": [{"city": "B"}, 2]}, False),
    ([role(fields=CITY_WRITE)], {"home": [[{"city": "A"}]]}, {"home": [[{"city": "B"}]]}, False),
    # a change of type is a change
    ([role(fields={"text": {"write": True}})], {"n": 1}, {"n": Int64(1)}, False),
    ([role(fields={"text": {"write": True}})], {"n": 1}, {"n": 1.0}, False),
    ([role(fields={"text": {"write": True}})], {"n": 1}, {"n": True}, False),
    ([role(fields={"text": {"write": True}})], {"n": None}, {}, False),
    ([role(fields={"text": {"write": True}})], {"n": {"a": 1, "b": 2}}, {"n": {"b": 2, "a": 1}}, False),
    ([role(fields={"text": {"write": True}})], {}, {"__proto__": 1}, False),
    # delete
    ([role(**ALL)], MINE, None, True),
    ([role(write=True)], MINE, None, False),
    ([role(delete=False, write=True)], MINE, None, False),
    ([role(read=True, delete=True)], MINE, None, True),
    ([role(delete=OWN)], MINE, None, True),
    ([role(delete=OWN)], HIS, None, False),
    ([role(delete={"%%prevRoot.owner": "%%user.id"})], MINE, None, True),
    ([role(apply_when=OWN, **ALL)], HIS, None, False),
    ([role(document_filters={"read": True, "write": OWN}, **ALL)], MINE, None, True),
    ([role(document_filters={"read": True, "write": OWN}, **ALL)], HIS, None, False),
    ([role(document_filters={"read": True}, **ALL)], MINE, None, False),
    # nothing at all
    ([role(**ALL)], None, None, False),
]


@pytest.mark.parametrize(("roles", "before", "after", "allowed"), WRITES)
def test_write(roles: list[Document], before: Document | None, after: Document | None, *, allowed: bool) -> None:
    """A write is allowed by the roles of the document as it was and as it will be, or refused."""
    guard = guard_of(*roles)

    if allowed:
        guard.check(before, after)
    else:
        with pytest.raises(AppError, match=r"(insert|update|delete) not permitted"):
            guard.check(before, after)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [(None, MINE, "insert not permitted"), (MINE, HIS, "update not permitted"), (MINE, None, "delete not permitted")],
)
def test_refusal_says_what_was_refused(before: Document | None, after: Document | None, text: str) -> None:
    """The texts that clients look for."""
    with pytest.raises(AppError) as refused:
        guard_of(role(read=True)).check(before, after)

    assert (refused.value.code, refused.value.message) == ("NoMatchingRuleFound", text)


def test_search_needs_a_role_that_may_search() -> None:
    """Full text search passes over documents whose role forbids it."""
    rules = rule_set(role(apply_when=OWN, read=True), role(read=True, search=False))
    operation = guard_operation(
        rules,
        scope_of_ada(),
        database="db",
        collection="items",
        action="aggregate",
        arguments={"pipeline": [{"$search": {}}]},
    )

    assert operation.view(MINE) is not None
    assert operation.view(HIS) is None
