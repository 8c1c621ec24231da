"""`vestibule types`: TypeScript itself accepts what is right and refuses what is not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from server.cli.commands import run_command
from tests.conformance.server_process import APPS, QUICKSTART, ROOT
from tests.processes import NODE

COMPILER = ROOT / "tests" / "conformance" / "node_modules" / "typescript" / "lib" / "tsc.js"
OPTIONS = "--noEmit --strict --skipLibCheck --target es2023 --module esnext --moduleDetection force --lib es2023,dom"
GOOD = """
exports = async function (name: string) {
  const users = context.services.get("mongodb-atlas").db("a").collection<{ name: string }>("users");
  const found = await users.findOne({ name });
  const sum: number = await context.functions.execute("others", "lodash");
  const answer = await context.http.get({ url: "https://example.com" });
  for await (const user of users.find({}).limit(3)) console.log(user.name);
  const id = new BSON.ObjectId().toHexString();
  return [found?.name, sum, EJSON.parse(answer.body.text()), id, utils.crypto.hash("sha256", "x").toHex()];
};
"""


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the declarations of the app `packages`."""
    folder = tmp_path_factory.mktemp("types")
    assert run_command(["types", str(APPS / "packages"), "--output", str(folder / "vestibule.d.ts")]) == 0
    return folder


def check(folder: Path, source: str) -> str:
    """What the compiler says of a function."""
    (folder / "f.ts").write_text(source, encoding="utf-8")
    command = [str(NODE), str(COMPILER), *OPTIONS.split(), "vestibule.d.ts", "f.ts"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_a_function_is_checked(declared: Path) -> None:
    """Context, documents, HTTP and the globals have their types."""
    assert check(declared, GOOD) == ""


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ('context.functions.execute("gone")', "'\"gone\"' is not assignable"),
        ("context.user.name", "'name' does not exist on type 'User'"),
        ("context.http.get({ url: 1 })", "'number' is not assignable to type 'string'"),
        ('utils.crypto.hash("sha3", "x")', "is not assignable to parameter of type"),
    ],
)
def test_a_mistake_is_found(declared: Path, expression: str, complaint: str) -> None:
    """Names of functions are those of the app; members are those that there are."""
    assert complaint in check(declared, f"exports = () => {expression};")


def test_declarations_stand_beside_the_functions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By default they are written where editors look for them; `-` prints them; they are no function."""
    app = tmp_path / "app"
    for path in QUICKSTART.rglob("*"):
        target = app / path.relative_to(QUICKSTART)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    assert run_command(["types", str(app)]) == 0
    written = (app / "functions" / "vestibule.d.ts").read_text(encoding="utf-8")
    capsys.readouterr()
    assert run_command(["types", str(app), "--output", "-"]) == 0
    assert capsys.readouterr().out == written
