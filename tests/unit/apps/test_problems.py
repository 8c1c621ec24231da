"""Each kind of bad file is reported by file and field, and all of them together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.apps.files import MAX_FILE_BYTES
from server.apps.folder import read_app
from server.apps.problems import AppFolderError, Problem

if TYPE_CHECKING:
    from tests.unit.apps.conftest import Content, WriteApp

SECRETS = {"signingKey": "k" * 40, "short": "k" * 31}
TRIGGER: dict[str, object] = {
    "name": "t",
    "type": "AUTHENTICATION",
    "function_name": "plain",
    "config": {"operation_type": "CREATE", "providers": ["anon-user"]},
}
ENDPOINT: dict[str, object] = {"route": "/r", "http_method": "GET", "function_name": "plain"}
RULES = "data_sources/mongodb-atlas/shop/orders/rules.json"


def provider(provider_type: str, **fields: object) -> dict[str, Content]:
    """A providers file that holds one provider."""
    return {"auth/providers.json": {provider_type: {"name": provider_type, "type": provider_type} | fields}}


def found(folder: Path) -> list[Problem]:
    """The problems of a folder, which must have some."""
    with pytest.raises(AppFolderError) as refusal:
        read_app(folder, secrets=SECRETS)
    return refusal.value.problems


BAD_FILES: list[tuple[dict[str, Content], str, str, str]] = [
    # the root file
    ({"realm_config.json": "{"}, "realm_config.json", "", "not JSON: "),
    ({"realm_config.json": "%%APP_ID%%"}, "realm_config.json", "", "not JSON: "),
    ({"realm_config.json": " \n"}, "realm_config.json", "", "the file is empty"),
    ({"realm_config.json": "null"}, "realm_config.json", "", "nothing but null"),
    ({"realm_config.json": []}, "realm_config.json", "", "object"),
    ({"realm_config.json": {"config_version": 20200603}}, "realm_config.json", "config_version", "version 20200603"),
    ({"realm_config.json": {"app_id": "a/b"}}, "realm_config.json", "app_id", "not a valid name"),
    ({"realm_config.json": {"app_id": "a" * 65}}, "realm_config.json", "app_id", "at most 64"),
    ({"realm_config.json": {"name": "a" * 33}}, "realm_config.json", "name", "at most 32"),
    ({"realm_config.json": {"environment": "staging"}}, "realm_config.json", "environment", "'production'"),
    ({"root_config.json": {}}, "root_config.json", "", "beside realm_config.json"),
    ({"realm_config.json": None}, "realm_config.json", "", "not an exported app"),
    # any JSON file
    ({"values/v.json": b'{"name": "\xff"}'}, "values/v.json", "", "not UTF-8 at byte 10"),
    ({"values/v.json": '{"name": "a", "value": NaN}'}, "values/v.json", "", "NaN"),
    ({"values/v.json": '{"name": "a", "value": "\\ud800"}'}, "values/v.json", "", "surrogate"),
    ({"values/v.json": '{"name": "a", "value": 1e999}'}, "values/v.json", "", "too large"),
    ({"values/v.json": '{"name": "a", "value": 9223372036854775808}'}, "values/v.json", "", "64 bits"),
    ({"values/v.json": '{"name": "a", "value": ' + "[" * 101 + "]" * 101 + "}"}, "values/v.json", "", "nested deeper"),
    ({"values/v.json": "[" * 100_000}, "values/v.json", "", "nested deeper"),
    ({"values/v.json": '{"name": "a", "name": "b"}'}, "values/v.json", "", "the key 'name' appears twice"),
    ({"values/v.json": '"' + "a" * MAX_FILE_BYTES + '"'}, "values/v.json", "", "larger than"),
    # functions
    ({"functions/plain.js": b"exports = '\xe9';"}, "functions/plain.js", "", "not UTF-8"),
    ({"functions/a b.js": ""}, "functions/a b.js", "", "not a valid name"),
    ({f"functions/{'a' * 65}.js": ""}, f"functions/{'a' * 65}.js", "", "at most 64"),
    ({"functions/config.json": [{"name": "gone"}]}, "functions/config.json", "0.name", "no functions/gone.js"),
    ({"functions/config.json": [{"private": True}]}, "functions/config.json", "0.name", "is missing"),
    (
        {"functions/config.json": [{"name": "plain", "private": "yes"}]},
        "functions/config.json",
        "0.private",
        "true or false",
    ),
    ({"functions/config.json": [{"name": "plain"}] * 2}, "functions/config.json", "1.name", "appears twice"),
    ({"functions/config.json": {"a": 1}}, "functions/config.json", "", "array"),
    # providers
    (provider("oauth2-myspace"), "auth/providers.json", "oauth2-myspace", "unknown provider type"),
    ({"auth/providers.json": '{"anon-user": {}, "anon-user": {}}'}, "auth/providers.json", "", "appears twice"),
    ({"auth/providers.json": {"anon-user": {"type": "api-key"}}}, "auth/providers.json", "anon-user.type", "'api-key'"),
    ({"auth/providers.json": []}, "auth/providers.json", "", "keyed by provider type"),
    (provider("custom-function"), "auth/providers.json", "custom-function.config.authFunctionName", "is missing"),
    (
        provider("custom-function", config={"authFunctionName": "nope"}),
        "auth/providers.json",
        "custom-function.config.authFunctionName",
        "no function 'nope'",
    ),
    (
        provider("local-userpass", config={"runConfirmationFunction": True, "confirmationFunctionName": "nope"}),
        "auth/providers.json",
        "local-userpass.config.confirmationFunctionName",
        "no function 'nope'",
    ),
    (
        provider("local-userpass", config={"runResetFunction": True}),
        "auth/providers.json",
        "local-userpass.config.resetFunctionName",
        "is missing",
    ),
    (
        provider("local-userpass", config={"autoConfirm": True, "runConfirmationFunction": True}),
        "auth/providers.json",
        "local-userpass.config",
        "exclude each other",
    ),
    (provider("custom-token"), "auth/providers.json", "custom-token.secret_config.signingKeys", "no signing key"),
    (
        provider("custom-token", secret_config={"signingKeys": ["nope"]}),
        "auth/providers.json",
        "custom-token.secret_config.signingKeys.0",
        "no secret 'nope'",
    ),
    (
        provider("custom-token", secret_config={"signingKeys": ["short"]}),
        "auth/providers.json",
        "custom-token.secret_config.signingKeys.0",
        "at least 32",
    ),
    (
        provider("custom-token", config={"useJWKURI": True, "signingAlgorithm": "HS256"}),
        "auth/providers.json",
        "custom-token.config.signingAlgorithm",
        "not for HS256",
    ),
    (
        provider("custom-token", config={"signingAlgorithm": "none"}),
        "auth/providers.json",
        "custom-token.config.signingAlgorithm",
        "'RS256'",
    ),
    (
        provider("oauth2-google", config={"clientId": "x"}, secret_config={"clientSecret": "nope"}),
        "auth/providers.json",
        "oauth2-google.secret_config.clientSecret",
        "no secret 'nope'",
    ),
    # custom user data
    (
        {"auth/custom_user_data.json": {"enabled": False, "on_user_creation_function_name": "nope"}},
        "auth/custom_user_data.json",
        "on_user_creation_function_name",
        "no function 'nope'",
    ),
    ({"auth/custom_user_data.json": {"enabled": True}}, "auth/custom_user_data.json", "user_id_field", "missing"),
    (
        {"auth/custom_user_data.json": {"enabled": True, "mongo_service_name": "nope"}},
        "auth/custom_user_data.json",
        "mongo_service_name",
        "no data source 'nope'",
    ),
    # triggers
    ({"triggers/t.json": TRIGGER | {"name": "a b"}}, "triggers/t.json", "name", "not a valid name"),
    ({"triggers/t.json": TRIGGER | {"name": "new"}}, "triggers/t.json", "name", "appears twice"),
    ({"triggers/t.json": TRIGGER | {"type": "OTHER"}}, "triggers/t.json", "type", "'SCHEDULED'"),
    (
        {"triggers/t.json": TRIGGER | {"function_name": "nope"}},
        "triggers/t.json",
        "function_name",
        "no function 'nope'",
    ),
    (
        {"triggers/t.json": TRIGGER | {"event_processors": {"FUNCTION": {"config": {"function_name": "nope"}}}}},
        "triggers/t.json",
        "event_processors.FUNCTION.config.function_name",
        "no function 'nope'",
    ),
    (
        {"triggers/t.json": TRIGGER | {"function_name": "", "event_processors": {"AWS_EVENTBRIDGE": {}}}},
        "triggers/t.json",
        "event_processors.AWS_EVENTBRIDGE",
        "only triggers that run a function",
    ),
    (
        {"triggers/t.json": TRIGGER | {"config": {"operation_type": "CREATE", "providers": ["nope"]}}},
        "triggers/t.json",
        "config.providers.0",
        "unknown provider type",
    ),
    (
        {
            "triggers/t.json": TRIGGER
            | {"config": {"operation_type": "CREATE", "providers": ["anon-user"], "retry": {"attempts": 0}}}
        },
        "triggers/t.json",
        "config.retry.attempts",
        "greater than or equal to 1",
    ),
    (
        {"triggers/t.json": TRIGGER | {"type": "SCHEDULED", "config": {"schedule": "@daily"}}},
        "triggers/t.json",
        "config.schedule",
        "five fields",
    ),
    (
        {
            "triggers/t.json": TRIGGER
            | {"type": "DATABASE", "config": {"service_name": "nope", "operation_types": ["INSERT"], "match": "{"}}
        },
        "triggers/t.json",
        "config.service_name",
        "no data source 'nope'",
    ),
    (
        {
            "triggers/t.json": TRIGGER
            | {
                "type": "DATABASE",
                "config": {"service_name": "mongodb-atlas", "operation_types": ["INSERT"], "match": "{"},
            }
        },
        "triggers/t.json",
        "config.match",
        "not JSON",
    ),
    (
        {"triggers/t.json": TRIGGER | {"config": {"operation_type": 1, "providers": ["anon-user"]}}},
        "triggers/t.json",
        "config.operation_type",
        "has to be an array",
    ),
    # values
    ({"values/v.json": {"name": "_v", "value": 1}}, "values/v.json", "name", "not a valid name"),
    ({"values/v.json": {"name": "key", "value": 1}}, "values/v.json", "name", "appears twice"),
    ({"values/v.json": {"name": "v"}}, "values/v.json", "value", "is missing"),
    (
        {"values/v.json": {"name": "v", "value": "nope", "from_secret": True}},
        "values/v.json",
        "value",
        "no secret 'nope'",
    ),
    ({"values/v.json": {"name": "v", "value": 1, "from_secret": True}}, "values/v.json", "value", "name of a secret"),
    # environments
    ({"environments/qa.json": {"values": []}}, "environments/qa.json", "values", "object"),
    (
        {"values/v.json": {"name": "v", "value": ["%(%%environment.values.no)"]}},
        "values/v.json",
        "value.0",
        "no value 'no'",
    ),
    ({"values/v.json": {"name": "v", "value": "a%(%%environment.values.flags)"}}, "values/v.json", "value", "not text"),
    # data sources
    (
        {"data_sources/other/config.json": None, "data_sources/other/x.json": {}},
        "data_sources/other/config.json",
        "",
        "",
    ),
    (
        {"data_sources/b/config.json": {"name": "mongodb-atlas", "type": "mongodb-atlas"}},
        "data_sources/mongodb-atlas/config.json",
        "name",
        "appears twice",
    ),
    ({"data_sources/b/config.json": {"name": "b", "type": "csv"}}, "data_sources/b/config.json", "type", "'datalake'"),
    ({RULES: {"roles": [{"read": True}]}}, RULES, "roles.0.name", "is missing"),
    (
        {RULES: {"roles": [{"name": "a", "apply_when": {"_id": {"$oid": "no"}}}]}},
        RULES,
        "roles.0",
        "not Extended JSON",
    ),
    (
        {"data_sources/mongodb-atlas/shop/b/rules.json": {"database": "shop", "collection": "orders"}},
        RULES,
        "",
        "shop.orders appears twice",
    ),
    # endpoints
    ({"http_endpoints/config.json": [ENDPOINT | {"route": "r"}]}, "http_endpoints/config.json", "0.route", "pattern"),
    (
        {"http_endpoints/config.json": [ENDPOINT | {"function_name": "nope"}]},
        "http_endpoints/config.json",
        "0.function_name",
        "no function 'nope'",
    ),
    (
        {"http_endpoints/config.json": [ENDPOINT | {"validation_method": "VERIFY_PAYLOAD"}]},
        "http_endpoints/config.json",
        "0.secret_name",
        "name of a secret is missing",
    ),
    ({"http_endpoints/config.json": [ENDPOINT] * 2}, "http_endpoints/config.json", "1.route", "appears twice"),
]


@pytest.mark.parametrize(("changes", "file", "field", "words"), BAD_FILES)
def test_bad_file_is_reported(
    write_app: WriteApp, changes: dict[str, Content], file: str, field: str, words: str
) -> None:
    """The report names the file and the field and says what is wrong."""
    problems = found(write_app(changes))

    assert [
        problem for problem in problems if (problem.file, problem.field) == (file, field) and words in problem.message
    ]


def test_all_problems_come_together(write_app: WriteApp) -> None:
    """One read reports everything that has to be mended, a line each."""
    bad: dict[str, Content] = {
        "functions/config.json": "",
        "triggers/t.json": TRIGGER | {"function_name": "nope"},
        "values/v.json": {"name": "v", "value": "nope", "from_secret": True},
    }
    with pytest.raises(AppFolderError) as refusal:
        read_app(write_app(bad), secrets=SECRETS)

    said = str(refusal.value).splitlines()
    assert said[:2] == [
        "functions/config.json: the file is empty",
        "triggers/t.json: function_name: there is no function 'nope'",
    ]
    assert said[2].startswith("values/v.json: value: there is no secret 'nope': `vestibule secrets set`")


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere is said to do so."""
    assert "no such folder" in str(found(tmp_path / "nowhere")[0])


