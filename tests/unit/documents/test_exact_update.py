"""A user's update on a real MongoDB: exact in the document, and an update to those who watch."""

from __future__ import annotations

from itertools import islice

import bson
import pytest

from server.documents.storage import Namespace
from server.ejson import Document
from tests.unit.documents.conftest import MONGODB, Things
from tests.unit.documents.test_following import take
from tests.unit.documents.test_guard import GUARD

UPDATES: list[tuple[Document, Document, str]] = [
    ({"a": 1}, {"$set": {"b": 2}, "$unset": {"a": ""}}, "update"),
    ({"a": {"b": {"c": 1}, "d": [1, 2]}}, {"$set": {"a.b.c": 2}, "$push": {"a.d": 3}}, "update"),
    ({"z": 0}, {"$set": {"c": 1, "b": {"y": 1, "x": 2}}, "$inc": {"z": 0.5}}, "update"),
    ({"a": {"0": 1}}, {"$set": {"a.0": 2}}, "replace"),
    ({"a.b": 1, "a": {"b": 1}}, {"$set": {"a.b": 2}}, "update"),
    ({"n": [1]}, {"$set": {"n": [1.0]}}, "replace"),
]


@pytest.mark.parametrize("things", [MONGODB], indirect=True)
@pytest.mark.parametrize(("before", "update", "kind"), UPDATES)
async def test_what_a_user_updates_is_exact(things: Things, before: Document, update: Document, kind: str) -> None:
    """The document becomes what the system's update makes of it, and is told as an update wherever it can be one."""
    following = await things.store.follow(Namespace(database="shop", collection="things"))
    await things.fill({"_id": 1, "owner": "ada", **before}, {"_id": 2, "owner": "ada", **before})
    await things.run("updateOne", query={"_id": 1}, update=update, guard=GUARD)
    await things.run("updateOne", query={"_id": 2}, update=update)

    changes = await take(following, 4)
    await following.close()

    made = [change.after or {} for change in islice(changes, 2, 4)]
    users, systems = (bson.encode({**document, "_id": 0}) for document in made)
    assert users == systems
    assert [change.kind for change in changes[2:]] == [kind, "update"]
