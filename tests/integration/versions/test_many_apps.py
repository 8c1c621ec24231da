"""Starting with many apps: each is served as its folder or the store says, though they are looked at together."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.messages import Call
from server.cli.deploying import deploy_folders
from server.version_records import Origin, SecretRecord
from server.versions import following
from server.versions.compiling import DeployFailed
from server.versions.deployer import Deployer, Deploying
from tests.integration.versions.conftest import Servers

pytestmark = pytest.mark.asyncio(loop_scope="session")
BY_ADA = Deploying(origin=Origin.EDIT, author="ada")
APPS = tuple(f"app{number}" for number in range(7))


@pytest.fixture(autouse=True)
def parts_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven apps are two whole parts and a rest."""
    monkeypatch.setattr(following, "TOGETHER", 3)


def files(app_id: str, answer: str, **more: str) -> dict[str, bytes]:
    """An app whose one function returns this text."""
    tree = {
        "root_config.json": json.dumps({"app_id": app_id, "name": app_id}),
        "functions/f.js": f"exports = () => '{answer}';",
    }
    return {path: text.encode() for path, text in {**tree, **more}.items()}


def folders(directory: Path, answers: dict[str, str]) -> list[Path]:
    """A folder for each app."""
    for app_id, answer in answers.items():
        for path, content in files(app_id, answer).items():
            file = directory / app_id / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return [directory / app_id for app_id in answers]


async def answers(deployer: Deployer, app_ids: Sequence[str] = APPS) -> dict[str, str]:
    """What the apps' functions return, of those that are served."""
    found = {}
    for app_id in app_ids:
        if deployment := deployer.registry.find(app_id):
            call = Call(function="f", context=b'{"values":{},"functions":{}}')
            found[app_id] = json.loads((await deployer.sandboxes.run(deployment.image, call)).value or b"null")
    return found


async def test_stored_apps_are_served_again(servers: Servers) -> None:
    """Every one, with its own files, by the deployment that the store names."""
    before = servers.start()
    for app_id in APPS:
        await before.deploy(app_id, files(app_id, f"old {app_id}"), BY_ADA)
        await before.deploy(app_id, files(app_id, f"of {app_id}"), BY_ADA)
    restarted = servers.start()
    await restarted.catch_up()

    assert await answers(restarted) == {app_id: f"of {app_id}" for app_id in APPS}
    versions = {app_id: restarted.registry.app(app_id).version for app_id in APPS}
    assert versions == {app_id: before.registry.app(app_id).version for app_id in APPS}


async def test_one_that_cannot_be_served_keeps_none_of_the_others(
    servers: Servers, caplog: pytest.LogCaptureFixture
) -> None:
    """Its secret was sealed under another key: it is told, and the apps around it are served."""
    before = servers.start()
    for app_id in APPS:
        await before.deploy(app_id, files(app_id, app_id), BY_ADA)
    foreign = SecretRecord(
        app_id="app4", name="key", id="1", ciphertext=b"sealed elsewhere, long ago", modified_at=datetime.now(UTC)
    )
    await servers.store.add_secret(foreign)
    restarted = servers.start()
    with caplog.at_level(logging.ERROR):
        await restarted.catch_up()

    assert await answers(restarted) == {app_id: app_id for app_id in APPS if app_id != "app4"}
    assert "of app4 cannot be served: the secret 'key'" in caplog.text


async def test_each_app_has_its_own_secrets(servers: Servers) -> None:
    """They are found together and go to nobody else."""
    deployer = servers.start()
    value = json.dumps({"name": "v", "value": "text", "from_secret": True})
    for app_id in APPS[:4]:
        await deployer.keep_secrets(app_id, {"text": f"secret of {app_id}"})
        await deployer.deploy(app_id, files(app_id, app_id, **{"values/v.json": value}), BY_ADA)
    restarted = servers.start()
    await restarted.catch_up()

    found = {app_id: restarted.registry.app(app_id).app.values["v"].value for app_id in APPS[:4]}
    assert found == {app_id: f"secret of {app_id}" for app_id in APPS[:4]}


