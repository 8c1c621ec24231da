"""What outgoing webhooks are told, and how it is signed, as Standard Webhooks 1.0 has it; pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from server import ejson
from server.apps.model import App, AuthOperation
from server.auth.ids import new_id
from server.ejson import Document
from server.events import EventKind, TriggerEvent

_TYPES: Final = {
    AuthOperation.CREATE: "user.created",
    AuthOperation.LOGIN: "user.logged_in",
    AuthOperation.DELETE: "user.deleted",
}
LINKED: Final = "user.linked"


def webhook_events(
    app: App, operation: AuthOperation, event: Document, provider_types: Sequence[str], *, linked: bool, now: datetime
) -> list[TriggerEvent]:
    """One event of the queue for each webhook that is to hear of it; `event` is what a trigger gets (contract 8.1)."""
    type_ = LINKED if linked else _TYPES[operation]
    return [
        TriggerEvent(
            id=new_id(), app_id=app.app_id, kind=EventKind.OUTGOING_WEBHOOK, trigger_name=webhook.name,
            function_name="", arguments=(type_, event), created_at=now, retry=webhook.retry,
        )
        for webhook in app.policy.webhooks.values()
        if type_ in webhook.events and (webhook.providers is None or webhook.providers & set(provider_types))
    ]  # fmt: skip


def webhook_body(type: str, event: Document, happened_at: datetime) -> bytes:
    """The message: its type, when it happened, and the event as plain JSON; the same bytes at every attempt."""
    timestamp = happened_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return ejson.dumps_plain({"type": type, "timestamp": timestamp, "data": event})


def webhook_headers(keys: Iterable[bytes], id: str, body: bytes, *, now: datetime) -> dict[str, str]:
    """The headers of one attempt: `now` is when it is made, so that receivers can refuse old ones."""
    timestamp = str(int(now.timestamp()))
    signed = f"{id}.{timestamp}.".encode() + body
    return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(key, signed)}" for key in keys),
    }


def _signature(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
