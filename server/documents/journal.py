"""The writes of an open transaction in their order, and how they are made for good when it commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.documents.admission import decode
from server.documents.catalog import Catalog
from server.documents.errors import DUPLICATE_KEY, WRITE_CONFLICT, DocumentError
from server.documents.rows import Row
from server.documents.storage import Collection, Namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write to the row that the transaction knows by `number`; `before` and `after` are BSON."""

    namespace: Namespace
    number: int
    kind: str
    before: bytes | None
    after: bytes | None
    depth: int = 0


def replay(catalog: Catalog, writes: Sequence[Write]) -> None:
    """Make the writes; DocumentError WriteConflict where a document is no longer what the transaction saw."""
    numbers: dict[tuple[Namespace, int], int] = {}
    for write in writes:
        catalog.depth = write.depth
        collection = catalog.require(write.namespace)
        try:
            if write.before is None:
                numbers[write.namespace, write.number] = collection.insert(decode(write.after or b""))
            else:
                _change(collection, numbers.get((write.namespace, write.number), write.number), write)
        except DocumentError as error:
            # The transaction has checked its unique keys: the one that is taken was taken since.
            raise _conflict() if error.code == DUPLICATE_KEY else error from error


def _change(collection: Collection, number: int, write: Write) -> None:
    data = collection.data_of(number)
    if data is None or data != write.before:
        raise _conflict()
    row = Row(number, data, decode(data))
    if write.after is None:
        collection.delete(row)
    else:
        collection.replace(row, decode(write.after), kind=write.kind, always=True)


def _conflict() -> DocumentError:
    return DocumentError(
        WRITE_CONFLICT,
        "WriteConflict error: this operation conflicted with another operation. "
        "Please retry your operation or multi-document transaction.",
    )
