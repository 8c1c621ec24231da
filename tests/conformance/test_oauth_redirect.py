"""The redirect flow through a real OpenID provider, as realm-web begins and ends it (contract 1.11)."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.conformance.browser import PUBLIC, Browser
from tests.conformance.federated_app import PAGE
from tests.conformance.http_client import Answer, Http, assert_refused, bearer
from tests.conformance.identity_provider import Issuer
from tests.conformance.realm_web import RealmWeb

LOGIN = f"{PUBLIC}/api/client/v2.0/app/federated/auth/providers/oauth2-oidc/login"
CALLBACK = f"{PUBLIC}/api/client/v2.0/auth/callback"
STATE = "abcdefghijkl"


def begin(**changes: str) -> str:
    """The URL that realm-web opens."""
    device = base64.b64encode(json.dumps({"platform": "chrome", "deviceId": None}).encode()).decode()
    return f"{LOGIN}?{urlencode({'redirect': PAGE, 'state': STATE, 'device': device} | changes)}"


def outcome(url: str) -> dict[str, str]:
    """What the page reads out of its fragment."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == PAGE
    assert not parts.query
    return {name: values[0] for name, values in parse_qs(parts.fragment).items()}


@pytest.fixture
def browser(federated: Http) -> Browser:
    """A browser that knows nothing yet."""
    return Browser(server=federated.url)


def back_from_provider(browser: Browser, url: str) -> str:
    """The callback's URL, as the provider sends the browser to it."""
    return browser.follow(url, CALLBACK)


def test_browser_logs_in(browser: Browser, federated: Http) -> None:
    """The page gets tokens of a user with the provider's metadata, and its own state back."""
    first = outcome(browser.follow(begin(), PAGE))
    access, refresh, user_id, device_id = first["_baas_ua"].split("$")
    again = outcome(browser.follow(begin(), PAGE))

    assert (first["_baas_client_app_id"], first["_baas_state"]) == ("federated", STATE)
    assert federated.profile(access).json["data"] == {"name": "Name of somebody", "email": "somebody@example.org"}
    assert federated.ask("POST", "/auth/session", headers=bearer(refresh)).status == 201
    assert len(device_id) == 24
    assert again["_baas_ua"].split("$")[2] == user_id


def test_request_to_the_provider_is_bound(browser: Browser) -> None:
    """State, nonce and an S256 challenge go to the provider; the cookie is for the callback alone."""
    answer = browser.get(begin())
    query = parse_qs(urlsplit(answer.headers["location"]).query)

    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    assert len(query["nonce"][0]) >= 32
    assert query["redirect_uri"] == [CALLBACK]
    assert STATE not in query["state"][0]
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Path=/api/client/v2.0/auth/callback" in cookie
    assert "SameSite=Lax" in cookie
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "redirect",
    [
        "", "https://evil.example/", PAGE + "/", PAGE + "?x=1", PAGE + "#x", PAGE.upper(), "//page.example/after-login",
        "https://page.example@evil.example/after-login", "https://page.example.evil.example/after-login",
        "javascript:alert(1)", PAGE + "\r\nX: y",
    ],
)  # fmt: skip
def test_redirect_goes_to_listed_pages_only(browser: Browser, redirect: str) -> None:
    """A page that is not listed, to the letter, is refused before anything begins."""
    assert_refused(browser.get(begin(redirect=redirect)), 400, "InvalidRedirectURI", "redirect URI")


def refused(answer: Answer) -> None:
    """No redirect, no tokens."""
    assert_refused(answer, 400, "BadRequest", "was not begun in this browser")
    assert "location" not in answer.headers


def test_code_and_state_are_used_once(browser: Browser) -> None:
    """Coming back a second time with the same code gives nothing, in the browser that began, too."""
    callback = back_from_provider(browser, begin())
    jar = dict(browser.cookies["vestibule.example"])

    assert "_baas_ua" in outcome(browser.get(callback).headers["location"])
    browser.cookies["vestibule.example"] = jar
    refused(browser.get(callback))


def test_another_browser_cannot_come_back(browser: Browser, federated: Http) -> None:
    """Without the cookie of the browser that began, or with another flow's, a stolen callback is worth nothing."""
    callback = back_from_provider(browser, begin())
    other = Browser(server=federated.url)
    refused(other.get(callback))
    other.get(begin())
    refused(other.get(callback))

    assert "_baas_ua" in outcome(browser.get(callback).headers["location"])


@pytest.mark.parametrize(
    "tamper", ["", "x", "a.b.c", "federated.0123456789abcdef01234567.secret", "\u00e9.\u00e9.\u00e9"]
)
def test_tampered_state_is_refused(browser: Browser, tamper: str) -> None:
    """A state that is not the one sent leads nowhere."""
    callback = back_from_provider(browser, begin())
    query = parse_qs(urlsplit(callback).query)

    refused(browser.get(f"{CALLBACK}?{urlencode({'code': query['code'][0], 'state': tamper})}"))


def test_altered_state_or_code_is_refused(browser: Browser) -> None:
    """A changed letter of the state ends nothing; a code of one's own ends the flow without tokens."""
    callback = back_from_provider(browser, begin())
    query = parse_qs(urlsplit(callback).query)
    state = query["state"][0]
    altered = state[:-1] + ("A" if state[-1] != "A" else "B")
    refused(browser.get(f"{CALLBACK}?{urlencode({'code': query['code'][0], 'state': altered})}"))
    answer = browser.get(f"{CALLBACK}?{urlencode({'code': 'made-up', 'state': state})}")

    assert outcome(answer.headers["location"])["_baas_error"] == "unauthorized"


