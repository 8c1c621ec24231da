"""New ids: ObjectIds as 24 hexadecimal digits, as clients expect of users, devices and sessions."""

from __future__ import annotations

from bson import ObjectId

NO_DEVICE = "0" * 24
"""The device id that means none (contract 1.4)."""


def new_id() -> str:
    """An id that no other call gives, in any process; later ones of one process sort after earlier ones. Not secret."""
    return str(ObjectId())


def is_id(text: str) -> bool:
    """Whether this has the shape of an id; that it comes from a client makes it no more than that."""
    return len(text) == 24 and text.isascii() and all(digit in "0123456789abcdef" for digit in text)
