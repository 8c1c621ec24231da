"""A good app folder is read as a whole."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bson import Int64, ObjectId

from server.apps.authentication import CustomFunctionSettings, ProviderType
from server.apps.cron import parse_cron
from server.apps.folder import read_app
from server.apps.model import App, AuthOperation, DatabaseEvents, Schedule
from server.errors import AppError, ErrorCode
from server.events import ONCE, Retry

if TYPE_CHECKING:
    from tests.unit.apps.conftest import Content, WriteApp

SECRETS = {"signingKey": "k" * 40}


@pytest.fixture
def app(write_app: WriteApp) -> App:
    """The good app."""
    return read_app(write_app({}), secrets=SECRETS)


def test_root_file_names_the_app(app: App) -> None:
    """The root file's fields are the app's; the internal ids have the shape of ObjectIds."""
    assert (app.app_id, app.name, app.location) == ("shop-abcde", "shop", "US-VA")
    assert app.allowed_request_origins == ("https://shop.example",)
    assert all(ObjectId.is_valid(derived) for derived in (app.id, app.group_id, app.domain_id))
    assert len({app.id, app.group_id, app.domain_id}) == 3


def test_newer_root_file_is_read_too(write_app: WriteApp) -> None:
    """`root_config.json` has no version."""
    root: dict[str, object] = {"app_id": "shop-xyzzy", "name": "shop", "environment": "production"}

    app = read_app(write_app({"realm_config.json": None, "root_config.json": root}), secrets=SECRETS)

    assert app.app_id == "shop-xyzzy"


def test_functions_have_their_configuration(app: App) -> None:
    """Sources and entries meet by name; a source without an entry has the defaults; packages are no functions."""
    assert sorted(app.functions) == ["auth/created", "login", "plain"]
    assert app.function("login").run_as_system
    assert app.function("auth/created").can_evaluate == {"%%user.id": ObjectId("0123456789abcdef01234567")}
    assert not app.function("plain").private
    assert app.function("plain").source == "exports = () => 1;"
    assert app.dependencies == {"lodash": "^4.17.21"}


def test_unknown_function_is_not_found(app: App) -> None:
    """The refusal has the words that clients know."""
    with pytest.raises(AppError) as refusal:
        app.function("nope")

    assert refusal.value.code is ErrorCode.FUNCTION_NOT_FOUND
    assert refusal.value.message == "function not found: 'nope'"


def test_providers_have_settings_of_their_kind(app: App) -> None:
    """The custom function is named; provider ids are shaped like ObjectIds."""
    provider = app.provider("custom-function")

    assert provider.settings == CustomFunctionSettings(function_name="login")
    assert provider.type is ProviderType.CUSTOM_FUNCTION
    assert ObjectId.is_valid(provider.id)


@pytest.mark.parametrize(
    ("provider", "code"),
    [("oauth2-google", ErrorCode.AUTH_PROVIDER_NOT_FOUND), ("api-key", ErrorCode.AUTH_ERROR)],
)
def test_absent_and_disabled_providers_are_refused(app: App, provider: str, code: ErrorCode) -> None:
    """An absent provider is not found, a disabled one refuses the login."""
    with pytest.raises(AppError) as refusal:
        app.provider(provider)

    assert refusal.value.code is code


def test_triggers_are_found_by_operation_and_provider(app: App) -> None:
    """Old and new form, one operation or several."""

    def names(operation: AuthOperation, provider: str) -> list[str]:
        return [trigger.name for trigger in app.triggers_for(operation, provider)]

    assert names(AuthOperation.CREATE, "custom-function") == ["new", "old"]
    assert names(AuthOperation.LOGIN, "anon-user") == ["old"]
    assert names(AuthOperation.DELETE, "anon-user") == []


def test_disabled_triggers_do_not_fire(write_app: WriteApp) -> None:
    """A disabled trigger is read but not found."""
    trigger: dict[str, object] = {
        "name": "off",
        "type": "AUTHENTICATION",
        "disabled": True,
        "config": {"operation_type": "DELETE", "providers": ["anon-user"]},
        "function_name": "plain",
    }

    app = read_app(write_app({"triggers/off.json": trigger}), secrets=SECRETS)

    assert app.triggers_for(AuthOperation.DELETE, "anon-user") == ()
    assert "off" in [trigger.name for trigger in app.triggers]


def test_triggers_may_ask_for_retries_and_order(write_app: WriteApp) -> None:
    """`retry` and `ordered_by` are read beside App Services' own fields; without them nothing is retried."""
    config: dict[str, object] = {
        "operation_type": "LOGIN",
        "providers": ["anon-user"],
        "retry": {"attempts": 7, "first_delay": 0.5, "deadline": 60},
        "ordered_by": "user.id",
    }
    trigger: dict[str, object] = {"name": "t", "type": "AUTHENTICATION", "function_name": "plain", "config": config}
    app = read_app(write_app({"triggers/t.json": trigger}), secrets=SECRETS)
    triggers = {trigger.name: trigger for trigger in app.triggers}

    assert triggers["t"].retry == Retry(
        attempts=7,
        first_delay=timedelta(seconds=0.5),
        longest_delay=timedelta(hours=1),
        deadline=timedelta(minutes=1),
    )
    assert triggers["t"].ordered_by == "user.id"
    assert (triggers["new"].retry, triggers["new"].ordered_by) == (ONCE, "")


