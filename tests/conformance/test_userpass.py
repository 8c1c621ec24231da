"""Address and password with the unmodified client: register, confirm, log in, reset, link (contract 7.2, 7.5, 1.8)."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest

from tests.conformance.http_client import JSON, Answer, Http, assert_refused
from tests.conformance.mail_server import Mailbox, link_in, part
from tests.conformance.realm_web import Printed, RealmWeb
from tests.conformance.server_process import ServerProcess

GOOD = "correct horse"


def steps(server: tuple[ServerProcess, Mailbox], app_id: str, *made: tuple[object, ...]) -> Printed:
    """The outcomes of steps of one client."""
    return RealmWeb(url=server[0].url, app_id=app_id).run("userpass.mjs", made)


def refusal(outcome: Printed) -> tuple[int, str, str]:
    """Status, code and text of an outcome that is an error."""
    error = outcome["error"]
    return error["statusCode"], error["errorCode"], error["error"]


def test_registered_user_logs_in(accounts_server: tuple[ServerProcess, Mailbox]) -> None:
    """With automatic confirmation an address logs in at once, without regard to its case, always as the same user."""
    registered, first, again = steps(
        accounts_server, "accounts", ("register", "Ada@Example.org", GOOD), ("logIn", "Ada@Example.org", GOOD),
        ("logIn", "ada@example.ORG", GOOD),
    )  # fmt: skip
    user = first["value"]

    assert registered == {"value": "(undefined)"}
    assert again["value"]["id"] == user["id"]
    assert user["profile"] == {"email": "Ada@Example.org"}
    assert [identity["providerType"] for identity in user["identities"]] == ["local-userpass"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (("register", "taken@example.org", GOOD), (409, "AccountNameInUse", "name already in use")),
        (("register", "Taken@Example.org", GOOD), (409, "AccountNameInUse", "name already in use")),
        (("register", "b@example.org", "short"), (400, "BadRequest", "password must be between 6 and 128 characters")),
        (("register", "b@example.org", "x" * 129), (400, "BadRequest", "password must be between 6 and 128")),
        (("register", "b@example.org", "password1"), (400, "BadRequest", "most common")),
        (("register", "b@example.org", "B@example.org"), (400, "BadRequest", "must not be the email address")),
        (("register", "b@example.org", "Accounts-2026"), (400, "BadRequest", "names that everybody knows")),
        (("register", "no address", GOOD), (400, "BadRequest", "email invalid")),
        (("register", "a@b.c\r\nBcc: d@e.f", GOOD), (400, "BadRequest", "email invalid")),
        (("logIn", "taken@example.org", "wrong horse"), (401, "InvalidPassword", "unauthorized")),
        (("logIn", "nobody@example.org", GOOD), (401, "InvalidPassword", "unauthorized")),
        (("logIn", "taken@example.org", "x" * 2000), (401, "InvalidPassword", "unauthorized")),
        (("confirm", "nonsense", "nonsense"), (400, "BadRequest", "invalid token data")),
        (("confirm", "x", "0" * 24), (400, "UserpassTokenInvalid", "userpass token is expired or invalid")),
        (("reset", "x", "0" * 24, GOOD), (400, "UserpassTokenInvalid", "userpass token is expired or invalid")),
        (
            ("retry", "taken@example.org"),
            (400, "BadRequest", "cannot run confirmation for taken@example.org: automatic confirmation is enabled"),
        ),
    ],
)
def test_what_cannot_be_is_refused(
    accounts_server: tuple[ServerProcess, Mailbox], step: tuple[object, ...], expected: tuple[int, str, str]
) -> None:
    """Each refusal has the status, code and text that clients know."""
    *_, outcome = steps(accounts_server, "accounts", ("register", "taken@example.org", GOOD), step)
    status, code, text = refusal(outcome)

    assert (status, code) == expected[:2]
    assert expected[2] in text


def test_address_is_confirmed_by_mail(accounts_server: tuple[ServerProcess, Mailbox], mailbox: Mailbox) -> None:
    """The mailed link confirms once, and older ones with it; before, the address does not log in."""
    email = "pending@example.org"
    registered, early, resent = steps(
        accounts_server, "mailed", ("register", email, GOOD), ("logIn", email, GOOD), ("resend", email)
    )
    first, second = mailbox.to(email, count=2)
    page, query = link_in(first)
    _, newer = link_in(second)
    confirmed, user, twice, spent = steps(
        accounts_server, "mailed", ("confirm", newer["token"], newer["tokenId"]), ("logIn", email, GOOD),
        ("confirm", newer["token"], newer["tokenId"]), ("confirm", query["token"], query["tokenId"]),
    )  # fmt: skip

    assert registered == confirmed == resent == {"value": "(undefined)"}
    assert refusal(early) == (401, "AuthError", "confirmation required")
    assert page == "https://mailed.example/confirm"
    assert user["value"]["profile"] == {"email": email}
    assert refusal(twice)[1] == refusal(spent)[1] == "UserpassTokenInvalid"


def test_mail_cannot_be_given_more_headers(accounts_server: tuple[ServerProcess, Mailbox], mailbox: Mailbox) -> None:
    """A subject with line breaks stays one header, and what people choose does not become markup."""
    email = "o'<b>@example.org".replace("<b>", "&b&")
    steps(accounts_server, "mailed", ("register", email, GOOD))
    (mail,) = mailbox.to(f"{email}")

    assert mail["Subject"] == "Welcome to mailed Bcc: everybody@example.org"
    assert mail["Bcc"] is None
    assert "o&#x27;&amp;b&amp;@example.org" in part(mail, "html")


def test_password_is_reset_by_mail(accounts_server: tuple[ServerProcess, Mailbox], mailbox: Mailbox) -> None:
    """The mailed link, in the app's words, sets a password once and ends all sessions; unknown addresses look alike."""
    email = "forgetful@example.org"
    steps(accounts_server, "mailed", ("register", email, GOOD))
    _, confirmation = link_in(mailbox.to(email)[0])
    raw = Http(url=accounts_server[0].url, app_id="mailed")
    confirmed, _, sent, unknown = steps(
        accounts_server, "mailed", ("confirm", confirmation["token"], confirmation["tokenId"]),
        ("logIn", email, GOOD), ("sendReset", email), ("sendReset", "stranger@example.org"),
    )  # fmt: skip
    session = raw.log_in({"username": email, "password": GOOD}, "local-userpass").json
    mail = mailbox.to(email, count=2)[1]
    page, query = link_in(mail)
    short, done, old, new, again = steps(
        accounts_server, "mailed", ("reset", query["token"], query["tokenId"], "short"),
        ("reset", query["token"], query["tokenId"], "another horse"), ("logIn", email, GOOD),
        ("logIn", email, "another horse"), ("reset", query["token"], query["tokenId"], "third horse"),
    )  # fmt: skip

    assert confirmed == sent == unknown == done == {"value": "(undefined)"}
    assert page == "https://mailed.example/reset"
    assert query["lang"] == "en"
    assert part(mail, "plain").startswith(f"New password for {email}: https://")
    assert f"<b>{email}</b>" in part(mail, "html")
    assert refusal(short)[1] == "BadRequest"
    assert refusal(old)[1] == "InvalidPassword"
    assert new["value"]["profile"] == {"email": email}
    assert refusal(again)[1] == "UserpassTokenInvalid"
    refresh = {"Authorization": f"Bearer {session['refresh_token']}"}
    assert raw.ask("POST", "/auth/session", headers=refresh).json["error_code"] == "InvalidSession"
    told = mailbox.to(email, count=3)[2]
    assert told["Subject"] == "Your password for mailed was changed"
    assert f"The password of {email} with mailed was changed" in part(told, "plain")
    assert "http" not in part(told, "html")


