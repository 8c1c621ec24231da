"""Index definitions: which keys a document has in an index, and which definitions are refused."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Final

from server.documents.admission import decode
from server.documents.errors import (
    CANNOT_BUILD_INDEX_KEYS,
    CANNOT_CREATE_INDEX,
    CANNOT_INDEX_PARALLEL_ARRAYS,
    TYPE_MISMATCH,
    DocumentError,
    unsupported,
)
from server.documents.filters import compile_filter
from server.documents.numbers import as_float
from server.documents.paths import Path, leaves, meets_array, split
from server.documents.query_operators import Matcher
from server.documents.sorting import index_keys
from server.documents.values import INT32_MAX, MISSING, is_number, is_true, whole
from server.ejson import Document, Value

MAX_KEY_FIELDS: Final = 32
MAX_KEYS: Final = 100_000
"""Keys of one document in one index, as MongoDB's `indexMaxNumGeneratedKeysPerDocument`."""
OPTIONS: Final = frozenset(
    {"name", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds", "background", "v"}
)
ID_INDEX_NUMBER: Final = 0


@dataclass(frozen=True, kw_only=True)
class Index:
    """One index of a collection. `number` is its place in the collection's key table, 0 for `_id`."""

    number: int
    name: str
    fields: tuple[tuple[str, int], ...]
    unique: bool = False
    sparse: bool = False
    partial: Document | None = None
    expire_after: int | None = None
    """Seconds after the indexed date at which a document is deleted; None: never."""

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The indexed paths, in order."""
        return tuple(split(name) for name, _ in self.fields)

    @cached_property
    def covers(self) -> Matcher:
        """Whether a document is in the index at all."""
        return compile_filter(self.partial or {})

    def keys_for(self, document: Document) -> set[bytes]:
        """The keys of a document that is to be written. Raises DocumentError where they are too many."""
        return self.keys_of(document, most=MAX_KEYS)

    def keys_of(self, document: Document, *, most: float = math.inf) -> set[bytes]:
        """Every key that the document has in this index; none where it is not in it."""
        if self.partial is not None and not self.covers(document):
            return set()
        if self.sparse and not any(value is not MISSING for path in self.paths for value in leaves(document, path)):
            return set()
        if len(self.paths) == 1:
            return self._counted([index_keys(document, self.paths[0])], most)[0]
        roots = {path[0] for path in self.paths if meets_array(document, path)}
        if len(roots) > 1:
            raise DocumentError(CANNOT_INDEX_PARALLEL_ARRAYS, f"cannot index parallel arrays {sorted(roots)}")
        parts = self._counted([index_keys(document, path) for path in self.paths], most)
        return {b"".join(combination) for combination in product(*parts)}

    def _counted(self, parts: list[set[bytes]], most: float) -> list[set[bytes]]:
        """The parts of keys, told before they are put together that the keys are not too many."""
        if math.prod(map(len, parts)) > most:
            text = f"the document has more than {most} keys in the index {self.name}"
            raise DocumentError(CANNOT_BUILD_INDEX_KEYS, text)
        return parts

    def is_named(self, hint: Value) -> bool:
        """Whether a `hint` means this index: its name, or its keys in their order."""
        return hint == self.name or (isinstance(hint, dict) and tuple(hint.items()) == self.fields)

    def describe(self) -> Document:
        """The index as `listIndexes` shows it."""
        shown: Document = {"v": 2, "key": dict(self.fields), "name": self.name}
        if self.unique and self.number != ID_INDEX_NUMBER:
            shown["unique"] = True
        if self.sparse:
            shown["sparse"] = True
        if self.partial is not None:
            shown["partialFilterExpression"] = self.partial
        if self.expire_after is not None:
            shown["expireAfterSeconds"] = self.expire_after
        return shown


ID_INDEX: Final = Index(number=ID_INDEX_NUMBER, name="_id_", fields=(("_id", 1),), unique=True)


def read_definition(keys: Document, options: Document) -> Index:
    """The index that `createIndex` asks for; its number is not given yet."""
    unknown = next((name for name in options if name not in OPTIONS), None)
    if unknown is not None:
        raise unsupported(f"the index option {unknown}")
    if not 0 < len(keys) <= MAX_KEY_FIELDS:
        raise DocumentError(CANNOT_CREATE_INDEX, f"Index keys must have 1 to {MAX_KEY_FIELDS} fields")
    fields = tuple((_field(name), _direction(name, direction)) for name, direction in keys.items())
    partial = options.get("partialFilterExpression")
    if partial is not None and not isinstance(partial, dict):
        raise DocumentError(CANNOT_CREATE_INDEX, "partialFilterExpression must be an object")
    compile_filter(partial or {})
    name = options.get("name") or "_".join(f"{field}_{direction}" for field, direction in fields)
    if not isinstance(name, str) or "\x00" in name:
        raise DocumentError(CANNOT_CREATE_INDEX, "the name of an index must be a string")
    if partial is not None and is_true(options.get("sparse")):
        raise DocumentError(CANNOT_CREATE_INDEX, "cannot mix partialFilterExpression and sparse options")
    return Index(
        number=-1,
        name=name,
        fields=fields,
        unique=is_true(options.get("unique")),
        sparse=is_true(options.get("sparse")),
        partial=partial,
        expire_after=_expiry(options.get("expireAfterSeconds"), fields),
    )


def _expiry(seconds: Value, fields: tuple[tuple[str, int], ...]) -> int | None:
    if seconds is None:
        return None
    if not is_number(seconds):
        raise DocumentError(TYPE_MISMATCH, "TTL index 'expireAfterSeconds' option must be numeric")
    number = int(as_float(seconds)) if math.isfinite(as_float(seconds)) else -1
    if not 0 <= number <= INT32_MAX:
        raise DocumentError(
            CANNOT_CREATE_INDEX, f"TTL index 'expireAfterSeconds' must be within 0 and {INT32_MAX}: {seconds}"
        )
    if len(fields) > 1:
        raise DocumentError(
            CANNOT_CREATE_INDEX, "TTL indexes are single-field indexes, compound indexes do not support TTL"
        )
    return number


def _field(name: str) -> str:
    path = split(name)
    if "" in path:
        raise DocumentError(CANNOT_CREATE_INDEX, "Index keys cannot contain an empty field.")
    if any(part.startswith("$") for part in path):
        raise DocumentError(CANNOT_CREATE_INDEX, f"Index key contains an illegal field name: {name}")
    return name


def _direction(name: str, direction: Value) -> int:
    if isinstance(direction, str):
        raise unsupported(f"the index type {direction}")
    number = whole(direction)
    if not number:
        raise DocumentError(CANNOT_CREATE_INDEX, f"Values in the index key pattern must be 1 or -1: {name}")
    return 1 if number > 0 else -1


@lru_cache(maxsize=256)
def stored_index(number: int, definition: bytes) -> Index:
    """An index as the catalog keeps it."""
    shown = decode(definition)
    partial = shown.get("partialFilterExpression")
    return Index(
        number=number,
        name=str(shown["name"]),
        fields=_stored_fields(shown["key"]),
        unique=bool(shown.get("unique")),
        sparse=bool(shown.get("sparse")),
        partial=partial if isinstance(partial, dict) else None,
        expire_after=whole(shown.get("expireAfterSeconds")),
    )


def _stored_fields(keys: Value) -> tuple[tuple[str, int], ...]:
    return tuple((name, whole(direction) or 1) for name, direction in keys.items()) if isinstance(keys, dict) else ()
