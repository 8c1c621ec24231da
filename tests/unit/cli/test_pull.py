"""`vestibule pull` from a server that means no good: nothing is written outside the folder."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.apps.source import Tree
from server.cli import pull
from server.cli.commands import run_command
from server.remote.client import RemoteServer
from server.remote.exchange import Answer, Reached
from server.versions.archive import write_zip


class Hostile:
    """A transport that answers with an app of any id and any files."""

    place = "http://evil.example"

    def __init__(self, app_id: str, files: Tree) -> None:
        self._app = {"_id": "1", "client_app_id": app_id, "name": "mine"}
        self._files = files

    def ask(self, method: str, path: str, data: bytes | None, content_type: str, reached: Reached) -> bytes:
        """Profile and apps."""
        del method, data, content_type, reached
        return json.dumps({"roles": [{"group_id": "g"}]} if path.endswith("/profile") else [self._app]).encode()

    def opened(self, path: str) -> Answer:
        """The archive."""
        return Answer(io.BytesIO(write_zip(self._files)), 0, self.place + path)


def pulled(monkeypatch: pytest.MonkeyPatch, app_id: str, files: Tree, *options: str) -> int:
    """The exit status of pulling the app by its name."""

    @contextmanager
    def opened(*_: object) -> Iterator[RemoteServer]:
        yield RemoteServer(Hostile(app_id, files))

    monkeypatch.setattr(pull, "opened_server", opened)
    return run_command(["pull", "mine", *options])


@pytest.mark.parametrize("app_id", ["../outside", "..", "", "a/b", "\x1b[2J"])
def test_the_servers_id_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], app_id: str
) -> None:
    """A folder is named by the app's id only where that is one."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    assert pulled(monkeypatch, app_id, {"realm_config.json": b"{}"}) == 1
    assert "name the folder" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "here"]


@pytest.mark.parametrize("path", [".git/config", "a/.GIT/hooks/post-checkout", "link/evil.js"])
def test_files_that_have_no_place_are_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    """Neither what Git would obey, nor what a link of the folder leads out of it; and of the others none either."""
    folder, outside = tmp_path / "here", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "link").symlink_to(outside)
    files = {"functions/a.js": b"1", path: b"2"}

    assert pulled(monkeypatch, "mine-abcde", files, str(folder), "--force") == 1
    assert "no place" in capsys.readouterr().err
    assert list(outside.iterdir()) == []
    assert list(folder.iterdir()) == [folder / "link"]


def test_an_honest_server_is_pulled_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder has the app's id, the files their places."""
    monkeypatch.chdir(tmp_path)

    assert pulled(monkeypatch, "mine-abcde", {"realm_config.json": b"{}", "functions/a.js": b"1"}) == 0
    assert (tmp_path / "mine-abcde" / "functions" / "a.js").read_bytes() == b"1"
