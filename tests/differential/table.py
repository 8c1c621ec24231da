"""The table of single operations: operators by operands by stored values, null, missing and arrays among them.

Its file holds the cases and what a real mongod answered; `python -m tests.differential.table` has one answer them anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from bson import Decimal128

from server import ejson
from server.ejson import Document, Value
from tests.differential.peers import Peer, judge
from tests.differential.table_file import Table, read_table, write_table


def differences(peer: Peer) -> Iterator[str]:
    """Where a peer's answers are not the recorded ones."""
    table = read_table()
    found = answered(peer, table)
    for kind in ("filters", "updates", "expressions"):
        for recorded, given in zip(table[kind], found[kind], strict=True):
            yield from _differences(kind, recorded, given, table["documents"])


def _differences(kind: str, recorded: Document, given: Document, documents: list[Document]) -> Iterator[str]:
    case = ejson.dumps(next(iter(recorded.values()))).decode()
    wanted, got = recorded.get("results", [recorded]), given.get("results", [given])
    assert isinstance(wanted, list)
    assert isinstance(got, list)
    for document, one, other in zip(documents, wanted, got, strict=False):
        if ejson.dumps(_rounded(one)) != ejson.dumps(_rounded(other)):
            shown = ejson.dumps(document).decode() if "results" in recorded else "all documents"
            yield f"{kind} {case} of {shown}: {ejson.dumps(other).decode()}, recorded {ejson.dumps(one).decode()}"


def _rounded(value: Value) -> Value:
    """Decimals by their value in a double's precision: beyond that MongoDB's functions do not all round alike."""
    if isinstance(value, Decimal128):
        return Decimal128(f"{value.to_decimal():.14e}") if value.to_decimal().is_finite() else value
    return {name: _rounded(item) for name, item in value.items()} if isinstance(value, dict) else value


def answered(peer: Peer, table: Table) -> Table:
    """The table with a peer's answers."""
    stored = table["documents"]
    peer.ask("deleteMany", {"query": {}})
    peer.ask("insertMany", {"documents": list(stored)})
    return {
        "documents": stored,
        "filters": [{"query": case["query"], **_ask_filter(peer, case["query"])} for case in table["filters"]],
        "updates": [
            {"update": case["update"], "results": [_ask_update(peer, case["update"], document) for document in stored]}
            for case in table["updates"]
        ],
        "expressions": [
            {
                "expression": case["expression"],
                "results": [_ask_expression(peer, case["expression"], document) for document in stored],
            }
            for case in table["expressions"]
        ],
    }


def _ask_filter(peer: Peer, query: Value) -> Document:
    """The ids that a filter finds, or its refusal."""
    answer = peer.ask("find", {"query": query, "project": {"_id": 1}, "sort": {"_id": 1}})
    found = answer.get("answer")
    return {"ids": [item["_id"] for item in found]} if isinstance(found, list) else {"code": answer["code"]}


def _ask_update(peer: Peer, update: Value, document: Document) -> Value:
    """The document after the update, or the refusal; then it is put back."""
    arguments = {"filter": {"_id": document["_id"]}, "update": update, "returnNewDocument": True}
    answer = peer.ask("findOneAndUpdate", arguments)
    if "code" in answer:
        return {"code": answer["code"]}
    peer.ask("deleteOne", {"query": {"_id": document["_id"]}})
    peer.ask("insertMany", {"documents": [document]})
    return answer["answer"]


def _ask_expression(peer: Peer, expression: Value, document: Document) -> Value:
    """`r`: the expression's value for the document, nothing where it has none; or the refusal."""
    pipeline: list[Value] = [{"$match": {"_id": document["_id"]}}, {"$project": {"_id": 0, "r": expression}}]
    answer = peer.ask("aggregate", {"pipeline": pipeline})
    found = answer.get("answer")
    return found[0] if isinstance(found, list) else {"code": answer["code"]}


def main() -> None:
    """Record the answers of a real mongod."""
    with judge() as peer:
        write_table(answered(peer, read_table()))


if __name__ == "__main__":
    main()
