"""`vestibule documents` on a server: in, out, found and indexed as in its data directory; for whom, and noted where."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import bson
import pytest

from server import ejson
from server.cli.commands import run_command
from server.remote.client import RemoteServer
from server.remote.exchange import Answer
from tests.admin.conftest import PASSWORD, AdminClient, log_in, vestibule
from tests.admin.test_remote_commands import Shell, shell
from tests.conformance.http_client import JSON, assert_refused, bearer
from tests.conformance.server_process import ServerProcess

__all__ = ["shell"]
ATLAS = {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}}
PEOPLE = [{"_id": {"$numberInt": str(number)}, "name": f"n{number % 7}"} for number in range(50)]
METADATA = {"indexes": [{"key": {"name": 1}, "name": "byName"}, {"key": {"place": "2dsphere"}, "name": "byPlace"}]}


@pytest.fixture
def stocked(shop: AdminClient) -> AdminClient:
    """An app with a data source."""
    assert shop.of_app("POST", "/services", ATLAS).status == 201
    return shop


@pytest.fixture
def dump(shell: Shell) -> Path:
    """What mongodump would write."""
    folder = shell.home / "dump" / "store"
    folder.mkdir(parents=True)
    documents = [ejson.loads(json.dumps(person)) for person in PEOPLE]
    (folder / "people.bson").write_bytes(b"".join(bson.encode(one) for one in documents))  # type: ignore[arg-type]
    (folder / "people.metadata.json").write_text(json.dumps(METADATA))
    (folder / "none.bson").write_bytes(b"")
    (folder / "none.metadata.json").write_text("{}")
    return folder.parent


def lines(said: str) -> list[object]:
    """What was printed, an object a line."""
    return [json.loads(line) for line in said.splitlines()]


def service(client: AdminClient) -> str:
    """The path of the app's data source."""
    (found,) = (one["_id"] for one in client.of_app("GET", "/services").json if one["name"] == "mongodb-atlas")
    return f"/services/{found}"


def test_documents_go_in_and_come_out(shell: Shell, stocked: AdminClient, dump: Path, data_dir: Path) -> None:
    """Twice imported they are there once; what comes out of the server is what comes out of its directory."""
    del stocked
    said = shell.run("documents", "import", "shop", str(dump))
    assert "store.people: 50 documents\n" in said.stdout, said.stderr
    assert "index byName" in said.stdout
    assert "index byPlace was left out: the index type 2dsphere is not supported" in said.stderr
    assert "0 documents, 50 were there already" in shell.must("documents", "import", "shop", str(dump))

    local = ("--local", "--data-dir", str(data_dir))
    for form in ("lines", "array", "bson", "archive"):
        collection = "*" if form in {"bson", "archive"} else "people"
        for where, name in (((), f"remote-{form}"), (local, f"local-{form}")):
            shell.must("documents", "export", "shop", "store", collection, name, "--format", form, *where)
    assert lines((shell.home / "remote-lines").read_text()) == PEOPLE
    for form in ("lines", "array", "archive"):
        assert (shell.home / f"remote-{form}").read_bytes() == (shell.home / f"local-{form}").read_bytes()
    written = sorted(path.relative_to(shell.home / "local-bson") for path in (shell.home / "local-bson").rglob("*.*"))
    assert len(written) == 4
    for path in written:
        assert (shell.home / "remote-bson" / path).read_bytes() == (shell.home / "local-bson" / path).read_bytes()

    shell.must("documents", "export", "shop", "store", "people", "packed.gz", "--gzip")
    assert gzip.decompress((shell.home / "packed.gz").read_bytes()).count(b"\n") == 50


def test_documents_are_found_and_indexes_kept(shell: Shell, stocked: AdminClient, dump: Path) -> None:
    """In Extended JSON, by the app's name or id."""
    shell.must("documents", "import", stocked.app_id, str(dump), "--database", "other")
    query = ("--sort", '{"_id": -1}', "--limit", "2", "--project", '{"_id": 1}')
    found = shell.must(
        "documents", "find", "shop", "other", "people", '{"_id": {"$lt": {"$numberLong": "40"}}}', *query
    )
    assert lines(found) == [{"_id": {"$numberInt": "39"}}, {"_id": {"$numberInt": "38"}}]

    make = ("--make", '{"name": -1}', "--options", '{"name": "down"}')
    shown = [one["name"] for one in lines(shell.must("documents", "indexes", "shop", "other", "people", *make))]  # type: ignore[index]
    assert shown == ["_id_", "byName", "down"]
    left = shell.must("documents", "indexes", "shop", "other", "people", "--drop", "byName")
    assert "byName" not in left
    assert "down" in left


