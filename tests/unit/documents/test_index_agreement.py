"""The same question answered alike with and without an index, by values of every type."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from bson import Binary, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.documents import DocumentError, Transaction
from server.documents.filters import compile_filter
from server.documents.schema import connect, prepare
from server.ejson import Document, Value
from tests.unit.documents.conftest import operation

NUMBERED: st.SearchStrategy[Value] = st.sampled_from([
    0, 1, -0.0, 1.0, 2.5, math.nan, math.inf, Int64(2**53 + 1), 2.0**53, Decimal128("1.0"), Decimal128("NaN"),
    Decimal128("9007199254740993"), datetime(1960, 1, 1, tzinfo=UTC), ObjectId("0" * 24), Binary(b"", 4), MinKey(),
    MaxKey(), Regex("a", "i"), Timestamp(1, 2), "a", "a\x00b", "", None, True, DBRef("a", 1),
])  # fmt: skip
STORED: st.SearchStrategy[Value] = st.recursive(
    NUMBERED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=2),
    max_leaves=4,
)
ASKED: st.SearchStrategy[Document] = st.dictionaries(
    st.sampled_from(["a", "a.b", "a.0", "a.0.b", "b"]),
    STORED
    | st.dictionaries(st.sampled_from(["$eq", "$gt", "$gte", "$lt", "$lte", "$ne"]), STORED, min_size=1, max_size=2)
    | st.lists(STORED, max_size=3).map(lambda values: {"$in": values}),
    min_size=1,
    max_size=2,
)
COVERED: list[Document] = [{"b": 1}, {"a": {"$gt": 0}}, {"b": {"$exists": True}}]
CONDITIONS: st.SearchStrategy[Document] = st.builds(
    lambda asked, more: {"$and": [asked, more]} if more else asked, ASKED, st.sampled_from([{}, *COVERED])
)
CHOICES: st.SearchStrategy[Document] = st.sampled_from(
    [{}, {"unique": True}, {"sparse": True}, {"sparse": True, "unique": True}]
    + [{"partialFilterExpression": part} for part in COVERED]
)


@given(
    documents=st.lists(st.fixed_dictionaries({}, optional={"a": STORED, "b": STORED}), min_size=1, max_size=6),
    questions=st.lists(CONDITIONS, min_size=1, max_size=6),
    keys=st.dictionaries(st.sampled_from(["a", "a.b", "a.0", "b"]), st.sampled_from([1, -1]), min_size=1, max_size=2),
    options=CHOICES,
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_index_changes_no_answer(
    documents: list[Document], questions: list[Document], keys: Document, options: Document
) -> None:
    """Whatever is asked finds the same with and without the index, of whichever kind it is."""
    connection = connect(Path(":memory:"))
    prepare(connection)
    connection.execute("BEGIN")
    transaction = Transaction(connection)

    def run(collection: str, action: str, **arguments: Value) -> list[Document]:
        answer = transaction.execute(operation(action, collection=collection, **arguments))
        return cast("list[Document]", answer) if isinstance(answer, list) else []

    run("indexed", "createIndex", keys=keys, options=options)
    for number, document in enumerate(documents):
        with suppress(DocumentError):
            run("indexed", "insertOne", document={"_id": number, **document})
            run("plain", "insertOne", document={"_id": number, **document})
    for question in questions:
        try:
            wanted = list(filter(compile_filter(question), run("plain", "find", sort={"_id": 1})))
        except DocumentError:
            continue
        found = [run(name, "find", query=question, sort={"_id": 1}) for name in ("indexed", "plain")]

        assert list(map(repr, found)) == [repr(wanted)] * 2