def test_mail_waits_for_the_server(accounts_server: tuple[ServerProcess, Mailbox], mailbox: Mailbox) -> None:
    """A mail that the SMTP server will never take is dropped; it holds up no other."""
    mailbox.refusals.append("554 no such user")
    steps(accounts_server, "mailed", ("register", "refused@example.org", GOOD))
    mailbox.wait_until_refused()
    steps(accounts_server, "mailed", ("register", "taken-after@example.org", GOOD))

    assert mailbox.to("taken-after@example.org")


def test_confirmation_function_decides(accounts_server: tuple[ServerProcess, Mailbox]) -> None:
    """Success confirms, pending waits for the token, anything else refuses and leaves the address free."""
    outcomes = steps(
        accounts_server, "asked", ("register", "yes1@b.c", GOOD), ("logIn", "yes1@b.c", GOOD),
        ("register", "wait1@b.c", GOOD), ("logIn", "wait1@b.c", GOOD), ("register", "wait1@b.c", GOOD),
        ("register", "no@b.c", GOOD), ("register", "no@b.c", GOOD), ("register", "throw@b.c", GOOD),
        ("logInAnonymously",), ("call", "tokens", "wait1@b.c"),
    )  # fmt: skip
    given = outcomes[-1]["value"]
    retried, stale, user, already, unknown = steps(
        accounts_server, "asked", ("retry", "wait1@b.c"), ("confirm", given["token"], given["tokenId"]),
        ("logIn", "wait1@b.c", GOOD), ("retry", "wait1@b.c"), ("retry", "nobody@b.c"),
    )  # fmt: skip

    assert outcomes[1]["value"]["profile"] == {"email": "yes1@b.c"}
    assert refusal(outcomes[3]) == (401, "AuthError", "confirmation required")
    assert refusal(outcomes[4])[1] == "AccountNameInUse"
    assert [refusal(outcomes[place]) for place in (5, 6)] == [
        (400, "BadRequest", 'failed to confirm user "no@b.c"')
    ] * 2
    assert refusal(outcomes[7])[0] == 400
    assert retried == stale == {"value": "(undefined)"}
    assert user["value"]["profile"] == {"email": "wait1@b.c"}
    assert refusal(already) == (400, "UserAlreadyConfirmed", "already confirmed")
    assert refusal(unknown) == (404, "UserNotFound", "user not found")


