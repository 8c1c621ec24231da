"""One attempt to log in, as a provider gets to see it, and what a provider makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.apps.authentication import Provider
from server.auth.ids import NO_DEVICE
from server.calls.calling import Calls
from server.context.deployment import Deployment
from server.context.http import OutboundHttp
from server.ejson import Document
from server.login.hashing import PasswordHashing
from server.login.json_documents import JsonDocuments
from server.login.openid_description import OpenIdDescription
from server.login.web_keys import WebKeys
from server.login_records import Proof
from server.records import Identity, RequestDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What providers verify credentials with."""

    hashing: PasswordHashing
    http: OutboundHttp
    web_keys: WebKeys
    openid: JsonDocuments[OpenIdDescription]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Credentials offered to a provider of an app: the login body without `options` (contract 1.3)."""

    deployment: Deployment
    provider: Provider
    credentials: Document = field(default_factory=dict, repr=False)
    request: RequestDescription
    calls: Calls
    tools: Tools
    device_id: str = NO_DEVICE
    device: Document = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Whom the credentials prove: an identity that makes a user where it is unknown, or else a known user's key.

    With `user_id` the identity is not one of the user's own, and nothing of the user's data is refreshed.
    `proof` is what must still be good when a session is opened. Where the identity was just made up, `is_new`, there is
    nobody to look for.
    """

    identity: Identity
    user_id: str | None = None
    proof: Proof | None = None
    is_new: bool = False


def identity_of(attempt: Attempt, external_id: str, data: Document | None = None) -> Verified:
    """A person by the provider's id of them, with the metadata that comes with it."""
    provider = attempt.provider
    return Verified(
        identity=Identity(id=external_id, provider_type=provider.type, provider_id=provider.id, data=data or {})
    )
