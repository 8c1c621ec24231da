"""Two administrators change one app at the same time: what they changed of different functions comes together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.admin.conftest import PASSWORD, AdminClient, log_in, vestibule
from tests.conformance.http_client import Answer
from tests.conformance.server_process import ServerProcess


@pytest.fixture
def grace(server: ServerProcess, data_dir: Path, shop: AdminClient) -> AdminClient:
    """Another deployer of Ada's app."""
    arguments = ("add", f"grace-{shop.app_id}", "--role", "deployer", "--app", shop.app_id)
    assert vestibule(data_dir, "admins", *arguments, text=PASSWORD).returncode == 0
    client = log_in(server, f"grace-{shop.app_id}")
    client.app, client.app_id = shop.app, shop.app_id
    return client


def put(client: AdminClient, name: str, source: str, **fields: object) -> None:
    """Make the function, or give it this source and these settings."""
    body = {"name": name, "source": f"exports = () => {source};", **fields}
    found = [one["_id"] for one in client.of_app("GET", "/functions").json if one["name"] == name]
    method, path = ("PUT", f"/functions/{found[0]}") if found else ("POST", "/functions")
    answer = client.of_app(method, path, body)
    assert answer.status in {200, 201, 204}, answer.body


def undo_the_last(client: AdminClient) -> None:
    """Serve what was served before the last deployment."""
    before = client.of_app("GET", "/deployments").json[1]
    assert client.of_app("POST", f"/deployments/{before['_id']}/redeploy").status == 204


def drafted(ada: AdminClient, grace: AdminClient, name: str, **fields: object) -> tuple[str, Answer]:
    """Ada opens a draft and changes a function; meanwhile Grace takes back the last change, and Ada deploys."""
    draft: dict[str, Any] = ada.of_app("POST", "/drafts").json
    put(ada, name, "'ada'", **fields)
    undo_the_last(grace)
    return draft["_id"], ada.of_app("POST", f"/drafts/{draft['_id']}/deployment")


def test_changes_of_different_functions_are_both_served(shop: AdminClient, grace: AdminClient) -> None:
    """Settings too, which stand in one file for all functions."""
    put(shop, "first", "1")
    put(shop, "second", "1")
    put(shop, "second", "'to be taken back'", private=True)
    _, begun = drafted(shop, grace, "first", run_as_system=True)
    assert begun.status == 201, begun.body
    assert shop.ended(begun.json["_id"])["status"] == "successful"

    assert (shop.call("first"), shop.call("second")) == ("ada", {"$numberInt": "1"})
    shown = {one["name"]: one for one in shop.of_app("GET", "/functions").json}
    assert (shown["first"]["run_as_system"], shown["second"]["private"]) == (True, False)


def test_changes_of_the_same_function_are_refused(shop: AdminClient, grace: AdminClient) -> None:
    """By its name, and the draft stays: whoever deploys it has not seen what the other one made."""
    put(shop, "first", "1")
    put(shop, "first", "1", private=True)
    draft, refused = drafted(shop, grace, "first", private=True)
    assert (refused.status, refused.json["error_code"]) == (409, "BehindCurrentVersion")
    assert "function first; discard the draft" in refused.json["error"]

    assert shop.call("first") == {"$numberInt": "1"}
    assert [one["_id"] for one in shop.of_app("GET", "/drafts").json] == [draft]
    assert shop.of_app("DELETE", f"/drafts/{draft}").status == 204
