"""Rules as an app folder holds them, for the tests of what is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from server.ejson import Document
from server.records import Identity, User, UserCaller
from server.rules.compile import RuleSet, compile_rules
from server.rules.scope import FunctionResults, Scope, caller_scope


@dataclass(frozen=True, kw_only=True)
class RuleFiles:
    """The files of one collection."""

    database: str = "db"
    collection: str = "items"
    roles: tuple[Document, ...] = ()
    filters: tuple[Document, ...] = ()
    schema: Document | None = None


ADA = UserCaller(
    user=User(
        id="ada",
        app_id="app-abcde",
        identities=(Identity(id="i1", provider_type="anon-user", provider_id="p1"),),
        created_at=datetime(2024, 1, 1, tzinfo=UTC),
    ),
    custom_data={"team": "red"},
)


def rule_set(*roles: Document, filters: tuple[Document, ...] = (), schema: Document | None = None) -> RuleSet:
    """The compiled rules of db.items."""
    return compile_rules([RuleFiles(roles=roles, filters=filters, schema=schema)])


def role(**parts: object) -> Document:
    """A role for everybody, with these parts."""
    return {"name": "role", "apply_when": {}, **parts}


def scope_of_ada(functions: FunctionResults | None = None) -> Scope:
    """The scope of Ada's request."""
    return caller_scope(ADA, functions=functions)
