"""No sequence of a user's operations tells anything of a field that the roles hide, nor changes it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TypeAlias

from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.documents import DocumentError, EmbeddedDocuments, Operation
from server.ejson import Document, Value
from server.errors import AppError
from server.rules.compile import RuleSet, compile_rules
from server.rules.guard import FunctionsNeededError, guard_operation
from server.rules.scope import FAILED, FunctionResults
from tests.unit.documents.conftest import Things
from tests.unit.rules.rule_files import RuleFiles, role, scope_of_ada

PLAIN = role(
    fields={
        "open": {"read": True, "write": True},
        "shown": {"read": True},
        "part": {"fields": {"open": {"write": True}}},
    },
    delete=True,
    insert=True,
)


def asks(name: str, *arguments: str) -> Document:
    """The expression that holds where the author's function says so."""
    return {"%%true": {"%function": {"name": name, "arguments": [*arguments]}}}


BY_FUNCTIONS = role(
    apply_when=asks("may", "%%user.id", "%%root.shown"),
    fields={
        "open": {"read": asks("may", "%%this"), "write": asks("may", "%%root.shown")},
        "shown": {"read": True, "write": asks("fails")},
        "part": {"fields": {"open": {"write": asks("may", "%%root._id")}}},
    },
    delete=asks("may", "%%root.open"),
    insert=asks("may", "%%root.open"),
)
READ_ONLY = role(fields={"shown": {"read": True}})
ROLES: st.SearchStrategy[tuple[Document, ...]] = st.sampled_from([(PLAIN,), (BY_FUNCTIONS,), (BY_FUNCTIONS, READ_ONLY)])
OTHERS = role(fields={"open": {"read": True, "write": True}}, insert=True)
"""The role for the other collection: what is secret in it is not for users."""
NAMES = st.sampled_from(["open", "shown", "hidden", "part", "part.open", "part.hidden", "part.0.hidden", "_id"])
NUMBERS = st.integers(0, 3)
CONDITIONS = st.one_of(
    NUMBERS,
    st.builds(lambda name, value: {name: value}, st.sampled_from(["$gt", "$lt", "$ne", "$eq"]), NUMBERS),
    st.builds(lambda flag: {"$exists": flag}, st.booleans()),
    st.builds(lambda value: {"$elemMatch": {"hidden": value}}, NUMBERS),
    st.builds(lambda value: {"$not": {"$gte": value}}, NUMBERS),
)
QUERIES: st.SearchStrategy[Document] = st.recursive(
    st.dictionaries(NAMES, CONDITIONS, max_size=2),
    lambda inner: st.builds(
        lambda name, parts: {name: parts},
        st.sampled_from(["$and", "$or", "$nor"]),
        st.lists(inner, min_size=1, max_size=2),
    ),
    max_leaves=3,
)
ORDERS = st.dictionaries(NAMES, st.sampled_from([1, -1]), min_size=1, max_size=2)
UPDATES = st.builds(
    lambda operator, name, value: {operator: {name: value}},
    st.sampled_from(["$set", "$inc", "$max", "$min", "$unset", "$mul", "$pull", "$push", "$addToSet", "$bit"]),
    NAMES,
    NUMBERS,
) | st.builds(lambda name, other: {"$rename": {name: other}}, NAMES, NAMES)


def stored(number: int, hidden: tuple[int, int]) -> Document:
    """A document of which the user sees the same, whatever is hidden in it."""
    return {
        "_id": number, "open": number, "shown": number % 2, "hidden": hidden[0],
        "part": [{"open": 1, "hidden": hidden[1]}, {"open": 2, "hidden": hidden[0]}],
    }  # fmt: skip


