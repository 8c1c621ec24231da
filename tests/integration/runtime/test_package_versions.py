"""A version of an app is complete: the packages that its functions reach are part of it, wherever they came from."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.messages import Call
from runtime.supervisor import Sandboxes
from server.apps.folder import read_app_tree, read_folder
from server.context.deployment import Deployment, deploy
from server.versions.compiling import DeployFailed, compile_app

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 1, 1, tzinfo=UTC)
APP = {
    "realm_config.json": json.dumps({"config_version": 20210101, "app_id": "shop", "name": "shop"}),
    "functions/f.js": "exports = () => require('greets')('ada');",
    "functions/typed.ts": "exports = (n: number = 2): number => n * 2;",
    "functions/vestibule.d.ts": "declare const nothing: never;",
    "functions/package.json": json.dumps({"dependencies": {"greets": "^1.0.0"}}),
}
PACKAGE = {
    "node_modules/greets/package.json": json.dumps({"name": "greets", "version": "1.0.0", "main": "lib.js"}),
    "node_modules/greets/lib.js": "module.exports = (name) => require('./word.json') + name;",
    "node_modules/greets/word.json": '"hello "',
}


def write(folder: Path, files: dict[str, str]) -> Path:
    """The folder with these files."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def archived(folder: Path) -> Path:
    """The folder with the package as an archive."""
    with tarfile.open(folder / "functions" / "node_modules.tar.gz", "w:gz") as archive:
        for path, text in PACKAGE.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return folder


def installed(folder: Path) -> Path:
    """The folder with the package installed."""
    return write(folder, {f"functions/{path}": text for path, text in PACKAGE.items()})


async def value(sandboxes: Sandboxes, deployment: Deployment, name: str) -> bytes | None:
    """What a function returned."""
    return (await sandboxes.run(deployment.image, Call(function=name))).value


@pytest.mark.parametrize("put", [installed, archived])
async def test_a_version_holds_its_packages(sandboxes: Sandboxes, tmp_path: Path, put: Callable[[Path], Path]) -> None:
    """From the files that were kept of a folder the same image is made, when the folder is long gone."""
    folder = put(write(tmp_path, APP))
    read = read_folder(folder, secrets={})
    app, tree = read.app, read.files
    first = await deploy(app, sandboxes, now=NOW)
    again = await deploy(read_app_tree(dict(tree), name="shop", secrets={}), sandboxes, now=NOW)
    assert again.image == first.image
    assert await value(sandboxes, again, "f") == b'"hello ada"'
    assert await value(sandboxes, again, "typed") == b'{"$numberInt":"4"}'


async def test_a_package_that_is_missing_fails_the_deployment(sandboxes: Sandboxes, tmp_path: Path) -> None:
    """The message names file and package, and what to do."""
    app = read_folder(write(tmp_path, APP), secrets={}).app
    with pytest.raises(DeployFailed, match=r"functions/f\.js requires 'greets'.*npm install"):
        await compile_app(app, sandboxes)


async def test_a_damaged_archive_fails_the_deployment(sandboxes: Sandboxes, tmp_path: Path) -> None:
    """It is named."""
    app = read_folder(write(tmp_path, {**APP, "functions/node_modules.zip": "damaged"}), secrets={}).app
    with pytest.raises(DeployFailed, match=r"functions/node_modules\.zip"):
        await compile_app(app, sandboxes)
