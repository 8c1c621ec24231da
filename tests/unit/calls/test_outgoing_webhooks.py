"""What outgoing webhooks are told, and its signature."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

from server.apps.model import App, AuthOperation
from server.apps.outgoing_webhooks import OutgoingWebhook
from server.apps.policy import Policy
from server.calls.authentication_events import authentication_events
from server.calls.outgoing_webhooks import webhook_body, webhook_headers
from server.events import EventKind, Retry
from server.records import Identity, User

NOW = datetime(2026, 3, 4, 5, 6, 7, 89_000, UTC)
KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def webhook(name: str, *events: str, providers: frozenset[str] | None = None) -> OutgoingWebhook:
    """A webhook for these events."""
    return OutgoingWebhook(
        name=name, url="https://hooks.example/", keys=(KEY,), events=frozenset(events), providers=providers,
        retry=Retry(attempts=3),
    )  # fmt: skip


def user(*provider_types: str) -> User:
    """A user with an identity of each."""
    identities = tuple(Identity(id=f"of {kind}", provider_type=kind, provider_id="p") for kind in provider_types)
    return User(id="u", app_id="app", identities=identities, created_at=NOW)


APP = App(
    app_id="app", id="a", group_id="g", domain_id="d", version="1", name="app",
    policy=Policy(
        webhooks={
            "all": webhook("all", "user.created", "user.linked", "user.logged_in", "user.deleted"),
            "anonymous": webhook("anonymous", "user.created", providers=frozenset({"anon-user"})),
        }
    ),
)  # fmt: skip


def told(operation: AuthOperation, *provider_types: str, by: str = "") -> list[tuple[str, object]]:
    """Which webhooks hear of an operation, and of which type it is to them."""
    events = authentication_events(APP, operation, user(*provider_types), [by or provider_types[-1]], NOW)
    assert all(event.kind is EventKind.OUTGOING_WEBHOOK and event.retry == Retry(attempts=3) for event in events)
    return [(event.trigger_name, event.arguments[0]) for event in events]


def test_each_hears_what_it_asked_for() -> None:
    """By type and provider; a second identity is a link."""
    assert told(AuthOperation.CREATE, "anon-user") == [("all", "user.created"), ("anonymous", "user.created")]
    assert told(AuthOperation.CREATE, "custom-function") == [("all", "user.created")]
    assert told(AuthOperation.CREATE, "anon-user", "custom-function") == [("all", "user.linked")]
    assert told(AuthOperation.LOGIN, "anon-user") == [("all", "user.logged_in")]
    assert told(AuthOperation.DELETE, "anon-user") == [("all", "user.deleted")]


def test_signature_is_that_of_standard_webhooks() -> None:
    """The example that its libraries are tested with."""
    headers = webhook_headers(
        [KEY], "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', now=datetime.fromtimestamp(1614265330, UTC)
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_each_key_signs() -> None:
    """While a key is changed, receivers may know either."""
    signature = webhook_headers([KEY, b"k" * 24], "id", b"{}", now=NOW)["webhook-signature"]

    assert [part[:3] for part in signature.split(" ")] == ["v1,", "v1,"]
    assert signature.split(" ")[0] == webhook_headers([KEY], "id", b"{}", now=NOW)["webhook-signature"]


def test_later_attempts_are_signed_anew() -> None:
    """The body and its time stay; the time of the attempt is new."""
    first, second = (webhook_headers([KEY], "id", b"{}", now=NOW + timedelta(seconds=later)) for later in (0, 60))

    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 60
    assert first["webhook-signature"] != second["webhook-signature"]


def test_body_is_plain_json() -> None:
    """Receivers know nothing of Extended JSON."""
    body = json.loads(webhook_body("user.created", {"time": NOW, "n": 1}, NOW))

    assert body == {
        "type": "user.created",
        "timestamp": "2026-03-04T05:06:07.089Z",
        "data": {"time": "2026-03-04T05:06:07.089Z", "n": 1},
    }
