"""One seeded run: random operations put to both peers, and what they disagree on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bson import ObjectId

from server import ejson
from server.ejson import Document, Value
from tests.differential.made_up_pipelines import pipeline, promises_order
from tests.differential.made_up_updates import projection, sort, update
from tests.differential.made_up_values import SCALARS, Values
from tests.differential.peers import Embedded, Mongod, normal

WRITES: Final = ("updateOne", "updateMany", "findOneAndUpdate")
DOCUMENTS: Final = 10
OPERATIONS_PER_FILLING: Final = 40
KINDS: Final = ("find", "find", "aggregate", "aggregate", "update", "update", "update", "count", "distinct", "modify")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """An operation on which the peers differ: what each answered, and the documents it was asked of."""

    action: str
    arguments: Document
    ours: bytes
    theirs: bytes
    documents: bytes


class Run:
    """Puts made-up operations to both peers, filling their collections anew from time to time."""

    def __init__(self, seed: int, mongod: Mongod) -> None:
        self._made = Values(random.Random(seed))
        self._mongod = mongod
        self.other_codes: list[Disagreement] = []
        """Operations that both refuse, with different codes."""

    def disagreements(self, count: int) -> Iterator[Disagreement]:
        """What the peers disagree on in so many operations."""
        done = 0
        while done < count:
            embedded = Embedded()
            self._fill(embedded)
            for _ in range(min(OPERATIONS_PER_FILLING, count - done)):
                done += 1
                found, goes_on = self._compare(embedded)
                if found is not None:
                    yield found
                if not goes_on:
                    break
            embedded.close()

    def _fill(self, embedded: Embedded) -> None:
        for name in ("things", "others"):
            documents: list[Value] = [self._made.document(number) for number in range(1, DOCUMENTS + 1)]
            for peer in (embedded, self._mongod):
                peer.ask("deleteMany", {"query": {}}, name)
                answer = peer.ask("insertMany", {"documents": documents}, name)
                assert "answer" in answer, answer

    def _compare(self, embedded: Embedded) -> tuple[Disagreement | None, bool]:
        """A disagreement, if there is one, and whether both still hold the same documents."""
        kind = self._made.chance.choice(KINDS)
        action, arguments, ordered = getattr(self, f"_{kind}")()
        before = _state(embedded)
        ours, theirs = embedded.ask(action, arguments), self._mongod.ask(action, arguments)
        shown = (_shown(ours, ordered=ordered), _shown(theirs, ordered=ordered))
        if shown[0] == shown[1] and action in WRITES:
            shown = (_state(embedded, _new_id(ours)), _state(self._mongod, _new_id(theirs)))
        both_refuse = "code" in ours and "code" in theirs
        if both_refuse:
            shown = (_refusal(ours), _refusal(theirs))
        elif shown[0] == shown[1]:
            return None, _new_id(ours) is None
        found = Disagreement(action=action, arguments=arguments, ours=shown[0], theirs=shown[1], documents=before)
        if not both_refuse:
            return found, False
        if ours["code"] != theirs["code"]:
            self.other_codes.append(found)
        # A refused updateMany of mongod keeps what it changed before it met the document that it could not change.
        return None, action != "updateMany"

    def _find(self) -> tuple[str, Document, bool]:
        made = self._made
        query = made.filter()
        arguments: Document = {"query": query}
        if made.chance.random() < 0.4:
            arguments["project"] = projection(made)
        if made.chance.random() < 0.3:
            arguments["sort"] = sort(made)
        return "find", arguments, "_id" not in query or "sort" in arguments

    def _aggregate(self) -> tuple[str, Document, bool]:
        stages = pipeline(self._made)
        return "aggregate", {"pipeline": stages}, promises_order(stages)

    def _update(self) -> tuple[str, Document, bool]:
        change, filters = update(self._made)
        arguments: Document = {"query": self._made.filter(), "update": change}
        if filters is not None:
            arguments["arrayFilters"] = filters
        if self._made.chance.random() < 0.1:
            arguments["upsert"] = True
            arguments["query"] = {"_id": 99, **{k: v for k, v in self._made.filter().items() if k != "_id"}}
        # Contract 3.3 has updateMany replace each document, which MongoDB refuses.
        replaces = isinstance(change, dict) and not any(name.startswith("$") for name in change)
        many = self._made.chance.random() < 0.5 and "upsert" not in arguments and not replaces
        return "updateMany" if many else "updateOne", arguments, True

    def _modify(self) -> tuple[str, Document, bool]:
        change, filters = update(self._made)
        arguments: Document = {"filter": self._made.filter(), "update": change, "sort": sort(self._made)}
        if filters is not None:
            arguments["arrayFilters"] = filters
        if self._made.chance.random() < 0.5:
            arguments["returnNewDocument"] = True
        return "findOneAndUpdate", arguments, True

    def _count(self) -> tuple[str, Document, bool]:
        return "count", {"query": self._made.filter()}, True

    def _distinct(self) -> tuple[str, Document, bool]:
        return "distinct", {"field": self._made.path(), "query": self._made.filter(1)}, False


def _refusal(answer: Document) -> bytes:
    return f"refused with {answer['code']}: {answer['text']}".encode()


def _shown(answer: Document, *, ordered: bool) -> bytes:
    if "code" in answer:
        return _refusal(answer)
    given = answer["answer"]
    new_id = _new_id(answer)
    return normal({**given, "upsertedId": "new"} if new_id and isinstance(given, dict) else given, ordered=ordered)


def _new_id(answer: Document) -> ObjectId | None:
    """The `_id` that the peer itself made for an upsert, which no other peer makes."""
    given = answer.get("answer")
    found = given.get("upsertedId") if isinstance(given, dict) else None
    return found if isinstance(found, ObjectId) and found not in SCALARS else None


def _state(peer: Embedded | Mongod, new_id: ObjectId | None = None) -> bytes:
    found = peer.ask("find", {"query": {}, "sort": {"_id": 1}}).get("answer")
    for document in found if isinstance(found, list) else []:
        if isinstance(document, dict) and new_id is not None and document.get("_id") == new_id:
            document["_id"] = "new"
    return ejson.dumps(found)
