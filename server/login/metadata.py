"""User data out of claims, as the provider's metadata fields say (contract 7.4)."""

from __future__ import annotations

from collections.abc import Sequence

from server.apps.authentication import MetadataField
from server.ejson import Document, Value
from server.login.external_tokens import TokenRefused


def metadata(claims: Document, fields: Sequence[MetadataField]) -> Document:
    """The fields that the claims have. Raises TokenRefused where a required one is missing."""
    found: Document = {}
    for field in fields:
        value = _at(claims, field.path)
        if value is not None:
            found[field.field_name] = value
        elif field.required:
            raise TokenRefused(f"the required field '{'.'.join(field.path)}' is missing")
    return found


def _at(claims: Document, path: Sequence[str]) -> Value:
    value: Value = claims
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value
