"""What somebody proved themselves with: it must still be good in the transaction that writes what it opened."""

from __future__ import annotations

from server.login_records import PasswordAccount, Proof
from server.records import Session
from server.store.errors import ProofGone
from server.store.transaction import Transaction

_FIND_HASH = "SELECT login FROM passwords WHERE app_id = ? AND login = ? AND hash = ? AND confirmed = 1"
_FIND_KEY = "SELECT id FROM api_keys WHERE app_id = ? AND user_id = ? AND id = ? AND disabled = 0"

_FIND_SESSION = "SELECT id FROM sessions WHERE app_id = ? AND user_id = ? AND id = ?"


def check_proof(transaction: Transaction, proof: Proof | None) -> None:
    """Raise ProofGone where a reset, a disabled key or the end of the session was faster than this write."""
    if proof is None:
        return
    if isinstance(proof, PasswordAccount):
        found = transaction.execute(_FIND_HASH, proof.app_id, proof.login, proof.hash)
    elif isinstance(proof, Session):
        found = transaction.execute(_FIND_SESSION, proof.app_id, proof.user_id, proof.id)
    else:
        found = transaction.execute(_FIND_KEY, proof.app_id, proof.user_id, proof.id)
    if not found:
        raise ProofGone(proof.app_id)
