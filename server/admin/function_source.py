"""A source that an administrator tries out beside an app's functions, without deploying it (contract 12.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final, cast

from runtime.supervisor import Sandboxes
from server.apps.model import Function
from server.context.deployment import Deployment, image_source, with_function
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode

SOURCE: Final = "#source"
"""The name of what is tried, in logs too; no function of an author can be named so."""


@dataclass(frozen=True, slots=True)
class SourceCallBody:
    """The body of `debug/execute_function_source`."""

    source: str
    eval_source: str
    arguments: list[Value]

    @classmethod
    def read(cls, body: Document) -> SourceCallBody:
        """From the decoded body. Raises AppError MissingParameter or InvalidParameter."""
        source, expression, arguments = body.get("source"), body.get("eval_source"), body.get("arguments")
        if not isinstance(source, str):
            raise AppError(ErrorCode.MISSING_PARAMETER, "'source' is a required string.")
        if not isinstance(expression, str | None):
            raise AppError(ErrorCode.INVALID_PARAMETER, "'eval_source' must be a string")
        if not isinstance(arguments, list | None):
            raise AppError(ErrorCode.INVALID_PARAMETER, "'arguments' must be an array")
        return cls(source, expression or "", cast("list[Value]", arguments or []))

    @property
    def module(self) -> str:
        """One function's source: lines keep their numbers, and the expression sees what the source exports."""
        expression = self.eval_source.strip().rstrip(";")
        if not expression:
            return self.source
        return f"{self.source}\n;exports = ((exports) => async () => (\n{expression}\n))(exports);\n"


@asynccontextmanager
async def with_source(deployment: Deployment, source: str, sandboxes: Sandboxes) -> AsyncIterator[Deployment]:
    """The deployment with the source as its function SOURCE, as long as the block lasts.

    Raises BuildFailed, PackagesUnreadable.
    """
    function = Function(name=SOURCE, source=source, private=True)
    app = replace(deployment.app, functions={**deployment.app.functions, SOURCE: function})
    async with sandboxes.passing(await image_source(app, sandboxes)) as image:
        yield with_function(deployment, function, image)
