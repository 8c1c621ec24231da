"""From the rules that authors wrote to the rules that are applied: once, at deployment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from server.ejson import Document, Value
from server.rules.draft import Draft
from server.rules.expressions import NEVER
from server.rules.filters import Filter, read_filter
from server.rules.operands import Place
from server.rules.refusals import unruled
from server.rules.roles import DocumentFilters, FieldRule, Role
from server.rules.schema import Schema
from server.rules.schema_reading import read_schema

FIELD_LEVELS: Final = 64
"""Levels of fields within fields."""


class WrittenRules(Protocol):
    """Roles and filters as they stand in `default_rule.json`, Extended JSON decoded."""

    @property
    def roles(self) -> tuple[Document, ...]:
        """The roles, in order."""

    @property
    def filters(self) -> tuple[Document, ...]:
        """The filters."""


class WrittenCollectionRules(WrittenRules, Protocol):
    """`rules.json` and `schema.json` of one collection."""

    @property
    def database(self) -> str:
        """The database."""

    @property
    def collection(self) -> str:
        """The collection."""

    @property
    def schema(self) -> Document | None:
        """The schema; None and `{}` say nothing."""


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """A part of the rules that means nothing; both names are empty for the default rules."""

    database: str
    collection: str
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.database}.{self.collection}" if self.database else "default rule"
        return f"{where}: {self.path}: {self.message}"


class RulesError(Exception):
    """Rules that cannot be applied as they are; none of them was taken over."""

    def __init__(self, problems: Sequence[RuleProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRules:
    """What applies to the documents of one collection."""

    roles: tuple[Role, ...] = ()
    filters: tuple[Filter, ...] = ()
    schema: Schema | None = None
    look_at_documents: bool = True
    """Whether what a role shows differs by what is in a document, and not only by who reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of a data source."""

    collections: Mapping[tuple[str, str], CompiledRules] = field(default_factory=dict)
    default: CompiledRules = field(default_factory=CompiledRules)

    def rules_for(self, database: str, collection: str) -> CompiledRules:
        """The collection's rules, or the defaults where it has no role; NoMatchingRuleFound where these have none."""
        rules = self.collections.get((database, collection), self.default)
        if not rules.roles:
            raise unruled(database, collection)
        return rules


def compile_rules(collections: Iterable[WrittenCollectionRules], default: WrittenRules | None = None) -> RuleSet:
    """All rules of a data source, ready to be applied. Raises RulesError with every problem."""
    problems: list[RuleProblem] = []
    fallback = _compile(default, "", "", problems) if default is not None else CompiledRules()
    compiled: dict[tuple[str, str], CompiledRules] = {}
    for written in collections:
        own = _compile(written, written.database, written.collection, problems, schema=written.schema)
        compiled[written.database, written.collection] = own if own.roles else _with_defaults(own, fallback)
    if problems:
        raise RulesError(problems)
    return RuleSet(collections=compiled, default=fallback)


def _with_defaults(own: CompiledRules, default: CompiledRules) -> CompiledRules:
    return CompiledRules(
        roles=default.roles, filters=(*default.filters, *own.filters), schema=own.schema,
        look_at_documents=default.look_at_documents,
    )  # fmt: skip


def _compile(
    written: WrittenRules,
    database: str,
    collection: str,
    problems: list[RuleProblem],
    *,
    schema: Document | None = None,
) -> CompiledRules:
    draft = Draft()
    roles = tuple(_read_role(role, f"roles.{index}", draft) for index, role in enumerate(written.roles))
    rules = CompiledRules(
        roles=roles,
        filters=tuple(read_filter(item, f"filters.{index}", draft) for index, item in enumerate(written.filters)),
        schema=read_schema(schema, "schema", draft) if schema else None,
        look_at_documents=draft.meets_document,
    )
    problems.extend(RuleProblem(database, collection, problem.path, problem.message) for problem in draft.problems)
    return rules


def _read_role(raw: Value, path: str, draft: Draft) -> Role:
    written = draft.as_document(raw, path)
    draft.only(written, _ROLE_FIELDS, path)
    name, search = written.get("name"), written.get("search")
    if not isinstance(name, str):
        draft.refuse(f"{path}.name", "must be a string")
    if search is not None and not isinstance(search, bool):
        draft.refuse(f"{path}.search", "must be a boolean")
    expressions = {
        part: draft.optional_expression(written, part, Place.DOCUMENT, path)
        for part in ("read", "write", "insert", "delete")
    }
    return Role(
        name=str(name),
        apply_when=draft.expression(written.get("apply_when"), Place.DOCUMENT, f"{path}.apply_when"),
        document_filters=_read_document_filters(draft.document(written, "document_filters", path), path, draft),
        read=expressions["read"],
        write=expressions["write"],
        insert=expressions["insert"] or NEVER,
        delete=expressions["delete"] or NEVER,
        search=search is not False,
        fields=_read_fields(draft.document(written, "fields", path), f"{path}.fields", draft, FIELD_LEVELS),
        additional_fields=_read_field(written.get("additional_fields"), f"{path}.additional_fields", draft),
    )


_ROLE_FIELDS = frozenset({
    "name", "apply_when", "document_filters", "read", "write", "insert", "delete", "search", "fields",
    "additional_fields", "id", "_id",
})  # fmt: skip
_ACCESS = frozenset({"read", "write"})


def _read_document_filters(raw: Document, path: str, draft: Draft) -> DocumentFilters | None:
    if not raw:
        return None
    path = f"{path}.document_filters"
    draft.only(raw, _ACCESS, path)
    return DocumentFilters(
        read=draft.optional_expression(raw, "read", Place.DOCUMENT, path) or NEVER,
        write=draft.optional_expression(raw, "write", Place.DOCUMENT, path) or NEVER,
    )


def _read_fields(raw: Document, path: str, draft: Draft, levels: int) -> dict[str, FieldRule]:
    return {name: _read_field(rule, f"{path}.{name}", draft, levels - 1) for name, rule in raw.items()}


def _read_field(raw: Value, path: str, draft: Draft, levels: int = 0) -> FieldRule:
    written = draft.as_document(raw, path)
    draft.only(written, _ACCESS | {"fields"} if levels > 0 else _ACCESS, path)
    fields = draft.document(written, "fields", path) if levels > 0 else {}
    return FieldRule(
        read=draft.optional_expression(written, "read", Place.FIELD, path) or NEVER,
        write=draft.optional_expression(written, "write", Place.FIELD, path) or NEVER,
        fields=_read_fields(fields, f"{path}.fields", draft, levels),
    )