WHOLE: st.SearchStrategy[Document] = st.builds(stored, NUMBERS, st.tuples(NUMBERS, NUMBERS)).map(
    lambda document: {name: value for name, value in document.items() if name != "_id"}
)
"""Replacements with all the fields that documents have: only their values have to be guessed."""
STAGES: st.SearchStrategy[Document] = st.one_of(
    st.sampled_from([
        {"$lookup": {"from": "others", "localField": "open", "foreignField": "_id", "as": "open"}},
        {"$lookup": {"from": "others", "pipeline": [], "as": "open"}},
        {"$lookup": {"from": "things", "localField": "_id", "foreignField": "_id", "as": "open"}},
        {"$graphLookup": {
            "from": "things", "startWith": "$_id", "connectFromField": "hidden", "connectToField": "_id", "as": "open",
        }},
        {"$unionWith": "others"}, {"$unionWith": {"coll": "things", "pipeline": []}}, {"$out": "mine"},
        {"$merge": {"into": "others"}}, {"$merge": "things"}, {"$facet": {"open": [{"$match": {}}]}},
        {"$replaceWith": "$$ROOT"}, {"$replaceRoot": {"newRoot": {"open": "$$CURRENT"}}},
        {"$redact": {"$cond": [{"$gt": ["$hidden", 1]}, "$$PRUNE", "$$DESCEND"]}},
        {"$set": {"open": {"$getField": "hidden"}}}, {"$set": {"open": {"$objectToArray": "$$ROOT"}}},
        {"$set": {"open": {"$function": {"body": "function() {}", "args": [], "lang": "js"}}}},
        {"$match": {"$expr": {"$eq": ["$hidden", 1]}}}, {"$unwind": "$part"}, {"$count": "n"},
    ]),
    st.builds(lambda name: {"$project": {"open": f"${name}", "size": {"$bsonSize": "$$ROOT"}}}, NAMES),
    st.builds(lambda name: {"$sortByCount": f"${name}"}, NAMES),
    st.builds(lambda name: {"$bucket": {"groupBy": f"${name}", "boundaries": [0, 2], "default": "x"}}, NAMES),
    st.builds(
        lambda name, other: {
            "$setWindowFields": {"partitionBy": f"${name}", "sortBy": {other: 1}, "output": {"open": {"$rank": {}}}}
        },
        NAMES, NAMES,
    ),
    QUERIES.map(lambda query: {"$match": query}),
    ORDERS.map(lambda order: {"$sort": order}),
)  # fmt: skip
"""Also what reaches beyond the collection, which is for no user."""
OPERATIONS = st.one_of(
    st.tuples(
        st.just("aggregate"),
        st.lists(STAGES, min_size=1, max_size=3).map(lambda stages: {"pipeline": [*stages, {"$sort": {"_id": 1}}]}),
    ),
    st.tuples(
        st.just("aggregate"), STAGES.map(lambda stage: {"pipeline": [{"$match": {}}, stage]})
    ),
    st.tuples(st.just("find"), st.fixed_dictionaries({"query": QUERIES}, optional={"sort": ORDERS, "limit": NUMBERS})),
    st.tuples(st.just("count"), st.fixed_dictionaries({"query": QUERIES})),
    st.tuples(st.just("distinct"), st.fixed_dictionaries({"field": NAMES, "query": QUERIES})),
    st.tuples(
        st.just("aggregate"),
        st.builds(
            lambda query, name, order: {
                "pipeline": [{"$match": query}, {"$sort": order}, {"$group": {"_id": f"${name}", "n": {"$sum": 1}}}]
            },
            QUERIES, NAMES, ORDERS,
        ),
    ),
    st.tuples(
        st.sampled_from(["updateOne", "updateMany"]),
        st.fixed_dictionaries({"query": QUERIES, "update": UPDATES}, optional={"upsert": st.booleans()}),
    ),
    st.tuples(
        st.just("findOneAndUpdate"),
        st.fixed_dictionaries(
            {"filter": QUERIES, "update": UPDATES},
            optional={
                "upsert": st.booleans(), "sort": ORDERS, "returnNewDocument": st.booleans(),
                "projection": st.dictionaries(NAMES, st.just(1), min_size=1, max_size=1),
            },
        ),
    ),
    st.tuples(st.just("findOneAndDelete"), st.fixed_dictionaries({"filter": QUERIES}, optional={"sort": ORDERS})),
    st.tuples(
        st.just("replaceOne"),
        st.fixed_dictionaries({"query": QUERIES, "replacement": st.dictionaries(NAMES, NUMBERS, max_size=2)}),
    ),
    st.tuples(
        st.sampled_from(["replaceOne", "updateMany", "findOneAndReplace"]),
        st.builds(lambda query, whole: {"query": query, "update": whole, "replacement": whole}, QUERIES, WHOLE),
    ),
    st.tuples(
        st.just("bulkWrite"),
        st.builds(
            lambda query, whole: {"operations": [{"replaceOne": {"filter": query, "replacement": whole}}]},
            QUERIES,
            WHOLE,
        ),
    ),
    st.tuples(
        st.just("bulkWrite"),
        st.builds(
            lambda query, update: {"operations": [{"updateOne": {"filter": query, "update": update}}]}, QUERIES, UPDATES
        ),
    ),
    st.tuples(st.just("deleteOne"), st.fixed_dictionaries({"query": QUERIES})),
    st.tuples(
        st.just("insertOne"), st.fixed_dictionaries({"document": st.dictionaries(NAMES, NUMBERS, max_size=2)})
    ),
)  # fmt: skip
DELETIONS = frozenset({"deleteOne", "findOneAndDelete"})
THINGS, OTHER = "things", "others"
COLLECTIONS = st.sampled_from([THINGS, THINGS, THINGS, OTHER])
Asked: TypeAlias = tuple[str, str, Document]
"""A collection, an action, and its arguments."""
HIDDEN = st.tuples(NUMBERS, NUMBERS)