def test_reset_function_decides(accounts_server: tuple[ServerProcess, Mailbox]) -> None:
    """Success sets the password at once, pending waits for the token, anything else changes nothing."""
    email = "yes2@b.c"
    outcomes = steps(
        accounts_server, "asked", ("register", email, GOOD), ("callReset", email, "second horse", "success", 1),
        ("logIn", email, "second horse"), ("call", "tokens", email), ("callReset", email, "third horse", "fail"),
        ("callReset", email, "second horse", "pending", {"n": 1}), ("logIn", email, "second horse"),
        ("call", "tokens", email), ("sendReset", email), ("callReset", "nobody@b.c", GOOD, "success"),
    )  # fmt: skip
    first, second = outcomes[3]["value"], outcomes[7]["value"]
    reset, user = steps(
        accounts_server, "asked", ("reset", second["token"], second["tokenId"], "fourth horse"),
        ("logIn", email, "fourth horse"),
    )  # fmt: skip

    assert outcomes[1] == outcomes[5] == reset == {"value": "(undefined)"}
    assert outcomes[2]["value"]["id"] == outcomes[6]["value"]["id"] == user["value"]["id"]
    assert (first["currentPasswordValid"], second["currentPasswordValid"]) == (False, True)
    assert refusal(outcomes[4]) == (400, "BadRequest", f'failed to reset password for user "{email}"')
    assert refusal(outcomes[8]) == (400, "BadRequest", "please use reset password via function")
    assert refusal(outcomes[9])[1] == "UserNotFound"


