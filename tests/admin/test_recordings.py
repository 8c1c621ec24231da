"""Recorded calls: kept for those functions that want it, looked at by those who may deploy, and run again."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.admin.conftest import PASSWORD, AdminClient, log_in, vestibule
from tests.admin.test_logs import entries
from tests.admin.test_remote_commands import Shell
from tests.conformance.http_client import assert_refused
from tests.conformance.server_process import APPS, PATIENCE, ServerProcess

KEY = "key-of-the-shop-that-nobody-knows"
PERSON = {"name": "Ada", "email": "ada.lovelace@example.com"}


@dataclass(frozen=True, slots=True)
class Recorded:
    """The app `recorded` on a server, its folder, and Ada who deployed it."""

    admin: AdminClient
    shell: Shell
    folder: Path

    def call(self, name: str, *arguments: object) -> Any:
        """What a client gets."""
        return self.admin.call(name, *arguments)

    def recordings(self, count: int = 1, function: str = "") -> list[dict[str, Any]]:
        """Those of the app, once there are so many; they are written soon, not at once."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            found: list[dict[str, Any]] = self.admin.of_app("GET", f"/recordings?function_name={function}").json
            if len(found) >= count:
                return found
            time.sleep(0.02)
        pytest.fail(f"no {count} recordings")

    def change(self, file: str, old: str, new: str) -> None:
        """Another text in a function's source."""
        source = self.folder / "functions" / file
        assert old in source.read_text()
        source.write_text(source.read_text().replace(old, new))


@pytest.fixture
def recorded(server: ServerProcess, owner: AdminClient, tmp_path: Path) -> Iterator[Recorded]:
    """Pushed anew for each test."""
    shell = Shell(tmp_path)
    shell.must("login", server.url, "--username", "ada", text=PASSWORD)
    client = owner.new_app("recorded")
    assert client.of_app("POST", "/secrets", {"name": "keySecret", "value": KEY}).status == 201
    folder = Path(shutil.copytree(APPS / "recorded", tmp_path / "app"))
    root = json.loads((folder / "realm_config.json").read_text()) | {"app_id": client.app_id}
    (folder / "realm_config.json").write_text(json.dumps(root))
    shell.must("push", str(folder))
    yield Recorded(client, shell, folder)
    assert client.of_app("DELETE").status == 204


def test_only_what_the_app_wants_is_recorded(recorded: Recorded) -> None:
    """Always, only failures, or not at all; a recording has the id of its log entry."""
    assert recorded.call("quiet") == "hush"
    assert recorded.call("stumble", False) == "stood"
    recorded.call("stumble", True)
    recorded.call("welcome", PERSON)
    found = recorded.recordings(2)
    assert [(one["function_name"], one["failed"]) for one in found] == [("welcome", False), ("stumble", True)]
    assert recorded.recordings(1, "stumble") == found[1:]
    (entry,) = entries(recorded.admin, "function_name=stumble&status=error")
    assert entry["_id"] == found[1]["_id"]


def test_a_recorded_call_is_run_again(recorded: Recorded) -> None:
    """In the served version, another one, the recorded one and a folder; nothing is performed by that."""
    first = recorded.call("welcome", PERSON)
    (found,) = recorded.recordings()
    same = recorded.admin.of_app("POST", f"/recordings/{found['_id']}/replay").json
    assert (same["same"], same["differences"]) == (True, []), same["differences"]
    assert same["replayed_version"] == found["version"]
    assert "the same host calls" in recorded.shell.must("replay", found["_id"])

    recorded.change("welcome.js", '"welcome"', '"hello"')
    differs = recorded.shell.run(
        "replay", found["_id"], "--app", recorded.admin.app_id, "--source", str(recorded.folder)
    )
    assert differs.returncode == 3, differs.stderr
    assert "log 1\n    recorded: log: welcome Ada" in differs.stdout
    assert "now:      log: hello Ada" in differs.stdout

    recorded.shell.must("push", str(recorded.folder))
    served = recorded.admin.of_app("POST", f"/recordings/{found['_id']}/replay").json
    assert [one["place"] for one in served["differences"]] == ["log 1"]
    assert served["replayed_version"] != found["version"]
    again = recorded.admin.of_app("POST", f"/recordings/{found['_id']}/replay?against=recorded").json
    assert again["same"]
    assert recorded.call("welcome", PERSON)["count"] == {"$numberInt": str(int(first["count"]["$numberInt"]) + 1)}


