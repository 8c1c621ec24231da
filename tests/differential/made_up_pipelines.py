"""Made-up aggregation pipelines over the collection `things` and a second one, `others`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from server.ejson import Document, Value
from tests.differential.made_up_expressions import expression
from tests.differential.made_up_updates import projection, sort
from tests.differential.made_up_values import Values

ACCUMULATORS: Final = ("$sum", "$avg", "$min", "$max", "$first", "$last", "$push", "$mergeObjects", "$stdDevPop")
PATHS: Final = ("a", "b", "c", "d", "a.b", "b.c", "e", "e.f")
KEYS: Final[tuple[Value, ...]] = (
    "$a", "$b", "$a.b", None, {"x": "$a", "y": "$b"}, {"$type": "$a"}, {"$isNumber": "$c"}, "$c", "$_id",
)  # fmt: skip


def pipeline(made: Values, length: int | None = None) -> list[Value]:
    """A few stages."""
    count = made.chance.choice((1, 1, 2, 2, 3)) if length is None else length
    stages: list[Value] = []
    while len(stages) < count and promises_order(stages):
        name = made.chance.choice(tuple(STAGES))
        stages.append({name: STAGES[name](made)})
    return stages


def promises_order(stages: list[Value]) -> bool:
    """Whether the results come in an order; groups do not, and what follows them could see any."""
    return not any(isinstance(stage, dict) and stage.keys() & {"$group", "$sortByCount"} for stage in stages)


def _path(made: Values) -> str:
    return made.chance.choice(PATHS)


def _accumulators(made: Values) -> Document:
    return {name: _accumulator(made) for name in made.chance.sample(("n", "m", "o"), made.chance.randint(0, 2))}


def _accumulator(made: Values) -> Value:
    kind = made.chance.random()
    if kind < 0.08:
        return {"$count": {}}
    if kind < 0.16:
        return {made.chance.choice(("$firstN", "$lastN", "$maxN", "$minN")): {"input": "$a", "n": made.pick((1, 2, 3))}}
    if kind < 0.24:
        return {made.chance.choice(("$top", "$bottom")): {"sortBy": {"b": 1, "_id": -1}, "output": "$a"}}
    return {made.chance.choice(ACCUMULATORS): expression(made, 1)}


def _lookup(made: Values) -> Value:
    joined: Document = {"from": "others", "as": made.chance.choice(("e", "joined", "e.f"))}
    if made.chance.random() < 0.6:
        joined |= {"localField": _path(made), "foreignField": made.chance.choice(("_id", "a", "b", "a.b"))}
    if "localField" not in joined or made.chance.random() < 0.3:
        joined["let"] = {"v": expression(made, 1)}
        test = {"$eq": [made.chance.choice(("$a", "$_id")), "$$v"]}
        joined["pipeline"] = [{"$match": {"$expr": test}}, {"$project": {"a": 1}}]
    return joined


def _window(made: Values) -> Value:
    output: Document = {}
    operator = made.chance.choice(tuple(WINDOWED))
    output["w"] = {operator: WINDOWED[operator](made)}
    if operator not in UNBOUNDED and made.chance.random() < 0.7:
        edges: list[Value] = [["unbounded", "current"], [-1, 1], [0, "unbounded"], ["current", 2], [-2, -1]]
        output["w"] = {**output["w"], "window": {"documents": made.pick(edges)}}  # type: ignore[dict-item]
    order: Document = {"_id": made.chance.choice((1, -1))}
    return {"sortBy": order, "output": output, **({"partitionBy": "$a"} if made.chance.random() < 0.4 else {})}


WINDOWED: Final[dict[str, Callable[[Values], Value]]] = {
    **dict.fromkeys(("$sum", "$avg", "$min", "$max", "$push", "$first", "$last"), lambda made: expression(made, 1)),
    "$count": lambda made: {},
    "$rank": lambda made: {},
    "$denseRank": lambda made: {},
    "$documentNumber": lambda made: {},
    "$shift": lambda made: {"output": "$a", "by": made.pick((1, -1, 2)), "default": "none"},
    "$locf": lambda made: "$a",
}
UNBOUNDED: Final = ("$rank", "$denseRank", "$documentNumber", "$shift", "$locf")
STAGES: Final[dict[str, Callable[[Values], Value]]] = {
    "$match": lambda made: {"$expr": expression(made, 2)} if made.chance.random() < 0.3 else made.filter(),
    "$project": projection,
    "$addFields": lambda made: {_path(made): expression(made, 3)},
    "$set": lambda made: {_path(made): expression(made, 2), "g": expression(made, 2)},
    "$unset": _path,
    "$group": lambda made: {"_id": made.pick(KEYS), **_accumulators(made)},
    "$sort": sort,
    "$limit": lambda made: made.chance.randint(1, 6),
    "$skip": lambda made: made.chance.randint(0, 4),
    "$unwind": lambda made: made.pick((
        f"${_path(made)}", {"path": f"${_path(made)}", "preserveNullAndEmptyArrays": True},
        {"path": "$a", "includeArrayIndex": "i"},
    )),
    "$lookup": _lookup,
    "$facet": lambda made: {"x": [{"$match": made.filter(1)}, {"$count": "n"}], "y": [{"$limit": 2}]},
    "$count": lambda made: "n",
    "$sortByCount": lambda made: expression(made, 1),
    "$bucket": lambda made: {
        "groupBy": f"${_path(made)}", "boundaries": made.pick(([0, 2, 5], ["a", "c"], [1, 2.5])),
        "default": made.pick(("other", -1, 99)), "output": _accumulators(made),
    },
    "$replaceWith": lambda made: made.pick((
        "$a", {"x": "$a", "y": expression(made, 2)}, {"$mergeObjects": ["$a", "$b"]},
    )),
    "$replaceRoot": lambda made: {"newRoot": {"$ifNull": ["$a", {"none": "$_id"}]}},
    "$unionWith": lambda made: made.pick(("others", {"coll": "others", "pipeline": [{"$match": made.filter(1)}]})),
    "$setWindowFields": _window,
    "$redact": lambda made: {"$cond": [expression(made, 1), made.pick(("$$KEEP", "$$DESCEND")), "$$PRUNE"]},
}  # fmt: skip
