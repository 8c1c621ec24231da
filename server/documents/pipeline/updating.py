"""Updates written as a pipeline: the few stages that change one document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from server.documents.errors import IMMUTABLE_FIELD, DocumentError
from server.documents.expressions.compiler import without_folding
from server.documents.key import key
from server.documents.pipeline.shaping import SHAPES, Shape
from server.ejson import Document, Value

KNOWN: Final = frozenset(
    {"$match", "$group", "$sort", "$limit", "$skip", "$unwind", "$lookup", "$count", "$facet", "$out", "$merge"}
)
"""Stages that a pipeline may have and an update may not."""
STAGES: Final = ("$addFields", "$set", "$unset", "$project", "$replaceRoot", "$replaceWith")


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineUpdate:
    """An update by stages, one after the other."""

    shapes: tuple[Shape, ...]

    def apply(self, document: Document) -> Document:
        """The document after all stages; its `_id` must be the same or is put back."""
        result = document
        for shape in self.shapes:
            result = shape(result)
        if "_id" in document and "_id" not in result:
            return {"_id": document["_id"], **result}
        if "_id" in document and key(result["_id"]) != key(document["_id"]):
            raise DocumentError(
                IMMUTABLE_FIELD, "Performing an update on the path '_id' would modify the immutable field '_id'"
            )
        return result


def compile_pipeline_update(stages: list[Value]) -> PipelineUpdate:
    """The compiled form of an update that is an array of stages."""
    with without_folding():
        return PipelineUpdate(shapes=tuple(_shape(stage) for stage in stages))


def _shape(stage: Value) -> Shape:
    if not isinstance(stage, dict) or len(stage) != 1:
        raise DocumentError(40323, "A pipeline stage specification object must contain exactly one field.")
    ((name, operand),) = stage.items()
    if name not in STAGES:
        if name not in KNOWN:
            raise DocumentError(40324, f"Unrecognized pipeline stage name: '{name}'.")
        raise DocumentError(72, f"{name} is not allowed to be used within an update")
    return SHAPES[name](operand)
