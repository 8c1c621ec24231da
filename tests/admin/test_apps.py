"""Apps over the Admin API: make, push, compare, roll back, export (contract 12.2)."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from tests.admin.conftest import ADMIN, AdminClient
from tests.conformance.http_client import JSON, assert_refused, bearer

BODY: dict[str, Any] = {
    "config_version": 20210101,
    "app_id": "another-abcde",
    "name": "shop",
    "environment": "production",
    "environments": {"production.json": {"values": {"greeting": "hello"}}, "no-environment.json": {"values": {}}},
    "auth": {
        "custom_user_data": {"enabled": False},
        "providers": {"anon-user": {"name": "anon-user", "type": "anon-user", "disabled": False}},
    },
    "functions": {
        "config": [{"name": "greet", "private": False}, {"name": "deep/er", "private": True}],
        "sources": {
            "greet.js": "exports = (name) => `${context.environment.values.greeting} ${name}`;",
            "deep/er.js": "exports = () => 1;",
        },
    },
    "values": [{"name": "limit", "value": 5, "from_secret": False}],
    "triggers": [],
    "data_sources": [
        {
            "config": {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "Cluster0"}},
            "rules": [{"database": "shop", "collection": "orders", "roles": [], "schema": {"title": "order"}}],
        }
    ],
    "endpoints": {},
    "graphql": {"custom_resolvers": []},
}


def test_a_new_app_is_served_empty(shop: AdminClient) -> None:
    """With a client app id of its own, and every part of its description there."""
    shown = shop.of_app("GET").json
    assert shown["client_app_id"].startswith("shop-")
    assert shown["product"] == "standard"

    description = shop.of_app("GET", "/description").json
    assert (description["functions"], description["values"], description["event_subscription"]) == ([], [], [])


def test_apps_are_listed_under_one_product(shop: AdminClient) -> None:
    """Vendor tools ask for four products and put the answers together."""
    group = shop.app.split("/")[2]
    listed = [shop.ask("GET", f"/groups/{group}/apps{query}").json for query in ("", "?product=atlas")]

    assert shop.app_id in [app["client_app_id"] for app in listed[0]]
    assert listed[1] == []


def test_a_push_is_served(shop: AdminClient) -> None:
    """Draft, import, deployment; the root file of another app does not matter."""
    assert shop.push(BODY)["status"] == "successful"
    assert shop.call("greet", "Ada") == "hello Ada"
    assert shop.of_app("GET", "/drafts").json == []


def test_a_diff_says_what_would_change(shop: AdminClient) -> None:
    """In the files, and nothing once it is deployed."""
    diff = shop.of_app("POST", "/import?strategy=replace-by-name&diff=true", BODY).json
    assert any("+exports = (name)" in text for text in diff)

    shop.push(BODY)
    assert shop.of_app("POST", "/import?strategy=replace-by-name&diff=true", BODY).json == []


def test_a_drafts_diff_names_powers(shop: AdminClient) -> None:
    """Who reviews it reads in words what the app may do afterwards that it may not do now."""
    shop.push(BODY)
    draft = shop.of_app("POST", "/drafts").json["_id"]
    source = "exports = () => context.http.get({ url: 'https://api.example.com/x' });"
    functions = {
        "config": [{"name": "greet", "private": False, "run_as_system": True}, {"name": "deep/er", "private": True}],
        "sources": {"greet.js": source, "deep/er.js": "exports = () => 1;"},
    }
    shop.of_app("POST", "/import?strategy=replace-by-name", BODY | {"functions": functions})
    diff = shop.of_app("GET", f"/drafts/{draft}/diff").json

    assert diff["powers"] == ["+ function greet names the host api.example.com", "+ function greet runs as system"]
    assert diff["files"] == {"functions/config.json": "modified", "functions/greet.js": "modified"}
    assert shop.of_app("DELETE", f"/drafts/{draft}").status == 204


def test_one_draft_at_a_time(shop: AdminClient) -> None:
    """The second is refused; giving the first up leaves the app as it was."""
    draft = shop.of_app("POST", "/drafts").json["_id"]
    assert_refused(shop.of_app("POST", "/drafts"), 409, "DraftAlreadyExists", "open draft")
    shop.of_app("POST", "/import", BODY)
    assert shop.of_app("DELETE", f"/drafts/{draft}").status == 204

    assert_refused(shop.of_app("DELETE", f"/drafts/{draft}"), 404, "DraftNotFound", "draft not found")
    assert shop.of_app("GET", "/description").json["functions"] == []


def test_an_import_without_a_draft_is_deployed_at_once(shop: AdminClient) -> None:
    """204 means that it is served."""
    assert shop.of_app("POST", "/import?strategy=replace-by-name", BODY).status == 204
    assert shop.call("greet", "Ada") == "hello Ada"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"functions": {"config": [], "sources": {"bad.js": "exports = (;"}}}, "functions/bad.js"),
        ({"functions": [1]}, "'functions' has to be an object"),
        ({"functions": {"sources": {"../../x.js": "1"}}}, "is not the path of an app's file"),
        ({"values": [{"name": "v", "value": "nope", "from_secret": True}]}, "there is no secret 'nope'"),
        ({"triggers": [{"name": "t", "type": "SCHEDULED", "config": {"schedule": "* * * * *"}}]}, "triggers/t.json"),
    ],
)
def test_a_bad_import_changes_nothing(shop: AdminClient, change: dict[str, Any], words: str) -> None:
    """The refusal names file and field, and what was served goes on."""
    shop.push(BODY)
    assert_refused(shop.of_app("POST", "/import", BODY | change), 400, "ImportAppError", words)
    assert shop.call("greet", "Ada") == "hello Ada"


def test_a_draft_that_cannot_be_served_fails(shop: AdminClient) -> None:
    """The deployment says why; the draft stays open to be mended."""
    shop.push(BODY)
    draft = shop.of_app("POST", "/drafts").json["_id"]
    bad = BODY | {"functions": {"config": [], "sources": {"greet.js": "exports = (;"}}}
    assert shop.of_app("POST", "/import", bad).status == 204
    ended = shop.ended(shop.of_app("POST", f"/drafts/{draft}/deployment").json["_id"])

    assert ended["status"] == "failed"
    assert "functions/greet.js" in ended["status_error_message"]
    assert shop.call("greet", "Ada") == "hello Ada"
    assert [one["_id"] for one in shop.of_app("GET", "/drafts").json] == [draft]


def test_rolling_back_is_one_call(shop: AdminClient) -> None:
    """204, and the earlier version answers the next call."""
    first = shop.push(BODY)
    shop.push(BODY | {"functions": {"config": [], "sources": {"greet.js": "exports = () => 'changed';"}}})
    assert shop.call("greet", "Ada") == "changed"
    assert shop.of_app("POST", f"/deployments/{first['_id']}/redeploy").status == 204

    assert shop.call("greet", "Ada") == "hello Ada"
    history = shop.of_app("GET", "/deployments").json
    assert history[0]["version"] == first["version"]
    assert [one["number"] for one in history] == sorted((one["number"] for one in history), reverse=True)


def test_what_is_exported_imports_as_the_same_version(shop: AdminClient) -> None:
    """Import, export, import: nothing is lost and nothing added."""
    version = shop.push(BODY)["version"]
    exported = shop.http.send("GET", f"{ADMIN}{shop.app}/export?version=20210101", headers=bearer(shop.token))
    assert exported.headers["content-type"] == "application/zip"
    assert f'filename="{shop.app_id}_' in exported.headers["content-disposition"]

    with zipfile.ZipFile(io.BytesIO(exported.body)) as archive:
        assert archive.read("values/limit.json").decode().startswith('{\n    "name": "limit",')
        assert json.loads(archive.read("graphql/graphql.json")) == {"custom_resolvers": []}
    headers = {"Content-Type": "application/zip"} | bearer(shop.token)
    assert shop.http.send("POST", f"{ADMIN}{shop.app}/import", exported.body, headers).status == 204
    assert shop.of_app("GET", "/deployments").json[0]["version"] == version


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_archive_is_refused(shop: AdminClient, data: bytes) -> None:
    """400 and the reason."""
    headers = {"Content-Type": "application/zip"} | bearer(shop.token)
    answer = shop.http.send("POST", f"{ADMIN}{shop.app}/import", data, headers)

    assert_refused(answer, 400, "ImportAppError", "")


@pytest.mark.parametrize("path", ["", "/functions", "/deployments", "/logs", "/secrets"])
def test_an_unknown_app_is_not_found(owner: AdminClient, path: str) -> None:
    """404 on every route."""
    group = owner.ask("GET", "/auth/profile").json["roles"][0]["group_id"]
    for unknown in (f"/groups/{group}/apps/{'0' * 24}", f"/groups/{'0' * 24}/apps/{'0' * 24}"):
        assert_refused(owner.ask("GET", unknown + path), 404, "NotFound", "app not found")


@pytest.mark.parametrize("name", ["", "a b", "x" * 33, "../x"])
def test_a_bad_name_makes_no_app(owner: AdminClient, name: str) -> None:
    """400, and no app stays behind."""
    group = owner.ask("GET", "/auth/profile").json["roles"][0]["group_id"]
    before = owner.ask("GET", f"/groups/{group}/apps").json
    assert_refused(owner.ask("POST", f"/groups/{group}/apps", {"name": name}), 400, "InvalidParameter", "")

    assert owner.ask("GET", f"/groups/{group}/apps").json == before


def test_without_a_token_nothing_is_told(owner: AdminClient) -> None:
    """401 before anything else is looked at."""
    assert owner.http.send("POST", f"{ADMIN}/groups/x/apps", b"{", JSON).status == 401


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 500 + "1" + "}" * 500, '{"a": 1, "a": 2}', '{"a": NaN}'])
def test_a_hostile_body_is_told(shop: AdminClient, body: str) -> None:
    """Depth, repeated names and numbers that are none are 400, on every route that takes JSON."""
    for path in ("/import", "/functions"):
        answer = shop.http.send("POST", f"{ADMIN}{shop.app}{path}", body.encode(), JSON | bearer(shop.token))
        assert_refused(answer, 400, "InvalidJSON", "not valid JSON")
