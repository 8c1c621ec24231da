"""npm packages of an app over the Admin API (contract 12.6), and the newer pair of push and pull (12.2)."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile

from tests.admin.conftest import ADMIN, AdminClient
from tests.conformance.http_client import Answer, assert_refused, bearer

BOUNDARY = "0123456789"
MANIFEST = json.dumps({"dependencies": {"left": "^1.0.0"}}).encode()
MODULES = {
    "node_modules/left/package.json": b'{"name": "left", "version": "1.2.3", "main": "index.js"}',
    "node_modules/left/index.js": b"module.exports = () => 'padded';",
}


def upload(shop: AdminClient, method: str, path: str, name: str, content: bytes) -> Answer:
    """A form with one file."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    data = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"} | bearer(shop.token)
    return shop.http.send(method, ADMIN + shop.app + path, data, headers)


def tar_gz(files: dict[str, bytes]) -> bytes:
    """An archive of files."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def test_packages_are_uploaded_required_and_deleted(shop: AdminClient) -> None:
    """An archive serves functions from the answer on; what was given last replaces all before."""
    assert shop.of_app("GET", "/dependencies").json["dependencies_list"] == []
    assert upload(shop, "PUT", "/dependencies", "package.json", MANIFEST).status == 204
    status = shop.of_app("GET", "/dependencies/status").json
    assert (status["status"], "left" in status["status_message"]) == ("failed", True)
    archive = tar_gz(MODULES)
    changes = upload(shop, "POST", "/dependencies/diff", "node_modules.tar.gz", archive).json
    assert changes["modified"] == [{"name": "left", "version": "1.2.3", "previous_version": "^1.0.0"}]
    assert upload(shop, "PUT", "/dependencies", "node_modules.tar.gz", archive).status == 204
    shop.of_app("POST", "/functions", {"name": "pad", "source": "exports = () => require('left')();"})
    assert shop.call("pad") == "padded"

    assert shop.of_app("GET", "/dependencies").json["dependencies_list"] == [{"name": "left", "version": "1.2.3"}]
    assert shop.of_app("GET", "/dependencies/status").json == {"status": "successful", "status_message": ""}
    kept = shop.of_app("GET", "/dependencies/archive")
    assert (kept.body, kept.headers["content-disposition"]) == (archive, 'attachment; filename="node_modules.tar.gz"')
    assert_refused(shop.of_app("GET", "/dependencies/export"), 404, "AppDependenciesNotFound", "no such dependencies")
    assert shop.of_app("DELETE", "/dependencies").status == 204
    assert_refused(shop.of_app("DELETE", "/dependencies"), 404, "AppDependenciesNotFound", "no such dependencies")


def test_uploads_that_are_no_packages_are_refused(shop: AdminClient) -> None:
    """Whatever they are; nothing is changed by them."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(9):
            archive.writestr(f"node_modules/a/{number}.js", b" " * (64 << 20))
    for name, content, text in (
        ("node_modules.zip", bomb.getvalue(), "larger than"),
        ("node_modules.zip", b"nothing", "cannot be read"),
        ("node_modules.tar.gz", tar_gz({"../escape.js": b""}), "no module in the archive"),
        ("../../etc/passwd", b"x", "upload package.json"),
        ("package.json", b"[]", "no JSON object"),
    ):
        assert_refused(upload(shop, "PUT", "/dependencies", name, content), 400, "BadRequest", text)
    assert_refused(shop.of_app("PUT", "/dependencies", {}), 400, "MissingParameter", "field 'file'")
    assert shop.of_app("GET", "/dependencies").json["dependencies_list"] == []


def test_what_is_pulled_is_pushed_without_loss(shop: AdminClient) -> None:
    """The same version stands after a push of what was pulled; packages and our own files are left as they are."""
    shop.of_app("POST", "/functions", {"name": "folder/f", "source": "exports = () => 1;", "private": True})
    shop.of_app("POST", "/values", {"name": "v", "value": [1, {"a": None}]})
    shop.of_app("POST", "/environment_values", {"name": "e", "values": {"none": 1}})
    shop.of_app("PUT", "/security/refresh_token_expiration", {"expiration_time_seconds": 7200})
    source = shop.of_app("POST", "/services", {"name": "db", "type": "mongodb-atlas", "config": {}}).json["_id"]
    shop.of_app("POST", f"/services/{source}/rules", {"database": "d", "collection": "c", "roles": []})
    shop.of_app("POST", f"/services/{source}/default_rule", {"roles": [], "filters": []})
    place = {"data_source": "db", "database": "d", "collection": "c"}
    shop.of_app("POST", "/schemas", {"metadata": place, "schema": {"title": "t"}})
    upload(shop, "PUT", "/dependencies", "package.json", MANIFEST)
    headers = bearer(shop.token) | {"Accept": "application/json"}
    pulled = shop.http.send("GET", f"{ADMIN}{shop.app}/pull", None, headers)
    assert isinstance(pulled.json["auth_providers"], list)

    before = shop.of_app("GET", "/deployments").json[0]["version"]
    pushed = shop.of_app("PATCH", "/push", pulled.json)
    assert (pushed.status, pushed.body) == (204, b"")
    assert shop.of_app("GET", "/deployments").json[0]["version"] == before
    zipped = shop.http.send("GET", f"{ADMIN}{shop.app}/pull", None, bearer(shop.token) | {"Accept": "application/zip"})
    assert "functions/folder/f.js" in zipfile.ZipFile(io.BytesIO(zipped.body)).namelist()
