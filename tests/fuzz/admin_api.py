"""Asks a server's Admin API whatever its OpenAPI document allows, and more: `python -m tests.fuzz.admin_api SECONDS`.

Schemathesis makes the requests up and judges the answers: no server errors, no statuses, types or bodies that are not
declared, and nothing without a token.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.admin.conftest import AdminClient, log_in, vestibule
from tests.conformance.server_process import PATIENCE, serve

PASSWORD = "correct horse battery staple"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,ignored_auth"
LEFT_OUT = ("^delete_app$", "^log_in", "^log_out$", "^allow_address$", "^disallow_address$")
"""Operations that end the run's own session or app."""
LINKS = {"emailConfirmationUrl": "https://shop.example/confirm", "resetPasswordUrl": "https://shop.example/reset"}
ONCE_EACH = ("--phases", "fuzzing", "--mode", "positive", "--max-examples", "2", "--generation-deterministic")
"""First every operation with what it wants, so that every kind of answer is seen."""
AT_LENGTH = ("--phases", "examples,coverage,fuzzing", "--max-examples", "1000")


def fuzz(seconds: int) -> int:
    """The exit status of schemathesis, or 1 where the server did not outlive it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        vestibule(data, "admins", "add", "ada", text=PASSWORD)
        with serve(data, [], {"VESTIBULE_WORKERS": "1", "VESTIBULE_LOG_LEVEL": "ERROR"}) as server:
            shop = log_in(server, "ada").new_app("shop")
            schema = Path(folder) / "openapi.json"
            schema.write_text(json.dumps(addressed(shop, furnish(shop))))
            runs = [ONCE_EACH, (*AT_LENGTH, "--max-time", str(seconds))]
            statuses = [run(schema, server.url, shop.token, *options) for options in runs]
            return max(statuses) if server.lives else 1


def furnish(shop: AdminClient) -> dict[str, str]:
    """Something of each kind; the places in paths where its id stands, and the ids."""
    source = {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}}
    account = {"email": "ada@example.com", "password": PASSWORD}
    made: list[tuple[str, dict[str, Any]]] = [
        ("functions/{object_id}", {"name": "f", "source": "exports = (x) => x;"}),
        ("auth_providers/{object_id}", {"name": "local-userpass", "type": "local-userpass", "config": LINKS}),
        ("services/{object_id}", source),
        ("values/{object_id}", {"name": "v", "value": 1}),
        ("environment_values/{object_id}", {"name": "e", "values": {"none": 1}}),
        ("secrets/{secret_id}", {"name": "s", "value": "text"}),
        ("users/{user_id}", account),
        ("api_keys/{key_id}", {"name": "k"}),
        ("triggers/{object_id}", {"name": "t", "type": "SCHEDULED", "config": {"schedule": "0 0 * * *"},
                                  "function_name": "f", "disabled": True}),
        ("endpoints/{object_id}", {"route": "/r", "http_method": "GET", "function_name": "f"}),
    ]  # fmt: skip
    shop.of_app("POST", "/auth_providers", {"name": "api-key", "type": "api-key"})
    ids = {}
    for place, body in made:
        answer = shop.of_app("POST", f"/{place.partition('/')[0]}", body)
        ids[place] = answer.json["_id"]
    deployment = shop.of_app("GET", "/deployments").json[0]["_id"]
    return ids | {"services/{service_id}": ids["services/{object_id}"], "deployments/{deployment_id}": deployment}


def addressed(shop: AdminClient, ids: dict[str, str]) -> dict[str, Any]:
    """The document, whose paths lead to the app and to what is in it, or is not."""
    document: dict[str, Any] = shop.ask("GET", "/openapi.json").json
    _, _, group, _, app = shop.app.split("/")
    fixed = {"group_id": [group], "internal_id": [app]}
    for path, methods in document["paths"].items():
        found = {place.partition("{")[2].rstrip("}"): [id_, "0" * 24] for place, id_ in ids.items() if place in path}
        parameters = [one for described in methods.values() for one in described["parameters"]]
        for parameter in parameters:
            allowed = (fixed | found).get(parameter["name"])
            if allowed:
                parameter["schema"] = {"enum": allowed}
    return document


def run(schema: Path, url: str, token: str, *options: str) -> int:
    """Schemathesis; its exit status."""
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run", str(schema), "--url", url,
        "--header", f"Authorization: Bearer {token}", "--checks", CHECKS, "--warnings", "off",
        "--suppress-health-check", "all", "--request-timeout", str(PATIENCE), *options,
        *(option for left_out in LEFT_OUT for option in ("--exclude-operation-id-regex", left_out)),
    ]  # fmt: skip
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(fuzz(int(sys.argv[1])))
