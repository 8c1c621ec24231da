"""`vestibule.json`: what it may say, and that each mistake in it is told."""

from __future__ import annotations

import base64

import pytest

from server.apps.folder import read_app
from server.apps.policy import FunctionPolicy, HttpRule, Policy
from server.apps.problems import AppFolderError
from tests.unit.apps.conftest import Content, WriteApp

HOOK = {"url": "https://hooks.example/in", "secrets": ["hook"], "events": ["user.created"]}
SECRETS = {"hook": "whsec_" + "a" * 32, "signingKey": "k" * 40, "api_key": "k-123456", "two_lines": "a\nb"}


def policy(write_app: WriteApp, content: Content) -> Policy:
    """The policy of the good app with this file."""
    return read_app(write_app({"vestibule.json": content}), secrets=SECRETS).policy


def problems(write_app: WriteApp, content: Content) -> list[str]:
    """What is wrong with the file."""
    with pytest.raises(AppFolderError) as raised:
        policy(write_app, content)
    return [str(problem) for problem in raised.value.problems]


def test_without_the_file_nothing_is_narrowed(write_app: WriteApp) -> None:
    """An exported folder has none."""
    assert policy(write_app, None) == Policy()


def test_a_policy_is_read(write_app: WriteApp) -> None:
    """Limits, rules and handles; a function's own limits stand in the place of the app's."""
    rule = {"hosts": ["API.example", "*.example:8443"], "methods": ["POST"], "paths": ["/v1/*"]}
    found = policy(
        write_app,
        {
            "limits": {"wall_time": 2.5, "memory": 1000},
            "http": {"allow": [rule]},
            "functions": {"login": {"limits": {"memory": 500}, "http": {"allow": []}}},
            "secrets": {"api_key": {"hosts": ["api.example"]}},
        },
    )
    allowed = HttpRule(hosts=("api.example", "*.example:8443"), methods=frozenset({"POST"}), paths=("/v1/*",))
    assert found.app == FunctionPolicy(limits={"wall_time": 2.5, "memory": 1000}, http=(allowed,))
    assert found.limits("login") == {"wall_time": 2.5, "memory": 500}
    assert found.limits("auth/created") == {"wall_time": 2.5, "memory": 1000}
    assert found.http("login") == ((allowed,), ())
    assert found.http("auth/created") == ((allowed,),)
    assert found.handles["api_key"].text == "k-123456"
    assert "k-123456" not in repr(found)


def test_a_value_with_a_handle_is_its_placeholder(write_app: WriteApp) -> None:
    """The text of such a secret is nowhere among the values."""
    file: dict[str, object] = {"secrets": {"signingKey": {"hosts": ["api.example"]}}}
    app = read_app(write_app({"vestibule.json": file}), secrets=SECRETS)
    assert app.values["key"].value == app.policy.handles["signingKey"].placeholder
    assert app.values["key"].secret_name is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"limit": {}}, "limit"),
        ({"limits": {"wal_time": 1}}, "there is no such limit"),
        ({"limits": {"queue": 1}}, "there is no such limit"),
        ({"limits": {"wall_time": 0}}, "greater than 0"),
        ({"limits": {"wall_time": "long"}}, "number"),
        ({"functions": {"nowhere": {}}}, "there is no function 'nowhere'"),
        ({"functions": {"login": {"limits": {"concurrent_calls": 1}}}}, "there is no such limit"),
        ({"http": {}}, "missing"),
        ({"http": {"allow": [{"hosts": []}]}}, "at least 1"),
        ({"http": {"allow": [{"hosts": ["http://a.example"]}]}}, "not a host"),
        ({"http": {"allow": [{"hosts": ["a.*.example"]}]}}, "not a host"),
        ({"http": {"allow": [{"hosts": ["a"], "methods": ["get"]}]}}, "there is no method 'get'"),
        ({"http": {"allow": [{"hosts": ["a"], "paths": ["v1"]}]}}, "a path begins with '/'"),
        ({"http": {"allow": [{"hosts": ["a"], "paths": ["/*/v1"]}]}}, "may end with '*'"),
        ({"secrets": {"unknown": {"hosts": ["a"]}}}, "there is no secret 'unknown'"),
        ({"secrets": {"two_lines": {"hosts": ["a"]}}}, "control character"),
        ({"secrets": {"api_key": {}}}, "missing"),
        ({"webhooks": {"a b": HOOK}}, "not a valid name"),
        ({"webhooks": {"crm": HOOK | {"url": "ftp://hooks.example"}}}, "has to be a URL with https"),
        ({"webhooks": {"crm": HOOK | {"url": "https://me:pw@hooks.example"}}}, "has to be a URL with https"),
        ({"webhooks": {"crm": HOOK | {"events": ["user.created", "user.sneezed"]}}}, "user.created"),
        ({"webhooks": {"crm": HOOK | {"providers": ["crystal-ball"]}}}, "unknown provider type"),
        ({"webhooks": {"crm": HOOK | {"secrets": ["nope"]}}}, "there is no secret 'nope'"),
        ({"webhooks": {"crm": HOOK | {"secrets": ["api_key"]}}}, "base64 of 24 to 64 bytes"),
        ({"webhooks": {"crm": HOOK | {"retry": {"attempts": 0}}}}, "greater than or equal to 1"),
        ([], "object"),
    ],
)
def test_mistakes_are_told(write_app: WriteApp, content: Content, problem: str) -> None:
    """Each mistake is one problem of this file, and the app is not deployed."""
    (said,) = problems(write_app, content)
    assert said.startswith("vestibule.json")
    assert problem in said


def test_webhooks_are_read(write_app: WriteApp) -> None:
    """Keys are the secrets' bytes, and never shown; one that is disabled needs no secret and is left out."""
    off = HOOK | {"disabled": True, "secrets": ["nope"]}
    found = policy(write_app, {"webhooks": {"crm": HOOK | {"retry": {"attempts": 2}}, "off": off}}).webhooks

    assert found.keys() == {"crm"}
    assert found["crm"].keys == (base64.b64decode("a" * 32),)
    assert found["crm"].retry.attempts == 2
    assert "keys" not in repr(found["crm"])
