"""The example apps are good app folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.apps.authentication import CustomFunctionSettings
from server.apps.folder import read_app
from server.apps.model import AuthOperation

EXAMPLES = Path(__file__).parents[3] / "functions"
SECRETS = {"tokenKey": "k" * 64}


@pytest.mark.parametrize("name", ["quickstart", "external-service", "token-exchange"])
def test_example_is_read(name: str) -> None:
    """Each example is an app of its folder's name whose login is a private function."""
    app = read_app(EXAMPLES / name, secrets=SECRETS)

    assert app.app_id == name
    assert app.provider("custom-function").settings == CustomFunctionSettings(function_name="login")
    assert app.function("login").private
    assert app.function("login").disable_arg_logs


def test_quickstart_guards_its_accounts() -> None:
    """Notes and welcomes have rules; accounts have none, so that no client reaches them."""
    source = read_app(EXAMPLES / "quickstart", secrets={}).data_source("mongodb-atlas")

    assert sorted(rules.collection for rules in source.collections) == ["notes", "welcomes"]
    assert source.default_rule is None


def test_quickstart_welcomes_every_new_user() -> None:
    """The trigger waits for both providers; the creation function writes the custom data."""
    app = read_app(EXAMPLES / "quickstart", secrets={})

    assert [trigger.function_name for trigger in app.triggers_for(AuthOperation.CREATE, "anon-user")] == ["welcome"]
    assert [trigger.name for trigger in app.triggers_for(AuthOperation.CREATE, "custom-function")] == ["welcome"]
    assert app.custom_user_data.on_user_creation_function == "onUserCreation"
