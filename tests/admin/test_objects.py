"""Objects of an app over the Admin API (contract 12.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.conftest import AdminClient, in_time
from tests.conformance.http_client import assert_refused
from tests.conformance.server_process import ServerProcess

SOURCE = "exports = () => 'made here';"
OBJECTS: list[tuple[str, dict[str, Any], dict[str, Any], int]] = [
    ("functions", {"name": "f", "source": SOURCE, "private": True}, {"source": "exports = () => 2;"}, 204),
    ("values", {"name": "v", "value": {"a": 1}, "from_secret": False}, {"value": [2]}, 200),
    ("auth_providers", {"name": "api-key", "type": "api-key", "disabled": True}, {"disabled": False}, 204),
    (
        "endpoints",
        {"route": "/r", "http_method": "GET", "function_name": "g", "validation_method": "NO_VALIDATION",
         "respond_result": True, "disabled": False},
        {"disabled": True},
        204,
    ),
    (
        "triggers",
        {"name": "t", "type": "SCHEDULED", "config": {"schedule": "0 0 * * *"}, "function_name": "g",
         "disabled": True},
        {"config": {"schedule": "1 1 * * *"}},
        204,
    ),
    ("services", {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}}, {"config": {"a": 1}}, 204),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "change", "status"), OBJECTS, ids=[row[0] for row in OBJECTS])
def test_an_object_lives(
    shop: AdminClient, kind: str, body: dict[str, Any], change: dict[str, Any], status: int
) -> None:
    """Made, listed, shown, changed, deleted: each is there for the next request."""
    shop.of_app("POST", "/functions", {"name": "g", "source": SOURCE})
    made = shop.of_app("POST", f"/{kind}", body)
    assert made.status == 201, made.body
    path = f"/{kind}/{made.json['_id']}"
    assert made.json["_id"] in [one["_id"] for one in shop.of_app("GET", f"/{kind}").json]
    shown = shop.of_app("GET", path).json
    assert {name: shown[name] for name in body} == body

    changed = shop.of_app("PUT", path, shown | change)
    assert (changed.status, bool(changed.body)) == (status, status == 200)
    again = shop.of_app("GET", path).json
    assert {name: again[name] for name in change} == change

    assert shop.of_app("DELETE", path).status == 204
    assert shop.of_app("GET", path).status == 404
    assert made.json["_id"] not in [one["_id"] for one in shop.of_app("GET", f"/{kind}").json]


@pytest.mark.parametrize(("kind", "body", "change", "status"), OBJECTS, ids=[row[0] for row in OBJECTS])
def test_a_second_of_the_same_name_is_refused(
    shop: AdminClient, kind: str, body: dict[str, Any], change: dict[str, Any], status: int
) -> None:
    """409, and the first stays as it is."""
    shop.of_app("POST", "/functions", {"name": "g", "source": SOURCE})
    assert shop.of_app("POST", f"/{kind}", body).status == 201
    again = shop.of_app("POST", f"/{kind}", body | change)

    assert again.status == 409, again.body


def test_a_made_function_is_called(shop: AdminClient) -> None:
    """What is made is served with the answer."""
    shop.of_app("POST", "/functions", {"name": "f", "source": SOURCE})

    assert shop.call("f") == "made here"


def test_a_renamed_function_leaves_nothing_behind(shop: AdminClient) -> None:
    """The old name is gone, the source is not."""
    id_ = shop.of_app("POST", "/functions", {"name": "f", "source": SOURCE}).json["_id"]
    assert shop.of_app("PUT", f"/functions/{id_}", {"name": "g", "source": SOURCE}).status == 204

    assert [one["name"] for one in shop.of_app("GET", "/functions").json] == ["g"]
    assert shop.call("g") == "made here"


def test_a_function_that_others_need_stays(shop: AdminClient) -> None:
    """Deleting it is refused by name of what refers to it."""
    id_ = shop.of_app("POST", "/functions", {"name": "g", "source": SOURCE}).json["_id"]
    trigger = {"name": "t", "type": "SCHEDULED", "config": {"schedule": "0 0 * * *"}, "function_id": id_}
    assert shop.of_app("POST", "/triggers", trigger).status == 201

    assert_refused(shop.of_app("DELETE", f"/functions/{id_}"), 400, "ImportAppError", "triggers/t.json")
    assert shop.call("g") == "made here"


def test_references_are_ids_and_names(shop: AdminClient) -> None:
    """A provider that is given a function's id is kept with its name, and shown with both."""
    id_ = shop.of_app("POST", "/functions", {"name": "login", "source": "exports = () => 'u';"}).json["_id"]
    provider = {"name": "custom-function", "type": "custom-function", "config": {"authFunctionId": id_}}
    made = shop.of_app("POST", "/auth_providers", provider).json["_id"]
    config = shop.of_app("GET", f"/auth_providers/{made}").json["config"]

    assert config == {"authFunctionName": "login", "authFunctionId": id_}
    bad = {"name": "custom-function", "type": "custom-function", "config": {"authFunctionId": "0" * 24}}
    assert_refused(shop.of_app("PUT", f"/auth_providers/{made}", bad), 400, "InvalidParameter", "authFunctionId")


