"""Roles: an administrator of one app, or of a lesser role, tries every route of another app."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from server.admin.access import POWERS, Power
from server.administrator_records import Role
from server.api.admin.operations import Door
from server.api.admin.route_table import AdminRoute, admin_routes
from server.api.application import make_application
from server.api.services import Services
from tests.admin.conftest import ADMIN, PASSWORD, AdminClient, log_in, vestibule
from tests.conformance.http_client import JSON, Answer, assert_refused, bearer
from tests.conformance.server_process import ServerProcess

NOBODY = "0" * 24
ROUTES = list(admin_routes(make_application(cast("Services", None))))
OF_AN_APP = [route for route in ROUTES if "{internal_id}" in route.path]
BELOW_THE_APP = f"{ADMIN}/groups/{{group_id}}/apps/{{internal_id}}"


def ask(client: AdminClient, route: AdminRoute) -> Answer:
    """The route for the client's app, with ids of nothing in all other places."""
    path = route.path.removeprefix(BELOW_THE_APP)
    for name in route.variables[2:]:
        path = path.replace(f"{{{name}}}", NOBODY)
    return client.of_app(route.method, path, {})


def test_every_route_of_an_app_demands_a_power() -> None:
    """No route below an app is open to whoever has an access token, and every other one says what it asks for."""
    assert [route.path for route in OF_AN_APP if not isinstance(route.operation.allowed, Power)] == []
    elsewhere = [route for route in ROUTES if route not in OF_AN_APP]
    open_ones = {route.path for route in elsewhere if route.operation.allowed is Door.ANYBODY}
    assert {path.rpartition("/")[2] for path in open_ones} == {"login", "version"}


@pytest.fixture(scope="module")
def stranger(server: ServerProcess, data_dir: Path) -> AdminClient:
    """An administrator of an app that is not there."""
    assert vestibule(data_dir, "admins", "add", "stranger", "--app", "other", text=PASSWORD).returncode == 0
    return log_in(server, "stranger")


@pytest.mark.parametrize("token", [None, "nonsense", "e30.e30.e30"])
def test_every_route_refuses_who_shows_no_good_token(server: ServerProcess, owner: AdminClient, token: str) -> None:
    """401 wherever a token is asked for, before anything else is looked at."""
    headers = JSON | (bearer(token) if token else {})
    for route in ROUTES:
        if route.operation.allowed is not Door.ANYBODY:
            path = route.path
            for name in route.variables:
                path = path.replace(f"{{{name}}}", NOBODY)
            answer = owner.http.send(route.method, path, b"{}", headers)
            assert (answer.status, answer.json["error_code"]) == (401, "InvalidSession"), (route.method, path)


def test_an_administrator_of_another_app_gets_nowhere(
    server: ServerProcess, stranger: AdminClient, shop: AdminClient
) -> None:
    """404 on every route, in the words for an app that does not exist, and a line in the log for each."""
    stranger.app, start = shop.app, len(server.output.text)
    for route in OF_AN_APP:
        assert_refused(ask(stranger, route), 404, "NotFound", f"app not found: '{shop.app.split('/')[-1]}'")

    group = shop.app.split("/")[2]
    assert stranger.ask("GET", f"/groups/{group}/apps").json == []
    assert stranger.ask("POST", f"/groups/{group}/apps", {"name": "mine"}).status == 403
    server.output.wait_for("administrator stranger may not manage administrators", start=start)
    assert server.output.text.count(f"administrator stranger may not see app {shop.app_id}") == len(OF_AN_APP)


def test_an_app_of_others_is_answered_as_one_that_is_not_there(stranger: AdminClient, shop: AdminClient) -> None:
    """Nothing but the id differs: whoever asks learns of no app outside their roles."""
    group = shop.app.split("/")[2]
    theirs, none = shop.app.split("/")[-1], NOBODY
    answers = [stranger.ask("GET", f"/groups/{group}/apps/{id_}") for id_ in (theirs, none)]

    assert [answer.status for answer in answers] == [404, 404]
    assert answers[0].json["error"].replace(theirs, none) == answers[1].json["error"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_a_role_has_its_powers_and_no_others(
    server: ServerProcess, data_dir: Path, shop: AdminClient, role: Role
) -> None:
    """Every route of a power that the role lacks is refused; of those it has, none is."""
    name = f"{role}-of-{shop.app_id}"
    added = vestibule(data_dir, "admins", "add", name, "--role", role, "--app", shop.app_id, text=PASSWORD)
    assert added.returncode == 0
    client = log_in(server, name)
    client.app = shop.app
    refused = {route.path + route.method for route in OF_AN_APP if ask(client, route).status == 403}

    assert refused == {route.path + route.method for route in OF_AN_APP if route.operation.allowed not in POWERS[role]}
