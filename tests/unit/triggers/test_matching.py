"""Which changes a database trigger is owed, and how its function sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.apps.model import DatabaseEvents
from server.documents.errors import DocumentError
from server.ejson import Document
from server.triggers.change_sources import SourceChange
from server.triggers.matching import compile_matcher

EVENTS = DatabaseEvents(
    service_name="db", database="shop", collection="orders", operations=frozenset({"INSERT", "UPDATE", "DELETE"}),
    full_document=False, full_document_before_change=False, match={}, project={}, unordered=False,
    maximum_throughput=False, skip_catchup_events=False, tolerate_resume_errors=False,
)  # fmt: skip


def change(
    operation: str, fields: Document | None = None, *, database: str = "shop", collection: str = "orders"
) -> SourceChange:
    """A change of the document 1."""
    event: Document = {
        "_id": {"_data": "0"},
        "operationType": operation.lower(),
        "ns": {"db": database, "coll": collection},
        "documentKey": {"_id": 1},
        **(fields or {}),
    }
    return SourceChange(place="0", operation=operation, database=database, collection=collection, event=event)


def owed(events: DatabaseEvents, one: SourceChange) -> Document | None:
    """What the function gets."""
    return compile_matcher(events).argument(one)


def test_only_what_is_watched() -> None:
    """A collection's trigger sees that collection, a database's all of it, a source's all but system databases."""
    of_database = replace(EVENTS, collection="")
    of_source = replace(of_database, database="")

    assert owed(EVENTS, change("INSERT"))
    assert owed(EVENTS, change("REPLACE")) is None
    assert owed(EVENTS, change("INSERT", collection="other")) is None
    assert owed(of_database, change("INSERT", collection="other"))
    assert owed(of_database, change("INSERT", database="other")) is None
    assert owed(of_source, change("INSERT", database="other"))
    assert owed(of_source, change("INSERT", database="local")) is None


def test_documents_are_given_as_asked() -> None:
    """Inserts always have the document; updates and what was before only where the trigger asks."""
    both: Document = {"fullDocument": {"_id": 1, "a": 2}, "fullDocumentBeforeChange": {"_id": 1, "a": 1}}
    update = change("UPDATE", both)
    whole = replace(EVENTS, full_document=True, full_document_before_change=True)

    bare = owed(EVENTS, update)
    assert bare is not None
    assert not bare.keys() & both.keys()
    full = owed(whole, update)
    assert full is not None
    assert {name: full[name] for name in both} == both
    assert "fullDocument" in (owed(EVENTS, change("INSERT", {"fullDocument": {"_id": 1}})) or {})


def test_match_judges_the_event() -> None:
    """Dotted names reach into the event, as far as it is given."""
    match: Document = {"fullDocument.status": "paid", "updateDescription.updatedFields.status": {"$exists": True}}
    events = replace(EVENTS, match=match)
    fields: Document = {
        "fullDocument": {"_id": 1, "status": "paid"},
        "updateDescription": {"updatedFields": {"status": "paid"}, "removedFields": []},
    }

    assert owed(replace(events, full_document=True), change("UPDATE", fields))
    assert owed(events, change("UPDATE", fields)) is None
    assert owed(replace(events, full_document=True), change("UPDATE", {"fullDocument": {"status": "paid"}})) is None


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        ({"documentKey": 1}, {"_id", "documentKey", "operationType"}),
        ({"documentKey._id": 1, "_id": 0}, {"documentKey", "operationType"}),
        ({"operationType": 0, "ns": 0}, {"_id", "documentKey", "operationType"}),
    ],
)
def test_projection_keeps_the_operation(project: Document, expected: set[str]) -> None:
    """Whatever is projected, the operation is told."""
    event = owed(replace(EVENTS, project=project), change("DELETE"))
    assert event is not None
    assert event.keys() == expected
    assert event["operationType"] == "delete"


def test_what_is_gone_ends_the_trigger() -> None:
    """Dropping or renaming what is watched is its end; of other collections, or wider triggers, it is not."""
    matcher = compile_matcher(EVENTS)
    assert matcher.ends_with(change("DROP_COLLECTION")) == "the collection was dropped"
    assert matcher.ends_with(change("RENAME_COLLECTION")) == "the collection was renamed"
    assert matcher.ends_with(change("DROP_DATABASE", collection="")) == "the database was dropped"
    assert matcher.ends_with(change("DROP_COLLECTION", collection="other")) is None
    assert matcher.ends_with(change("DELETE")) is None
    assert compile_matcher(replace(EVENTS, collection="")).ends_with(change("DROP_COLLECTION")) is None


def test_malformed_expressions_are_refused() -> None:
    """A `match` or `project` that MongoDB would refuse is an error before any event."""
    with pytest.raises(DocumentError):
        compile_matcher(replace(EVENTS, match={"a": {"$nope": 1}}))
    with pytest.raises(DocumentError):
        compile_matcher(replace(EVENTS, project={"a": 1, "b": 0}))
