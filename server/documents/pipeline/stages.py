"""How a pipeline is compiled: stages looked up in tables, each a function from a stream of documents to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final, TypeAlias

from server.documents.budget import check_time
from server.documents.errors import DocumentError, unsupported
from server.documents.operation import Unguarded
from server.documents.session import Session
from server.documents.sorting import compile_sort, sort_documents
from server.documents.values import whole
from server.ejson import Document, Value

Stream: TypeAlias = Iterable[Document]
Stage: TypeAlias = Callable[[Stream], Stream]

MAX_STAGES: Final = 1000
UNSUPPORTED: Final = frozenset(
    {
        "$changeStream",
        "$collStats",
        "$currentOp",
        "$densify",
        "$fill",
        "$geoNear",
        "$indexStats",
        "$listLocalSessions",
        "$listSessions",
        "$planCacheStats",
        "$search",
        "$searchMeta",
        "$vectorSearch",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where a pipeline runs: the session, and how deep it stands in other pipelines."""

    session: Session
    depth: int = 0

    def deeper(self) -> Scene:
        """The scene of a pipeline inside this one."""
        if self.depth >= 20:
            raise DocumentError(40099, "pipelines are nested too deeply")
        return Scene(session=self.session, depth=self.depth + 1)

    def require_system(self, stage: str) -> None:
        """Refuse a stage that reaches other collections where a guard watches over this one."""
        if not isinstance(self.session.guard, Unguarded):
            raise DocumentError(13, f"the stage {stage} is not allowed here")


CompileStage: TypeAlias = Callable[[Value, Scene], Stage]
STAGES: Final[dict[str, CompileStage]] = {}
"""Every stage: the package lays the tables of its modules together here."""


def compile_pipeline(stages: list[Value], scene: Scene) -> list[Stage]:
    """The compiled stages; DocumentError where one is malformed or unknown."""
    if len(stages) > MAX_STAGES:
        raise DocumentError(7749501, f"Pipeline length must be no longer than {MAX_STAGES} stages")
    return [
        _first_in_order(stage, following) or _compile_stage(stage, scene)
        for stage, following in zip_longest(stages, stages[1:])
    ]


def _first_in_order(stage: Value, following: Value) -> Stage | None:
    """`$sort` with a `$limit` right behind it holds no more documents than the limit lets through."""
    if not (isinstance(stage, dict) and isinstance(following, dict)):
        return None
    number = whole(following.get("$limit"))
    if set(stage) != {"$sort"} or number is None or number <= 0:
        return None
    order = compile_sort(stage["$sort"])
    return lambda documents: sort_documents(documents, order, first=number)


def _compile_stage(stage: Value, scene: Scene) -> Stage:
    if not isinstance(stage, dict) or len(stage) != 1:
        raise DocumentError(40323, "A pipeline stage specification object must contain exactly one field.")
    ((name, operand),) = stage.items()
    if name in UNSUPPORTED:
        raise unsupported(f"the stage {name}")
    compile_stage = STAGES.get(name)
    if compile_stage is None:
        raise DocumentError(40324, f"Unrecognized pipeline stage name: '{name}'.")
    return compile_stage(operand, scene)


def run(stages: Iterable[Stage], documents: Stream) -> Iterator[Document]:
    """The documents that come out of the last stage."""
    for stage in stages:
        documents = stage(documents)
    for document in documents:
        check_time()
        yield document
