"""The OpenAPI document of the Admin API: whole, and of what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from server.api.admin.openapi import openapi_document
from server.api.admin.route_table import admin_routes
from server.api.application import make_application
from server.api.services import Services
from server.cli.commands import run_command

ROOT = Path(__file__).resolve().parents[3]
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document."""
    return openapi_document(admin_routes(make_application(cast("Services", None))), "http://admin.example")


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every method of every path."""
    return [(path, described) for path, methods in document["paths"].items() for described in methods.values()]


def test_every_route_is_described(document: dict[str, Any]) -> None:
    """Once for each kind of object, with the variables of its path and a name of its own."""
    routes = list(admin_routes(make_application(cast("Services", None))))
    assert sum(len(methods) for methods in document["paths"].values()) == len(routes)
    assert all(methods.keys() <= METHODS for methods in document["paths"].values())
    names = [described["operationId"] for _, described in operations(document)]
    assert len(set(names)) == len(names)
    for path, described in operations(document):
        variables = {one["name"] for one in described["parameters"] if one["in"] == "path"}
        assert variables == set(re.findall(r"{(\w+)}", path))
        assert described["summary"]


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    """Every schema that is named is there."""
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named == document["components"]["schemas"].keys() & named
    assert {"Error", "Deployment", "User"} <= named


def test_answers_have_schemas_and_refusals_their_form(document: dict[str, Any]) -> None:
    """A status without a body has none; every refusal is an error as the contract has it."""
    for path, described in operations(document):
        for status, answer in described["responses"].items():
            if status == "204":
                assert "content" not in answer, path
            elif status >= "400":
                assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}
            else:
                assert answer["content"], path


def test_objects_have_bodies_of_their_kind(document: dict[str, Any]) -> None:
    """A function is made with a source, a trigger with a type."""
    base = "/api/admin/v3.0/groups/{group_id}/apps/{internal_id}"
    schemas = document["components"]["schemas"]
    for kind, field in (("functions", "source"), ("triggers", "type"), ("endpoints", "route")):
        body = document["paths"][f"{base}/{kind}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert field in schemas[body["$ref"].rpartition("/")[2]]["properties"]


def test_the_command_prints_the_document(capsys: pytest.CaptureFixture[str], document: dict[str, Any]) -> None:
    """The same that a server answers."""
    assert run_command(["openapi", "--url", "http://admin.example"]) == 0
    assert json.loads(capsys.readouterr().out) == document


def test_the_questions_to_a_log_are_described(document: dict[str, Any]) -> None:
    """Every parameter that the reference has, and no other."""
    logs = document["paths"]["/api/admin/v3.0/groups/{group_id}/apps/{internal_id}/logs"]["get"]
    described = {one["name"] for one in logs["parameters"] if one["in"] == "query"}
    table = (ROOT / "docs" / "reference" / "admin-api.md").read_text().partition("\n## Logs\n")[2]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    also = {"errors_only"}  # the row of `status` has it
    assert described == {name for row in rows for name in re.findall(r"`(\w+)`", row)} | also
