"""The operator's file of secrets."""

from __future__ import annotations

from pathlib import Path

import orjson


class SecretsError(Exception):
    """The file of secrets cannot be used; the message never shows a secret."""


def read_secrets(path: Path | None) -> dict[str, str]:
    """Name to text, from a JSON object. Raises SecretsError."""
    if path is None:
        return {}
    try:
        secrets = orjson.loads(path.read_bytes())
    except OSError as error:
        raise SecretsError(f"{path}: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise SecretsError(f"{path}: not JSON (line {error.lineno})") from None
    if not isinstance(secrets, dict) or not all(isinstance(text, str) for text in secrets.values()):
        raise SecretsError(f"{path}: must be a JSON object of names and texts")
    return secrets
