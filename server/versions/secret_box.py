"""Secrets at rest: sealed under a key that lies in a file of its own, outside the database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES, NONCE_BYTES = 32, 12


class SecretBoxError(Exception):
    """The key cannot be used, or is not the one that a secret was sealed under; the text is for the operator."""


class SecretBox:
    """Seals texts for one name of one app (AES-256-GCM): a sealed text moved elsewhere does not open."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def open(cls, path: Path, *, is_needed: bool = False) -> SecretBox:
        """With the key of this file, which is made, for the owner alone, where there is none.

        Raises SecretBoxError, also where there is none and secrets are sealed under it already.
        """
        if is_needed and not path.exists():
            raise SecretBoxError(
                f"{path} is missing, and secrets of apps are sealed under it: put it back from where it is kept; "
                f"if it is lost, write {KEY_BYTES} random bytes into it and set the secrets again"
            )
        try:
            key = _make(path) if not path.exists() else path.read_bytes()
        except FileExistsError:
            key = path.read_bytes()
        except OSError as error:
            raise SecretBoxError(f"{path}: {error.strerror}") from error
        if len(key) != KEY_BYTES:
            raise SecretBoxError(f"{path} is not a key of {KEY_BYTES} bytes")
        return cls(key)

    def seal(self, app_id: str, name: str, text: str) -> bytes:
        """The text, sealed for this name."""
        return self.seal_bytes(app_id, name, text.encode())

    def seal_bytes(self, app_id: str, name: str, data: bytes) -> bytes:
        """As `seal`, of any data."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, _place(app_id, name))

    def unseal(self, app_id: str, name: str, sealed: bytes) -> str:
        """The text. Raises SecretBoxError where it was sealed under another key or for another name."""
        return self.unseal_bytes(app_id, name, sealed).decode()

    def unseal_bytes(self, app_id: str, name: str, sealed: bytes) -> bytes:
        """As `unseal`, of any data."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _place(app_id, name))
        except (InvalidTag, ValueError):
            raise SecretBoxError(f"the secret '{name}' of app '{app_id}' was sealed under another key") from None


def _place(app_id: str, name: str) -> bytes:
    return f"{app_id}\0{name}".encode()


def _make(path: Path) -> bytes:
    """A new key, whole on disk under its name or not at all."""
    key, scratch = os.urandom(KEY_BYTES), path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, key)
        os.fsync(descriptor)
        os.link(scratch, path)
    finally:
        os.close(descriptor)
        scratch.unlink()
    _keep_name(path.parent)
    return key


def _keep_name(directory: Path) -> None:
    """Have the file's name on disk, too: what is sealed under a key that a power cut takes away is lost."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
