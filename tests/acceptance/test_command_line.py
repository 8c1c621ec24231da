"""The command line as an author uses it: real processes, real folders."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.processes import tied

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "functions" / "quickstart"
VESTIBULE = [sys.executable, "-m", "server"]


def vestibule(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    command = [*VESTIBULE, *arguments, "--data-dir", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@contextmanager
def serving(folder: Path, *options: str, data: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server of the folder and its URL, stopped by SIGTERM at the end; it must then have ended well."""
    command = [*VESTIBULE, "serve", str(folder), "--port", "0", "--data-dir", str(data), "--workers", "2", *options]
    with subprocess.Popen(tied(command), stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            assert line.startswith("serving "), "the server did not come up"
            yield line.split()[-1], process
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=120) == 0


def post(url: str, path: str, body: object, token: str = "") -> dict[str, object]:
    """The decoded answer to a POST below the client API."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = Request(f"{url}/api/client/v2.0{path}", json.dumps(body).encode(), headers, method="POST")
    with urlopen(request, timeout=120) as response:
        return {"value": json.load(response)}


def whoami(url: str) -> dict[str, object]:
    """What the quickstart's `sum` answers to a fresh anonymous user."""
    login = post(url, "/app/quickstart/auth/providers/anon-user/login", {})["value"]
    assert isinstance(login, dict)
    return post(url, "/app/quickstart/functions/call", {"name": "sum", "arguments": [1, 2]}, login["access_token"])


def test_run_prints_result_time_and_memory(tmp_path: Path) -> None:
    """`vestibule run` runs one function in its sandbox and exits with 0."""
    ended = vestibule("run", str(QUICKSTART), "sum", "1", "2", data=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert 'result: {"$numberInt":"3"}' in ended.stdout
    assert "memory:" in ended.stdout


def test_measure_tells_the_distribution_of_calls(tmp_path: Path) -> None:
    """Each percentile of the call and of its part in the guest, for a person and for programs."""
    shown = vestibule("measure", str(QUICKSTART), "sum", "1", "2", "--calls", "20", "--at-once", "4", data=tmp_path)
    read = vestibule("measure", str(QUICKSTART), "sum", "--calls", "20", "--format", "json", data=tmp_path)

    assert "20 calls of sum, 4 at once" in shown.stdout, shown.stderr
    measured = json.loads(read.stdout)
    for part in ("call_ms", "guest_ms"):
        assert list(measured[part]) == ["least", "median", "p90", "p99", "largest"]
        assert 0 < measured[part]["least"] <= measured[part]["median"] <= measured[part]["largest"]
    assert measured["guest_ms"]["median"] < measured["call_ms"]["median"]


def test_measure_ends_with_a_call_that_fails(tmp_path: Path) -> None:
    """However many are under way and however late it is: no figures of errors."""
    folder = copy_of_quickstart(tmp_path)
    write_function(folder, "sum", "exports = () => { if (Math.random() < 0.5) throw new Error('unlucky'); };\n")

    ended = vestibule("measure", str(folder), "sum", "--calls", "200", "--at-once", "4", data=tmp_path / "data")

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "unlucky" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_run_names_an_unknown_function(tmp_path: Path) -> None:
    """An unknown function is a clear error and exit status 1."""
    ended = vestibule("run", str(QUICKSTART), "nope", data=tmp_path)

    assert ended.returncode == 1
    assert "has no function 'nope'; there are: " in ended.stderr


def test_run_shows_where_a_function_failed(tmp_path: Path) -> None:
    """A throw is shown with the author's file and line, after what was logged before it."""
    folder = copy_of_quickstart(tmp_path)
    write_function(
        folder, "sum", 'exports = function () {\n  console.log("before");\n  throw new Error("broken");\n};\n'
    )

    ended = vestibule("run", str(folder), "sum", data=tmp_path / "data")

    assert ended.returncode == 1
    assert "log: before" in ended.stdout
    assert '{"message":"broken","name":"Error"}' in ended.stdout
    assert "functions/sum.js:3" in ended.stdout


def test_secrets_are_in_no_error(tmp_path: Path) -> None:
    """What a function throws or prints does not show the secrets that it read, anywhere."""
    folder, secrets = copy_of_quickstart(tmp_path), tmp_path / "secrets.json"
    secrets.write_text('{"keyText": "correct horse"}')
    value = {"name": "key", "from_secret": True, "value": "keyText"}
    (folder / "values" / "key.json").write_text(json.dumps(value))
    source = "exports = () => { console.log(context.values.get('key')); throw new Error(context.values.get('key')); };"
    write_function(folder, "sum", source)

    ended = vestibule("run", str(folder), "sum", "--secrets", str(secrets), data=tmp_path / "data")

    assert ended.returncode == 1
    assert '{"message":"[secret keyText]","name":"Error"}' in ended.stdout
    assert "correct horse" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "no-such-folder", "sum"], "there is no such folder"),
        (["run", str(QUICKSTART), "sum", os.fsdecode(b"\xff")], "not valid UTF-8"),
        (["serve", str(QUICKSTART), "--secrets", "no-such-file"], "no-such-file"),
        (["serve", str(QUICKSTART), "--http-workers", "0"], "http_workers"),
        (["serve", str(QUICKSTART), "--base-url", "example.com"], "base_url"),
        (["serve", str(QUICKSTART), str(QUICKSTART), "--port", "0"], "are both app 'quickstart'"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], said: str, tmp_path: Path) -> None:
    """What cannot be done is said in words, with exit status 1 and no traceback."""
    ended = vestibule(*arguments, data=tmp_path)

    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_misspelt_setting_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown VESTIBULE_ variable would otherwise go unseen."""
    monkeypatch.setitem(os.environ, "VESTIBULE_PROT", "1")

    ended = vestibule("run", str(QUICKSTART), "sum", data=tmp_path)

    assert ended.returncode == 1
    assert "there is no setting VESTIBULE_PROT" in ended.stderr


def test_several_http_processes_serve_one_app(tmp_path: Path) -> None:
    """With --http-workers 2 a user logged in by one process is known to the other."""
    with serving(QUICKSTART, "--http-workers", "2", data=tmp_path) as (url, _):
        answers = [whoami(url) for _ in range(6)]

    assert answers == [{"value": {"$numberInt": "3"}}] * 6


def test_watch_deploys_a_changed_folder_and_keeps_the_old_one_when_broken(tmp_path: Path) -> None:
    """A saved change is served; a broken one is not, and the version before goes on."""
    folder = copy_of_quickstart(tmp_path)
    with serving(folder, "--watch", data=tmp_path / "data") as (url, process):
        write_function(folder, "sum", "exports = () => {")
        write_function(folder, "sum", "exports = () => 'changed';")
        while whoami(url) != {"value": "changed"}:
            assert process.poll() is None


def test_dev_tells_of_each_change_in_lines_of_its_own(tmp_path: Path) -> None:
    """Of a broken one where it is broken, of a good one that it is deployed."""
    folder, pipe = copy_of_quickstart(tmp_path), subprocess.PIPE
    command = [*VESTIBULE, "dev", str(folder), "--port", "0", "--data-dir", str(tmp_path / "data")]
    with subprocess.Popen(tied(command), stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert any("Ctrl-C ends" in line for line in process.stdout)
            write_function(folder, "sum", "exports = () => {")
            said = iter(process.stderr.readline, "")
            assert next(line for line in said if "functions/sum.js:" in line).count("SyntaxError") == 1
            assert next(line for line in said if "before goes on" in line)
            write_function(folder, "sum", "exports = () => 'changed';")
            assert next(line for line in said if "are deployed" in line)
        finally:
            process.send_signal(signal.SIGTERM)


def copy_of_quickstart(tmp_path: Path) -> Path:
    """The quickstart, to be changed."""
    return Path(shutil.copytree(QUICKSTART, tmp_path / "app"))


def write_function(folder: Path, name: str, source: str) -> None:
    """Put a function's source into the folder, in one step: who watches the folder never sees an empty file."""
    written = folder.with_name(f"{name}.js")
    written.write_text(source, encoding="utf-8")
    written.replace(folder / "functions" / f"{name}.js")


