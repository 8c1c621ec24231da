"""The log of writes and the change events made of it (contract 3.5)."""

from __future__ import annotations

import pytest

from server.documents import Change, DocumentError, engine
from server.documents.change_log import describe_update
from server.ejson import Document
from tests.unit.documents.conftest import Things


async def _changes(things: Things) -> list[Change]:
    return await things.engine.changes(after=0)


async def test_every_kind_of_write_is_logged(things: Things) -> None:
    """Inserts, updates, replacements and deletes, in order, with what was before and after."""
    await things.run("insertOne", document={"_id": 1, "a": 1})
    await things.run("updateOne", query={}, update={"$set": {"a": 2}})
    await things.run("replaceOne", query={}, replacement={"b": 1})
    await things.run("deleteOne", query={})

    changes = await _changes(things)

    one, two, three = {"_id": 1, "a": 1}, {"_id": 1, "a": 2}, {"_id": 1, "b": 1}
    assert [(change.kind, change.before, change.after) for change in changes] == [
        ("insert", None, one),
        ("update", one, two),
        ("replace", two, three),
        ("delete", three, None),
    ]
    assert [change.number for change in changes] == [1, 2, 3, 4]
    assert await things.engine.last_change() == 4


async def test_what_was_undone_is_not_logged(things: Things) -> None:
    """A write that was rolled back, or changed nothing, leaves no trace."""
    await things.fill({"_id": 1, "a": 1})
    with pytest.raises(DocumentError):
        await things.run("updateMany", query={}, update={"$inc": {"a": 1, "_id": 1}})
    await things.run("updateMany", query={}, update={"$set": {"a": 1}})

    assert [change.kind for change in await _changes(things)] == ["insert"]


async def test_reading_goes_on_from_a_number(things: Things) -> None:
    """A reader asks for what came after the last change it knows."""
    await things.fill({"_id": 1}, {"_id": 2}, {"_id": 3})

    found = await things.engine.changes(after=1, limit=1)

    assert [change.after for change in found] == [{"_id": 2}]


async def test_large_changes_are_read_a_few_at_a_time(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader far behind is given what fits, one change at least, and comes again."""
    await things.fill({"_id": 1, "a": "x" * 600}, {"_id": 2, "a": "x" * 600}, {"_id": 3})
    for most, numbers in ((0, [1]), (1000, [1, 2]), (9000, [1, 2, 3])):
        monkeypatch.setattr(engine, "READ_AT_ONCE", most)
        assert [change.number for change in await things.engine.changes(after=0)] == numbers


async def test_the_log_is_bounded(things: Things, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the newest changes are kept, and their numbers go on counting."""
    monkeypatch.setattr("server.documents.change_log.KEPT", 2)
    for number in range(5):
        await things.run("insertOne", document={"_id": number})

    assert [change.number for change in await _changes(things)] == [4, 5]


async def test_an_update_event(things: Things) -> None:
    """An event names the place, the document and what changed."""
    await things.run("insertOne", document={"_id": 1, "a": {"b": 1, "c": 2}, "l": [1]})
    await things.run("updateOne", query={}, update={"$set": {"a.b": 5, "l.1": 2}, "$unset": {"a.c": 1}})

    event = (await _changes(things))[1].event()

    assert event["operationType"] == "update"
    assert event["ns"] == {"db": "shop", "coll": "things"}
    assert event["documentKey"] == {"_id": 1}
    assert event["fullDocument"] == {"_id": 1, "a": {"b": 5}, "l": [1, 2]}
    assert event["updateDescription"] == {"updatedFields": {"a.b": 5, "l": [1, 2]}, "removedFields": ["a.c"]}


async def test_a_delete_event_has_no_full_document(things: Things) -> None:
    """What is gone is named by its key only."""
    await things.fill({"_id": 1, "a": 1})
    await things.run("deleteOne", query={})

    event = (await _changes(things))[1].event()

    assert event["documentKey"] == {"_id": 1}
    assert "fullDocument" not in event


@pytest.mark.parametrize(
    ("before", "after", "updated", "removed"),
    [
        ({"a": 1}, {"a": 1.0}, {"a": 1.0}, []),
        ({"a": {"b": 1}}, {"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 2}, {"a": 1}, {}, ["b"]),
        ({}, {"a": {}}, {"a": {}}, []),
    ],
)
def test_descriptions_of_updates(before: Document, after: Document, updated: Document, removed: list[str]) -> None:
    """A changed type is a change; embedded documents are compared field by field."""
    assert describe_update(before, after) == {"updatedFields": updated, "removedFields": removed}