def test_providers_are_switched(shop: AdminClient) -> None:
    """A disabled provider lets nobody in from then on."""
    (anonymous,) = shop.of_app("GET", "/auth_providers").json
    shop.of_app("POST", "/functions", {"name": "f", "source": SOURCE})
    assert shop.of_app("PUT", f"/auth_providers/{anonymous['_id']}/disable").status == 204
    with pytest.raises(KeyError):
        shop.call("f")
    assert shop.of_app("PUT", f"/auth_providers/{anonymous['_id']}/enable").status == 204

    assert shop.call("f") == "made here"


def test_a_patch_answers_without_a_body(shop: AdminClient) -> None:
    """Vendor tools insist, also where metadata fields are in it."""
    (anonymous,) = shop.of_app("GET", "/auth_providers").json
    answer = shop.of_app("PATCH", f"/auth_providers/{anonymous['_id']}", {"metadata_fields": []})

    assert (answer.status, answer.body, "content-type" in answer.headers) == (204, b"", False)


def test_rules_of_a_collection(shop: AdminClient) -> None:
    """They live below their service, one a collection."""
    service = shop.of_app("POST", "/services", {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}}).json
    rules = f"/services/{service['_id']}/rules"
    rule = {"database": "shop", "collection": "orders", "roles": [{"name": "all", "apply_when": {}, "read": True}]}
    made = shop.of_app("POST", rules, rule)
    assert made.status == 201, made.body
    assert shop.of_app("POST", rules, rule).status == 409

    shown = shop.of_app("GET", f"{rules}/{made.json['_id']}").json
    assert {name: shown[name] for name in rule} == rule
    assert shop.of_app("PUT", f"{rules}/{made.json['_id']}", rule | {"roles": []}).status == 204
    assert shop.of_app("DELETE", f"{rules}/{made.json['_id']}").status == 204
    assert shop.of_app("GET", rules).json == []


def test_secrets_are_never_shown(shop: AdminClient) -> None:
    """A value that names a secret has its text in functions at once, also after the secret changes."""
    made = shop.of_app("POST", "/secrets", {"name": "token", "value": "first text"}).json
    assert made.keys() == {"_id", "name", "last_modified"}
    shop.of_app("POST", "/values", {"name": "token", "value": "token", "from_secret": True})
    shop.of_app("POST", "/functions", {"name": "f", "source": "exports = () => context.values.get('token').length;"})
    assert shop.call("f") == {"$numberInt": "10"}

    assert shop.of_app("PUT", f"/secrets/{made['_id']}", {"name": "token", "value": "another"}).status == 204
    assert shop.call("f") == {"$numberInt": "7"}
    for path in ("/secrets", "/values", "/functions"):
        assert b"another" not in shop.of_app("GET", path).body


def test_secrets_are_renamed_and_deleted(shop: AdminClient) -> None:
    """An empty text keeps the old one; what is unknown is told."""
    made = shop.of_app("POST", "/secrets", {"name": "one", "value": "text"}).json
    assert_refused(shop.of_app("POST", "/secrets", {"name": "one", "value": "x"}), 409, "SecretDuplicateName", "'one'")
    assert shop.of_app("PUT", f"/secrets/{made['_id']}", {"name": "two", "value": ""}).status == 204
    assert [one["name"] for one in shop.of_app("GET", "/secrets").json] == ["two"]

    assert shop.of_app("DELETE", f"/secrets/{made['_id']}").status == 204
    gone = shop.of_app("DELETE", f"/secrets/{made['_id']}")
    assert_refused(gone, 404, "SecretNotFound", f'secret not found: "{made["_id"]}"')


