"""A transaction: operations that see one state of the data and are written together or not at all."""

from __future__ import annotations

import sqlite3
from typing import Final

from server.documents import administration, reads, writes
from server.documents.admission import admit, check_namespace
from server.documents.arguments import Arguments
from server.documents.budget import SECONDS, budget
from server.documents.bulk import BULK
from server.documents.catalog import Catalog
from server.documents.errors import OVERFLOW, DocumentError
from server.documents.find_and_modify import FIND_AND_MODIFY
from server.documents.operation import Operation, Unguarded, WriteGuard
from server.documents.options import SHARED, bindings, seconds_of, with_choices
from server.documents.pipeline.running import AGGREGATE, writes_somewhere
from server.documents.session import Action, Session
from server.documents.storage import Namespace
from server.ejson import Value

READS: Final[dict[str, Action]] = reads.READS | administration.READS | AGGREGATE
WRITES: Final[dict[str, Action]] = writes.WRITES | administration.WRITES | FIND_AND_MODIFY | BULK
ACTIONS: Final[dict[str, Action]] = READS | WRITES
EVERYTHING: Final = Unguarded()
WITHOUT_COLLECTION: Final = frozenset({"getDBNames", "getCollectionNames", "aggregate"})


def only_reads(operation: Operation) -> bool:
    """Whether the operation writes nothing and so needs no writer."""
    return operation.action in READS and not writes_somewhere(operation.arguments)


class Transaction:
    """Runs operations, one after the other, on a connection that has begun a transaction."""

    __slots__ = ("_points_only", "catalog")

    def __init__(
        self, connection: sqlite3.Connection, catalog: Catalog | None = None, *, points_only: bool = False
    ) -> None:
        self.catalog = catalog or Catalog(connection)
        self._points_only = points_only

    def execute(self, operation: Operation, guard: WriteGuard | None = None) -> Value:
        """Run the operation; when it raises, it has written nothing (save a batch's writes before the refusal)."""
        action = ACTIONS.get(operation.action)
        if action is None:
            raise DocumentError(59, f"no such action: '{operation.action}'")
        try:
            return self._run(action, operation, Arguments(admit(operation.arguments)), guard or EVERYTHING)
        except RecursionError as error:
            raise DocumentError(OVERFLOW, "the operation is nested too deeply") from error

    def _run(self, action: Action, operation: Operation, arguments: Arguments, guard: WriteGuard) -> Value:
        if operation.action not in WITHOUT_COLLECTION:
            check_namespace(operation.database, operation.collection)
        namespace = Namespace(database=operation.database, collection=operation.collection)
        self.catalog.depth = operation.depth
        session = Session(catalog=self.catalog, namespace=namespace, guard=guard, points_only=self._points_only)
        alone = not (self._points_only or only_reads(operation))

        def acts(session: Session) -> Value:
            return self.catalog.alone(lambda: action(session, arguments)) if alone else action(session, arguments)

        if not arguments.has_any(SHARED):
            with budget(SECONDS):
                return acts(session)
        with budget(seconds_of(arguments.value("maxTimeMS"))), bindings(arguments):
            return acts(with_choices(session, arguments))