def test_case_matters_where_the_app_says_so(accounts_server: tuple[ServerProcess, Mailbox]) -> None:
    """With the switch for the old behaviour two spellings are two accounts, and common passwords may be chosen."""
    outcomes = steps(
        accounts_server, "asked", ("register", "yes3@B.c", "password"), ("register", "yes3@b.c", "123456"),
        ("logIn", "yes3@b.c", "123456"), ("logIn", "yes3@B.c", "123456"),
    )  # fmt: skip

    assert [list(outcome) for outcome in outcomes] == [["value"], ["value"], ["value"], ["error"]]


def test_one_of_many_registrations_wins(accounts: Http) -> None:
    """Of 1,000 registrations of one address at once one succeeds; all others are told that it is taken."""
    path = "/app/accounts/auth/providers/local-userpass/register"
    body = json.dumps({"email": "crowd@example.org", "password": GOOD}).encode()
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: accounts.ask("POST", path, body, JSON), range(1000)))

    assert sorted(answer.status for answer in answers) == [201] + [409] * 999


def test_anonymous_user_keeps_everything_when_linked(accounts_server: tuple[ServerProcess, Mailbox]) -> None:
    """Linking keeps the user, adds the identity as the last, merges the data; then the address logs that user in."""
    anonymous, registered, linked, twice, called, logged_in = steps(
        accounts_server, "accounts", ("logInAnonymously",), ("register", "linked@example.org", GOOD),
        ("link", "linked@example.org", GOOD), ("link", "linked@example.org", GOOD), ("call", "whoAmI"),
        ("logIn", "linked@example.org", GOOD),
    )  # fmt: skip
    user = linked["value"]

    assert registered == {"value": "(undefined)"}
    assert user["id"] == anonymous["value"]["id"] == logged_in["value"]["id"] == twice["value"]["id"]
    assert [identity["providerType"] for identity in user["identities"]] == ["anon-user", "local-userpass"]
    assert user["profile"] == {"email": "linked@example.org"}
    assert called["value"]["data"] == {"email": "linked@example.org"}


def test_link_conflicts_are_refused_without_loops(accounts_server: tuple[ServerProcess, Mailbox]) -> None:
    """Somebody else's identity, a second one of a provider and a wrong password are refused; the session goes on."""
    made = [
        ("register", "one@example.org", GOOD), ("register", "two@example.org", GOOD),
        ("logIn", "two@example.org", GOOD), ("logInByFunction", "linker", "Linker"),
        ("link", "two@example.org", GOOD), ("link", "one@example.org", "wrong horse"),
        ("link", "one@example.org", GOOD), ("linkFunction", "other", "Other"), ("call", "add", 1, 2),
    ]  # fmt: skip
    outcomes = steps(accounts_server, "accounts", *made)

    assert refusal(outcomes[4]) == (400, "InvalidParameter", "invalid user link request")
    assert refusal(outcomes[5]) == (400, "InvalidParameter", "invalid user link request")
    assert outcomes[6]["value"]["profile"] == {"name": "Linker", "email": "one@example.org"}
    assert refusal(outcomes[7]) == (400, "InvalidParameter", "invalid user link request")
    assert outcomes[8] == {"value": 3}


def test_one_of_two_linking_users_wins(accounts: Http) -> None:
    """An identity that several users link at once is one user's; the others are refused."""
    body = json.dumps({"email": "race@example.org", "password": GOOD}).encode()
    accounts.ask("POST", "/app/accounts/auth/providers/local-userpass/register", body, JSON)
    tokens = [accounts.log_in({}, "anon-user").json["access_token"] for _ in range(6)]
    path = "/app/accounts/auth/providers/local-userpass/login?link=true"
    credentials = json.dumps({"username": "race@example.org", "password": GOOD}).encode()

    def link(token: str) -> int:
        return accounts.ask("POST", path, credentials, JSON | {"Authorization": f"Bearer {token}"}).status

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(link, tokens)) == [200, 400, 400, 400, 400, 400]