def test_functions_are_run_as_system_and_as_a_user(shop: AdminClient) -> None:
    """Private ones, too; console lines, error and time come with the result."""
    source = "exports = (n) => { console.log('seen', n); console.error('oh'); return context.runningAsSystem(); };"
    shop.of_app("POST", "/functions", {"name": "f", "source": source, "private": True})
    path = "/debug/execute_function"
    answer = shop.of_app("POST", f"{path}?run_as_system=true", {"name": "f", "arguments": [7]}).json

    assert (answer["result"], answer["error"]) == (True, None)
    assert (answer["logs"], answer["error_logs"]) == (["seen 7"], ["oh"])
    assert answer["stats"]["execution_time"].endswith("ms")
    assert_refused(shop.of_app("POST", path, {"name": "f"}), 400, "InvalidParameter", "user_id")
    unknown = shop.of_app("POST", f"{path}?user_id={'0' * 24}", {"name": "f"})
    assert_refused(unknown, 404, "UserNotFound", "user not found")


EXECUTE = "/debug/execute_function_source?run_as_system=true"


def test_a_source_is_run_that_is_not_deployed(shop: AdminClient, server: ServerProcess) -> None:
    """In the app's context, with its functions; neither the app nor the cache of images has it afterwards."""
    shop.of_app("POST", "/functions", {"name": "twice", "source": "exports = (n) => 2 * n;", "private": True})
    version, images = shop.of_app("GET", "/deployments").json[0]["version"], cached(server)
    source = "exports = async (n) => { console.log('seen', n); return context.functions.execute('twice', n); };"
    given = shop.of_app("POST", EXECUTE, {"source": source, "arguments": [3]}).json
    assert (given["result"], given["logs"], given["error"]) == ({"$numberInt": "6"}, ["seen 3"], None)
    evaluated = shop.of_app("POST", EXECUTE, {"source": source, "eval_source": "exports(21);"}).json
    assert evaluated["result"] == {"$numberInt": "42"}

    assert [one["name"] for one in shop.of_app("GET", "/functions").json] == ["twice"]
    assert shop.of_app("GET", "/deployments").json[0]["version"] == version
    assert cached(server) <= images


def cached(server: ServerProcess) -> set[str]:
    """The names of the images that are kept."""
    (directory,) = (server.data_dir / "cache").iterdir()
    return {path.name for path in directory.iterdir() if path.suffix == ".cwasm"}


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({}, "MissingParameter", "'source'"),
        ({"source": 1}, "MissingParameter", "'source'"),
        ({"source": "exports = 1", "eval_source": 1}, "InvalidParameter", "'eval_source'"),
        ({"source": "exports = 1", "arguments": 1}, "InvalidParameter", "'arguments'"),
        ({"source": "exports = (;"}, "InvalidParameter", "SyntaxError"),
        ({"source": "exports = 1", "eval_source": ")("}, "InvalidParameter", "SyntaxError"),
    ],
)
def test_a_source_that_cannot_be_run_is_refused(shop: AdminClient, body: dict[str, Any], code: str, text: str) -> None:
    """With the reason."""
    assert_refused(shop.of_app("POST", EXECUTE, body), 400, code, text)


def test_what_a_source_does_wrong_is_told(shop: AdminClient) -> None:
    """As of a function; its log entry has a name that no function has."""
    answer = shop.of_app("POST", EXECUTE, {"source": "exports = () => { throw new Error('no'); };"}).json

    assert (answer["result"], "no" in answer["error"]) == (None, True)
    (entry,) = in_time(lambda: shop.of_app("GET", "/logs?type=FUNCTION").json["logs"])
    assert entry["function_name"] == "#source"


def test_operations_of_a_data_source_are_run(shop: AdminClient) -> None:
    """As system, without regard to rules; a data source that is not there is told."""
    shop.of_app("POST", "/services", {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}})
    path, place = "/debug/execute_function?run_as_system=true", {"database": "shop", "collection": "orders"}
    insert = {"service": "mongodb-atlas", "name": "insertOne", "arguments": [{**place, "document": {"_id": "a"}}]}
    assert shop.of_app("POST", path, insert).json["result"] == {"insertedId": "a"}
    find = {"service": "mongodb-atlas", "name": "find", "arguments": [{**place, "query": {}}]}
    assert shop.of_app("POST", path, find).json["result"] == [{"_id": "a"}]
    assert shop.of_app("POST", path, find | {"service": "other"}).status == 400


def test_folder_deployments_are_switched_off_and_on(shop: AdminClient) -> None:
    """What is left out of the body stays."""
    path = "/deploy/config"
    assert shop.of_app("GET", path).json["automatic_deployment"] == {"enabled": True, "provider": "folder"}
    assert shop.of_app("PATCH", path, {"automatic_deployment": {"enabled": False}}).status == 204
    assert shop.of_app("PATCH", path, {}).status == 204
    assert shop.of_app("GET", path).json["automatic_deployment"]["enabled"] is False