async def test_folders_that_are_as_they_were_leave_the_store_as_it_is(servers: Servers, tmp_path: Path) -> None:
    """They are served, and nothing is written."""
    given = folders(tmp_path, {app_id: app_id for app_id in APPS})
    await deploy_folders(given, servers.start())
    apps = await servers.store.stored_apps()
    restarted = servers.start()
    assert await deploy_folders(given, restarted) == list(APPS)

    assert await answers(restarted) == {app_id: app_id for app_id in APPS}
    assert await servers.store.stored_apps() == apps
    assert [len(await servers.store.find_deployments(app_id)) for app_id in APPS] == [1] * len(APPS)


async def test_changed_folders_are_seen_whatever_their_files_look_like(servers: Servers, tmp_path: Path) -> None:
    """Also where size and time of a file are as before; the others go on."""
    given = folders(tmp_path, {app_id: app_id for app_id in APPS})
    await deploy_folders(given, servers.start())
    source = tmp_path / "app3" / "functions" / "f.js"
    status = source.stat()
    source.write_text(source.read_text().replace("app3", "APP3"))
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert source.stat().st_size == status.st_size
    restarted = servers.start()
    await deploy_folders(given, restarted)

    assert await answers(restarted) == {app_id: app_id for app_id in APPS} | {"app3": "APP3"}
    numbers = {app_id: len(await servers.store.find_deployments(app_id)) for app_id in APPS}
    assert numbers == dict.fromkeys(APPS, 1) | {"app3": 2}


async def test_what_was_pushed_goes_on_beside_unchanged_folders(servers: Servers, tmp_path: Path) -> None:
    """Of some apps the folder is served, of others what came after it; a folder changed since is newer than both."""
    given = folders(tmp_path, {app_id: app_id for app_id in APPS})
    before = servers.start()
    await deploy_folders(given, before)
    for app_id in ("app1", "app2"):
        await before.deploy(app_id, files(app_id, "pushed"), BY_ADA)
    folders(tmp_path, {"app2": "newer"})
    restarted = servers.start()
    await deploy_folders(given, restarted)

    assert await answers(restarted) == {app_id: app_id for app_id in APPS} | {"app1": "pushed", "app2": "newer"}


async def test_a_broken_folder_among_many_keeps_all_from_being_served(servers: Servers, tmp_path: Path) -> None:
    """It is named with its file, and so is one of a compiler's complaint; nothing is recorded."""
    given = folders(tmp_path, {app_id: app_id for app_id in APPS})
    (tmp_path / "app5" / "functions" / "config.json").write_text("{")
    deployer = servers.start()
    with pytest.raises(DeployFailed, match=r"app5 cannot be deployed:\n  functions/config.json"):
        await deploy_folders(given, deployer)
    (tmp_path / "app5" / "functions" / "config.json").unlink()
    (tmp_path / "app5" / "functions" / "f.js").write_text("exports = (;")
    with pytest.raises(DeployFailed, match=r"app5 cannot be deployed:\n  functions/f.js"):
        await deploy_folders(given, deployer)

    assert await answers(deployer) == {}
    assert await servers.store.stored_apps() == []


async def test_a_start_that_was_cut_off_is_made_whole_by_the_next(servers: Servers, tmp_path: Path) -> None:
    """Some folders were recorded, of one the deployment was under way: all are served, each recorded once."""
    given = folders(tmp_path, {app_id: app_id for app_id in APPS})
    cut_off = servers.start()
    await deploy_folders(given[:3], cut_off)
    under_way = Deploying(origin=Origin.FOLDER, author=str(given[3]))
    await cut_off.begin("app3", files("app3", "app3"), under_way)
    await servers.store.fail_unfinished_deployments("killed")
    restarted = servers.start()
    await deploy_folders(given, restarted)

    assert await answers(restarted) == {app_id: app_id for app_id in APPS}
    statuses = {app_id: [one.status for one in await servers.store.find_deployments(app_id)] for app_id in APPS}
    assert statuses == {app_id: ["successful"] for app_id in APPS} | {"app3": ["successful", "failed"]}
