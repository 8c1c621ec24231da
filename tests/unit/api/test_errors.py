"""What callers are told of failures that are none of theirs."""

from __future__ import annotations

import sqlite3

import pytest

from server.api.errors import as_app_error
from server.errors import ErrorCode
from server.store import StoreError


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StoreError("identity.sqlite: disk I/O error"), 503),
        (sqlite3.OperationalError("database or disk is full"), 503),
        (RuntimeError("a fault"), 500),
    ],
)
def test_failures_of_the_server_tell_only_whether_to_come_again(error: Exception, status: int) -> None:
    """Data that cannot be reached, identities or documents, may be reached later; causes are for the log."""
    refusal, answered = as_app_error(error)

    assert (refusal.code, refusal.message, answered) == (ErrorCode.INTERNAL_SERVER_ERROR, "internal error", status)
