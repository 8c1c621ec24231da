"""The engine answers as MongoDB does: `answers/` holds what a MongoDB 6.0.5 answered, or the code it refused with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from server import ejson
from server.documents import DocumentError
from server.documents.key import key
from server.ejson import Document, Value
from tests.unit.documents.conftest import Things

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


async def _answer(things: Things, action: str, arguments: Document) -> Document:
    try:
        return {"answer": await things.submit(action, arguments)}
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
async def filled(things: Things, request: pytest.FixtureRequest) -> Things:
    """The collection with the documents of the answers' file that the test's name begins with."""
    await things.fill(*_documents(request.function.__name__.split("_")[1]))
    return things


@pytest.mark.parametrize("case", _cases("queries"))
async def test_queries_find_what_mongodb_finds(filled: Things, case: Document) -> None:
    """The same documents, in the order of insertion, or the same refusal."""
    found = _ids(await _answer(filled, "find", {"query": case["query"]}))

    assert found == {field: case[field] for field in ("ids", "code") if field in case}


@pytest.mark.parametrize("case", _cases("sorts"))
async def test_sorts_order_as_mongodb_orders(filled: Things, case: Document) -> None:
    """The same order, or the same refusal."""
    found = _ids(await _answer(filled, "find", {"sort": case["sort"]}))

    assert found == {field: case[field] for field in ("ids", "code") if field in case}


@pytest.mark.parametrize("case", _cases("projections"))
async def test_projections_show_what_mongodb_shows(filled: Things, case: Document) -> None:
    """The same fields in the same order, or the same refusal."""
    found = await _answer(filled, "find", {"project": case["project"]})

    assert _same(found, {field: case[field] for field in ("answer", "code") if field in case})


@pytest.mark.parametrize("case", _cases("expressions"))
async def test_expressions_give_mongodbs_values(filled: Things, case: Document) -> None:
    """The same value with the same type, nothing where MongoDB gives nothing, or the same refusal."""
    pipeline = [{"$match": {"_id": case["of"]}}, {"$project": {"_id": 0, "r": case["expression"]}}]
    found = await _answer(filled, "aggregate", {"pipeline": pipeline})

    expected = {"r": case["value"]} if "value" in case else {}
    assert _same(found, {"code": case["code"]} if "code" in case else {"answer": [expected]})


@pytest.mark.parametrize("case", _cases("pipelines"))
async def test_pipelines_give_mongodbs_documents(filled: Things, case: Document) -> None:
    """The same documents, in order where the pipeline sorts, or the same refusal."""
    await filled.elsewhere("o").fill(*_documents("pipelines", "others"))

    found = await _answer(filled, "aggregate", {"pipeline": case["pipeline"]})

    assert found.get("code") == case.get("code")
    if "code" not in case:
        answers = [sorted(answer, key=key) for answer in (found["answer"], case["answer"]) if isinstance(answer, list)]
        assert _same(answers[0], answers[1])


@pytest.mark.parametrize("case", _cases("updates"))
async def test_updates_change_what_mongodb_changes(filled: Things, case: Document) -> None:
    """The same counts and the same documents, field order and number types included, or the same refusal."""
    before = {key(document["_id"]): document for document in _documents("updates")}
    given: Document = {name: case[name] for name in ("query", "update", "arrayFilters", "upsert") if name in case}

    found = await _answer(filled, "updateOne" if "upsert" in case else "updateMany", given)

    assert found.get("code") == case.get("code")
    if "code" in case:
        return
    answer = found["answer"]
    assert isinstance(answer, dict)
    assert (answer["matchedCount"], answer["modifiedCount"]) == (case["matched"], case["modified"])
    after = [document for document in await filled.everything() if isinstance(document, dict)]
    changed = [document for document in after if not _same(document, before.get(key(document["_id"])))]
    assert _same(changed, case["changed"])