def test_neither_secrets_nor_people_are_in_it(recorded: Recorded, data_dir: Path) -> None:
    """Not in what is shown, not in the file that is handed out; and nothing at all can be read in the database."""
    recorded.call("welcome", PERSON)
    (found,) = recorded.recordings()
    shown = recorded.admin.of_app("GET", f"/recordings/{found['_id']}")
    file = recorded.admin.of_app("GET", f"/recordings/{found['_id']}/file")
    with closing(sqlite3.connect(data_dir / "identity.sqlite")) as database:
        ((sealed,),) = database.execute("SELECT sealed FROM recordings WHERE id = ?", [found["_id"]]).fetchall()

    inside = base64.b64decode(file.json["recording"])
    for text in (KEY, PERSON["email"], "ada.lovelace", "lovelace@example"):
        assert text.encode() not in shown.body + inside + sealed
    assert b"welcome" in inside
    assert b"welcome" not in sealed
    assert shown.json["arguments"][0]["name"] == "Ada"
    assert [asked["operation"] for asked in shown.json["host_calls"]] == ["functions.execute"]
    assert file.json["secrets"] == ["keySecret"]
    said = recorded.shell.must("recordings", "show", recorded.admin.app_id, found["_id"])
    assert "host call 1: functions.execute" in said


def test_a_tampered_recording_is_refused(recorded: Recorded, data_dir: Path) -> None:
    """It is neither shown nor run; deleting it is possible."""
    recorded.call("welcome", PERSON)
    (found,) = recorded.recordings()
    with closing(sqlite3.connect(data_dir / "identity.sqlite")) as database:
        database.execute("UPDATE recordings SET expires_at = expires_at + 1 WHERE id = ?", [found["_id"]])
        database.commit()
    for method, path in (("GET", ""), ("GET", "/file"), ("POST", "/replay")):
        answer = recorded.admin.of_app(method, f"/recordings/{found['_id']}{path}")
        assert_refused(answer, 409, "RecordingUnreadable", "not as it was kept")
    assert recorded.admin.of_app("DELETE", f"/recordings/{found['_id']}").status == 204


def test_an_expired_recording_is_gone(recorded: Recorded, data_dir: Path) -> None:
    """As one that never was."""
    recorded.call("welcome", PERSON)
    (found,) = recorded.recordings()
    with closing(sqlite3.connect(data_dir / "identity.sqlite")) as database:
        database.execute("UPDATE recordings SET expires_at = 1 WHERE id = ?", [found["_id"]])
        database.commit()
    assert recorded.admin.of_app("GET", "/recordings").json == []
    for method, path in (("GET", f"/{found['_id']}"), ("POST", f"/{found['_id']}/replay"), ("DELETE", "/nothing")):
        assert_refused(recorded.admin.of_app(method, f"/recordings{path}"), 404, "RecordingNotFound", "not found")
    assert "there is no recording" in recorded.shell.fails("replay", found["_id"])


@pytest.mark.parametrize("role", ["support", "read-only"])
def test_lesser_roles_get_at_none_of_it(recorded: Recorded, server: ServerProcess, data_dir: Path, role: str) -> None:
    """Each route refuses them; who looks is noted in the audit log."""
    recorded.call("welcome", PERSON)
    (found,) = recorded.recordings()
    name = f"{role}-of-{recorded.admin.app_id}"
    added = vestibule(data_dir, "admins", "add", name, "--role", role, "--app", recorded.admin.app_id, text=PASSWORD)
    assert added.returncode == 0, added.stderr
    lesser = AdminClient(recorded.admin.http, log_in(server, name).token, recorded.admin.app)
    for method, path in (("GET", ""), ("GET", "/ID"), ("GET", "/ID/file"), ("POST", "/ID/replay"), ("DELETE", "/ID")):
        answer = lesser.of_app(method, f"/recordings{path.replace('ID', found['_id'])}")
        assert_refused(answer, 403, "Forbidden", "read recordings")
    recorded.shell.must("recordings", "show", recorded.admin.app_id, found["_id"])
    recorded.shell.must("recordings", "delete", recorded.admin.app_id, found["_id"])
    audit = vestibule(data_dir, "audit", recorded.admin.app_id, "--event", "recording read").stdout
    assert f"recording {found['_id']}, by administrator ada" in audit
    assert "recording deleted" in vestibule(data_dir, "audit", recorded.admin.app_id).stdout
