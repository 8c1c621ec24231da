"""What a write owes: trigger runs, audit entries, mails and writes to documents, written with their cause."""

from __future__ import annotations

from collections.abc import Sequence

from server.events import TriggerEvent
from server.login_records import AuditEntry, DocumentWrites, Mail, Owed
from server.store.audit import insert_audit_entry
from server.store.document_writes import insert_document_writes
from server.store.events import insert_events
from server.store.mails import insert_mail
from server.store.transaction import Transaction


def insert_owed(transaction: Transaction, owed: Sequence[Owed]) -> None:
    """Write all of it within a larger write."""
    for one in owed:
        match one:
            case TriggerEvent():
                insert_events(transaction, [one])
            case AuditEntry():
                insert_audit_entry(transaction, one)
            case Mail():
                insert_mail(transaction, one)
            case DocumentWrites():
                insert_document_writes(transaction, one)