def test_answer_of_another_issuer_is_refused(browser: Browser) -> None:
    """A code that says it is from somebody else is never handed to the provider that was asked (RFC 9207)."""
    callback = back_from_provider(browser, begin())
    query = {name: values[0] for name, values in parse_qs(urlsplit(callback).query).items()}
    answer = browser.get(f"{CALLBACK}?{urlencode(query | {'iss': 'https://evil.example'})}")

    assert "iss" in query
    assert outcome(answer.headers["location"])["_baas_error"] == "unauthorized"


def test_id_token_of_another_flow_is_refused(browser: Browser, federated: Http, idp: Issuer) -> None:
    """A good ID token whose nonce is not the one that this flow sent logs nobody in."""
    answer = browser.get(begin().replace("oauth2-oidc", "oauth2-apple"))
    sent = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    idp.tokens = {
        "other": {"id_token": idp.token(nonce="another")},
        "own": {"id_token": idp.token(nonce=sent["nonce"])},
    }
    refused_at = browser.get(f"{CALLBACK}?{urlencode({'code': 'other', 'state': sent['state']})}")
    again = browser.get(begin().replace("oauth2-oidc", "oauth2-apple"))
    second = {name: values[0] for name, values in parse_qs(urlsplit(again.headers["location"]).query).items()}
    idp.tokens["own"] = {"id_token": idp.token(nonce=second["nonce"])}
    taken_at = browser.get(f"{CALLBACK}?{urlencode({'code': 'own', 'state': second['state']})}")

    assert sent["response_mode"] == "form_post"
    assert outcome(refused_at.headers["location"])["_baas_error"] == "unauthorized"
    assert "_baas_ua" in outcome(taken_at.headers["location"])


def test_refusal_of_the_provider_reaches_the_page(browser: Browser) -> None:
    """Somebody who says no at the provider comes back to the page with an error and no tokens."""
    state = parse_qs(urlsplit(browser.get(begin()).headers["location"]).query)["state"][0]
    answer = browser.get(f"{CALLBACK}?{urlencode({'error': 'access_denied', 'state': state})}")

    found = outcome(answer.headers["location"])
    assert found["_baas_error"] == "the identity provider did not log you in"
    assert (found["_baas_state"], "_baas_ua" in found) == (STATE, False)


def test_browser_links(browser: Browser, federated: Http) -> None:
    """With an access token the address to open comes in a header, and the identity goes to that user."""
    token = federated.log_in({}, "anon-user").json["access_token"]
    headers = bearer(token) | {"Origin": "https://page.example"}
    begun = browser.get(begin(link="true", providerRedirectHeader="true"), headers)
    location = begun.headers["x-baas-location"] + "&login_hint=linker"
    found = outcome(browser.follow(location, PAGE))
    conflict = federated.log_in({}, "anon-user").json["access_token"]
    second = browser.get(begin(link="true", providerRedirectHeader="true"), bearer(conflict))
    refusal = outcome(browser.follow(second.headers["x-baas-location"] + "&login_hint=linker", PAGE))

    assert (begun.status, begun.body, "content-type" in begun.headers) == (200, b"", False)
    assert begun.headers["access-control-allow-credentials"] == "true"
    assert begun.headers["access-control-allow-origin"] == "https://page.example"
    assert found["_baas_link"] == "ok"
    profile = federated.profile(found["_baas_ua"].split("$")[0]).json
    assert [identity["provider_type"] for identity in profile["identities"]] == ["anon-user", "oauth2-oidc"]
    assert refusal["_baas_error"] == "invalid user link request"


def test_page_that_links_may_keep_the_cookie(federated: Http) -> None:
    """Before it begins a link, a page is allowed credentials by its own name; before any other login it is not."""
    path = "/app/federated/auth/providers/oauth2-oidc/login"
    page = {"Origin": "https://page.example", "Access-Control-Request-Headers": "authorization"}
    begins = federated.ask("OPTIONS", path, headers=page | {"Access-Control-Request-Method": "GET"})
    logs_in = federated.ask("OPTIONS", path, headers=page | {"Access-Control-Request-Method": "POST"})

    assert begins.headers["access-control-allow-origin"] == "https://page.example"
    assert begins.headers["access-control-allow-credentials"] == "true"
    assert "Authorization" in begins.headers["access-control-allow-headers"]
    assert logs_in.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in logs_in.headers


def test_providers_without_redirects_say_so(browser: Browser) -> None:
    """There is no way to log in anonymously at another site."""
    answer = browser.get(begin().replace("oauth2-oidc", "anon-user"))

    assert_refused(answer, 400, "BadRequest", "does not log in by redirects")


def test_client_logs_in_by_redirect(federated: Http) -> None:
    """The unmodified browser client comes back from its window logged in; a link that cannot be is refused once."""
    printed = RealmWeb(url=federated.url, app_id="federated").run("redirect.mjs", PAGE)

    assert printed["first"]["identities"] == ["oauth2-oidc"]
    assert printed["first"]["profile"] == {"name": "Name of somebody", "email": "somebody@example.org"}
    assert printed["refusal"] == "Failed to decode 'authInfo' into ids and tokens"
    assert printed["linked"] == {"identities": ["anon-user"], "profile": {}, "isSame": True}
