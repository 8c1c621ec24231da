"""The engine answers as MongoDB does: `answers/` holds what a MongoDB 6.0.5 answered, or the code it refused with."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from server import ejson
from server.documents import DocumentError, Operation, Transaction
from server.documents.key import key
from server.documents.schema import connect, prepare
from server.ejson import Document, Value

ANSWERS = Path(__file__).parent / "answers"


@cache
def _file(name: str) -> Document:
    content = ejson.loads((ANSWERS / f"{name}.json").read_bytes())
    assert isinstance(content, dict)
    return content


def _documents(name: str, part: str = "documents") -> list[Document]:
    documents = _file(name)[part]
    assert isinstance(documents, list)
    return documents


def _cases(name: str) -> list[Document]:
    return _documents(name, "cases")


def _answer(transaction: Transaction, action: str, arguments: Document, collection: str = "things") -> Document:
    operation = Operation(database="shop", collection=collection, action=action, arguments=arguments)
    try:
        return {"answer": transaction.execute(operation)}
    except DocumentError as refusal:
        return {"code": refusal.code}


def _ids(found: Document) -> Document:
    if "code" in found:
        return found
    answer = found["answer"]
    assert isinstance(answer, list)
    return {"ids": [document["_id"] for document in answer]}


def _same(first: Value, second: Value) -> bool:
    """Equal with types, so that an int is no long and no double."""
    return ejson.dumps(first) == ejson.dumps(second)


@pytest.fixture
def filled(request: pytest.FixtureRequest) -> Iterator[Transaction]:
    """A transaction over the documents of the answers' file that the test's name begins with."""
    connection = connect(Path(":memory:"))
    prepare(connection)
    connection.execute("BEGIN")
    transaction = Transaction(connection)
    _answer(transaction, "insertMany", {"documents": list(_documents(request.function.__name__.split("_")[1]))})
    yield transaction
    connection.close()


@pytest.mark.parametrize("case", _cases("queries"))
def test_queries_find_what_mongodb_finds(filled: Transaction, case: Document) -> None:
    """The same documents, in the order of insertion, or the same refusal."""
    found = _ids(_answer(filled, "find", {"query": case["query"]}))

    assert found == {field: case[field] for field in ("ids", "code") if field in case}


@pytest.mark.parametrize("case", _cases("sorts"))
def test_sorts_order_as_mongodb_orders(filled: Transaction, case: Document) -> None:
    """The same order, or the same refusal."""
    found = _ids(_answer(filled, "find", {"sort": case["sort"]}))

    assert found == {field: case[field] for field in ("ids", "code") if field in case}


@pytest.mark.parametrize("case", _cases("projections"))
def test_projections_show_what_mongodb_shows(filled: Transaction, case: Document) -> None:
    """The same fields in the same order, or the same refusal."""
    found = _answer(filled, "find", {"project": case["project"]})

    assert _same(found, {field: case[field] for field in ("answer", "code") if field in case})


@pytest.mark.parametrize("case", _cases("expressions"))
def test_expressions_give_mongodbs_values(filled: Transaction, case: Document) -> None:
    """The same value with the same type, nothing where MongoDB gives nothing, or the same refusal."""
    pipeline = [{"$match": {"_id": case["of"]}}, {"$project": {"_id": 0, "r": case["expression"]}}]
    found = _answer(filled, "aggregate", {"pipeline": pipeline})

    expected = {"r": case["value"]} if "value" in case else {}
    assert _same(found, {"code": case["code"]} if "code" in case else {"answer": [expected]})


@pytest.mark.parametrize("case", _cases("pipelines"))
def test_pipelines_give_mongodbs_documents(filled: Transaction, case: Document) -> None:
    """The same documents, in order where the pipeline sorts, or the same refusal."""
    _answer(filled, "insertMany", {"documents": list(_documents("pipelines", "others"))}, collection="o")

    found = _answer(filled, "aggregate", {"pipeline": case["pipeline"]})

    assert found.get("code") == case.get("code")
    if "code" not in case:
        answers = [sorted(answer, key=key) for answer in (found["answer"], case["answer"]) if isinstance(answer, list)]
        assert _same(answers[0], answers[1])


@pytest.mark.parametrize("case", _cases("updates"))
def test_updates_change_what_mongodb_changes(filled: Transaction, case: Document) -> None:
    """The same counts and the same documents, field order and number types included, or the same refusal."""
    before = {key(document["_id"]): document for document in _documents("updates")}
    given: Document = {name: case[name] for name in ("query", "update", "arrayFilters", "upsert") if name in case}

    found = _answer(filled, "updateOne" if "upsert" in case else "updateMany", given)

    assert found.get("code") == case.get("code")
    if "code" in case:
        return
    answer = found["answer"]
    assert isinstance(answer, dict)
    assert (answer["matchedCount"], answer["modifiedCount"]) == (case["matched"], case["modified"])
    after = _answer(filled, "find", {"sort": {"_id": 1}})["answer"]
    assert isinstance(after, list)
    changed = [document for document in after if not _same(document, before.get(key(document["_id"])))]
    assert _same(changed, case["changed"])
