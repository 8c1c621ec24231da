"""Mails and functions of registrations, begun again by administrators (contract 12.4)."""

from __future__ import annotations

import json
import time

from tests.admin.conftest import AdminClient
from tests.conformance.http_client import JSON, Http, assert_refused
from tests.conformance.server_process import PATIENCE, ServerProcess

EMAIL = "ada@example.com"
BY_EMAIL = f"/user_registrations/by_email/{EMAIL}"


def link(shop: AdminClient, what: str) -> str:
    """Where a link of the app's mails leads: nowhere that another test's mails lead to."""
    return f"https://{shop.app_id}.example/{what}"


def provide(shop: AdminClient, **config: object) -> None:
    """Let users in by address and password."""
    links = {"emailConfirmationUrl": link(shop, "confirm"), "resetPasswordUrl": link(shop, "reset")}
    provider = {"name": "local-userpass", "type": "local-userpass", "config": links | config}
    made = shop.of_app("POST", "/auth_providers", provider)
    assert made.status == 201, made.body


def register(shop: AdminClient) -> None:
    """Ada registers."""
    body = json.dumps({"email": EMAIL, "password": "correct horse battery"}).encode()
    http = Http(url=shop.http.url, app_id=shop.app_id)
    answer = http.ask("POST", f"/app/{shop.app_id}/auth/providers/local-userpass/register", body, JSON)
    assert answer.status == 201, answer.body


def mails(server: ServerProcess, word: str, number: int) -> int:
    """How many mails with this word there are, once there are as many as should be."""
    give_up = time.monotonic() + PATIENCE
    while True:
        texts = [path.read_text() for path in (server.data_dir / "mail").glob("*.eml")]
        found = sum(word in text for text in texts)
        if found >= number or time.monotonic() > give_up:
            return found
        time.sleep(0.02)


def test_confirmations_and_resets_are_mailed_again(server: ServerProcess, shop: AdminClient) -> None:
    """One mail each time; who is confirmed, or unknown, is told apart."""
    provide(shop)
    assert_refused(shop.of_app("POST", f"{BY_EMAIL}/send_confirm"), 404, "UserNotFound", EMAIL)
    register(shop)
    assert mails(server, link(shop, "confirm"), 1) == 1
    assert shop.of_app("POST", f"{BY_EMAIL}/send_confirm").status == 200
    assert mails(server, link(shop, "confirm"), 2) == 2
    assert_refused(shop.of_app("POST", f"{BY_EMAIL}/run_confirm"), 400, "BadRequest", "no confirmation function")

    assert shop.of_app("POST", f"{BY_EMAIL}/confirm").status == 204
    assert_refused(shop.of_app("POST", f"{BY_EMAIL}/send_confirm"), 400, "UserAlreadyConfirmed", EMAIL)
    user = shop.of_app("POST", "/users", {"email": "grace@example.com", "password": "correct horse battery"}).json
    assert shop.of_app("PATCH", f"/users/{user['_id']}/reset_email").status == 204
    assert mails(server, link(shop, "reset"), 1) == 1
    assert_refused(shop.of_app("PATCH", f"/users/{'0' * 24}/reset_email"), 404, "UserNotFound", "user not found")


def test_the_confirmation_function_judges_again(shop: AdminClient) -> None:
    """202, and by then its judgement holds."""
    source = "exports = async () => { const v = context.values.get('verdict'); return {status: v}; };"
    shop.of_app("POST", "/values", {"name": "verdict", "value": "pending"})
    shop.of_app("POST", "/functions", {"name": "judge", "source": source})
    provide(shop, runConfirmationFunction=True, confirmationFunctionName="judge")
    register(shop)
    assert shop.of_app("POST", f"{BY_EMAIL}/run_confirm").status == 202
    assert len(shop.of_app("GET", "/user_registrations/pending_users").json) == 1

    (value,) = shop.of_app("GET", "/values").json
    assert shop.of_app("PUT", f"/values/{value['_id']}", {"name": "verdict", "value": "success"}).status == 200
    assert shop.of_app("POST", f"{BY_EMAIL}/run_confirm").status == 202
    assert shop.of_app("GET", "/user_registrations/pending_users").json == []
    assert_refused(shop.of_app("POST", f"{BY_EMAIL}/run_confirm"), 400, "UserAlreadyConfirmed", EMAIL)


def test_users_without_an_address_get_no_mail(shop: AdminClient) -> None:
    """They are told from users that are not there."""
    provide(shop)
    user_id = Http(url=shop.http.url, app_id=shop.app_id).log_in({}, "anon-user").json["user_id"]
    assert_refused(shop.of_app("PATCH", f"/users/{user_id}/reset_email"), 400, "BadRequest", "no address")
