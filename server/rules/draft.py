"""Reading what an author wrote to its end, so that all problems are told at once."""

from __future__ import annotations

from typing import cast

from server.ejson import Document, Value
from server.rules.expressions import NEVER, Expression, read_expression
from server.rules.operands import Place, RuleError


class Draft:
    """Reads the parts of rules; a part with a problem is noted, and grants nothing."""

    def __init__(self) -> None:
        self.problems: list[RuleError] = []
        self.meets_document = False
        """Whether an expression that was read differs from document to document."""

    def refuse(self, path: str, message: str) -> None:
        """Note a problem."""
        self.problems.append(RuleError(path, message))

    def expression(self, raw: Value, place: Place, path: str) -> Expression:
        """An expression that must be there."""
        try:
            read = read_expression(raw, place=place, path=path)
        except RuleError as error:
            self.problems.append(error)
            return NEVER
        self.meets_document = self.meets_document or read.varies
        return read

    def optional_expression(self, raw: Document, name: str, place: Place, path: str) -> Expression | None:
        """The expression of that name; None where there is none, or null in its place."""
        return None if raw.get(name) is None else self.expression(raw[name], place, f"{path}.{name}")

    def document(self, raw: Document, name: str, path: str) -> Document:
        """The object of that name; empty where there is none."""
        return self.as_document(raw.get(name), f"{path}.{name}" if path else name)

    def as_document(self, raw: Value, path: str) -> Document:
        """The value as an object; null counts as an empty one."""
        if raw is not None and not isinstance(raw, dict):
            self.refuse(path, "must be an object")
            return {}
        return cast(Document, raw or {})

    def only(self, raw: Document, known: frozenset[str], path: str) -> None:
        """Refuse names that are not known: what they were to restrict would stay open."""
        for name in raw:
            if name not in known:
                self.refuse(f"{path}.{name}", "unknown field")
