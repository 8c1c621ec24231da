"""Identities in the database: written with their user, read together with them."""

from __future__ import annotations

from typing import cast

from server import ejson
from server.ejson import Document
from server.records import Identity, User, UserType
from server.store.errors import IdentityTaken
from server.store.moments import from_milliseconds
from server.store.transaction import Row, Transaction

_POSITION = 6
"""The view's column after which the identity's begin."""

_INSERT_IDENTITY = """
    INSERT INTO identities (app_id, provider_type, id, user_id, provider_id, data, position)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, COALESCE(MAX(position) + 1, 0) FROM identities WHERE app_id = ?1 AND user_id = ?4
    ON CONFLICT DO NOTHING RETURNING id
"""
_SET_DATA = "UPDATE identities SET data = ? WHERE app_id = ? AND provider_type = ? AND id = ?"


def insert_identity(transaction: Transaction, app_id: str, user_id: str, identity: Identity) -> None:
    """Add an identity as the user's last one, within a larger write. Raises IdentityTaken."""
    data = ejson.dumps(identity.data).decode()
    if not transaction.execute(
        _INSERT_IDENTITY, app_id, identity.provider_type, identity.id, user_id, identity.provider_id, data
    ):
        raise IdentityTaken(f"{identity.provider_type} {identity.id}")


def refresh_identity(transaction: Transaction, rows: list[Row], identity: Identity) -> None:
    """Keep the data of an identity that the user of these rows has, within a larger write.

    Data that are what they were dirty no page.
    """
    data = ejson.dumps(identity.data).decode()
    known = {(id_, kind): text for id_, kind, _, text in (row[_POSITION + 1 :] for row in rows)}
    if known[identity.id, identity.provider_type] != data:
        transaction.execute(_SET_DATA, data, rows[0][0], identity.provider_type, identity.id)


def user_of(rows: list[Row]) -> User:
    """The user of rows that differ in the identity alone."""
    app_id, id_, type_, disabled, created_at, last, *_ = rows[0]
    return User(
        app_id=cast("str", app_id),
        id=cast("str", id_),
        type=UserType(cast("str", type_)),
        disabled=bool(disabled),
        identities=tuple(_identity(row) for row in rows if row[_POSITION] is not None),
        created_at=from_milliseconds(cast("int", created_at)),
        last_authentication_at=None if last is None else from_milliseconds(cast("int", last)),
    )


def _identity(row: Row) -> Identity:
    id_, provider_type, provider_id, data = cast("tuple[str, str, str, str]", row[_POSITION + 1 :])
    document = cast("Document", ejson.loads(data))
    return Identity(id=id_, provider_type=provider_type, provider_id=provider_id, data=document)
