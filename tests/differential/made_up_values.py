"""Made-up documents and filters: few names and few values, so that they meet."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from bson import Binary, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp

from server.ejson import Document, Value

SCALARS: Final[tuple[Value, ...]] = (
    None, None, True, False, 0, 1, 2, 3, -1, 5, 1.0, 2.5, -0.0, float("nan"), float("inf"), Int64(1), Int64(7),
    Int64(2**40), 2**31 - 1, -(2**63), Decimal128("1"), Decimal128("2.50"), Decimal128("NaN"), "", "a", "b", "abc",
    "A", "ab\nc", "1", datetime(2024, 2, 29, 13, 14, 15, 678000, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC),
    ObjectId("0123456789abcdef01234567"), Binary(b"\x01\x02"), Binary(b"x", 5), Timestamp(7, 2), Regex("^a", "i"),
)  # fmt: skip
EXTREMES: Final = (MinKey(), MaxKey())
"""What only filters and updates name: a group by a stored one comes out of MongoDB 6.0 as another value."""
FIELDS: Final = ("a", "b", "c", "d")
PATHS: Final = ("a", "b", "c", "d", "a.b", "b.c", "a.b.c", "a.0", "b.1", "a.0.b", "c.d", "a.b.0", "_id", "c.0.0")
TYPES: Final[tuple[Value, ...]] = (
    1, 2, 3, 4, 8, 10, 16, 18, "number", "string", "array", "object", "null", "decimal", "missing", 19, -1, 127, 99,
)  # fmt: skip


class Values:
    """Makes values, documents and filters of one seeded chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.storing = False

    def pick(self, items: tuple[Value, ...] | list[Value]) -> Value:
        """One of the items."""
        return self.chance.choice(items)

    def path(self) -> str:
        """A field, an embedded one, or an array's element."""
        return self.chance.choice(PATHS)

    def value(self, depth: int = 2) -> Value:
        """A scalar, or an array or document of at most `depth` levels."""
        kind = self.chance.random()
        if depth and kind < 0.2:
            return [self.value(depth - 1) for _ in range(self.chance.randint(0, 4))]
        if depth and kind < 0.38:
            return self.fields(depth - 1)
        return self.pick(SCALARS if kind < 0.97 or self.storing else EXTREMES)

    def fields(self, depth: int) -> Document:
        """A document of a few fields."""
        return {name: self.value(depth) for name in self.chance.sample(FIELDS, self.chance.randint(0, 3))}

    def document(self, number: int) -> Document:
        """A document to store."""
        names = self.chance.sample(FIELDS, self.chance.randint(1, 4))
        self.storing = True
        document: Document = {"_id": number} | {name: self.value(3) for name in names}
        self.storing = False
        return document

    def small(self) -> int:
        """A small number."""
        return self.chance.randint(-1, 4)

    def filter(self, depth: int = 2) -> Document:
        """A filter of a few conditions."""
        query: Document = {}
        for _ in range(self.chance.choice((0, 1, 1, 1, 2, 2))):
            if depth and self.chance.random() < 0.15:
                name = self.chance.choice(("$and", "$or", "$nor"))
                query[name] = [self.filter(depth - 1) for _ in range(self.chance.randint(1, 2))]
            else:
                query[self.path()] = self.condition(depth)
        return query

    def condition(self, depth: int) -> Value:
        """What a filter says of one field: a value, or operators."""
        if self.chance.random() < 0.3:
            return self.value(2)
        return dict(self.operator(depth) for _ in range(self.chance.choice((1, 1, 1, 2))))

    def operator(self, depth: int) -> tuple[str, Value]:
        """One query operator with its operand."""
        name = self.chance.choice(tuple(OPERANDS))
        return name, OPERANDS[name](self, depth)

    def values(self) -> list[Value]:
        """A list of a few values."""
        return [self.value(1) for _ in range(self.chance.randint(0, 3))]

    def element(self, depth: int) -> Document:
        """What `$elemMatch` asks of an element."""
        if not depth or self.chance.random() < 0.5:
            return dict(self.operator(0) for _ in range(self.chance.randint(1, 2)))
        return self.filter(depth - 1)


OPERANDS: Final[dict[str, Callable[[Values, int], Value]]] = {
    **dict.fromkeys(("$eq", "$ne", "$gt", "$gte", "$lt", "$lte"), lambda made, depth: made.value(2)),
    **dict.fromkeys(("$in", "$nin", "$all"), lambda made, depth: made.values()),
    "$exists": lambda made, depth: made.pick((True, False, 1, 0, None)),
    "$type": lambda made, depth: made.pick((*TYPES, [1, "string"], ["array", 10])),
    "$size": lambda made, depth: made.pick((0, 1, 2, 3, 2.0, Int64(1), -1, 1.5, "1")),
    "$mod": lambda made, depth: made.pick(([2, 0], [2, 1], [3, 1], [2.5, 1], [0, 1], [2], [-3, -1], [Int64(2), 0])),
    "$regex": lambda made, depth: made.pick(("a", "^a", "B", "c$", "^.b", "", "(", Regex("A", "i"), 1)),
    "$elemMatch": lambda made, depth: made.element(depth),
    "$not": lambda made, depth: dict([made.operator(depth - 1)]) if depth > 0 else Regex("a"),
    "$bitsAllSet": lambda made, depth: made.pick((1, 3, [0], [0, 1], Binary(b"\x01"), -1, "x", 2.0)),
    "$bitsAnyClear": lambda made, depth: made.pick((1, 6, [0, 2], Binary(b"\x03"), 0)),
    "$bitsAllClear": lambda made, depth: made.pick((2, 4, [1], [63])),
    "$bitsAnySet": lambda made, depth: made.pick((2, 5, [1, 64])),
}
