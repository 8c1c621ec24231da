"""A good app folder to write and to spoil."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

Content: TypeAlias = "str | bytes | dict[str, object] | list[object] | None"
WriteApp: TypeAlias = Callable[[Mapping[str, Content]], Path]

GOOD_APP: dict[str, Content] = {
    "realm_config.json": {
        "config_version": 20210101,
        "app_id": "shop-abcde",
        "name": "shop",
        "location": "US-VA",
        "deployment_model": "GLOBAL",
        "environment": "production",
        "allowed_request_origins": ["https://shop.example"],
    },
    "environments/production.json": {"values": {"database": "shop", "limit": 5, "flags": {"a": True}}},
    "environments/no-environment.json": {"values": {}},
    "auth/providers.json": {
        "anon-user": {"name": "anon-user", "type": "anon-user", "disabled": False},
        "api-key": {"name": "api-key", "type": "api-key", "disabled": True},
        "custom-function": {
            "name": "custom-function",
            "type": "custom-function",
            "config": {"authFunctionName": "login"},
            "disabled": False,
        },
    },
    "auth/custom_user_data.json": {
        "enabled": True,
        "mongo_service_name": "mongodb-atlas",
        "database_name": "%(%%environment.values.database)",
        "collection_name": "users",
        "user_id_field": "user_id",
        "on_user_creation_function_name": "auth/created",
    },
    "functions/config.json": [
        {"name": "login", "private": True, "run_as_system": True},
        {"name": "auth/created", "private": True, "can_evaluate": {"%%user.id": {"$oid": "0123456789abcdef01234567"}}},
    ],
    "functions/login.js": "exports = async ({ username }) => username;",
    "functions/auth/created.js": "exports = async (user) => {};",
    "functions/plain.js": "exports = () => 1;",
    "functions/package.json": {"dependencies": {"lodash": "^4.17.21"}},
    "functions/node_modules/lodash/index.js": "module.exports = 1;",
    "triggers/new.json": {
        "name": "new",
        "type": "AUTHENTICATION",
        "config": {"operation_type": "CREATE", "providers": ["custom-function"]},
        "event_processors": {"FUNCTION": {"config": {"function_name": "plain"}}},
    },
    "triggers/old.json": {
        "name": "old",
        "type": "AUTHENTICATION",
        "config": {"operation_type": ["LOGIN", "CREATE"], "providers": ["anon-user", "custom-function"]},
        "function_name": "plain",
    },
    "triggers/database.json": {
        "name": "database",
        "type": "DATABASE",
        "config": {
            "service_name": "mongodb-atlas",
            "database": "shop",
            "collection": "orders",
            "operation_types": ["INSERT", "UPDATE"],
            "match": '{"fullDocument.n": {"$numberLong": "1"}}',
        },
        "function_name": "plain",
    },
    "triggers/nightly.json": {
        "name": "nightly",
        "type": "SCHEDULED",
        "disabled": True,
        "config": {"schedule": "0 3 * * *"},
        "function_name": "plain",
    },
    "values/greeting.json": {"name": "greeting", "value": {"text": "hello"}, "from_secret": False},
    "values/key.json": {"name": "key", "value": "signingKey", "from_secret": True},
    "data_sources/mongodb-atlas/config.json": {
        "name": "mongodb-atlas",
        "type": "mongodb-atlas",
        "config": {"clusterName": "Cluster0"},
    },
    "data_sources/mongodb-atlas/default_rule.json": {"roles": [{"name": "nobody", "apply_when": False}]},
    "data_sources/mongodb-atlas/shop/orders/rules.json": {
        "database": "%(%%environment.values.database)",
        "collection": "orders",
        "roles": [{"name": "owner", "apply_when": {"owner": {"$numberInt": "7"}}, "read": True, "custom": 1}],
    },
    "data_sources/mongodb-atlas/shop/orders/schema.json": {"bsonType": "object", "title": "order"},
    "http_endpoints/config.json": [
        {
            "route": "/pay",
            "http_method": "POST",
            "function_name": "plain",
            "validation_method": "VERIFY_PAYLOAD",
            "secret_name": "signingKey",
            "respond_result": True,
        }
    ],
    "graphql/config.json": {"use_natural_pluralization": True},
    "sync/config.json": "not even JSON",
}


@pytest.fixture
def write_app(tmp_path: Path) -> WriteApp:
    """Writes the good app with some files replaced, or left out where None is given."""

    def write(changes: Mapping[str, Content]) -> Path:
        folder = tmp_path / "shop-folder"
        for path, content in (GOOD_APP | dict(changes)).items():
            if content is not None:
                _write(folder / path, content)
        return folder

    return write


def _write(path: Path, content: str | bytes | dict[str, object] | list[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match content:
        case bytes():
            path.write_bytes(content)
        case str():
            path.write_text(content, encoding="utf-8")
        case _:
            path.write_text(json.dumps(content, indent=4), encoding="utf-8")
