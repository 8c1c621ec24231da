"""Documents: an embedded engine with MongoDB's semantics, on BSON and SQLite."""

from __future__ import annotations

from server.documents.change_log import Change
from server.documents.engine import EmbeddedDocuments
from server.documents.errors import DocumentError
from server.documents.filters import compile_filter, matches
from server.documents.operation import Operation, WriteGuard
from server.documents.transaction import Transaction
from server.documents.update_forms import apply_update

__all__ = [
    "Change",
    "DocumentError",
    "EmbeddedDocuments",
    "Operation",
    "Transaction",
    "WriteGuard",
    "apply_update",
    "compile_filter",
    "matches",
]
