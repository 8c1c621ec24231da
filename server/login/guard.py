"""Stands before every attempt: counts failures, makes guessers wait, keeps the audit log of refusals."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt
from server.login.audit import audit_entry
from server.login.limits import (
    FORGOTTEN_AFTER,
    Counter,
    LimitRules,
    flow_counters,
    login_counters,
    longest_wait,
    mail_counters,
    registration_counters,
)
from server.login.locks import KeyedLocks
from server.login_records import AuditEvent
from server.records import RequestDescription
from server.store import Store
from server.store.failures import Failures

REMEMBERED = 1.0
"""Seconds for which it is remembered that nothing failed; a failure in this process ends that at once."""
MOST_REMEMBERED = 4096


class Guard:
    """The limits of one server; the counts are shared by all processes on the same data."""

    def __init__(self, store: Store, rules: LimitRules) -> None:
        self._store = store
        self._rules = rules
        self._locks = KeyedLocks()
        self._clean: dict[tuple[str, ...], float] = {}

    @asynccontextmanager
    async def over(self, attempt: Attempt, account: str | None) -> AsyncIterator[None]:
        """Verify credentials within this block. Raises AppError TooManyRequests before it begins.

        Attempts on one account take turns, so that no burst is verified before its first failure counts.
        """
        app_id, provider = attempt.deployment.app.app_id, attempt.provider.type
        counters = login_counters(self._rules, provider, account, attempt.request.remote_ip_address)
        async with AsyncExitStack() as stack:
            if account is not None:
                await stack.enter_async_context(self._locks.hold(app_id, provider, account))
            found = await self._admit(app_id, counters)
            try:
                yield
            except AppError as refusal:
                if refusal.status == HTTPStatus.UNAUTHORIZED:
                    await self._failed(attempt, counters, refusal)
                raise
            await self._succeeded(app_id, counters, found)

    async def admit_mail(self, app_id: str, account: str, request: RequestDescription) -> None:
        """Count a request for a mail to an account, sent or not. Raises AppError TooManyRequests."""
        counters = mail_counters(self._rules, account, request.remote_ip_address)
        async with self._locks.hold(app_id, "mails", account):
            await self._admit(app_id, counters)
            await self._count(app_id, counters)

    async def admit_registration(self, app_id: str, request: RequestDescription) -> None:
        """Count a registration, whatever becomes of it. Raises AppError TooManyRequests."""
        counters = registration_counters(self._rules, request.remote_ip_address)
        await self._admit(app_id, counters)
        await self._count(app_id, counters)

    async def admit_flow(self, attempt: Attempt) -> None:
        """Count an OAuth flow that begins. Raises AppError TooManyRequests."""
        app_id, counters = attempt.deployment.app.app_id, self._flow_counters(attempt)
        await self._admit(app_id, counters)
        await self._count(app_id, counters)

    async def flow_ended(self, attempt: Attempt) -> None:
        """A flow has ended with tokens: many people may log in from one address."""
        app_id, counters = attempt.deployment.app.app_id, self._flow_counters(attempt)
        await self._succeeded(app_id, counters, await self._store.find_failures(app_id, [one.key for one in counters]))

    def _flow_counters(self, attempt: Attempt) -> list[Counter]:
        return flow_counters(self._rules, attempt.request.remote_ip_address)

    async def _admit(self, app_id: str, counters: Sequence[Counter]) -> dict[str, Failures]:
        keys = (app_id, *(counter.key for counter in counters))
        if self._clean.get(keys, 0.0) > time.monotonic():
            return {}
        found = dict(await self._store.find_failures(app_id, keys[1:]))
        if not found:
            self._remember(keys)
        wait = longest_wait(counters, found, datetime.now(UTC))
        if wait > timedelta(0):
            raise AppError(
                ErrorCode.TOO_MANY_REQUESTS, "too many attempts: try again later",
                retry_after=math.ceil(wait.total_seconds()),
            )  # fmt: skip
        return found

    def _remember(self, keys: tuple[str, ...]) -> None:
        if len(self._clean) >= MOST_REMEMBERED:
            self._clean.clear()
        self._clean[keys] = time.monotonic() + REMEMBERED

    async def _failed(self, attempt: Attempt, counters: Sequence[Counter], refusal: AppError) -> None:
        app_id = attempt.deployment.app.app_id
        self._clean.clear()
        detail = attempt.deployment.for_operator(str(refusal.__cause__ or refusal.message))
        entry = audit_entry(
            app_id, AuditEvent.LOGIN, attempt.request, provider_type=attempt.provider.type,
            error_code=refusal.code.value, detail=detail,
        )  # fmt: skip
        keys = [counter.key for counter in counters]
        await self._store.count_failure(
            app_id, keys, now=datetime.now(UTC), forgotten_after=FORGOTTEN_AFTER, owed=[entry]
        )

    async def _count(self, app_id: str, counters: Sequence[Counter]) -> None:
        self._clean.clear()
        keys = [counter.key for counter in counters]
        await self._store.count_failure(app_id, keys, now=datetime.now(UTC), forgotten_after=FORGOTTEN_AFTER)

    async def _succeeded(self, app_id: str, counters: Sequence[Counter], found: Mapping[str, Failures]) -> None:
        cleared = [counter.key for counter in counters if counter.is_personal and counter.key in found]
        if cleared:
            await self._store.forget_failures(app_id, cleared)
