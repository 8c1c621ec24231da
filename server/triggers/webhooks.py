"""Delivers what outgoing webhooks are owed: a signed POST, through the same guarded client as functions' requests."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final, cast

from yarl import URL

from server.apps.outgoing_webhooks import OutgoingWebhook
from server.auth.ids import new_id
from server.calls.calling import Calls
from server.calls.outgoing_webhooks import webhook_body, webhook_headers
from server.calls.registry import Registry
from server.ejson import Document
from server.errors import AppError
from server.events import QueuedEvent
from server.records import LogEntry
from server.triggers.outcomes import RunFailed, RunHopeless, RunInterrupted

PATIENCE: Final = 20.0
"""Seconds that a receiver may take to answer (Standard Webhooks: 15 to 30)."""
GONE: Final = 410
"""By which a receiver says that it wants no more."""


class WebhookDeliveries:
    """Makes the POSTs; a handler of the queue."""

    def __init__(self, calls: Calls, registry: Registry) -> None:
        self._calls = calls
        self._registry = registry

    async def run(self, queued: QueuedEvent) -> None:
        """One attempt. Raises RunFailed where the receiver does not take it, RunHopeless where it never will."""
        event = queued.event
        deployment = self._registry.find(event.app_id)
        if deployment is None:
            raise RunInterrupted(f"app '{event.app_id}' is not served")
        webhook = deployment.app.policy.webhooks.get(event.trigger_name)
        if webhook is None:
            raise RunHopeless(f"the app has no webhook '{event.trigger_name}' any more")
        started_at = datetime.now(UTC)
        try:
            status = await self._post(webhook, queued)
        except RunFailed as error:
            told = deployment.personal.without_values(deployment.redact(str(error)))
            self._log(queued, started_at, told)
            raise RunFailed(told) from error
        refused = None if 200 <= status < 300 else f"the receiver answered {status}"
        self._log(queued, started_at, refused)
        if status == GONE:
            raise RunHopeless("the receiver answered 410: it wants no more")
        if refused is not None:
            raise RunFailed(refused)

    async def _post(self, webhook: OutgoingWebhook, queued: QueuedEvent) -> int:
        """The status of the answer; redirects are not followed, since the address is the operator's to know."""
        event, http = queued.event, self._calls.capabilities.http
        url = URL(webhook.url)
        if url.scheme != "https" and not http.allowed.name(url):
            raise RunFailed("without https only hosts that the operator names are told of users")
        type_, told = cast("tuple[str, Document]", event.arguments)
        body = webhook_body(type_, told, event.created_at)
        headers = webhook_headers(webhook.keys, event.id, body, now=datetime.now(UTC))
        request: Document = {
            "method": "post",
            "url": webhook.url,
            "headers": {name: [value] for name, value in ({"content-type": "application/json"} | headers).items()},
            "body": body.decode(),
        }
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await http.request(request)
        except TimeoutError:
            raise RunFailed(f"no answer within {PATIENCE:g} seconds") from None
        except AppError as error:
            raise RunFailed(error.message) from error
        return int(cast("int", answer["statusCode"]))

    def _log(self, queued: QueuedEvent, started_at: datetime, error: str | None) -> None:
        """An entry for the author: an attempt, and what came of it."""
        event = queued.event
        said = f"{event.arguments[0]} to webhook '{event.trigger_name}', attempt {queued.attempts}"
        entry = LogEntry(
            id=new_id(), app_id=event.app_id, type=event.kind.value, function_name=None, user_id=None,
            error=error, error_code=None, messages=(said,), started_at=started_at, completed_at=datetime.now(UTC),
        )  # fmt: skip
        self._calls.logs.add(entry)
