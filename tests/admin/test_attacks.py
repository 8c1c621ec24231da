"""Administrators who want more than they may: other apps' ids, floods, bombs, and texts that must not get out."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from server.admin.access import Power
from server.api.admin.route_table import AdminRoute, admin_routes
from server.api.application import make_application
from server.api.services import Services
from tests.admin.conftest import ADMIN, AdminClient
from tests.admin.test_dependencies import tar_gz, upload
from tests.conformance.http_client import JSON, Answer, Http, assert_refused, bearer
from tests.conformance.server_process import ServerProcess

ROUTES = [route for route in admin_routes(make_application(cast("Services", None))) if "{internal_id}" in route.path]
BASE = f"{ADMIN}/groups/{{group_id}}/apps/{{internal_id}}"
MARK = "text-of-a-secret-7f3a"
AT_ONCE = 8


def furnish(shop: AdminClient) -> dict[str, str]:
    """Something of each kind; the ids by the part of the path that they follow."""
    body: dict[str, dict[str, Any]] = {
        "functions": {"name": "f", "source": "exports = () => 1;"},
        "auth_providers": {"name": "local-userpass", "type": "local-userpass", "config": {"autoConfirm": True}},
        "services": {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}},
        "values": {"name": "v", "value": 1},
        "environment_values": {"name": "e", "values": {"none": 1}},
        "secrets": {"name": "s", "value": MARK},
        "triggers": {"name": "t", "type": "SCHEDULED", "config": {"schedule": "0 0 * * *"}, "function_name": "f"},
        "endpoints": {"route": "/r", "http_method": "GET", "function_name": "f"},
        "users": {"email": "ada@example.com", "password": "correct horse battery"},
        "api_keys": {"name": "k"},
    }
    shop.of_app("POST", "/auth_providers", {"name": "api-key", "type": "api-key"})
    ids = {}
    for kind, fields in body.items():
        made = shop.of_app("POST", f"/{kind}", fields)
        assert made.status == 201, made.body
        ids[kind] = made.json["_id"]
    return ids | {"deployments": shop.of_app("GET", "/deployments").json[0]["_id"]}


def test_ids_of_another_app_are_of_nothing(owner: AdminClient, shop: AdminClient) -> None:
    """Every route that takes an id, asked for an app with an id of another one: refused, and the other is unharmed."""
    ids = furnish(shop)
    other = owner.new_app("other")
    asked = 0
    for route in ROUTES:
        parts = route.path.removeprefix(f"{BASE}/").split("/")
        if len(parts) < 2 or parts[0] not in ids or not parts[1].startswith("{"):
            continue
        path = "/" + "/".join([parts[0], ids[parts[0]], *("0" * 24 if "{" in part else part for part in parts[2:])])
        answer = other.of_app(route.method, path, {"name": "stolen", "value": "x", "type": "x", "values": {"none": 1}})
        is_list = route.method == "GET" and path.endswith(("/devices", "/sessions")) and answer.json == []
        assert answer.status == 404 or is_list, (route.method, path, answer.status, answer.body)
        asked += 1
    assert asked > 30
    assert furnished(shop) == ids.keys() - {"deployments"}
    assert other.of_app("DELETE").status == 204


def furnished(shop: AdminClient) -> set[str]:
    """The kinds of which there is something."""
    kinds = ("functions", "auth_providers", "services", "values", "environment_values", "secrets", "triggers")
    return {kind for kind in (*kinds, "endpoints", "users", "api_keys") if shop.of_app("GET", f"/{kind}").json}


def test_texts_of_secrets_get_nowhere(server: ServerProcess, shop: AdminClient) -> None:
    """In no answer of any route that reads, and in no line that the server writes."""
    ids = furnish(shop)
    shop.of_app("POST", "/values", {"name": "hidden", "value": "s", "from_secret": True})
    shop.of_app("POST", "/drafts")
    shop.of_app("PUT", f"/secrets/{ids['secrets']}", {"name": "s", "value": f"{MARK}-again"})
    for route in (route for route in ROUTES if route.method == "GET"):
        parts = route.path.removeprefix(BASE).split("/")
        known = [ids.get(parts[index - 1], "0" * 24) if "{" in part else part for index, part in enumerate(parts)]
        answer = shop.of_app("GET", "/".join(known))
        assert MARK.encode() not in answer.body, route.path
        assert answer.status < 500
    archive = zipfile.ZipFile(io.BytesIO(shop.of_app("GET", "/export").body))
    assert not [name for name in archive.namelist() if MARK.encode() in archive.read(name)]
    assert_refused(shop.of_app("POST", "/secrets", {"name": MARK * 9, "value": MARK}), 400, "InvalidParameter", "")
    assert MARK not in server.output.text


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda shop: shop.of_app("POST", "/values", {"name": "v", "value": 1}), "/values"),
        (lambda shop: shop.of_app("POST", "/secrets", {"name": "v", "value": "x"}), "/secrets"),
        (lambda shop: shop.of_app("POST", "/drafts"), "/drafts"),
        (lambda shop: shop.of_app("POST", "/users", {"email": "a@b.example", "password": "correct horse"}), "/users"),
    ],
)
def test_of_many_who_delete_one_succeeds(shop: AdminClient, make: Callable[[AdminClient], Answer], path: str) -> None:
    """The others are told that there is nothing, and nothing breaks."""
    furnish(shop)
    shop.of_app("DELETE", f"/values/{shop.of_app('GET', '/values').json[0]['_id']}")
    user = {one["_id"] for one in shop.of_app("GET", "/users").json}
    for id_ in user:
        shop.of_app("DELETE", f"/users/{id_}")
    made = make(shop)
    assert made.status == 201, made.body
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda _: shop.of_app("DELETE", f"{path}/{made.json['_id']}"), range(AT_ONCE)))

    assert sorted(answer.status for answer in answers) == [204, *[404] * (AT_ONCE - 1)]


def test_an_app_that_is_deleted_while_others_edit_it_does_not_come_back(owner: AdminClient) -> None:
    """Edits that come too late are refused."""
    doomed = owner.new_app("doomed")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        edits = [
            pool.submit(doomed.of_app, "POST", "/values", {"name": f"v{number}", "value": number})
            for number in range(AT_ONCE)
        ]
        deleted = pool.submit(doomed.of_app, "DELETE")
        assert deleted.result().status in {204, 404}
        assert {edit.result().status for edit in edits} <= {201, 400, 404, 409}

    group = doomed.app.split("/")[2]
    assert doomed.app_id not in [app["client_app_id"] for app in owner.ask("GET", f"/groups/{group}/apps").json]


def test_tokens_of_users_open_nothing_here_and_those_of_administrators_nothing_there(shop: AdminClient) -> None:
    """Neither access nor refresh tokens, on either side."""
    http = Http(url=shop.http.url, app_id=shop.app_id)
    user = http.log_in({}, "anon-user").json
    for token in (user["access_token"], user["refresh_token"]):
        assert shop.http.send("GET", f"{ADMIN}/auth/profile", None, bearer(token)).status == 401
        assert shop.http.send("POST", f"{ADMIN}/auth/session", b"", bearer(token)).status == 401
    assert http.profile(shop.token).status == 401
    assert http.ask("POST", "/auth/session", headers=bearer(shop.token)).status == 401


def test_archives_that_unpack_without_end_are_refused(shop: AdminClient) -> None:
    """By size and by number of files; the server goes on."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("realm_config.json", b"{}")
        archive.writestr("functions/f.js", b" " * (65 << 20))
    many = io.BytesIO()
    with tarfile.open(fileobj=many, mode="w:gz") as packed:
        for number in range(100_001):
            packed.addfile(tarfile.TarInfo(f"node_modules/a/{number}"))
    headers = {"Content-Type": "application/zip"} | bearer(shop.token)
    refused = shop.http.send("POST", f"{ADMIN}{shop.app}/import", bomb.getvalue(), headers)
    assert_refused(refused, 400, "ImportAppError", "larger than")
    answer = upload(shop, "PUT", "/dependencies", "node_modules.tgz", many.getvalue())
    assert_refused(answer, 400, "BadRequest", "more than 100000 entries")
    escaping = upload(shop, "PUT", "/dependencies", "node_modules.tgz", tar_gz({"node_modules/../../x.js": b"1"}))
    assert_refused(escaping, 400, "BadRequest", "no module")
    assert shop.of_app("GET", "").status == 200


