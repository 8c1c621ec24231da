"""Objects whose names are alike, or unlike their files' names: none takes the place of another."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from tests.admin.conftest import ADMIN, AdminClient
from tests.conformance.http_client import assert_refused, bearer


@pytest.mark.parametrize(
    ("kind", "body"),
    [("services", {"type": "http", "config": {}}), ("log_forwarders", {}), ("services", {"type": "mongodb-atlas"})],
)
def test_no_object_takes_the_place_of_another_with_a_like_name(
    shop: AdminClient, kind: str, body: dict[str, Any]
) -> None:
    """Names that would be one file name, but for what a file name cannot hold, are kept apart."""
    names = ["a/b", "a_b", "a\\b", "a\u0000b"]
    for name in names:
        assert shop.of_app("POST", f"/{kind}", {"config": {}, **body, "name": name}).status == 201
    assert sorted(one["name"] for one in shop.of_app("GET", f"/{kind}").json) == sorted(names)


def test_no_collection_takes_the_rules_of_another_with_a_like_name(shop: AdminClient) -> None:
    """Rules of `a/b` are not those of `a_b`, whatever folders they are in; a schema goes where its rules are."""
    made = shop.of_app("POST", "/services", {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}}).json
    for collection in ("a/b", "a_b"):
        rules: dict[str, Any] = {"database": "d", "collection": collection, "roles": []}
        assert shop.of_app("POST", f"/services/{made['_id']}/rules", rules).status == 201
    found = shop.of_app("GET", f"/services/{made['_id']}/rules").json
    assert sorted(one["collection"] for one in found) == ["a/b", "a_b"]

    place = {"data_source": "mongodb-atlas", "database": "d"}
    for collection, status in (("a/b", 201), ("c/d", 400)):
        body = {"metadata": {**place, "collection": collection}, "schema": {"title": "t", "bsonType": "object"}}
        assert shop.of_app("POST", "/schemas", body).status == status
    assert [one["metadata"]["collection"] for one in shop.of_app("GET", "/schemas").json] == ["a/b"]


def test_a_value_does_not_take_the_file_of_another(shop: AdminClient) -> None:
    """A pushed file may have the name of another value than the one in it: that one stays."""
    source = zipfile.ZipFile(content := io.BytesIO(), "w")
    source.writestr("realm_config.json", b'{"app_id": "x", "config_version": 20210101, "name": "x"}')
    source.writestr("values/new.json", b'{"name": "old", "value": 1}')
    source.close()
    headers = {"Content-Type": "application/zip"} | bearer(shop.token)
    assert shop.http.send("POST", f"{ADMIN}{shop.app}/import", content.getvalue(), headers).status == 204
    assert shop.of_app("POST", "/values", {"name": "new", "value": 2}).status == 201
    assert sorted(one["name"] for one in shop.of_app("GET", "/values").json) == ["new", "old"]


def test_an_import_that_names_two_objects_alike_is_refused(shop: AdminClient) -> None:
    """Neither is dropped in silence; nothing is deployed."""
    values = [{"name": "v", "value": number, "from_secret": False} for number in range(2)]
    refused = shop.of_app("POST", "/import", {"name": "shop", "values": values})
    assert_refused(refused, 400, "ImportAppError", "two parts of the body would both be values/v.json")
    assert shop.of_app("GET", "/values").json == []


def test_tests_are_no_functions(shop: AdminClient) -> None:
    """Files of tests stay with the app and are not listed among its functions."""
    sources = {"f.js": "exports = () => 1;", "f.test.js": "it('is one', () => {});"}
    assert shop.of_app("POST", "/import", {"name": "shop", "functions": {"sources": sources}}).status == 204
    assert [one["name"] for one in shop.of_app("GET", "/functions").json] == ["f"]
    exported = zipfile.ZipFile(io.BytesIO(shop.of_app("GET", "/export").body)).namelist()
    assert "functions/f.test.js" in exported
