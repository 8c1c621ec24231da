"""One-time tokens: made for somebody, worth one use, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.auth.ids import is_id, new_id
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode
from server.login_records import Ticket

TOKEN_LIFE = timedelta(minutes=30)
"""How long a link in a mail works (contract 1.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeToken:
    """A token and its id, as they travel in a link."""

    id: str
    token: str = field(repr=False)

    @property
    def secret_hash(self) -> bytes:
        """What is kept of the token."""
        return hashlib.sha256(self.token.encode()).digest()

    def ticket(
        self,
        app_id: str,
        purpose: str,
        subject: str,
        now: datetime,
        *,
        data: Document | None = None,
        life: timedelta = TOKEN_LIFE,
    ) -> Ticket:
        """The permission that it stands for."""
        return Ticket(
            id=self.id, app_id=app_id, purpose=purpose, subject=subject, secret_hash=self.secret_hash,
            data=data or {}, expires_at=now + life,
        )  # fmt: skip


def new_token() -> OneTimeToken:
    """A token of 256 random bits."""
    return OneTimeToken(id=new_id(), token=secrets.token_urlsafe(32))


def read_token(token: Value, token_id: Value) -> OneTimeToken:
    """What a client brings back. Raises AppError BadRequest where it could not be one of ours (contract 1.8)."""
    if not isinstance(token, str) or not isinstance(token_id, str) or not token.isascii() or not is_id(token_id):
        raise AppError(ErrorCode.BAD_REQUEST, "invalid token data")
    return OneTimeToken(id=token_id, token=token)