@pytest.mark.parametrize("names", [["../x"], ["/x"], ["a/../../x"], ["a\\..\\x"], ["functions/\u0000.js"]])
def test_archives_whose_files_lie_elsewhere_are_refused(shop: AdminClient, names: list[str]) -> None:
    """Nothing of them is taken."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("realm_config.json", b"{}")
        for name in names:
            entry = zipfile.ZipInfo("placeholder")
            entry.filename = name
            archive.writestr(entry, b"1")
    headers = {"Content-Type": "application/zip"} | bearer(shop.token)
    before = shop.of_app("GET", "/deployments").json
    answer = shop.http.send("POST", f"{ADMIN}{shop.app}/import", target.getvalue(), headers)
    assert answer.status in {204, 400}
    exported = zipfile.ZipFile(io.BytesIO(shop.of_app("GET", "/export").body)).namelist()
    assert not [name for name in exported if name.startswith(("/", "..")) or "/.." in name or "\0" in name]
    assert answer.status == 204 or shop.of_app("GET", "/deployments").json == before


def test_bodies_that_are_too_large_or_too_deep_are_refused(shop: AdminClient) -> None:
    """Before they cost anything."""
    headers = JSON | bearer(shop.token)
    large = b'{"name": "v", "value": "' + b"x" * (19 << 20) + b'"}'
    assert shop.http.send("POST", f"{ADMIN}{shop.app}/values", large, headers).status == 413
    deep = b'{"name": "v", "value": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    assert_refused(shop.http.send("POST", f"{ADMIN}{shop.app}/values", deep, headers), 400, "InvalidJSON", "deep")
    double = b'{"name": "v", "name": "w", "value": 1}'
    assert shop.http.send("POST", f"{ADMIN}{shop.app}/values", double, headers).status == 400


def test_fields_that_nobody_may_set_are_not_set(owner: AdminClient, shop: AdminClient) -> None:
    """Ids, moments and memberships in bodies are let be, or refused; other apps' names change nothing."""
    made = shop.of_app("POST", "/values", {"_id": "0" * 24, "id": "x", "name": "v", "value": 1, "last_modified": 7})
    assert made.json["_id"] != "0" * 24
    assert shop.of_app("GET", f"/values/{made.json['_id']}").json.keys() == {"_id", "name", "value"}
    user = {"email": "a@b.example", "password": "correct horse", "type": "server", "_id": "0" * 24, "disabled": True}
    shop.of_app("POST", "/auth_providers", {"name": "local-userpass", "type": "local-userpass", "config": {}})
    added = shop.of_app("POST", "/users", user).json
    assert (added["type"], added["disabled"], added["_id"] != "0" * 24) == ("normal", False, True)
    assert shop.of_app("POST", "/import", {"name": "shop", "app_id": "another-app"}).status == 204
    assert shop.of_app("GET", "").json["client_app_id"] == shop.app_id


