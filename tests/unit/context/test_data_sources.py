"""What stands between a caller and the documents."""

from __future__ import annotations

from typing import cast

import pytest

from server.context.data_sources import DataSources
from server.context.deployment import Deployment
from server.context.document_stores import DocumentStores
from server.documents.operation import Operation
from server.documents.store import OpenTransaction
from server.ejson import Document, Value
from server.records import SystemCaller
from server.rules.refusals import RuleRefused
from server.rules.scope import FunctionCall


class Obliging:
    """Does whatever it is asked."""

    async def execute(self, operation: Operation) -> Value:
        """Say what was asked."""
        return operation.action


async def ask(stage: Document) -> Value:
    """An aggregation by the system user."""
    operation = Operation(database="d", collection="c", action="aggregate", arguments={"pipeline": [stage]})
    return await DataSources(cast("DocumentStores", None)).execute(
        cast("Deployment", None), SystemCaller(reason="a test"), "mongodb-atlas", operation, no_function,
        transaction=cast("OpenTransaction", Obliging()),
    )  # fmt: skip


async def no_function(call: FunctionCall) -> Value:
    """None is called."""
    raise AssertionError(call.name)


async def test_the_system_may_use_what_users_may_not() -> None:
    """Rules do not apply to it."""
    assert await ask({"$out": "elsewhere"}) == "aggregate"


async def test_index_statistics_are_for_nobody() -> None:
    """Not for the system either (contract 5.5)."""
    with pytest.raises(RuleRefused):
        await ask({"$indexStats": {}})
