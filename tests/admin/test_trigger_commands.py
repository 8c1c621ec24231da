"""`vestibule triggers` on a server: what its triggers are, what they gave up, and what is done about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.admin.conftest import AdminClient, in_time
from tests.admin.test_remote_commands import Shell, shell
from tests.admin.test_watching import broken, log_in

__all__ = ["broken", "shell"]
CONFIG = {"type": "SCHEDULED", "config": {"schedule": "0 0 * * *"}, "function_name": "greet"}


@pytest.mark.parametrize("place", [(), ("--local",)], ids=["server", "data directory"])
def test_a_trigger_is_set_shown_switched_and_deleted(
    shell: Shell, broken: AdminClient, data_dir: Path, place: tuple[str, ...]
) -> None:
    """What is shown can be set again; one change is in force before the next."""
    app, where = broken.app_id, (*place, "--data-dir", str(data_dir)) if place else ()
    file = shell.home / "nightly.json"
    file.write_text(json.dumps(CONFIG))
    assert shell.must("triggers", "set", app, "nightly", str(file), *where) == "set nightly\n"
    shown = json.loads(shell.must("triggers", "show", app, "nightly", *where))
    assert shown["name"] == "nightly"
    assert {field: shown[field] for field in CONFIG} == CONFIG

    assert "nightly is disabled" in shell.must("triggers", "disable", app, "nightly", *where)
    assert json.loads(shell.must("triggers", "show", app, "nightly", *where))["disabled"] is True
    assert "nightly is enabled" in shell.must("triggers", "enable", app, "nightly", *where)
    shown["config"]["schedule"] = "1 1 * * *"
    shell.must("triggers", "set", app, "nightly", "-", *where, text=json.dumps(shown))
    again = json.loads(shell.must("triggers", "show", app, "nightly", *where))
    assert (again["config"]["schedule"], again.get("disabled", False)) == ("1 1 * * *", False)
    assert "'other'" in shell.fails("triggers", "set", app, "other", "-", *where, text=json.dumps(again))

    assert "deleted nightly" in shell.must("triggers", "delete", app, "nightly", *where)
    assert "no trigger" in shell.fails("triggers", "show", app, "nightly", *where)
    assert "onLogin" in shell.must("triggers", "list", app, *where)


def test_what_a_server_gave_up_is_shown_replayed_and_discarded(shell: Shell, broken: AdminClient) -> None:
    """As in its data directory: by an event's id, or all of a trigger."""
    app = broken.app_id
    user_id, _ = log_in(broken)
    (dead,) = in_time(lambda: broken.of_app("GET", "/dead_events").json)
    assert shell.must("triggers", "dead", app).startswith(f"{dead['_id']}  onLogin  2")
    assert shell.must("triggers", "dead", app, "--skip", "1") == "no event was given up\n"
    shown = shell.must("triggers", "show", app, dead["_id"])
    assert f"id: {dead['_id']}\ntrigger: onLogin (AUTH_TRIGGER)\nfunction: greet\n" in shown
    assert user_id in shown.rpartition("arguments: ")[2]

    log_in(broken)
    in_time(lambda: broken.of_app("GET", "/dead_events").json[1:])
    assert shell.must("triggers", "discard", app, dead["_id"]) == "1 events are forgotten\n"
    (value,) = broken.of_app("GET", "/values").json
    assert broken.of_app("PUT", f"/values/{value['_id']}", {"name": "broken", "value": False}).status == 200
    assert shell.must("triggers", "replay", app, "--trigger", "onLogin") == "1 events are run anew\n"
    in_time(lambda: broken.of_app("GET", "/trigger_queue").json["waiting"] == 0)
    assert broken.of_app("GET", "/dead_events").json == []
    assert "nothing to replay" in shell.fails("triggers", "replay", app, "--trigger", "onLogin")


def test_without_a_login_the_directory_that_is_there_is_meant(
    shell: Shell, broken: AdminClient, data_dir: Path
) -> None:
    """One that is named is meant with a login, too; where there is neither, a login is missing."""
    app = broken.app_id
    named = shell.must("triggers", "list", app, "--data-dir", str(data_dir))
    assert "there is no data" in shell.fails("values", "list", app, "--local")
    assert shell.must("triggers", "list", app) == named
    shell.must("logout")
    assert "vestibule login" in shell.fails("triggers", "list", app, status=4)
    (shell.home / ".data").symlink_to(data_dir)
    assert shell.must("triggers", "list", app) == named
