"""What can go wrong with the store: the file itself, or what a caller wanted to write."""

from __future__ import annotations


class StoreError(Exception):
    """The database file cannot be used or failed; the text is for the operator."""


class IdentityTaken(Exception):
    """The identity belongs to a user already; nothing was written."""


class UserGone(Exception):
    """The user was deleted or disabled meanwhile, or lost the identity; nothing was written."""


class ProofGone(Exception):
    """The password was changed, the API key disabled, or the session ended meanwhile; nothing was written."""


class AccountTaken(Exception):
    """The address is registered already; nothing was written."""


class TicketInvalid(Exception):
    """The ticket never was, was used, has expired, or its secret is another; nothing was written."""


class KeyNameTaken(Exception):
    """The user has an API key of that name; nothing was written."""


class TooManyKeys(Exception):
    """The user has as many API keys as one may have; nothing was written."""


class DraftExists(Exception):
    """The app has an open draft; nothing was written."""


class NameTaken(Exception):
    """Another one has this name; nothing was written."""
