"""Outgoing webhooks: which address is told of which authentication events, and with which keys it is signed to."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from pydantic import Field
from yarl import URL

from server.apps.authentication import ProviderType
from server.apps.manifest import Array, Strict
from server.apps.names import why_not_trigger
from server.apps.reading import Reading
from server.events import Retry

PREFIX: Final = "whsec_"
"""How a secret begins in Standard Webhooks; base64 follows."""
KEY_BYTES: Final = range(24, 65)
EventType: TypeAlias = Literal["user.created", "user.linked", "user.logged_in", "user.deleted"]


class WebhookRetryEntry(Strict):
    """`retry` of a webhook, in seconds; by default about three days of attempts."""

    attempts: int = Field(default=15, ge=1, le=100)
    first_delay: float = Field(default=5, ge=0.1, le=86_400, strict=False)
    longest_delay: float = Field(default=6 * 3600, ge=0.1, le=86_400, strict=False)
    deadline: float = Field(default=3 * 86_400, ge=1, le=30 * 86_400, strict=False)


class WebhookEntry(Strict):
    """An entry of `webhooks`; `secrets` are names, the newest first: each signs, so that keys can be changed."""

    url: str = Field(max_length=2048)
    secrets: Array[str] = Field(min_length=1, max_length=4)
    events: Array[EventType] = Field(min_length=1)
    providers: Array[str] | None = None
    disabled: bool = False
    retry: WebhookRetryEntry = WebhookRetryEntry()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingWebhook:
    """A webhook; `providers` None: all of them."""

    name: str
    url: str
    keys: tuple[bytes, ...] = field(repr=False)
    events: frozenset[str]
    providers: frozenset[str] | None
    retry: Retry


def read_outgoing_webhooks(
    reading: Reading, file: str, entries: Mapping[str, WebhookEntry]
) -> dict[str, OutgoingWebhook]:
    """Those that are enabled, by name."""
    read = {name: _read(reading, file, name, entry) for name, entry in entries.items()}
    return {name: webhook for name, webhook in read.items() if not entries[name].disabled}


def _read(reading: Reading, file: str, name: str, entry: WebhookEntry) -> OutgoingWebhook:
    place = f"webhooks.{name}"
    if why := why_not_trigger(name):
        reading.problem(file, place, why)
    if not _is_address(entry.url):
        reading.problem(file, f"{place}.url", "has to be a URL with https, or http within the operator's own network")
    for provider_type in entry.providers or ():
        if provider_type not in list(ProviderType):
            reading.problem(file, f"{place}.providers", f"unknown provider type {provider_type!r}")
    retry = entry.retry
    return OutgoingWebhook(
        name=name,
        url=entry.url,
        keys=() if entry.disabled else tuple(_key(reading, file, place, secret) for secret in entry.secrets),
        events=frozenset(entry.events),
        providers=None if entry.providers is None else frozenset(entry.providers),
        retry=Retry(
            attempts=retry.attempts,
            first_delay=timedelta(seconds=retry.first_delay),
            longest_delay=timedelta(seconds=retry.longest_delay),
            deadline=timedelta(seconds=retry.deadline),
        ),
    )


def _is_address(text: str) -> bool:
    try:
        url = URL(text)
    except ValueError:
        return False
    return url.scheme in {"https", "http"} and bool(url.host) and url.user is None and url.password is None


def _key(reading: Reading, file: str, place: str, name: str) -> bytes:
    text = reading.secret(file, f"{place}.secrets", name)
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if text and len(key) not in KEY_BYTES:
        reading.problem(
            file, f"{place}.secrets", f"the secret {name!r} has to be 'whsec_' and base64 of 24 to 64 bytes"
        )
    return key
