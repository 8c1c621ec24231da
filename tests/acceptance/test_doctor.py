"""`vestibule doctor APP_DIR` as an author and a pipeline use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "functions" / "quickstart"


def doctor(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    """The ended command."""
    command = [sys.executable, "-m", "server", "doctor", *arguments, "--data-dir", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where compiled code is kept for all of them."""
    return tmp_path_factory.mktemp("data")


@pytest.mark.parametrize("app", sorted((ROOT / "functions").iterdir()), ids=lambda app: app.name)
def test_the_examples_run(app: Path, data: Path) -> None:
    """Each example app is said to run, with status 0 and no warning but for the secrets that an export never has."""
    ended = doctor(str(app), "--format", "json", data=data)
    assert (ended.returncode, ended.stderr) == (0, "")
    report = json.loads(ended.stdout)
    assert report["verdict"] == "runs"
    found = [finding for part in report["parts"] for finding in part["findings"] if finding["severity"] != "note"]
    assert all("needs the secret" in finding["text"] for finding in found)


def test_what_will_not_run_fails_a_pipeline(tmp_path: Path, data: Path) -> None:
    """Status 1 says that something will not run; each finding is a line with its place and advice."""
    (tmp_path / "functions").mkdir()
    (tmp_path / "realm_config.json").write_text('{"config_version": 20210101, "app_id": "a-bcdef", "name": "a"}')
    (tmp_path / "functions" / "f.js").write_text("exports = () =>\n  new Intl.Collator();\n")
    ended = doctor(str(tmp_path), data=data)
    assert ended.returncode == 1
    assert "    functions/f.js:2: fails: 'Intl' is not defined here -> see docs/reference/javascript.md" in ended.stdout
    assert ended.stdout.endswith("1 will not run, 0 warnings\n")


def test_warnings_fail_where_they_are_to(tmp_path: Path, data: Path) -> None:
    """`--strict` counts warnings, which do not fail by themselves."""
    (tmp_path / "functions").mkdir()
    (tmp_path / "realm_config.json").write_text('{"config_version": 20210101, "app_id": "a-bcdef", "name": "a"}')
    (tmp_path / "functions" / "f.js").write_text("exports = () => context.values.get('gone');\n")
    assert doctor(str(tmp_path), data=data).returncode == 0
    assert doctor(str(tmp_path), "--strict", data=data).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["no-such-folder"], 2, "no-such-folder: there is no such folder; name the folder of an export"),
        ([str(QUICKSTART), "--format", "yaml"], 2, "invalid choice: 'yaml'"),
        ([str(QUICKSTART), "extra"], 2, "unrecognized arguments: extra"),
        ([str(QUICKSTART), "--secrets", "no-such-file"], 1, "no-such-file: No such file or directory"),
    ],
)
def test_wrong_uses_are_told(arguments: list[str], status: int, message: str, data: Path) -> None:
    """What is wrongly asked is told in a line."""
    ended = doctor(*arguments, data=data)
    assert ended.returncode == status
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_folder_that_is_no_export_will_not_run(tmp_path: Path, data: Path) -> None:
    """A folder without a root file is told as such."""
    ended = doctor(str(tmp_path), data=data)
    assert ended.returncode == 1
    assert "check the folder of an export, with its root file" in ended.stdout


def test_the_help_says_what_it_is_for(data: Path) -> None:
    """`--help` names the folder and the options."""
    text = doctor("--help", data=data).stdout
    assert all(word in text for word in ("APP_DIR", "--secrets", "--strict", "--format"))
