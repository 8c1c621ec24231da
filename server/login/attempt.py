"""One attempt to log in, as a provider gets to see it."""

from __future__ import annotations

from dataclasses import dataclass

from server.apps.authentication import Provider
from server.calls.calling import Calls
from server.context.deployment import Deployment
from server.ejson import Document
from server.records import RequestDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Credentials offered to a provider of an app: the login body without `options` (contract 1.3)."""

    deployment: Deployment
    provider: Provider
    credentials: Document
    request: RequestDescription
    calls: Calls