def test_run_takes_arguments_behind_options(tmp_path: Path) -> None:
    """Arguments of the function may stand before and behind options."""
    ended = vestibule("run", str(QUICKSTART), "sum", "1", "--system", "2", data=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert 'result: {"$numberInt":"3"}' in ended.stdout


def test_an_unknown_option_is_refused(tmp_path: Path) -> None:
    """What is no option and no argument is told with exit status 2."""
    ended = vestibule("run", str(QUICKSTART), "sum", "--sistem", data=tmp_path)

    assert ended.returncode == 2
    assert "unrecognized arguments: --sistem" in ended.stderr


def test_doctor_says_which_walls_stand() -> None:
    """`vestibule doctor` prints the kernel, each wall and each attempt; its status says whether all were refused."""
    ended = subprocess.run([*VESTIBULE, "doctor"], capture_output=True, text=True, check=False, timeout=120)
    assert "wall 2: Landlock: " in ended.stdout
    assert "a worker that tries to connect over TCP: " in ended.stdout
    assert ended.returncode == int("NOT REFUSED" in ended.stdout)


def test_the_log_says_which_walls_stand(tmp_path: Path) -> None:
    """The start-up log has a line about the walls around sandbox workers."""
    command = [*VESTIBULE, "serve", str(QUICKSTART), "--port", "0", "--data-dir", str(tmp_path), "--workers", "1"]
    with subprocess.Popen(tied(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=120)
    assert "sandbox workers stand behind: WebAssembly, " in log
