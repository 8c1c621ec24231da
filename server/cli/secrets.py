"""The operator's file of secrets."""

from __future__ import annotations

import argparse
from pathlib import Path

import orjson


class SecretsError(Exception):
    """The file of secrets cannot be used; the message never shows a secret."""


def add_secrets(parser: argparse.ArgumentParser) -> None:
    """The option `--secrets FILE`, which is not a setting: what it names stays out of the environment."""
    parser.add_argument("--secrets", type=Path, metavar="FILE", help="a JSON object of secrets, name to text")


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
