"""What can go wrong with the store: the file itself, or what a caller wanted to write."""

from __future__ import annotations


class StoreError(Exception):
    """The database file cannot be used or failed; the text is for the operator."""


class IdentityTaken(Exception):
    """The identity belongs to a user already; nothing was written."""


class UserGone(Exception):
    """The user was deleted or disabled meanwhile, or lost the identity; nothing was written."""
