"""Secrets at rest: what is sealed opens for its own name under its own key, and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.versions.secret_box import NONCE_BYTES, SecretBox, SecretBoxError


def test_what_is_sealed_opens_again(tmp_path: Path) -> None:
    """Also after a restart, which reads the key from its file."""
    sealed = SecretBox.open(tmp_path / "key").seal("app", "token", "grüße")

    assert SecretBox.open(tmp_path / "key").unseal("app", "token", sealed) == "grüße"


def test_the_same_text_is_sealed_differently_each_time(tmp_path: Path) -> None:
    """Nobody sees in the database that two secrets are the same."""
    box = SecretBox.open(tmp_path / "key")

    assert box.seal("app", "token", "text") != box.seal("app", "token", "text")


@pytest.mark.parametrize(("app_id", "name"), [("app", "other"), ("other", "token"), ("app\0token", "")])
def test_a_sealed_text_does_not_open_elsewhere(tmp_path: Path, app_id: str, name: str) -> None:
    """Whoever can write the database cannot give an app the secret of another."""
    box = SecretBox.open(tmp_path / "key")

    with pytest.raises(SecretBoxError):
        box.unseal(app_id, name, box.seal("app", "token", "text"))


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    """The database alone is worth nothing; the refusal names the secret and not its text."""
    sealed = SecretBox.open(tmp_path / "one").seal("app", "token", "text")

    with pytest.raises(SecretBoxError, match="'token' of app 'app'") as refusal:
        SecretBox.open(tmp_path / "two").unseal("app", "token", sealed)
    assert "text" not in str(refusal.value)


@pytest.mark.parametrize("sealed", [b"", b"x" * NONCE_BYTES, b"x" * 100])
def test_rubbish_does_not_open(tmp_path: Path, sealed: bytes) -> None:
    """A damaged column is an error, not a text."""
    with pytest.raises(SecretBoxError):
        SecretBox.open(tmp_path / "key").unseal("app", "token", sealed)


def test_the_key_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else on the machine reads it, and no scrap of its making stays."""
    SecretBox.open(tmp_path / "key")

    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("key", 0o600)]


def test_a_broken_key_is_refused(tmp_path: Path) -> None:
    """A key that is cut short is not silently replaced: all secrets would be lost."""
    (tmp_path / "key").write_bytes(b"short")

    with pytest.raises(SecretBoxError, match="not a key"):
        SecretBox.open(tmp_path / "key")
    assert (tmp_path / "key").read_bytes() == b"short"
