"""Functions that fail, hang or are made to: what clients and operators of a real server see."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conformance.http_client import Answer, Http, assert_refused
from tests.conformance.server_process import APPS, PATIENCE, ROOT, ServerProcess, serve


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of the app `failing`."""
    with serve(tmp_path_factory.mktemp("data"), [APPS / "failing"], {"VESTIBULE_WORKERS": "2"}) as started:
        yield started


@pytest.fixture
def http(server: ServerProcess) -> Http:
    """Raw requests to the app."""
    return Http(url=server.url, app_id="failing")


@pytest.fixture
def token(http: Http) -> str:
    """The access token of an anonymous user."""
    access_token: str = http.log_in({}, "anon-user").json["access_token"]
    return access_token


def fault(server: ServerProcess, function: str, *options: str, app: str = "failing") -> str:
    """What `vestibule fault` prints."""
    command = [sys.executable, "-m", "server", "fault", app, function, *options, "--data-dir", str(server.data_dir)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def wait_until(happens: Callable[[], bool]) -> None:
    """Until it does; a fault is in force within a second, a breaker pauses for six."""
    deadline = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_deadline_of_a_login_function(http: Http) -> None:
    """A gate that does not answer in its own time lets nobody in; it answers others as before."""
    assert_refused(http.log_in({"name": "ada", "wait": True}), 401, "AuthError", "time limit exceeded")
    assert http.log_in({"name": "ada"}).status == 200


def test_throws_do_not_open_the_breaker(http: Http, token: str) -> None:
    """A function may refuse as often as it likes."""
    for _ in range(5):
        assert_refused(http.call(token, "fragile", "throws"), 400, "FunctionExecutionError", "thrown")
    assert http.call(token, "fragile", "fine").json == "fine"


def test_breaker(http: Http, token: str, server: ServerProcess) -> None:
    """After failures in a row calls are refused at once; after the pause one is tried, and the function is back."""
    for _ in range(2):
        assert_refused(http.call(token, "fragile", "hangs"), 400, "ExecutionTimeLimitExceeded", "time limit")
    assert_refused(http.call(token, "fragile", "fine"), 503, "FunctionUnavailable", "'fragile' keeps failing")
    wait_until(lambda: http.call(token, "fragile", "fine").status == 200)

    server.output.wait_for("function fragile is left alone for 6 s")
    server.output.wait_for("function fragile is called again")
    assert http.call(token, "fragile", "fine").json == "fine"


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--trap", "the function failed"),
        ("--garbage", "it must return a non-empty string"),
        ("--delay=60", "time limit"),
    ],
)
def test_rehearsed_faults_of_a_gate(server: ServerProcess, http: Http, option: str, text: str) -> None:
    """A login function that traps, returns nonsense or hangs lets nobody in, and lets them in again afterwards."""

    def log_in() -> Answer:
        return http.log_in({"name": "grace"})

    assert "until" in fault(server, "logIn", option, "--for", "600")
    wait_until(lambda: log_in().status != 200)
    assert_refused(log_in(), 401, "AuthError", text)
    assert fault(server, "logIn", "--clear") == "cleared\n"
    wait_until(lambda: log_in().status == 200)
    server.output.wait_for("rehearsing a fault: logIn of app failing")


def test_creation_function_that_may_fail(server: ServerProcess, http: Http) -> None:
    """Where the app says so, a user exists although the creation function failed, and the log says that, too."""
    fault(server, "onUserCreation", "--trap")
    deadline = time.monotonic() + PATIENCE
    while "although function onUserCreation failed" not in server.output.text:
        assert time.monotonic() < deadline
        assert http.log_in({"name": f"new at {time.monotonic()}"}).status == 200
    assert fault(server, "onUserCreation", "--clear") == "cleared\n"


def test_fault_names_one_function(server: ServerProcess, http: Http, token: str) -> None:
    """Others of the app go on."""
    fault(server, "fragile", "--trap")
    wait_until(lambda: http.call(token, "fragile", "fine").status != 200)

    assert http.log_in({"name": "grace"}).status == 200
    assert fault(server, "fragile", "--clear") == "cleared\n"
    assert fault(server, "fragile", "--clear") == "there was no fault\n"
    wait_until(lambda: http.call(token, "fragile", "fine").status == 200)


@pytest.mark.parametrize(
    ("app", "function", "text"),
    [
        ("another", "logIn", "there is no app 'another' here; there are 'failing'"),
        ("failing", "login", "app 'failing' has no function 'login'; there are 'fragile', 'logIn', 'onUserCreation'"),
    ],
)
def test_fault_of_what_there_is_not(server: ServerProcess, app: str, function: str, text: str) -> None:
    """A slip of the pen is told, with what there is, and rehearses nothing."""
    command = [sys.executable, "-m", "server", "fault", app, function, "--trap", "--data-dir", str(server.data_dir)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (ended.returncode, text in ended.stderr) == (1, True), ended.stderr


def test_short_delay_only_slows(server: ServerProcess, http: Http) -> None:
    """A delay within the deadline lets the call come to its end."""
    fault(server, "logIn", "--delay", "0.1")
    wait_until(lambda: "delay 0.1 s" in server.output.text or http.log_in({"name": "ada"}).status != 200)

    assert http.log_in({"name": "ada"}).status == 200
    fault(server, "logIn", "--clear")


@pytest.mark.parametrize("options", [(), ("--delay", "0"), ("--delay", "x"), ("--trap", "--garbage"), ("--for", "9")])
def test_fault_that_makes_no_sense(options: tuple[str, ...], tmp_path: Path) -> None:
    """One kind of fault, and a span that is one, or the command is refused."""
    command = [sys.executable, "-m", "server", "fault", "failing", "logIn", *options, "--data-dir", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert ended.returncode == 2


def test_fault_without_a_server(tmp_path: Path) -> None:
    """A directory without data is not made into one."""
    command = [sys.executable, "-m", "server", "fault", "failing", "logIn", "--trap", "--data-dir", str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (ended.returncode, "holds no data" in ended.stderr) == (1, True)


def test_login_function_that_keeps_hanging(tmp_path: Path) -> None:
    """Its gate stays closed and answers at once, as unavailable and not as a wrong password; others stay open."""
    app = Path(shutil.copytree(APPS / "failing", tmp_path / "app"))
    policy = {"limits": {"wall_time": 0.3}, "circuit_breaker": {"failures": 2, "pause": 3600}}
    (app / "vestibule.json").write_text(json.dumps({"functions": {"logIn": policy}}), encoding="utf-8")
    with serve(tmp_path / "data", [app], {"VESTIBULE_WORKERS": "1"}) as started:
        http = Http(url=started.url, app_id="failing")
        for _ in range(2):
            assert_refused(http.log_in({"name": "ada", "wait": True}), 401, "AuthError", "time limit exceeded")

        assert_refused(http.log_in({"name": "ada"}), 503, "FunctionUnavailable", "'logIn' keeps failing")
        assert http.log_in({}, "anon-user").status == 200
