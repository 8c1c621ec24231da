"""Roles: an administrator of one app, or of a lesser role, tries every route of another app."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.admin.access import POWERS, Power
from server.administrator_records import Role
from tests.admin.conftest import PASSWORD, AdminClient, log_in, vestibule
from tests.conformance.http_client import assert_refused
from tests.conformance.server_process import ServerProcess

ROUTES: list[tuple[str, str, Power]] = [
    ("GET", "", Power.READ),
    ("GET", "/description", Power.READ),
    ("GET", "/export", Power.READ),
    ("GET", "/drafts", Power.READ),
    ("GET", "/deployments", Power.READ),
    ("GET", "/functions", Power.READ),
    ("GET", "/secrets", Power.READ),
    ("GET", "/metrics", Power.READ),
    ("GET", "/trigger_queue", Power.READ),
    ("GET", "/deployments/0/diff", Power.READ),
    ("GET", "/dead_events", Power.LOGS),
    ("GET", "/dead_events/0", Power.LOGS),
    ("POST", "/dead_events/0/replay", Power.RUN),
    ("DELETE", "/dead_events/0", Power.RUN),
    ("PUT", "/triggers/0/resume", Power.DEPLOY),
    ("GET", "/users/0/sessions", Power.USERS),
    ("DELETE", "/users/0/sessions/0", Power.USERS),
    ("GET", "/logs", Power.LOGS),
    ("POST", "/import", Power.DEPLOY),
    ("POST", "/drafts", Power.DEPLOY),
    ("DELETE", "/drafts/0", Power.DEPLOY),
    ("POST", "/drafts/0/deployment", Power.DEPLOY),
    ("POST", "/deployments/0/redeploy", Power.DEPLOY),
    ("POST", "/functions", Power.DEPLOY),
    ("PUT", "/values/0", Power.DEPLOY),
    ("PATCH", "/auth_providers/0", Power.DEPLOY),
    ("PUT", "/auth_providers/0/enable", Power.DEPLOY),
    ("DELETE", "/triggers/0", Power.DEPLOY),
    ("POST", "/secrets", Power.SECRETS),
    ("PUT", "/secrets/0", Power.SECRETS),
    ("DELETE", "/secrets/0", Power.SECRETS),
    ("POST", "/debug/execute_function?run_as_system=true", Power.RUN),
    ("GET", "/users", Power.USERS),
    ("POST", "/users", Power.USERS),
    ("PUT", "/users/0/disable", Power.USERS),
    ("DELETE", "/users/0", Power.USERS),
    ("GET", "/user_registrations/pending_users", Power.USERS),
    ("POST", "/api_keys", Power.SECRETS),
    ("DELETE", "", Power.DELETE),
]


def test_an_administrator_of_another_app_gets_nowhere(server: ServerProcess, data_dir: Path, shop: AdminClient) -> None:
    """403 on every route, and a line in the log."""
    assert vestibule(data_dir, "admins", "add", "stranger", "--app", "other", text=PASSWORD).returncode == 0
    stranger = log_in(server, "stranger")
    stranger.app = shop.app
    for method, path, _ in ROUTES:
        assert_refused(stranger.of_app(method, path, {}), 403, "Forbidden", "your roles do not allow you to read")

    server.output.wait_for(f"administrator stranger may not read of app {shop.app_id}")
    group = shop.app.split("/")[2]
    assert stranger.ask("GET", f"/groups/{group}/apps").json == []
    assert stranger.ask("POST", f"/groups/{group}/apps", {"name": "mine"}).status == 403


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
    statuses = {(method, path): client.of_app(method, path, {"name": "x"}).status for method, path, _ in ROUTES}

    refused = {route for route, status in statuses.items() if status == 403}
    assert refused == {(method, path) for method, path, power in ROUTES if power not in POWERS[role]}