@pytest.mark.parametrize("kind", ["functions", "values", "triggers", "services", "auth_providers"])
def test_objects_without_a_name_are_refused(shop: AdminClient, kind: str) -> None:
    """None is made under a name that nobody gave; an object that is changed keeps its name."""
    assert_refused(shop.of_app("POST", f"/{kind}", {}), 400, "MissingParameter", "'name'")
    assert_refused(shop.of_app("POST", f"/{kind}", {"name": 7}), 400, "InvalidParameter", "'name'")


@pytest.mark.parametrize("name", ["../../escape", "/etc/passwd", "a/../../b", "a\0b", "C:\\x"])
def test_names_that_lead_out_of_the_app_are_refused(shop: AdminClient, name: str) -> None:
    """Also in a draft, where nothing is deployed yet."""
    shop.of_app("POST", "/drafts")
    answer = shop.of_app("POST", "/functions", {"name": name, "source": SOURCE})
    assert_refused(answer, 400, "InvalidParameter", "is not the path of an app's file")
    assert shop.of_app("GET", "/functions").json == []


def test_logs_are_found(shop: AdminClient) -> None:
    """Newest first; an app without any has an empty list."""
    assert shop.of_app("GET", "/logs").json["logs"] == []
    assert_refused(shop.of_app("GET", "/logs?start_date=yesterday"), 400, "InvalidParameter", "start_date")


def test_rules_that_are_made_are_in_force(shop: AdminClient) -> None:
    """Where no rules stand nobody has access; with them a client reads what they allow."""
    service = shop.of_app("POST", "/services", {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}}).json
    find = {"database": "shop", "collection": "orders", "query": {}}
    assert shop.operate("find", find).status == 403
    rule = {"database": "shop", "collection": "orders", "roles": [{"name": "all", "apply_when": {}, "read": True}]}
    made = shop.of_app("POST", f"/services/{service['_id']}/rules", rule)
    assert made.status == 201, made.body
    assert shop.operate("find", find).json == []

    assert shop.of_app("DELETE", f"/services/{service['_id']}/rules/{made.json['_id']}").status == 204
    assert shop.operate("find", find).status == 403


def test_rules_of_an_import_are_listed(shop: AdminClient) -> None:
    """And changed in the file that they came in."""
    body = {
        "name": "shop",
        "data_sources": [
            {
                "config": {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}},
                "rules": [{"database": "shop", "collection": "orders", "roles": [], "schema": {"title": "order"}}],
            }
        ],
    }
    assert shop.of_app("POST", "/import", body).status == 204
    (service,) = shop.of_app("GET", "/services").json
    (rule,) = shop.of_app("GET", f"/services/{service['_id']}/rules").json
    assert (rule["database"], rule["collection"]) == ("shop", "orders")

    changed = shop.of_app("PUT", f"/services/{service['_id']}/rules/{rule['_id']}", rule | {"filters": []})
    assert changed.status == 204
    assert len(shop.of_app("GET", f"/services/{service['_id']}/rules").json) == 1


def test_a_deleted_service_takes_its_rules_along(shop: AdminClient) -> None:
    """Nothing is left that would keep the app from being deployed."""
    service = shop.of_app("POST", "/services", {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}}).json
    rule = {"database": "shop", "collection": "orders", "roles": []}
    shop.of_app("POST", f"/services/{service['_id']}/rules", rule)
    assert shop.of_app("DELETE", f"/services/{service['_id']}").status == 204

    assert shop.of_app("GET", "/services").json == []


def test_a_renamed_service_keeps_its_rules(shop: AdminClient) -> None:
    """They move along; other files stay where they are."""
    service = shop.of_app("POST", "/services", {"name": "old", "type": "mongodb-atlas", "config": {}}).json
    shop.of_app("POST", f"/services/{service['_id']}/rules", {"database": "shop", "collection": "orders", "roles": []})
    renamed = {"name": "new", "type": "mongodb-atlas", "config": {}}
    assert shop.of_app("PUT", f"/services/{service['_id']}", renamed).status == 204

    (service,) = shop.of_app("GET", "/services").json
    assert service["name"] == "new"
    (rule,) = shop.of_app("GET", f"/services/{service['_id']}/rules").json
    assert rule["collection"] == "orders"
