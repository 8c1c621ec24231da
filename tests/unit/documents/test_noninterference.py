"""No sequence of a user's operations tells anything of a field that the role hides, nor changes it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.documents import DocumentError, EmbeddedDocuments, Operation
from server.ejson import Document, Value
from server.errors import AppError
from server.rules.guard import guard_operation
from tests.unit.documents.conftest import Things
from tests.unit.rules.rule_files import role, rule_set, scope_of_ada

ROLE = role(
    fields={
        "open": {"read": True, "write": True},
        "shown": {"read": True},
        "part": {"fields": {"open": {"write": True}}},
    },
    delete=True,
    insert=True,
)
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
                "sort": ORDERS, "returnNewDocument": st.booleans(),
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
        st.just("bulkWrite"),
        st.builds(
            lambda query, update: {"operations": [{"updateOne": {"filter": query, "update": update}}]}, QUERIES, UPDATES
        ),
    ),
    st.tuples(st.just("deleteOne"), st.fixed_dictionaries({"query": QUERIES})),
)  # fmt: skip
HIDDEN = st.tuples(NUMBERS, NUMBERS)


def stored(number: int, hidden: tuple[int, int]) -> Document:
    """A document of which the user sees the same, whatever is hidden in it."""
    return {
        "_id": number, "open": number, "shown": number % 2, "hidden": hidden[0],
        "part": [{"open": 1, "hidden": hidden[1]}, {"open": 2, "hidden": hidden[0]}],
    }  # fmt: skip


async def answers(
    file: Path, hidden: list[tuple[int, int]], operations: list[tuple[str, Document]]
) -> tuple[list[Value], dict[int, Value]]:
    """What the user is answered, and what of the hidden fields is left."""
    rules = rule_set(ROLE)
    async with await EmbeddedDocuments.open(file) as store:
        things = Things(store=store)
        await things.run("createIndex", keys={"hidden": 1})
        await things.fill(*(stored(number, values) for number, values in enumerate(hidden)))
        await things.elsewhere("others").fill(*({"_id": at, "secret": values[0]} for at, values in enumerate(hidden)))
        given: list[Value] = []
        for action, arguments in operations:
            try:
                guard = guard_operation(
                    rules, scope_of_ada(), database="db", collection="items", action=action, arguments=arguments
                )
                given.append(
                    await store.execute(
                        Operation(database="shop", collection="things", action=action, arguments=arguments), guard
                    )
                )
            except (AppError, DocumentError) as error:
                given.append(f"{type(error).__name__}: {error}")
        left = {
            document["_id"]: document.get("hidden")
            for document in await things.everything()
            if isinstance(document, dict) and isinstance(document["_id"], int)
        }
    return _without_new_ids(given), left


def _without_new_ids(given: list[Value]) -> list[Value]:
    return [
        {**answer, "upsertedId": None} if isinstance(answer, dict) and "upsertedId" in answer else answer
        for answer in given
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(HIDDEN, HIDDEN), min_size=1, max_size=3),
    st.lists(OPERATIONS.filter(lambda one: "upsert" not in one[1]), min_size=1, max_size=6),
)
async def test_hidden_fields_make_no_difference(
    hidden: list[tuple[tuple[int, int], tuple[int, int]]], operations: list[tuple[str, Document]]
) -> None:
    """Two stores that differ in hidden fields only give the same answers, and every hidden field stays as it was."""
    with tempfile.TemporaryDirectory() as folder:
        one, left = await answers(Path(folder) / "one.sqlite", [first for first, _ in hidden], operations)
        other, _ = await answers(Path(folder) / "other.sqlite", [second for _, second in hidden], operations)

    assert one == other
    assert all(value == hidden[number][0][0] for number, value in left.items())