async def answers(
    file: Path, roles: tuple[Document, ...], hidden: list[tuple[int, int]], operations: list[Asked]
) -> tuple[list[Value], list[dict[int, Value]]]:
    """What the user is answered, and what of the hidden fields is left, in either collection."""
    rules = compile_rules(
        [
            RuleFiles(database="shop", collection=THINGS, roles=roles),
            RuleFiles(database="shop", collection=OTHER, roles=(OTHERS,)),
        ]
    )
    async with await EmbeddedDocuments.open(file) as store:
        things = Things(store=store)
        await things.run("createIndex", keys={"hidden": 1})
        await things.fill(*(stored(number, values) for number, values in enumerate(hidden)))
        others = things.elsewhere(OTHER)
        await others.fill(*({"_id": at, "open": 1, "hidden": values[0]} for at, values in enumerate(hidden)))
        given: list[Value] = []
        for collection, action, arguments in operations:
            operation = Operation(database="shop", collection=collection, action=action, arguments=arguments)
            try:
                given.append(_without_new_ids(await _ask(store, rules, operation)))
            except (AppError, DocumentError) as error:
                given.append(f"{type(error).__name__}: {error}")
        left = [_hidden(await each.everything()) for each in (things, others)]
    return given, left


async def _ask(store: EmbeddedDocuments, rules: RuleSet, operation: Operation) -> Value:
    """The answer to the user, once every function has run that the rules ask for."""
    functions = FunctionResults()
    while True:
        answer: Value = None
        try:
            guard = guard_operation(
                rules, scope_of_ada(functions), database=operation.database, collection=operation.collection,
                action=operation.action, arguments=operation.arguments,
            )  # fmt: skip
            answer = await store.execute(operation, guard)
        except FunctionsNeededError:
            pass
        wanted = functions.take_wanted()
        if not wanted:
            return answer
        for call in wanted:
            functions.add(call, FAILED if call.name == "fails" else sum(call.arguments) % 2 == 0)


def _hidden(documents: list[Value]) -> dict[int, Value]:
    """By the number of each document that was there from the start, or took such a one's place, its hidden field."""
    return {
        document["_id"]: document.get("hidden")
        for document in documents
        if isinstance(document, dict) and isinstance(document["_id"], int)
    }


def _without_new_ids(value: Value) -> Value:
    """The answer, with one and the same in place of all ids that the store made."""
    if isinstance(value, dict):
        return {name: _without_new_ids(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_new_ids(item) for item in value]
    return "new" if isinstance(value, ObjectId) else value


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(HIDDEN, HIDDEN), min_size=1, max_size=3),
    ROLES,
    st.lists(st.builds(lambda where, one: (where, *one), COLLECTIONS, OPERATIONS), min_size=1, max_size=6),
)
async def test_hidden_fields_make_no_difference(
    hidden: list[tuple[tuple[int, int], tuple[int, int]]], roles: tuple[Document, ...], operations: list[Asked]
) -> None:
    """Two stores that differ in hidden fields only give the same answers, and every hidden field stays as it was.

    A field that is gone went with its document: what a user inserts in its place has none.
    """
    with tempfile.TemporaryDirectory() as folder:
        one, left = await answers(Path(folder) / "one.sqlite", roles, [first for first, _ in hidden], operations)
        other, _ = await answers(Path(folder) / "other.sqlite", roles, [second for _, second in hidden], operations)

    assert one == other
    gone = [None] if any(action in DELETIONS for _, action, _ in operations) else []
    for documents in left:
        for number, value in documents.items():
            assert value in ([hidden[number][0][0], *gone] if number < len(hidden) else [None])
