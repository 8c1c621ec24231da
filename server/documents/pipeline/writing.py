"""Stages that write their input into a collection: `$out` and `$merge`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from server.documents.admission import with_id
from server.documents.errors import DUPLICATE_KEY, FAILED_TO_PARSE, DocumentError
from server.documents.expressions.compiler import let
from server.documents.expressions.operands import named_arguments
from server.documents.key import key
from server.documents.paths import split
from server.documents.pipeline.stages import CompileStage, Scene, Stage, Stream
from server.documents.pipeline.updating import compile_pipeline_update
from server.documents.positions import value_at
from server.documents.rows import Row
from server.documents.session import Session
from server.documents.storage import Collection, Namespace
from server.documents.values import MISSING, is_text
from server.ejson import Document, Value


def _target(operand: Value, session: Session, name: str) -> Session:
    if is_text(operand):
        operand = {"db": session.namespace.database, "coll": operand}
    named = named_arguments(name, operand, ("coll",), ("db",))
    database, collection = named.get("db", session.namespace.database), named["coll"]
    if not is_text(database) or not is_text(collection):
        raise DocumentError(16990, f"{name} needs the names of a database and a collection")
    namespace = Namespace(database=database, collection=collection)
    return Session(catalog=session.catalog, namespace=namespace, guard=session.guard)


def _out(operand: Value, scene: Scene) -> Stage:
    scene.require_system("$out")
    target = _target(operand, scene.session, "$out")

    def stage(documents: Stream) -> Stream:
        results = [with_id(document) for document in documents]
        collection = target.catalog.require(target.namespace)
        for row in list(collection.rows()):
            collection.delete(row)
        for document in results:
            collection.insert(document)
        return []

    return stage


Matched: Final = ("replace", "keepExisting", "merge", "fail")
NotMatched: Final = ("insert", "discard", "fail")


def _merge(operand: Value, scene: Scene) -> Stage:
    scene.require_system("$merge")
    given = {"into": operand} if is_text(operand) else operand
    named = named_arguments("$merge", given, ("into",), ("on", "whenMatched", "whenNotMatched", "let"))
    target = _target(named["into"], scene.session, "$merge")
    on = named.get("on", "_id")
    fields = [str(name) for name in (on if isinstance(on, list) else [on])]
    combine = _combination(named.get("whenMatched", "merge"))
    otherwise = named.get("whenNotMatched", "insert")
    if otherwise not in NotMatched:
        raise DocumentError(2, f"Enumeration value '{otherwise}' for field 'whenNotMatched' is not a valid value.")

    def stage(documents: Stream) -> Stream:
        results = [with_id(document) for document in documents]
        collection = target.catalog.require(target.namespace)
        for document in results:
            row = _existing(target, collection, fields, document)
            if row is not None:
                after = combine(row.document, document)
                collection.replace(row, {**after, "_id": row.document["_id"]})
            elif otherwise == "insert":
                collection.insert(document)
            elif otherwise == "fail":
                raise DocumentError(13113, "$merge could not find a matching document in the target collection")
        return []

    return stage


def _existing(target: Session, collection: Collection, fields: list[str], document: Document) -> Row | None:
    values = {name: value_at(document, split(name)) for name in fields}
    if any(value is MISSING or value is None or isinstance(value, list) for value in values.values()):
        raise DocumentError(51132, "$merge write error: 'on' field cannot be missing, null, undefined or an array")
    rows = target.matching({name: {"$eq": value} for name, value in values.items()}, collection)
    return next(rows, None)


def _combination(when: Value) -> Callable[[Document, Document], Document]:
    """What becomes of a document that is there already and the one that comes."""
    if isinstance(when, list):
        change = compile_pipeline_update(when)

        def by_pipeline(old: Document, new: Document) -> Document:
            with let({"new": new}):
                return change.apply(old)

        return by_pipeline
    if when not in Matched:
        raise DocumentError(
            FAILED_TO_PARSE, f"Enumeration value '{when}' for field 'whenMatched' is not a valid value."
        )
    return COMBINATIONS[str(when)]


def _refused(old: Document, new: Document) -> Document:
    raise DocumentError(DUPLICATE_KEY, f"Duplicate key error: E11000 duplicate key error, _id: {key(old['_id']).hex()}")


COMBINATIONS: Final[dict[str, Callable[[Document, Document], Document]]] = {
    "replace": lambda old, new: new,
    "keepExisting": lambda old, new: old,
    "merge": lambda old, new: {**old, **new},
    "fail": _refused,
}
STAGES: Final[dict[str, CompileStage]] = {"$out": _out, "$merge": _merge}
