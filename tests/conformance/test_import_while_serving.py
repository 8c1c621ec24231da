"""`vestibule documents import` into the data directory of a server that runs and writes meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conformance.http_client import Answer, Http, bearer
from tests.conformance.server_process import PATIENCE, ROOT, ServerProcess

DOCUMENTS = 20_000
NAMES = {"database": "lobby", "collection": "notes"}


def _act(http: Http, token: str, action: str, **arguments: object) -> Answer:
    """An operation on the notes."""
    body = {"service": "mongodb-atlas", "name": action, "arguments": [{**NAMES, **arguments}]}
    path = f"/app/{http.app_id}/functions/call"
    return http.ask("POST", path, json.dumps(body).encode(), bearer(token) | {"Content-Type": "application/json"})


def test_import_and_clients_write_side_by_side(server: ServerProcess, http: Http, tmp_path: Path) -> None:
    """What is imported and what clients write meanwhile is all there, and clients see what was imported at once."""
    login = http.log_in({"id": "importer"}).json
    token, owner = login["access_token"], login["user_id"]
    lines = (json.dumps({"owner_id": owner, "text": "imported", "n": n}) for n in range(DOCUMENTS))
    (tmp_path / "notes.json").write_text("\n".join(lines))
    command = [sys.executable, "-m", "server", "documents", "import", "logins", str(tmp_path / "notes.json")]
    options = ["--database", "lobby", "--collection", "notes", "--data-dir", str(server.data_dir)]

    written = 0
    with subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as importing:
        while importing.poll() is None:
            answer = _act(http, token, "insertOne", document={"owner_id": owner, "text": "meanwhile"})
            assert answer.status == 200, answer.body
            written += 1
        told, _ = importing.communicate(timeout=PATIENCE)

    assert (importing.returncode, told) == (0, f"lobby.notes: {DOCUMENTS} documents\n")
    for text, number in (("imported", DOCUMENTS), ("meanwhile", written)):
        assert _act(http, token, "count", query={"text": text}).json == {"$numberLong": str(number)}
    assert _act(http, token, "deleteMany", query={}).status == 200
