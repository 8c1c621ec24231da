"""What an app has one of, and its security settings, over the Admin API (contract 11, 12.3)."""

from __future__ import annotations

import pytest

from tests.admin.conftest import AdminClient
from tests.conformance.http_client import Http, assert_refused

SOURCE = "exports = () => context.environment.values.greeting;"
SERVICE = {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {"clusterName": "one"}}


def service(shop: AdminClient) -> str:
    """The path of a data source of the app."""
    return f"/services/{shop.of_app('POST', '/services', SERVICE).json['_id']}"


def test_environment_values_are_those_of_the_environment_that_holds(shop: AdminClient) -> None:
    """Made for several environments, read by functions in the one that is set; changed and deleted."""
    shop.of_app("POST", "/functions", {"name": "greet", "source": SOURCE})
    body = {"name": "greeting", "values": {"none": "hello", "production": "good day"}}
    made = shop.of_app("POST", "/environment_values", body)
    assert made.status == 201, made.body
    path = f"/environment_values/{made.json['_id']}"
    assert shop.call("greet") == "hello"
    assert shop.of_app("PUT", "/environment", {"environment": "production"}).status == 204
    assert shop.call("greet") == "good day"

    (listed,) = shop.of_app("GET", "/environment_values").json
    assert (listed.keys(), listed["name"]) == ({"_id", "name", "last_modified"}, "greeting")
    assert shop.of_app("GET", path).json == {"_id": made.json["_id"], **body}
    assert shop.of_app("PUT", path, {"values": {"production": "good evening"}}).status == 204
    assert shop.call("greet") == "good evening"
    assert_refused(shop.of_app("POST", "/environment_values", body), 409, "EnvironmentValueDuplicateName", "already")
    assert shop.of_app("DELETE", path).status == 204
    assert shop.of_app("GET", "/environment_values").json == []
    assert_refused(shop.of_app("GET", path), 404, "EnvironmentValueNotFound", "not found")


@pytest.mark.parametrize("values", [None, {}, [], {"staging": 1}])
def test_environment_values_of_no_environment_are_refused(shop: AdminClient, values: object) -> None:
    """The environments are those of the contract."""
    answer = shop.of_app("POST", "/environment_values", {"name": "x", "values": values})
    assert_refused(answer, 400, "InvalidParameter", "'values' must be an object of some of none")


def test_an_unknown_environment_is_refused(shop: AdminClient) -> None:
    """And the app goes on in its own."""
    assert_refused(shop.of_app("PUT", "/environment", {"environment": "moon"}), 400, "ImportAppError", "environment")


def test_a_default_rule_lives(shop: AdminClient) -> None:
    """Made once, in force at once, replaced, taken away."""
    path = f"{service(shop)}/default_rule"
    assert_refused(shop.of_app("GET", path), 404, "DefaultRuleNotFound", "not found")
    find = {"database": "shop", "collection": "orders", "query": {}}
    rule = {"roles": [{"name": "all", "apply_when": {}, "read": True}], "filters": []}
    assert shop.of_app("POST", path, rule).status == 201
    assert shop.operate("find", find).json == []
    assert_refused(shop.of_app("POST", path, rule), 409, "DefaultRuleAlreadyExists", "already")
    assert shop.of_app("GET", path).json["roles"] == rule["roles"]

    assert shop.of_app("PUT", path, {"roles": []}).status == 204
    assert shop.operate("find", find).status == 403
    assert shop.of_app("DELETE", path).status == 204
    assert shop.of_app("GET", path).status == 404


def test_a_schema_lives_beside_the_rules_of_its_collection(shop: AdminClient) -> None:
    """It judges what users write; a second one of the collection is refused."""
    source = service(shop)
    role = {"name": "all", "apply_when": {}, "insert": True, "write": True, "read": True}
    shop.of_app("POST", f"{source}/rules", {"database": "shop", "collection": "orders", "roles": [role]})
    place = {"data_source": "mongodb-atlas", "database": "shop", "collection": "orders"}
    schema = {"title": "order", "required": ["price"], "properties": {"price": {"bsonType": "int"}}}
    made = shop.of_app("POST", "/schemas", {"metadata": place, "schema": schema})
    assert made.status == 201, made.body
    document = {"database": "shop", "collection": "orders", "document": {"name": "no price"}}
    assert_refused(shop.operate("insertOne", document), 400, "SchemaValidationFailedWrite", "")
    assert_refused(shop.of_app("POST", "/schemas", {"metadata": place}), 409, "SchemaAlreadyExists", "already")

    path = f"/schemas/{made.json['_id']}"
    assert shop.of_app("GET", path).json["schema"] == schema
    assert shop.of_app("PUT", path, {"metadata": place, "schema": {}}).status == 204
    assert shop.operate("insertOne", document).status == 200
    assert shop.of_app("DELETE", path).status == 204
    assert shop.of_app("GET", "/schemas").json == []
    assert len(shop.of_app("GET", f"{source}/rules").json) == 1


def test_settings_of_a_service_are_merged(shop: AdminClient) -> None:
    """What is left out stays; other services than data sources are kept, too, and have no rules."""
    path = service(shop)
    assert shop.of_app("PATCH", f"{path}/config", {"readPreference": "primary"}).status == 204
    assert shop.of_app("GET", f"{path}/config").json == {"clusterName": "one", "readPreference": "primary"}
    mail = shop.of_app("POST", "/services", {"name": "mail", "type": "http", "config": {}})
    assert mail.status == 201, mail.body
    listed = {one["name"]: one for one in shop.of_app("GET", "/services").json}
    assert listed["mail"].keys() == {"_id", "name", "type", "version", "last_modified"}
    assert_refused(shop.of_app("GET", f"/services/{mail.json['_id']}/rules"), 404, "ServiceNotFound", "data sources")
    assert shop.of_app("DELETE", f"/services/{mail.json['_id']}").status == 204


