"""What of a change event a user may read: the rules of reads, applied to the document after the change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

from server.ejson import Document, Value
from server.rules.scope import MISSING
from server.rules.variables import lookup

IsReadable: TypeAlias = Callable[[str], bool]
"""Whether a top-level field is shown wherever it is."""


def shown_event(event: Document, after: Document | None, shown: Document, is_readable: IsReadable) -> Document:
    """The event with the document as it is `shown`, and without what an update did to fields that are not."""
    visible: Document = {name: event[name] for name in ("_id", "operationType", "clusterTime", "ns") if name in event}
    key = event.get("documentKey")
    visible["documentKey"] = {"_id": cast(Document, key).get("_id")} if isinstance(key, dict) else {}
    if after is not None:
        visible["fullDocument"] = shown
    description = event.get("updateDescription")
    if isinstance(description, dict):
        visible["updateDescription"] = _described(cast(Document, description), after or {}, shown, is_readable)
    return visible


def _described(description: Document, after: Document, shown: Document, is_readable: IsReadable) -> Document:
    updated, removed = description.get("updatedFields"), description.get("removedFields")
    fields = cast(Document, updated) if isinstance(updated, dict) else {}
    names = cast("list[Value]", removed) if isinstance(removed, list) else []
    gone: list[Value] = [name for name in names if isinstance(name, str) and is_readable(name.partition(".")[0])]
    return {
        "updatedFields": {
            path: value for path, value in fields.items() if after is shown or _is_shown(path, after, shown)
        },
        "removedFields": gone,
    }


def _is_shown(path: str, after: Document, shown: Document) -> bool:
    """Whether the value at the path is the very one in the document and in what is shown of it."""
    parts = path.split(".")
    value = lookup(after, parts)
    return value is not MISSING and lookup(shown, parts) is value
