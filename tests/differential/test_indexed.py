"""Random filters, asked with an index and without one: an index changes how documents are found, not which."""

from __future__ import annotations

import random

import pytest

from server.ejson import Document, Value
from tests.differential.made_up_values import Values
from tests.differential.peers import Embedded

INDEXES: tuple[Document, ...] = ({"a": 1}, {"b": -1}, {"a.b": 1}, {"c": 1, "_id": 1}, {"a.0": 1})
FILLINGS, FILTERS = 12, 150


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("keys", INDEXES, ids=str)
def test_an_index_changes_nothing_of_what_is_found(keys: Document, seed: int) -> None:
    """The same documents, each once, by the index that the engine chooses as by a scan."""
    made = Values(random.Random(seed))
    for _ in range(FILLINGS):
        peer = Embedded()
        documents: list[Value] = [made.document(number) for number in range(1, 9)]
        peer.ask("insertMany", {"documents": documents})
        peer.ask("createIndex", {"keys": keys})
        for _ in range(FILTERS):
            query = made.filter()
            scanned = _found(peer, {"query": query, "hint": {"$natural": 1}})
            assert _found(peer, {"query": query}) == scanned, query
        peer.close()


def _found(peer: Embedded, arguments: Document) -> list[Value] | None:
    """The `_id`s, sorted; None where the filter is refused."""
    answer = peer.ask("find", arguments).get("answer")
    return sorted(document["_id"] for document in answer) if isinstance(answer, list) else None
