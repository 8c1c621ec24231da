"""What the Admin API answers about documents and their indexes, beside Extended JSON itself."""

from __future__ import annotations

from server.api.admin.answers.closed import Closed


class Loaded(Closed):
    """Documents that were sent, and how many of them were new."""

    read: int
    inserted: int


class IndexName(Closed):
    """An index that is there now."""

    name: str