@pytest.mark.parametrize(
    ("link", "target", "message"),
    [
        ("functions/outside.js", "../../outside.js", "leads out"),
        ("functions/outside", "../..", "leads out"),
        ("functions/loop", "..", "not followed"),
        ("functions/nowhere.js", "gone.js", "not a file"),
    ],
)
def test_links_do_not_lead_astray(write_app: WriteApp, link: str, target: str, message: str) -> None:
    """Links out of the folder, to folders and to nothing are refused."""
    folder = write_app({})
    (folder.parent / "outside.js").write_text("secret")
    (folder / link).symlink_to(target)

    assert (link, message) in [(problem.file, message) for problem in found(folder) if message in problem.message]


def test_link_within_the_folder_is_read(write_app: WriteApp) -> None:
    """A link from one source to another is an ordinary file."""
    folder = write_app({})
    (folder / "functions/alias.js").symlink_to("plain.js")

    assert read_app(folder, secrets=SECRETS).function("alias").source == "exports = () => 1;"


def test_what_is_no_file_is_not_opened(write_app: WriteApp) -> None:
    """A named pipe would block the reader for ever."""
    folder = write_app({})
    os.mkfifo(folder / "functions/pipe.js")

    assert found(folder) == [Problem(file="functions/pipe.js", field="", message="not a file")]


def test_deep_folders_are_refused(write_app: WriteApp) -> None:
    """The depth of folders is bounded by no more than this."""
    assert "nested deeper" in found(write_app({"functions/" + "a/" * 40 + "b.js": ""}))[0].message


def test_disabled_providers_need_no_secrets(write_app: WriteApp) -> None:
    """Exports carry disabled providers whose secrets nobody has any more."""
    changes = provider("custom-token", disabled=True, secret_config={"signingKeys": ["nope"]})

    assert read_app(write_app(changes), secrets=SECRETS).providers["custom-token"].disabled
