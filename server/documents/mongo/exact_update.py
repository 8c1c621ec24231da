"""The operators that make one document of another: a change that was an update reaches change streams as one."""

from __future__ import annotations

from copy import deepcopy
from typing import cast

import bson

from server.documents.admission import CODEC
from server.documents.change_log import describe_update
from server.ejson import Document


def exact_update(before: Document, after: Document) -> Document | None:
    """`$set` and `$unset` that lead to `after`, the order of its fields included; None where only replacing does."""
    described = describe_update(before, after)
    updated, removed = cast("Document", described["updatedFields"]), cast("list[str]", described["removedFields"])
    operators = {"$set": updated, "$unset": dict.fromkeys(removed, "")}
    if not all(_is_plain(part) for path in (*updated, *removed) for part in path.split(".")):
        return None
    if not (updated or removed) or not _equal(_applied(before, updated, removed), after):
        return None
    return {name: fields for name, fields in operators.items() if fields}


def _is_plain(part: str) -> bool:
    """Whether the name means nothing else to MongoDB: neither an operator nor a position."""
    return part != "" and not part.startswith("$") and not part.isdigit()


def _applied(before: Document, updated: Document, removed: list[str]) -> Document:
    """What MongoDB makes of it: known fields keep their places, new ones follow in the order of their names."""
    made = deepcopy(before)
    for path in removed:
        parent, name = _place(made, path)
        parent.pop(name, None)
    for path in sorted(updated):
        parent, name = _place(made, path)
        parent[name] = updated[path]
    return made


def _place(document: Document, path: str) -> tuple[Document, str]:
    *parents, name = path.split(".")
    for parent in parents:
        inner = document.get(parent)
        if not isinstance(inner, dict):  # a name with a dot in it, which no path reaches
            return {}, name
        document = inner
    return document, name


def _equal(one: Document, other: Document) -> bool:
    return bson.encode(one, codec_options=CODEC) == bson.encode(other, codec_options=CODEC)
