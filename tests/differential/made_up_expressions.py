"""Made-up aggregation expressions: every operator whose answer does not depend on the clock or on chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bson import Int64

from server.ejson import Value
from tests.differential.made_up_values import Values

REFERENCES: Final = ("$a", "$b", "$c", "$d", "$a.b", "$b.c", "$_id", "$$ROOT", "$$CURRENT.a", "$nothing", "$a.0")
UNARY: Final = (
    "$abs", "$ceil", "$floor", "$sqrt", "$exp", "$ln", "$not", "$size", "$isArray", "$isNumber", "$type", "$toString",
    "$toInt", "$toLong", "$toDouble", "$toBool", "$toDate", "$toDecimal", "$toObjectId", "$toLower", "$toUpper",
    "$strLenCP", "$strLenBytes", "$reverseArray", "$first", "$last", "$year", "$month", "$dayOfMonth", "$hour",
    "$dayOfWeek", "$dayOfYear", "$week", "$isoWeek", "$millisecond", "$objectToArray", "$arrayToObject", "$sum", "$avg",
    "$min", "$max", "$mergeObjects", "$allElementsTrue", "$anyElementTrue", "$bsonSize", "$binarySize", "$stdDevPop",
    "$log10", "$sin", "$atan", "$radiansToDegrees", "$tsSecond",
)  # fmt: skip
BINARY: Final = (
    "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$cmp", "$subtract", "$divide", "$mod", "$pow", "$in", "$arrayElemAt",
    "$split", "$strcasecmp", "$setIsSubset", "$setEquals", "$setDifference", "$log", "$atan2", "$round", "$trunc",
    "$indexOfCP", "$indexOfArray", "$indexOfBytes",
)  # fmt: skip
VARIADIC: Final = (
    "$add", "$multiply", "$concat", "$concatArrays", "$and", "$or", "$ifNull", "$setUnion", "$setIntersection", "$sum",
    "$avg", "$min", "$max", "$mergeObjects",
)  # fmt: skip


def expression(made: Values, depth: int) -> Value:
    """An expression of at most `depth` operators within one another."""
    kind = made.chance.random()
    if depth <= 0 or kind < 0.25:
        return _leaf(made)
    if kind < 0.5:
        return {made.chance.choice(UNARY): _operand(made, depth)}
    if kind < 0.7:
        return {made.chance.choice(BINARY): [expression(made, depth - 1), expression(made, depth - 1)]}
    if kind < 0.82:
        count = made.chance.randint(1, 3)
        return {made.chance.choice(VARIADIC): [expression(made, depth - 1) for _ in range(count)]}
    name = made.chance.choice(tuple(SPECIAL))
    return {name: SPECIAL[name](made, depth - 1)}


def _leaf(made: Values) -> Value:
    if made.chance.random() < 0.65:
        return made.chance.choice(REFERENCES)
    value = made.value(1)
    return {"$literal": value} if isinstance(value, dict) or made.chance.random() < 0.2 else value


def _operand(made: Values, depth: int) -> Value:
    """A lone argument that is an array must stand in another."""
    found = expression(made, depth - 1)
    return [found] if isinstance(found, list) else found


def _array(made: Values, depth: int) -> Value:
    arrays: list[Value] = ["$a", "$b", "$c", [1, 2, 3], ["a", "b", None], [{"b": 1}, {"b": 2, "c": 1}]]
    return expression(made, depth) if made.chance.random() < 0.2 else made.pick(arrays)


def _inner(made: Values, depth: int, *names: str) -> Value:
    leaf = made.chance.choice((*names, "$$this.b" if "$$this" in names else names[0]))
    if made.chance.random() < 0.3:
        return leaf
    return {made.chance.choice(("$add", "$eq", "$concat", "$gt", "$ifNull")): [leaf, expression(made, depth - 1)]}


SPECIAL: Final[dict[str, Callable[[Values, int], Value]]] = {
    "$cond": lambda made, depth: [expression(made, depth) for _ in range(3)],
    "$switch": lambda made, depth: {
        "branches": [{"case": expression(made, depth), "then": expression(made, depth)}],
        **({"default": 1} if made.chance.random() < 0.7 else {}),
    },
    "$let": lambda made, depth: {"vars": {"v": expression(made, depth)}, "in": _inner(made, depth, "$$v")},
    "$map": lambda made, depth: {"input": _array(made, depth), "in": _inner(made, depth, "$$this")},
    "$filter": lambda made, depth: {"input": _array(made, depth), "cond": _inner(made, depth, "$$this")},
    "$reduce": lambda made, depth: {
        "input": _array(made, depth),
        "initialValue": made.pick((0, "", [], None)),
        "in": _inner(made, depth, "$$this", "$$value"),
    },
    "$slice": lambda made, depth: [_array(made, depth), made.pick((1, -1, 2, 0, 1.5, None, "$a"))],
    "$arrayElemAt": lambda made, depth: [_array(made, depth), made.pick((0, 1, -1, 9, 1.0, Int64(1), None))],
    "$range": lambda made, depth: [made.pick((0, 1, "$a", 1.0)), made.pick((3, -2, 0, "$_id")), made.pick((1, -1, 2))],
    "$zip": lambda made, depth: {
        "inputs": [_array(made, depth), _array(made, depth)],
        **({"useLongestLength": True} if made.chance.random() < 0.5 else {}),
    },
    "$substrCP": lambda made, depth: [expression(made, depth), made.pick((0, 1, 5)), made.pick((1, 2, 0))],
    "$substrBytes": lambda made, depth: [expression(made, depth), made.pick((0, 1, 5)), made.pick((1, 2, -1))],
    "$trim": lambda made, depth: {"input": expression(made, depth)},
    "$ltrim": lambda made, depth: {"input": expression(made, depth), "chars": made.pick(("a", "ab", " "))},
    "$replaceOne": lambda made, depth: {"input": expression(made, depth), "find": "a", "replacement": "z"},
    "$replaceAll": lambda made, depth: {"input": expression(made, depth), "find": "b", "replacement": ""},
    "$regexMatch": lambda made, depth: {"input": expression(made, depth), "regex": made.pick(("a", "^b", "B|c"))},
    "$regexFind": lambda made, depth: {"input": expression(made, depth), "regex": made.pick(("a", "(b)(x)?", "."))},
    "$dateToString": lambda made, depth: {
        "date": made.pick(("$a", "$b", "$d", None)),
        "format": made.pick(("%Y-%m-%d", "%H:%M:%S.%L", "%j %u %V %G", "%%")),
    },
    "$dateToParts": lambda made, depth: {"date": made.pick(("$a", "$b", "$c"))},
    "$dateTrunc": lambda made, depth: {
        "date": made.pick(("$a", "$b", "$d")), "unit": made.pick(("day", "week", "month", "hour", "quarter", "year")),
    },
    "$dateAdd": lambda made, depth: {
        "startDate": made.pick(("$a", "$b")), "unit": made.pick(("day", "month", "hour")),
        "amount": made.pick((1, -3, 40)),
    },
    "$dateFromParts": lambda made, depth: {"year": made.pick((2024, 1, 0, "$a")), "month": made.pick((1, 13, -2))},
    "$convert": lambda made, depth: {
        "input": expression(made, depth),
        "to": made.pick(("int", "string", "double", "bool", "long", "decimal", "date", 2, 16)),
        **({"onError": "E"} if made.chance.random() < 0.7 else {}),
        **({"onNull": "N"} if made.chance.random() < 0.5 else {}),
    },
    "$getField": lambda made, depth: made.pick(("a", {"field": "b", "input": "$a"}, {"field": "c", "input": "$$ROOT"})),
    "$setField": lambda made, depth: {"field": "z", "input": made.pick(("$a", "$$ROOT", "$b")), "value": "$c"},
    "$sortArray": lambda made, depth: {"input": _array(made, depth), "sortBy": made.pick((1, -1, {"b": 1}, {"c": -1}))},
    "$firstN": lambda made, depth: {"input": _array(made, depth), "n": made.pick((1, 2, 9))},
    "$maxN": lambda made, depth: {"input": _array(made, depth), "n": made.pick((1, 2))},
    "$minN": lambda made, depth: {"input": _array(made, depth), "n": made.pick((1, 2))},
}  # fmt: skip
