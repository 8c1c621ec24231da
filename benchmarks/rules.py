"""What rules cost: a find of 100 documents under roles of different kinds, against the same as the system."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.documents import make_document
from benchmarks.report import Aim, Row, Table
from benchmarks.samples import measure_async
from server.apps.model import CollectionRules
from server.documents import EmbeddedDocuments, Operation
from server.ejson import Document
from server.records import Identity, User, UserCaller
from server.rules.compile import RuleSet, compile_rules
from server.rules.guard import guard_operation
from server.rules.scope import caller_scope

DOCUMENTS: Final = 100
NAMES: Final = ("email", "name", "age", "address", "tags", "active")
FIELDS: Final[Document] = {name: {"read": True} for name in NAMES}
OWN: Final[Document] = {"owner": "%%user.id"}
NESTED: Final[Document] = {"address": {"fields": {"zip": {"read": True}}}, "active": {"read": True}}
ROLES: Final[dict[str, tuple[Document, ...]]] = {
    "whole documents": ({"name": "r", "apply_when": {}, "read": True},),
    "the user's own": ({"name": "r", "apply_when": OWN, "read": True},),
    "by fields": ({"name": "r", "apply_when": {}, "fields": FIELDS},),
    "own by fields, else fewer": (
        {"name": "own", "apply_when": OWN, "fields": FIELDS},
        {"name": "rest", "apply_when": {}, "additional_fields": {"read": True}, "fields": {"email": {"read": False}}},
    ),
    "nested fields": ({"name": "r", "apply_when": {}, "fields": NESTED},),
}
FIND: Final = Operation(database="bench", collection="people", action="find", arguments={"query": {"active": True}})


async def measure_rules(path: Path, *, count: int) -> Table:
    """Medians, in turns of one run, so that they can be compared."""
    async with await EmbeddedDocuments.open(path) as store:
        documents = [make_document(2 * number) | {"owner": "u1"} for number in range(DOCUMENTS)]
        await store.execute(
            Operation(database="bench", collection="people", action="insertMany", arguments={"documents": [*documents]})
        )
        system = (await measure_async(lambda: store.execute(FIND), count=count, warm_up=10)).median
        medians = {name: await _measure(store, _compiled(roles), count) for name, roles in ROLES.items()}
    return Table(
        title=f"Rules: a find of {DOCUMENTS} documents, medians in microseconds",
        columns=("find", "times system"),
        rows=(
            Row(name="as the system", figures=(system * 1e6, 1.0)),
            *(Row(name=name, figures=(median * 1e6, median / system)) for name, median in medians.items()),
        ),
        aims=(Aim(name="by fields, times system", figure=medians["by fields"] / system, limit=2, at_most=True),),
        notes=("what a user's find takes from the compiled rules to the documents as they may be read",),
    )


def _compiled(roles: tuple[Document, ...]) -> RuleSet:
    return compile_rules([CollectionRules(database="bench", collection="people", roles=roles)])


async def _measure(store: EmbeddedDocuments, rules: RuleSet, count: int) -> float:
    identity = Identity(id="i", provider_type="anon-user", provider_id="p")
    caller = UserCaller(user=User(id="u1", app_id="a", identities=(identity,), created_at=datetime.now(UTC)))

    async def find() -> None:
        guard = guard_operation(
            rules, caller_scope(caller), database=FIND.database, collection=FIND.collection,
            action=FIND.action, arguments=FIND.arguments,
        )  # fmt: skip
        found = await store.execute(FIND, guard)
        assert isinstance(found, list)
        assert len(found) == DOCUMENTS

    return (await measure_async(find, count=count, warm_up=10)).median
