"""Password hashes of other systems: what would cost too much, or cannot be verified, is refused when it comes."""

from __future__ import annotations

import pytest

from server.auth.passwords import UnknownHash, check_hash, hash_password, verify_password

DEAR = [
    "$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
    "$argon2id$v=19$m=1024,t=100000,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
    "$scrypt$ln=20,r=8,p=1$c2FsdA$aGFzaA",
    "$scrypt$ln=14,r=8,p=999$c2FsdA$aGFzaA",
    "pbkdf2_sha256$99999999$salt$aGFzaA",
    "pbkdf2_sha256$1$salt$" + "aGFz" * 1000,
    "$2b$31$" + "a" * 53,
]
DAMAGED = [
    "$argon2", "$argon2id$v=19$m=1", "$scrypt$ln=0,r=8,p=1$c2FsdA$aGFzaA", "$scrypt$ln=4,r=0,p=1$c2FsdA$aGFzaA",
    "$scrypt$ln=4,r=8,p=1$c2FsdA$=", "$scrypt$ln=4,r=8,p=1$!$aGFzaA", "pbkdf2_sha256$1$a$=", "pbkdf2_sha256$1$a$é",
    "pbkdf2_sha256$0$a$aGFzaA", "plain", "",
]  # fmt: skip


@pytest.mark.parametrize("text", DEAR + DAMAGED)
def test_hash_that_is_dear_or_damaged_is_not_taken(text: str) -> None:
    """A line of an import cannot make every later login wait, run out of memory or fail."""
    with pytest.raises(UnknownHash):
        check_hash(text)


def test_own_hash_is_taken() -> None:
    """What the server makes itself it also takes, and verifies."""
    made = hash_password("correct horse")
    check_hash(made)

    assert verify_password(made, "correct horse")
    assert not verify_password(made, "wrong horse")
