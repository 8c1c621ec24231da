"""Made-up updates, with array filters where they have places for them, projections and sorts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bson import Decimal128, Int64

from server.ejson import Document, Value
from tests.differential.made_up_expressions import expression
from tests.differential.made_up_values import FIELDS, Values

PATHS: Final = (
    "a", "b", "c", "d", "a.b", "b.c", "a.0", "b.1", "a.b.c", "c.d.e", "a.$[]", "b.$[]", "a.$[].b", "a.$[x]", "b.$[x].c",
    "a.$", "b.$", "a.$.b", "c.3", "_id", "a.$[].$[]", "b.$[y]", "", "a..b", "$a",
)  # fmt: skip
NUMBERS: Final[tuple[Value, ...]] = (1, 2.5, Int64(3), -1, Decimal128("1.5"), 2**31 - 1, Int64(2**62), "1", None, 0)


def update(made: Values) -> tuple[Value, list[Value] | None]:
    """An update and its array filters."""
    kind = made.chance.random()
    if kind < 0.08:
        return _replacement(made), None
    if kind < 0.18:
        return [_stage(made) for _ in range(made.chance.randint(1, 2))], None
    operators: Document = {}
    for _ in range(made.chance.choice((1, 1, 1, 2))):
        name = made.chance.choice(tuple(OPERANDS))
        paths = [made.chance.choice(PATHS[:22] if made.chance.random() < 0.97 else PATHS) for _ in range(2)]
        operators[name] = {path: OPERANDS[name](made) for path in paths[: made.chance.choice((1, 1, 2))]}
    return operators, _array_filters(made, str(operators))


def _replacement(made: Values) -> Document:
    document = made.fields(2)
    return {"_id": made.chance.randint(1, 8), **document} if made.chance.random() < 0.2 else document


def _stage(made: Values) -> Document:
    path = made.chance.choice(("a", "b", "a.b", "e", "c.d"))
    stages: list[Document] = [
        {"$set": {path: expression(made, 2)}},
        {"$addFields": {path: expression(made, 1)}},
        {"$unset": made.chance.choice((path, [path], ["a", "b"]))},
        {"$project": {path: 1}},
        {"$project": {path: 0}},
        {"$replaceWith": {"$mergeObjects": ["$$ROOT", made.fields(1)]}},
        {"$replaceRoot": {"newRoot": expression(made, 1)}},
    ]
    return made.chance.choice(stages)


def _array_filters(made: Values, text: str) -> list[Value] | None:
    filters: list[Value] = []
    for name in ("x", "y"):
        if f"$[{name}]" in text:
            inner = f"{name}.{made.chance.choice(FIELDS)}" if made.chance.random() < 0.4 else name
            filters.append({inner: made.condition(1)})
    return filters or None


def _push(made: Values) -> Value:
    if made.chance.random() < 0.4:
        return made.value(1)
    clauses: Document = {"$each": made.values()}
    if made.chance.random() < 0.4:
        clauses["$position"] = made.pick((0, 1, -1, 10, "1"))
    if made.chance.random() < 0.4:
        clauses["$slice"] = made.pick((0, 1, 2, -2, 5, 1.5))
    if made.chance.random() < 0.4:
        clauses["$sort"] = made.pick((1, -1, {"b": 1}, {"c": -1, "b": 1}, 2, {}))
    return clauses


def _add_to_set(made: Values) -> Value:
    return {"$each": made.values()} if made.chance.random() < 0.4 else made.value(1)


def _pull(made: Values) -> Value:
    kind = made.chance.random()
    if kind < 0.4:
        return made.value(1)
    return made.condition(1) if kind < 0.7 else made.filter(1)


OPERANDS: Final[dict[str, Callable[[Values], Value]]] = {
    "$set": lambda made: made.value(2),
    "$setOnInsert": lambda made: made.value(1),
    "$unset": lambda made: "",
    "$inc": lambda made: made.pick(NUMBERS),
    "$mul": lambda made: made.pick(NUMBERS),
    "$min": lambda made: made.value(1),
    "$max": lambda made: made.value(1),
    "$rename": lambda made: made.pick(("a", "b", "e", "c.d", "a.b", "e.f", 1, "a.0")),
    "$push": _push,
    "$addToSet": _add_to_set,
    "$pop": lambda made: made.pick((1, -1, 1, -1, 0, 1.0, "1")),
    "$pull": _pull,
    "$pullAll": lambda made: made.values(),
    "$bit": lambda made: made.pick(({"and": 3}, {"or": Int64(4)}, {"xor": 5}, {"or": 1, "and": 2}, {"not": 1}, 3)),
    "$currentDate": lambda made: made.pick((1, {"$type": "day"}, {"x": 1})),
}


def projection(made: Values) -> Document:
    """A projection: mostly of one kind."""
    includes = made.chance.random() < 0.5
    fields: Document = {}
    for _ in range(made.chance.randint(1, 3)):
        path = made.path()
        kind = made.chance.random()
        if kind < 0.75:
            fields[path] = int(includes) if kind < 0.7 else int(not includes)
        elif kind < 0.82:
            fields[path] = {"$slice": made.pick((1, -1, 2, [0, 1], [1, 2], [-2, 1], 0, "1"))}
        elif kind < 0.88:
            fields[path] = {"$elemMatch": made.element(1)}
        elif kind < 0.97:
            fields[path] = expression(made, 1)
        else:
            fields[f"{path}.$"] = 1
    return fields


def sort(made: Values) -> Document:
    """An order in which no two documents are equal."""
    paths = [made.path() for _ in range(made.chance.randint(1, 2))]
    order: Document = {path: made.chance.choice((1, -1)) for path in paths}
    return order | {"_id": 1}
