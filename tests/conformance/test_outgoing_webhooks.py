"""Outgoing webhooks of a real server: signed, repeated until they are taken, and told what happened to users."""

from __future__ import annotations

import base64
import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.conformance.http_client import Http, bearer
from tests.conformance.server_process import APPS, PATIENCE, ServerProcess, serve
from tests.loopback import Quiet, listening

KEYS = {"newKey": b"n" * 24, "oldKey": b"o" * 32}
SECRETS = {name: "whsec_" + base64.b64encode(key).decode() for name, key in KEYS.items()}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt as the receiver saw it."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The message."""
        return json.loads(self.body)

    def assert_signed(self) -> None:
        """Both keys have signed id, time and body, by the judgement of Standard Webhooks' own library; others not."""
        for secret in SECRETS.values():
            assert Webhook(secret).verify(self.body, self.headers) == self.json
        for body, secret in ((self.body + b" ", SECRETS["newKey"]), (self.body, "whsec_" + "AAAA" * 8)):
            with pytest.raises(WebhookVerificationError):
                Webhook(secret).verify(body, self.headers)


@dataclass(slots=True)
class Receiver:
    """Answers as it is told, path by path, 200 when it is not; keeps what it got."""

    port: int = 0
    statuses: dict[str, list[int]] = field(default_factory=dict)
    got: list[Delivery] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, path: str, count: int, user_id: str = "") -> list[Delivery]:
        """The deliveries to a path, of one user or all, once there are so many."""

        def there() -> list[Delivery]:
            return [one for one in self.got if one.path == path and user_id in ("", one.json["data"]["user"]["id"])]

        with self.changed:
            assert self.changed.wait_for(lambda: len(there()) >= count, PATIENCE), there()
            return there()

    def take(self, delivery: Delivery) -> int:
        """Keep a delivery; the status to answer."""
        with self.changed:
            self.got.append(delivery)
            self.changed.notify_all()
            statuses = self.statuses.get(delivery.path)
            return statuses.pop(0) if statuses else 200


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """A service that is told."""
    receiving = Receiver()

    class Handler(Quiet):
        def respond(self) -> None:
            body = self.read_body()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiving.take(Delivery(self.path, headers, body))
            self.answer(status, headers={"Location": "/elsewhere"})

    with listening(Handler) as receiving.port:
        yield receiving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[ServerProcess]:
    """A server of an app that tells the receiver."""
    data = tmp_path_factory.mktemp("data")
    app = Path(shutil.copytree(APPS / "hooked", data / "app"))
    (app / "vestibule.json").write_text(json.dumps({"webhooks": webhooks(receiver.port)}), encoding="utf-8")
    secrets = data / "secrets.json"
    secrets.write_text(json.dumps(SECRETS), encoding="utf-8")
    settings = {"VESTIBULE_WORKERS": "1", "VESTIBULE_ALLOWED_HOSTS": f"127.0.0.1:{receiver.port}"}
    with serve(data / "kept", [app], settings, secrets=secrets) as started:
        yield started


def webhooks(port: int) -> dict[str, object]:
    """One that hears everything, one that hears of anonymous users, and one that may not be reached."""
    retry = {"attempts": 4, "first_delay": 0.1, "longest_delay": 0.1}
    url, everything = f"http://127.0.0.1:{port}", ["user.created", "user.logged_in", "user.deleted"]
    common = {"secrets": list(KEYS), "retry": retry}
    return {
        "all": {"url": f"{url}/all", "events": everything, "providers": ["custom-function"], **common},
        "anonymous": {"url": f"{url}/anonymous", "events": ["user.created"], "providers": ["anon-user"], **common},
        "inside": {"url": "https://127.0.0.1:1/", "events": ["user.deleted"], **common},
        "open": {"url": "http://hooks.example/", "events": ["user.deleted"], **common},
    }


@pytest.fixture
def http(server: ServerProcess) -> Http:
    """Raw requests to the app."""
    return Http(url=server.url, app_id="hooked")


def test_users_are_told_of(http: Http, receiver: Receiver) -> None:
    """Created, logged in, deleted: a signed message each, with the user as plain JSON."""
    login = http.log_in({"name": "ada"}).json
    http.log_in({"name": "ada"})
    http.ask("DELETE", "/auth/delete", headers=bearer(login["access_token"]))
    got = receiver.wait("/all", 4, login["user_id"])

    for delivery in got:
        delivery.assert_signed()
        assert delivery.headers["content-type"] == "application/json"
        assert delivery.json.keys() == {"type", "timestamp", "data"}
    assert sorted(delivery.json["type"] for delivery in got) == [
        "user.created", "user.deleted", "user.logged_in", "user.logged_in",
    ]  # fmt: skip
    data = next(delivery.json["data"] for delivery in got if delivery.json["type"] == "user.created")
    assert (data["operationType"], data["providers"], data["user"]["id"]) == (
        "CREATE", ["custom-function"], login["user_id"],
    )  # fmt: skip
    assert data["user"]["identities"][0]["id"] == "ada"
    assert len({delivery.headers["webhook-id"] for delivery in got}) == len(got)


def test_refused_message_is_repeated(http: Http, receiver: Receiver) -> None:
    """A receiver that fails, or sends elsewhere, is asked again, with the same id and body; taken is taken."""
    receiver.statuses["/anonymous"] = [500, 302]
    before = len(receiver.wait("/anonymous", 0))
    assert http.log_in({}, "anon-user").status == 200
    attempts = receiver.wait("/anonymous", before + 3)[before:]

    assert len({(attempt.headers["webhook-id"], attempt.body) for attempt in attempts}) == 1
    for attempt in attempts:
        attempt.assert_signed()
    assert not receiver.wait("/elsewhere", 0)


def test_receiver_that_is_gone_is_left_alone(http: Http, receiver: Receiver, server: ServerProcess) -> None:
    """410 ends it at once."""
    receiver.statuses["/anonymous"] = [410]
    before = len(receiver.wait("/anonymous", 0))
    http.log_in({}, "anon-user")
    receiver.wait("/anonymous", before + 1)

    server.output.wait_for("trigger anonymous of app hooked failed, event .* is given up: the receiver answered 410")


def test_guards_stand(http: Http, server: ServerProcess) -> None:
    """Addresses inside, and users told in the open, are refused like a function's requests; the login goes on."""
    login = http.log_in({"name": "grace"}).json
    assert http.ask("DELETE", "/auth/delete", headers=bearer(login["access_token"])).status == 204

    server.output.wait_for("trigger inside of app hooked .*requests to '127.0.0.1' are not allowed")
    server.output.wait_for("trigger open of app hooked .*without https only hosts that the operator names")
