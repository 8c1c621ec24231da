"""JSON without its ambiguities: no repeated keys, no NaN, no numbers that nobody can hold, bounded depth."""

from __future__ import annotations

import json
import math
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH = 100
_INT64 = range(-(2**63), 2**63)


class JsonError(ValueError):
    """The text is not JSON, or not JSON that means one thing."""


def parse(text: str) -> Json:
    """Parse a JSON text; JsonError says what is wrong and where."""
    try:
        tree: Json = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_int64
        )
    except json.JSONDecodeError as error:
        raise JsonError(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise JsonError(_TOO_DEEP) from None
    _check_depth(tree)
    try:
        json.dumps(tree, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise JsonError("a string holds half of a surrogate pair") from None
    return tree


def dump(value: object) -> bytes:
    """JSON as exports have it: 4 spaces and a final newline (contract 12.2)."""
    return f"{json.dumps(value, indent=4, ensure_ascii=False)}\n".encode()


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise JsonError(f"the key {repeated!r} appears twice")
    return result


def _refuse_constant(name: str) -> Json:
    raise JsonError(f"not JSON: {name} is not a number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonError("a number is too large")
    return number


def _int64(text: str) -> int:
    if len(text) > 20 or int(text) not in _INT64:
        raise JsonError("a whole number needs more than 64 bits")
    return int(text)


def _check_depth(tree: Json) -> None:
    level: list[Json] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise JsonError(_TOO_DEEP)


def _children(node: Json) -> list[Json]:
    match node:
        case dict():
            return list(node.values())
        case list():
            return node
        case _:
            return []