def test_what_cannot_be_done_is_told(shell: Shell, stocked: AdminClient, dump: Path) -> None:
    """With what there is instead, and nothing half done is left behind."""
    shell.must("documents", "import", "shop", str(dump))
    assert "there are mongodb-atlas" in shell.fails("documents", "find", "shop", "a", "b", "--service", "other")
    said = shell.fails("documents", "export", "shop", "store", "nobody", "file")
    assert "there is no collection store.nobody; there are store.none, store.people" in said
    assert not (shell.home / "file").exists()
    assert "FILTER is no Extended JSON" in shell.fails("documents", "find", "shop", "store", "people", "{x}")
    assert "unknown operator" in shell.fails("documents", "find", "shop", "store", "people", '{"a": {"$no": 1}}')
    assert "limit" in shell.fails("documents", "find", "shop", "store", "people", "--limit", "0", status=2)
    for path, body, words in (
        ("/documents/find", {"database": "a", "collection": "b", "filter": []}, "filter"),
        ("/documents/find", {"database": "", "collection": "b"}, "Invalid database name"),
        ("/indexes", {"database": "a", "collection": "b", "keys": {"a": "no"}}, ""),
    ):
        answer = stocked.of_app("POST", service(stocked) + path, body)
        assert (answer.status, words in answer.json["error"]) == (400, True), answer.body
    assert_refused(stocked.of_app("GET", f"{service(stocked)}/indexes"), 400, "MissingParameter", "'database'")


def test_an_export_that_is_broken_off_leaves_no_file(
    shell: Shell, stocked: AdminClient, dump: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wherever the server's answer ends before it is whole: half an export would look like a whole one."""
    shell.must("documents", "import", "shop", str(dump))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(shell.home))
    path = f"{stocked.app}{service(stocked)}/documents/export?database=store&collection=people"
    with RemoteServer.of_profile("default").opened(path) as answer:
        archive = answer.read()
    for end in (2, 200, len(archive) // 2, len(archive) - 1):
        cut = Answer(io.BytesIO(archive[:end]), 0, "http://there")
        with monkeypatch.context() as patch:
            patch.setattr(RemoteServer, "opened", lambda *_, cut=cut: cut)
            target = shell.home / "cut"
            assert run_command(["documents", "export", "shop", "store", "people", str(target)]) == 1
        assert capsys.readouterr().err.startswith("vestibule: ")
        assert not target.exists()


def test_a_broken_import_adds_nothing(stocked: AdminClient) -> None:
    """Documents without `_id` get one of their own, however they are cut into requests; what is no BSON is refused."""
    path = f"/api/admin/v3.0{stocked.app}{service(stocked)}/documents/import?database=a&collection=b"
    headers = {**JSON, "Content-Type": "application/octet-stream", **bearer(stocked.token)}
    one = bson.encode({"n": 1})
    for _ in range(2):
        answer = stocked.http.send("POST", path, one + one, headers)
        assert answer.json == {"read": 2, "inserted": 2}
    refused = stocked.http.send("POST", path, one + one[:-1], headers)
    assert (refused.status, refused.json["error_code"]) == (400, "InvalidParameter")

    found = stocked.of_app("POST", f"{service(stocked)}/documents/find", {"database": "a", "collection": "b"})
    assert len(found.json) == 4


def test_each_step_is_noted_and_only_deployers_may(
    server: ServerProcess, data_dir: Path, shell: Shell, stocked: AdminClient, dump: Path
) -> None:
    """With the administrator and the collection; a role that may not run functions as the system reads no documents."""
    shell.must("documents", "import", "shop", str(dump))
    shell.must("documents", "find", "shop", "store", "people", '{"name": "secret"}')
    shell.must("documents", "export", "shop", "store", "people", "file")
    shell.must("documents", "indexes", "shop", "store", "people", "--drop", "byName")
    entries = {entry["event"]: entry["detail"] for entry in stocked.of_app("GET", "/audit").json}
    assert entries["documents read"] == "by administrator ada: mongodb-atlas store.people"
    assert {"documents exported", "documents imported", "index created", "index dropped"} < entries.keys()
    assert "secret" not in json.dumps(entries)

    for role, status in (("deployer", 200), ("support", 403), ("read-only", 403)):
        name = f"{role}-documents-{stocked.app_id}"
        added = vestibule(data_dir, "admins", "add", name, "--role", role, "--app", stocked.app_id, text=PASSWORD)
        assert added.returncode == 0
        client = log_in(server, name)
        client.app = stocked.app
        answer = client.of_app("GET", f"{service(stocked)}/indexes?database=store&collection=people")
        assert answer.status == status
