"""A server that cannot serve says why, exits with 1 and leaves others alone."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

from tests.faults.conftest import COMMAND, QUICKSTART, serving
from tests.ordinary_rights import OBEYING


def refused(*arguments: str) -> str:
    """What a server that did not start said; it must have exited with 1, and served nothing."""
    ended = subprocess.run([*OBEYING, *COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 1, ended.stderr
    assert "serving" not in ended.stdout
    assert "Traceback" not in ended.stderr
    return ended.stderr


def test_a_second_server_on_the_same_data(compiled: Path, tmp_path: Path) -> None:
    """A data directory has one server; the second says so, and the first goes on."""
    data = Path(shutil.copytree(compiled, tmp_path / "data"))
    with serving(data) as server:
        said = refused(str(QUICKSTART), "--port", "0", "--data-dir", str(data))
        assert f"another server is running on {data}" in said
        assert server.login()["user_id"]


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """The message names the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(str(QUICKSTART), "--port", str(port), "--data-dir", str(tmp_path))
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in said


def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    """The message names the directory."""
    data = tmp_path / "data"
    data.mkdir(mode=0o500)
    assert str(data) in refused(str(QUICKSTART), "--port", "0", "--data-dir", str(data))


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    """The message names the path and says what stands there."""
    data = tmp_path / "data"
    data.write_text("", encoding="ascii")
    for path in (data, data / "below"):
        assert f"{path} is a file" in refused(str(QUICKSTART), "--port", "0", "--data-dir", str(path))


def test_a_broken_app_folder(tmp_path: Path) -> None:
    """File and field are named, and the whole folders beside it are not served either."""
    broken = Path(shutil.copytree(QUICKSTART, tmp_path / "broken"))
    (broken / "auth" / "providers.json").write_text('{"anon-user": {"disabled": "perhaps"}}', encoding="ascii")
    said = refused(str(QUICKSTART), str(broken), "--port", "0", "--data-dir", str(tmp_path / "data"))
    assert "auth/providers.json" in said
    assert "disabled" in said


def test_a_function_that_is_no_javascript(tmp_path: Path) -> None:
    """File and line are named."""
    broken = Path(shutil.copytree(QUICKSTART, tmp_path / "broken"))
    (broken / "functions" / "sum.js").write_text("exports = function () {\n  let x = ;\n};\n", encoding="ascii")
    said = refused(str(broken), "--port", "0", "--data-dir", str(tmp_path / "data"))
    assert "functions/sum.js:2" in said
    assert "SyntaxError" in said


def test_secrets_without_the_key_that_opens_them(compiled: Path, tmp_path: Path) -> None:
    """No other key is made in its place, so that it can be put back."""
    data = Path(shutil.copytree(compiled, tmp_path / "data"))
    key = (data / "secrets.key").read_bytes()
    setting = [*COMMAND[:-1], "secrets", "set", "quickstart", "tokenKey", "--local", "--data-dir", str(data)]
    subprocess.run(setting, input="a secret", text=True, check=True, timeout=120)
    (data / "secrets.key").unlink()

    said = refused(str(QUICKSTART), "--port", "0", "--data-dir", str(data))
    assert "secrets.key is missing, and secrets of apps are sealed under it: put it back" in said
    assert not (data / "secrets.key").exists()

    (data / "secrets.key").write_bytes(key)
    with serving(data) as server:
        assert server.login()["user_id"]