def test_other_triggers_keep_their_configuration(app: App) -> None:
    """A match that is a string of JSON is decoded; a schedule keeps its text."""
    triggers = {trigger.name: trigger for trigger in app.triggers}
    database, nightly = triggers["database"].events, triggers["nightly"].events

    assert isinstance(database, DatabaseEvents)
    assert database.match == {"fullDocument.n": Int64(1)}
    assert nightly == Schedule(cron=parse_cron("0 3 * * *"), skip_catchup_events=False)


def test_values_are_json_or_secrets(app: App) -> None:
    """A secret's text is the value, and never shown."""
    assert app.values["greeting"].value == {"text": "hello"}
    assert app.values["key"].value == SECRETS["signingKey"]
    assert app.values["key"].secret_name == "signingKey"
    assert SECRETS["signingKey"] not in repr(app)


def test_environment_is_the_active_one(app: App) -> None:
    """The root file's tag chooses the values."""
    assert app.environment.tag == "production"
    assert app.environment.values == {"database": "shop", "limit": 5, "flags": {"a": True}}


def test_environment_values_expand_in_settings(app: App) -> None:
    """Settings may name values of the environment."""
    assert app.custom_user_data.database == "shop"
    assert app.data_source("mongodb-atlas").rules_for("shop", "orders") is not None


def test_rules_are_kept_as_they_stand(app: App) -> None:
    """Roles are decoded from Extended JSON and keep what this package does not know."""
    source = app.data_source("mongodb-atlas")
    rules = source.rules_for("shop", "orders")

    assert rules is not None
    assert rules.roles == ({"name": "owner", "apply_when": {"owner": 7}, "read": True, "custom": 1},)
    assert rules.schema == {"bsonType": "object", "title": "order"}
    assert source.default_rule is not None
    assert source.default_rule.roles == ({"name": "nobody", "apply_when": False},)
    assert source.rules_for("shop", "carts") is None


def test_unknown_data_source_is_not_found(app: App) -> None:
    """The refusal names the service."""
    with pytest.raises(AppError, match="service not found: 'elsewhere'"):
        app.data_source("elsewhere")


def test_endpoints_hold_their_secret(app: App) -> None:
    """The text, not the name, is what a request is checked with."""
    (endpoint,) = app.endpoints

    assert (endpoint.http_method, endpoint.route, endpoint.function_name) == ("POST", "/pay", "plain")
    assert endpoint.secret == SECRETS["signingKey"]


def test_app_without_an_id_has_the_folders_name(write_app: WriteApp) -> None:
    """An exported template has no `app_id` yet."""
    app = read_app(write_app({"realm_config.json": {"environment": "production"}}), secrets=SECRETS)

    assert (app.app_id, app.name) == ("shop-folder", "shop-folder")


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"values/greeting.json": '{"from_secret":false,"value":{"text":"hello"},"name":"greeting"}'}, True),
        ({"sync/config.json": "something else"}, True),
        ({"values/greeting.json": '{"from_secret":false,"value":{"text":"bye"},"name":"greeting"}'}, False),
        ({"functions/plain.js": "exports = () =>  1;"}, False),
        ({"functions/more.js": "exports = () => 1;"}, False),
    ],
)
def test_version_changes_with_content_only(
    app: App, write_app: WriteApp, changes: dict[str, Content], *, same: bool
) -> None:
    """Formatting of JSON and files that are not read do not count; sources count to the last space."""
    assert (read_app(write_app(changes), secrets=SECRETS).version == app.version) is same


def test_version_does_not_tell_of_secrets(app: App, tmp_path: Path) -> None:
    """The version may be shown, so a secret's text is no part of it."""
    assert read_app(tmp_path / "shop-folder", secrets={"signingKey": "x" * 40}).version == app.version
