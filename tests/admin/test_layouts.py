"""Apps of older layouts are imported, deployed and exported again, by the Admin API and by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.apps.layouts.layout import LAYOUTS
from server.versions.archive import read_zip, write_zip
from tests.admin.conftest import ADMIN, AdminClient
from tests.admin.test_remote_commands import Shell, folder, shell
from tests.conformance.http_client import Answer, assert_refused, bearer

__all__ = ["folder", "shell"]
OLD_APP = {
    "config.json": b'{"config_version": 20200603, "app_id": "another", "name": "old", "security": {}}',
    "secrets.json": b'{"services": {"web": {"token": "the text"}}}',
    "auth_providers/anon-user.json": b'{"name": "anon-user", "type": "anon-user", "disabled": false}',
    "functions/token/config.json": b'{"name": "token"}',
    "functions/token/source.js": b"exports = () => context.values.get('token');",
    "services/web/config.json": b'{"name": "web", "type": "http", "config": {}}',
    "values/token.json": b'{"name": "token", "value": "__web_token", "from_secret": true}',
}


def upload(client: AdminClient, files: dict[str, bytes]) -> Answer:
    """Import a folder as a zip archive."""
    headers = bearer(client.token) | {"Content-Type": "application/zip"}
    return client.http.send("POST", f"{ADMIN}{client.app}/import", write_zip(files), headers)


def exported(client: AdminClient, version: str) -> dict[str, bytes]:
    """The files of an export."""
    answer = client.of_app("GET", f"/export?version={version}")
    assert answer.status == 200, answer.body
    return dict(read_zip(answer.body))


def version_of(client: AdminClient) -> str:
    """The content hash of what is served."""
    return str(client.of_app("GET", "/deployments").json[0]["version"])


def test_an_old_export_is_served_with_its_secrets(shop: AdminClient) -> None:
    """Texts become secrets that functions find, and that no export gives away."""
    assert upload(shop, OLD_APP).status == 204

    assert shop.call("token") == "the text"
    assert [secret["name"] for secret in shop.of_app("GET", "/secrets").json] == ["__web_token"]
    secret = shop.of_app("GET", "/secrets").json[0]["_id"]
    assert shop.of_app("PUT", f"/secrets/{secret}", {"name": "", "value": "another"}).status == 204
    assert not [path for path, content in exported(shop, "20200603").items() if b"the text" in content]


@pytest.mark.parametrize("layout", [layout.name for layout in LAYOUTS if layout.name != "root-config"])
def test_import_export_import_is_the_same_version(shop: AdminClient, layout: str) -> None:
    """In every layout: the content hash does not change."""
    assert upload(shop, OLD_APP).status == 204
    before = version_of(shop)
    assert upload(shop, exported(shop, layout)).status == 204

    assert version_of(shop) == before


def test_the_root_file_of_later_tools_keeps_its_name(shop: AdminClient) -> None:
    """Unless another layout is asked for: vendor tools know one name only."""
    assert upload(shop, OLD_APP).status == 204
    assert upload(shop, exported(shop, "root-config")).status == 204

    assert "root_config.json" in exported(shop, "")
    assert json.loads(exported(shop, "20210101")["realm_config.json"])["config_version"] == 20210101


def test_a_broken_old_export_is_refused_whole(shop: AdminClient) -> None:
    """By file and field; no secret of it is kept."""
    answer = upload(shop, OLD_APP | {"functions/token/config.json": b'{"name": "other"}'})

    assert (answer.status, answer.json["error_code"]) == (400, "ImportAppError")
    assert "functions/token/config.json: name:" in answer.json["error"]
    assert shop.of_app("GET", "/secrets").json == []


def test_an_unknown_layout_is_refused(shop: AdminClient) -> None:
    """With those that there are."""
    answer = shop.of_app("GET", "/export?version=2019")

    assert answer.status == 400
    assert "20180301" in answer.json["error"]


def test_pull_writes_the_layout_that_is_wanted(shell: Shell, folder: Path) -> None:
    """A folder keeps its layout, and pushing an older one changes nothing."""
    shell.must("push", str(folder), "--create")
    shell.must("pull", "pushed", "old", "--layout", "20180301")
    assert (shell.home / "old" / "functions" / "sum" / "source.js").exists()
    assert "nothing to deploy" in shell.must("push", "old")
    shell.must("pull", "pushed", "old", "--force")

    assert not (shell.home / "old" / "realm_config.json").exists()
    assert "has the layout 20180301" in shell.fails("pull", "pushed", "old", "--force", "--layout", "20210101")


@pytest.mark.parametrize("body", [None, {}, {"app_id": "another"}, {"function": {}}])
def test_an_import_of_nothing_leaves_the_app_as_it_is(shop: AdminClient, body: object) -> None:
    """A body without any part of an app is a mistake: a forgotten one, or a misspelt one."""
    for method, path in (("POST", "/import"), ("PATCH", "/push")):
        refused = shop.of_app(method, path, body)
        assert_refused(refused, 400, "ImportAppError", "no part of an app")
    assert [one["name"] for one in shop.of_app("GET", "/auth_providers").json] == ["anon-user"]