def test_custom_user_data_are_set_with_ids(shop: AdminClient) -> None:
    """Services and functions are named by id or name; what is left out stays."""
    assert shop.of_app("GET", "/custom_user_data").json == {"enabled": False}
    id_ = service(shop).rpartition("/")[2]
    made = shop.of_app("POST", "/functions", {"name": "onCreation", "source": "exports = () => null;"}).json
    fields = {"enabled": True, "mongo_service_id": id_, "database_name": "d", "collection_name": "c"}
    fields |= {"user_id_field": "user", "on_user_creation_function_id": made["_id"]}
    assert shop.of_app("PATCH", "/custom_user_data", fields).status == 204

    shown = shop.of_app("GET", "/custom_user_data").json
    assert {name: shown[name] for name in fields} == fields
    assert (shown["mongo_service_name"], shown["on_user_creation_function_name"]) == ("mongodb-atlas", "onCreation")
    unknown = shop.of_app("PATCH", "/custom_user_data", {"mongo_service_id": "0" * 24})
    assert_refused(unknown, 400, "InvalidParameter", "mongo_service_id")


def test_allowed_origins_are_in_force(shop: AdminClient) -> None:
    """Pages of other origins are refused from the answer on."""
    path = "/security/allowed_request_origins"
    assert shop.of_app("GET", path).json == []
    assert shop.of_app("POST", path, ["https://shop.example"]).status == 204
    assert shop.of_app("GET", path).json == ["https://shop.example"]
    http, location = shop.http, f"/app/{shop.app_id}/location"
    assert http.ask("GET", location, headers={"Origin": "https://evil.example"}).status == 403
    assert http.ask("GET", location, headers={"Origin": "https://shop.example"}).status == 200
    assert_refused(shop.of_app("POST", path, {"a": 1}), 400, "InvalidJSON", "array")
    assert_refused(shop.of_app("POST", path, [1]), 400, "InvalidParameter", "strings")


def test_lives_of_refresh_tokens_are_set(shop: AdminClient) -> None:
    """Within the bounds of the contract."""
    path = "/security/refresh_token_expiration"
    assert shop.of_app("GET", path).json == {"expiration_time_seconds": 60 * 24 * 3600}
    assert shop.of_app("PUT", path, {"expiration_time_seconds": 7200}).status == 204
    assert shop.of_app("GET", path).json == {"expiration_time_seconds": 7200}
    assert_refused(shop.of_app("PUT", path, {"expiration_time_seconds": 5}), 400, "InvalidParameter", "greater")


def test_the_access_list_keeps_clients_out(shop: AdminClient) -> None:
    """A new app lets in everybody; without that entry only who is listed is served, with tokens of before as well."""
    path, http = "/security/access_list", Http(url=shop.http.url, app_id=shop.app_id)
    opened = http.log_in({}, "anon-user").json
    token, refresh = opened["access_token"], {"Authorization": f"Bearer {opened['refresh_token']}"}
    before = shop.of_app("GET", path).json
    (everywhere,) = before["allowed_ips"]
    assert (everywhere["address"], everywhere["includes_current"]) == ("0.0.0.0/0", True)
    made = shop.of_app("POST", path, {"address": "203.0.113.0/24", "comment": "office"})
    assert made.status == 201, made.body
    assert made.json["includes_current"] is False
    assert shop.of_app("DELETE", f"{path}/{everywhere['_id']}").status == 204

    assert_refused(http.log_in({}, "anon-user"), 403, "Forbidden", "does not serve your address")
    assert http.profile(token).status == 403
    assert http.ask("POST", "/auth/session", headers=refresh).status == 403
    assert shop.of_app("PATCH", f"{path}/{made.json['_id']}", {"use_current": True}).status == 204
    assert http.profile(token).status == 200
    (own,) = shop.of_app("GET", path).json["allowed_ips"]
    assert (own["address"], own["comment"]) == (before["current_ip"], "office")
    again = {"address": own["address"]}
    assert_refused(shop.of_app("POST", path, again), 409, "AllowedIPAlreadyExists", own["address"])
    assert_refused(shop.of_app("POST", path, {"address": "here"}), 400, "InvalidParameter", "IP address")
    assert_refused(shop.of_app("DELETE", f"{path}/{'0' * 24}"), 404, "AllowedIPNotFound", "no entry")


@pytest.mark.parametrize("entry", [{"address": "nonsense"}, {"comment": "none"}, {"address": 5}, "203.0.113.0/24"])
def test_a_wrong_access_list_in_a_draft_is_named(shop: AdminClient, entry: object) -> None:
    """Files of a draft may say anything until they are deployed."""
    draft = shop.of_app("POST", "/drafts").json["_id"]
    written = {"auth": {"security": {"access_list": [entry]}}}
    assert shop.of_app("POST", "/import", written).status == 204

    assert_refused(shop.of_app("GET", "/security/access_list"), 400, "BadRequest", "auth/security.json")
    added = shop.of_app("POST", "/security/access_list", {"address": "203.0.113.0/24"})
    assert_refused(added, 400, "BadRequest", "auth/security.json")
    assert shop.of_app("DELETE", f"/drafts/{draft}").status == 204
