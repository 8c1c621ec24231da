"""`vestibule test` as an author and a pipeline use it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.loopback import JSON, Quiet, listening

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "functions" / "quickstart"
FAILING = """
test("passes", () => {});
test("fails <&", () => {
  console.log("looked");
  expect({ a: 1 }).toEqual({ a: 2 });
});
test.skip("later", () => {});
"""


def run_tests(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    """The ended command."""
    command = [sys.executable, "-m", "server", "test", *arguments, "--data-dir", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where compiled code is kept for all of them."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app with a test that passes, one that fails and one that is skipped."""
    (tmp_path / "functions").mkdir()
    (tmp_path / "realm_config.json").write_text('{"config_version": 20210101, "app_id": "a-bcdef", "name": "a"}')
    (tmp_path / "functions" / "a.test.js").write_text(FAILING)
    return tmp_path


@pytest.mark.parametrize("name", ["quickstart", "external-service"])
def test_the_tests_of_the_examples_pass(name: str, data: Path) -> None:
    """Each example's tests pass, told file by file with what they cost, and leave nothing behind."""
    ended = run_tests(str(ROOT / "functions" / name), data=data)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[0] == "functions/login.test.js"
    assert all(line.startswith(("  pass ", "functions/")) for line in lines[:-2])
    assert " MB, " in lines[1]
    assert sorted(path.name for path in data.iterdir()) == ["cache"]


def test_a_failed_test_is_told_with_its_line(app: Path, data: Path) -> None:
    """Status 1 says that a test failed; its difference, place and console lines stand below it."""
    ended = run_tests(str(app), data=data)
    assert ended.returncode == 1
    told = [line.strip() for line in ended.stdout.splitlines()]
    assert {'-   "a": 2,', '+   "a": 1,', "log: looked"} <= set(told)
    assert "at <anonymous> (functions/a.test.js:5:20)" in told
    assert "1 passed, 1 failed, 1 skipped; 3 tests in " in told[-1]


def test_a_filter_chooses(app: Path, data: Path) -> None:
    """`--filter` runs the tests whose file or title has the text, in any case."""
    ended = run_tests(str(app), "--filter", "PASS", data=data)
    assert ended.returncode == 0
    assert "1 passed; 1 tests" in ended.stdout


def test_json_and_junit_say_the_same(app: Path, data: Path) -> None:
    """Both forms have every test with its state, time, memory and failure."""
    told = json.loads(run_tests(str(app), "--format", "json", data=data).stdout)
    assert (told["passed"], told["failed"], told["skipped"]) == (1, 1, 1)
    failed = told["tests"][1]
    assert (failed["file"], failed["titles"], failed["state"]) == ("functions/a.test.js", ["fails <&"], "failed")
    assert failed["memory"] > 0
    assert "functions/a.test.js:5:" in failed["failures"][0]["stack"]
    suites = ET.fromstring(run_tests(str(app), "--format", "junit", data=data).stdout)  # noqa: S314 - our own
    assert suites.attrib["failures"] == "1"
    cases = {case.attrib["name"]: case for case in suites.iter("testcase")}
    assert [child.tag for child in cases["fails <&"]] == ["failure", "system-out"]
    assert [child.tag for child in cases["later"]] == ["skipped"]


class _Service(Quiet):
    def respond(self) -> None:
        self.answer(200, b'{"full": "Ada"}', JSON | {"Set-Cookie": "session=secret"})


@pytest.fixture
def service() -> Iterator[str]:
    """A service on loopback, and its URL."""
    with listening(_Service) as port:
        yield f"http://127.0.0.1:{port}/users/ada"


def test_answers_are_recorded_and_played(app: Path, data: Path, service: str) -> None:
    """`--record` asks the real service once; what it answered, without its cookies, serves the tests from then on."""
    recorded = app / "functions" / "recorded.json"
    host = service.split("/")[2]
    asked = f"{{ scheme: 'http', host: '{host}', path: '/users/ada' }}"
    source = f"test('a', async () => {{ PLAY; expect((await context.http.get({asked})).body.text()).toMatch('Ada'); }})"
    test = app / "functions" / "a.test.js"
    test.write_text(source.replace("PLAY;", ""))
    assert run_tests(str(app), data=data).returncode == 1
    ended = run_tests(str(app), "--record", str(recorded), "--allowed-hosts", "127.0.0.1", data=data)
    assert ended.returncode == 0, ended.stdout
    assert json.loads(recorded.read_text()) == [
        {"method": "GET", "url": service, "status": 200, "headers": {"Content-Type": ["application/json"]},
         "body": '{"full": "Ada"}'},
    ]  # fmt: skip
    test.write_text(source.replace("PLAY;", "http.play(require('./recorded.json'));"))
    assert run_tests(str(app), data=data).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["no-such-folder"], 2, "no-such-folder: there is no such folder; name the folder of an export"),
        ([str(QUICKSTART), "--seconds", "0"], 2, "must be more than 0"),
        ([str(QUICKSTART), "--format", "tap"], 2, "invalid choice: 'tap'"),
        ([str(QUICKSTART), "--filter", "nothing like it"], 1, "no test has 'nothing like it' in its file or title"),
        ([str(ROOT / "functions" / "token-exchange")], 1, "has no tests; write one, such as functions/NAME.test.js"),
        ([str(ROOT / "docs")], 1, "cannot be tested"),
    ],
)
def test_wrong_uses_are_told(arguments: list[str], status: int, message: str, data: Path) -> None:
    """What is wrongly asked is told in a line; that there is nothing to test is an error, too."""
    ended = run_tests(*arguments, data=data)
    assert ended.returncode == status
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_help_says_what_it_is_for(data: Path) -> None:
    """`--help` names the folder and the options."""
    text = run_tests("--help", data=data).stdout
    assert all(word in text for word in ("APP_DIR", "--filter", "--format", "--record", "--secrets"))