def test_no_page_reads_with_cookies(shop: AdminClient) -> None:
    """Only the header Authorization opens the door: a foreign page has no token to send, and gets no credentials."""
    headers = {"Origin": "https://evil.example", "Cookie": f"access_token={shop.token}"}
    answer = shop.http.send("GET", f"{ADMIN}/auth/profile", None, headers)
    assert (answer.status, answer.json["error_code"]) == (401, "InvalidSession")
    preflight = headers | {"Access-Control-Request-Method": "DELETE"}
    asked = shop.http.send("OPTIONS", f"{ADMIN}{shop.app}", None, preflight)
    assert "access-control-allow-credentials" not in asked.headers


def route_of(path: str) -> AdminRoute:
    """The route of a path below an app."""
    return next(route for route in ROUTES if route.path == BASE + path)


def test_what_runs_code_or_shows_secrets_is_not_for_readers() -> None:
    """The powers of the routes that would be worth stealing."""
    assert route_of("/debug/execute_function").operation.allowed is Power.RUN
    assert route_of("/import").operation.allowed is Power.DEPLOY
    assert route_of("/users/verify_token").operation.allowed is Power.USERS
    assert {json.dumps(route.path) for route in ROUTES if route.operation.allowed is Power.DELETE} == {json.dumps(BASE)}