def test_one_user_links_one_identity_of_a_provider(accounts: Http) -> None:
    """Of many identities of one provider linked to one user at once, one is."""
    token = accounts.log_in({}, "anon-user").json["access_token"]

    def link(number: int) -> int:
        headers = JSON | {"Authorization": f"Bearer {token}"}
        path = "/app/accounts/auth/providers/custom-function/login?link=true"
        return accounts.ask("POST", path, json.dumps({"id": f"racer-{number}"}).encode(), headers).status

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(link, range(6))) == [200, 400, 400, 400, 400, 400]
    assert len(accounts.profile(token).json["identities"]) == 2


@pytest.mark.parametrize("provider", ["anon-user", "api-key"])
def test_some_identities_cannot_be_linked(accounts: Http, provider: str) -> None:
    """Anonymous identities and keys stand for nobody else."""
    token = accounts.log_in({}, "anon-user").json["access_token"]
    path = f"/app/accounts/auth/providers/{provider}/login?link=true"
    answer = accounts.ask("POST", path, b"{}", JSON | {"Authorization": f"Bearer {token}"})

    assert_refused(answer, 400, "LinkingNotSupported", provider)


def test_guesses_are_slowed_down(accounts: Http) -> None:
    """After five wrong passwords an account waits, the right password included; another account does not.

    Each guess that is let through doubles the wait, so that a slow machine sees the same.
    """
    for name in ("guessed@example.org", "quiet@example.org"):
        body = json.dumps({"email": name, "password": GOOD}).encode()
        accounts.ask("POST", "/app/accounts/auth/providers/local-userpass/register", body, JSON)

    def guess(name: str) -> Answer:
        return accounts.log_in({"username": name, "password": "wrong horse"}, "local-userpass")

    guesses = [guess("guessed@example.org") for _ in range(12)]
    while guess("guessed@example.org").status != 401:  # until a wait has begun, and not one that is about to end
        time.sleep(0.05)
    right = accounts.log_in({"username": "Guessed@example.org", "password": GOOD}, "local-userpass")
    unknown = [guess("unknown@example.org") for _ in range(12)]
    quiet = accounts.log_in({"username": "quiet@example.org", "password": GOOD}, "local-userpass")

    assert [answer.status for answer in guesses[:6]] == [answer.status for answer in unknown[:6]] == [401] * 6
    assert {answer.status for answer in guesses} == {answer.status for answer in unknown} == {401, 429}
    assert_refused(right, 429, "TooManyRequests", "try again later")
    assert int(right.headers["retry-after"]) >= 1
    assert quiet.status == 200


def test_client_cannot_choose_its_session(accounts: Http) -> None:
    """Whatever a login says of sessions and devices, each opens a session of its own, whose id is the server's."""
    device = {"device": {"deviceId": "0123456789abcdef01234567"}}
    wanted = {"id": "fixed", "options": device, "session_id": "f" * 24, "iss": "f" * 24, "baas_id": "f" * 24}
    tokens = [accounts.log_in(wanted).json["refresh_token"] for _ in range(2)]
    sessions = {jwt.decode(token, options={"verify_signature": False})["baas_id"] for token in tokens}

    assert len(sessions) == 2
    assert "f" * 24 not in sessions


def test_app_sets_the_lives_of_its_tokens(accounts_server: tuple[ServerProcess, Mailbox]) -> None:
    """`auth/security.json` says how long tokens of this app live."""
    http = Http(url=accounts_server[0].url, app_id="asked")
    steps(accounts_server, "asked", ("register", "yes4@b.c", GOOD))
    opened = http.log_in({"username": "yes4@b.c", "password": GOOD}, "local-userpass").json
    lives = {}
    for name in ("access_token", "refresh_token"):
        claims = jwt.decode(opened[name], options={"verify_signature": False})
        lives[name] = claims["exp"] - claims["iat"]

    assert lives == {"access_token": 600, "refresh_token": 3600}
