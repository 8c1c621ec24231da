"""Documents in a real MongoDB: the same operations, guards and errors as in the embedded store."""

from __future__ import annotations

from server.documents.mongo.client import MongoDocuments

__all__ = ["MongoDocuments"]
