"""Authentication triggers: each operation by each provider owes one event to those that wait for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from server.apps.authentication import ProviderType
from server.apps.model import App, AuthenticationEvents, AuthOperation, Trigger
from server.calls.authentication_events import authentication_events
from server.causes import Cause, causing
from server.events import EventKind, Retry
from server.records import Identity, User

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
USER = User(
    id="u", app_id="app", created_at=NOW,
    identities=(Identity(id="i", provider_type="anon-user", provider_id="p", data={"name": "Ada"}),),
)  # fmt: skip


def trigger(name: str, operations: set[AuthOperation], providers: set[str]) -> Trigger:
    """A trigger that waits for these."""
    events = AuthenticationEvents(operations=frozenset(operations), providers=frozenset(providers))
    return Trigger(name=name, function_name="f", events=events)


def app(*triggers: Trigger) -> App:
    """An app of these triggers."""
    return App(app_id="app", id="a", group_id="g", domain_id="d", version="1", name="app", triggers=triggers)


@pytest.mark.parametrize(("operation", "provider"), list(product(AuthOperation, ProviderType)))
def test_every_operation_and_provider(operation: AuthOperation, provider: ProviderType) -> None:
    """Only the trigger that waits for just this is owed an event, which tells what happened."""
    triggers = [trigger(f"{op.value}-{kind.value}", {op}, {kind}) for op, kind in product(AuthOperation, ProviderType)]
    (event,) = authentication_events(app(*triggers), operation, USER, (provider,), NOW)

    assert (event.trigger_name, event.kind, event.lane) == (
        f"{operation.value}-{provider.value}",
        EventKind.AUTHENTICATION,
        None,
    )
    (argument,) = event.arguments
    assert isinstance(argument, dict)
    assert (argument["operationType"], argument["providers"], argument["time"]) == (operation.value, [provider], NOW)
    assert isinstance(argument["user"], dict)
    assert argument["user"]["data"] == {"name": "Ada"}


def test_events_know_the_login_that_caused_them() -> None:
    """By its log entry."""
    waits = app(trigger("waits", {AuthOperation.LOGIN}, {"anon-user"}))
    with causing("entry"):
        (event,) = authentication_events(waits, AuthOperation.LOGIN, USER, ("anon-user",), NOW)

    assert event.cause == Cause(trace="entry", entry="entry")


def test_deleting_is_one_event_for_all_providers() -> None:
    """A trigger that waits for several of the user's providers is owed one event, not one for each."""
    both = trigger("both", {AuthOperation.DELETE}, {"anon-user", "api-key"})
    (event,) = authentication_events(app(both), AuthOperation.DELETE, USER, ("anon-user", "api-key"), NOW)
    assert isinstance(event.arguments[0], dict)
    assert event.arguments[0]["providers"] == ["anon-user", "api-key"]


def test_order_and_retries_are_the_triggers() -> None:
    """Events with the same key have one lane, in the order of time; the trigger's retries go with them."""
    retry = Retry(attempts=3)
    keyed = replace(trigger("k", {AuthOperation.LOGIN}, {"anon-user"}), ordered_by="user.id", retry=retry)

    def event(user_id: str, seconds: int) -> tuple[str | None, int, Retry]:
        user, at = replace(USER, id=user_id), NOW + timedelta(seconds=seconds)
        (one,) = authentication_events(app(keyed), AuthOperation.LOGIN, user, ("anon-user",), at)
        return one.lane, one.position, one.retry

    first, second, other = event("u", 0), event("u", 1), event("v", 0)
    assert first[0] == second[0] != other[0]
    assert first[1] < second[1]
    assert first[2] == retry
