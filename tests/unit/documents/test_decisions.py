"""Decisions: a role, an operation, a document; what happens is told by one letter, and alike in both stores."""

from __future__ import annotations

import pytest

from server.documents import Operation
from server.ejson import Document, Value
from server.errors import AppError
from server.rules.guard import guard_operation
from tests.unit.documents.conftest import IN_BOTH_STORES, Things
from tests.unit.rules.rule_files import role, rule_set, scope_of_ada

MINE: Document = {"_id": 1, "owner": "ada", "text": "t", "secret": 1}
HIS: Document = {"_id": 1, "owner": "bob", "text": "t", "secret": 1}
DOCUMENTS = {"mine": MINE, "his": HIS}
OWN: Document = {"owner": "%%user.id"}
ALL: Document = {"read": True, "write": True, "insert": True, "delete": True}
PART: Document = {"fields": {"text": {"read": True, "write": True}, "owner": {"read": True}}}

OPERATIONS: dict[str, tuple[str, Document]] = {
    "find": ("find", {"query": {}}),
    "count": ("count", {"query": {"secret": 1}}),
    "aggregate": ("aggregate", {"pipeline": [{"$match": {"text": "t"}}]}),
    "text": ("updateOne", {"query": {"_id": 1}, "update": {"$set": {"text": "u"}}}),
    "secret": ("updateMany", {"query": {}, "update": {"$set": {"secret": 1}}}),
    "owner": ("findOneAndUpdate", {"filter": {}, "update": {"$set": {"owner": "eve"}}}),
    "replace": ("replaceOne", {"query": {"_id": 1}, "replacement": {"owner": "ada", "text": "u", "secret": 1}}),
    "delete": ("deleteOne", {"query": {"_id": 1}}),
    "bulk": ("bulkWrite", {"operations": [{"updateOne": {"filter": {}, "update": {"$set": {"text": "u"}}}}]}),
}
"""What is done; in the table below a letter for each, in this order."""

TABLE: list[tuple[Document, str, str]] = [
    # role, then for a document of the user's own and for another's:
    # + done or seen, p seen in part, - not there, x refused
    (role(**ALL), "+++++++++", "+++++++++"),
    (role(read=True), "+++x+xxxx", "+++x+xxxx"),
    (role(apply_when=OWN, **ALL), "+++++x+++", "---------"),
    (role(apply_when=OWN, read=True), "+++x+xxxx", "---------"),
    (role(apply_when=False, **ALL), "---------", "---------"),
    (role(read=False, write=False), "---------", "---------"),
    (role(write=True), "+++++++x+", "+++++++x+"),
    (role(read=True, write=OWN), "+++++x+x+", "+++xxxxxx"),
    (role(read=True, write=True, delete=OWN), "+++++++++", "+++++++x+"),
    (role(document_filters={"read": OWN}, **ALL), "+++xxxxxx", "---------"),
    (role(document_filters={"read": True, "write": OWN}, **ALL), "+++++x+++", "+++xxxxxx"),
    (role(**PART), "p-p+xxxx+", "p-p+xxxx+"),
    (role(apply_when=OWN, **PART), "p-p+xxxx+", "---------"),
    (role(additional_fields={"read": True}), "+++x+xxxx", "+++x+xxxx"),
    (role(additional_fields={"read": True, "write": OWN}), "+++++x+x+", "+++x+xxxx"),
]


def test_there_are_enough_decisions() -> None:
    """Each role meets each operation on each document."""
    assert all(len(letters) == len(OPERATIONS) for _, *both in TABLE for letters in both)
    assert len(TABLE) * len(OPERATIONS) * len(DOCUMENTS) >= 150


@IN_BOTH_STORES
@pytest.mark.parametrize("kind", DOCUMENTS)
@pytest.mark.parametrize("number", range(len(TABLE)))
async def test_decisions(things: Things, number: int, kind: str) -> None:
    """The role decides as the table says; what is refused or not there is left as it was."""
    one, own, others = TABLE[number]
    letters = [await _decision(things, one, name, DOCUMENTS[kind]) for name in OPERATIONS]

    assert "".join(letters) == (own if kind == "mine" else others)


async def _decision(things: Things, one: Document, name: str, document: Document) -> str:
    await things.run("deleteMany", query={})
    await things.fill(document)
    action, arguments = OPERATIONS[name]
    guard = guard_operation(
        rule_set(one), scope_of_ada(), database="db", collection="items", action=action, arguments=arguments
    )
    try:
        result: Value = await things.store.execute(
            Operation(database="shop", collection="things", action=action, arguments=arguments), guard
        )
    except AppError:
        assert await things.everything() == [document]
        return "x"
    letter = _letter(result, document, await things.everything())
    assert letter == "+" or await things.everything() == [document]
    return letter


def _letter(result: Value, before: Document, after: list[Value]) -> str:
    if isinstance(result, list):
        return "-" if result == [] else "+" if result == [before] else "p"
    if result is None or (isinstance(result, dict) and "_id" in result):
        return "-" if after == [before] else "+"
    counts = list(result.values()) if isinstance(result, dict) else [result]
    return "-" if all(count == 0 for count in counts) else "+"
