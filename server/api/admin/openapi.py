"""The OpenAPI document of the Admin API, made of the route table and of the types that routes declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from server.admin.access import Power
from server.admin.objects.kinds import KINDS
from server.api.admin.operations import CHANGES, FILE, FORM, JSON, ZIP, Door, Operation
from server.api.admin.route_table import AdminRoute
from server.errors import STATUS, ErrorCode

Schema: TypeAlias = dict[str, Any]

VERSION: Final = "3.1.0"
"""Of OpenAPI, whose schemas are JSON Schema 2020-12: what pydantic writes."""
_ID: Final = "^[0-9a-f]{24}$"
_FORM: Final[Schema] = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary"}},
    "required": ["file"],
}
_TOKENS: Final[Mapping[Door, str]] = {Door.ADMINISTRATOR: "access_token", Door.REFRESH_TOKEN: "refresh_token"}
_ERROR: Final[Schema] = {
    "type": "object",
    "description": "Why a request was refused; `link` leads to the log entry (contract 1.8).",
    "properties": {
        "error": {"type": "string"},
        "error_code": {"enum": sorted(code.value for code in ErrorCode)},
        "link": {"type": "string"},
    },
    "required": ["error", "error_code", "link"],
    "additionalProperties": False,
}
_ANYWHERE: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS)
_OF_A_BODY: Final = (HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
_OF_A_TOKEN: Final = (HTTPStatus.UNAUTHORIZED,)
_OF_A_POWER: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


def openapi_document(routes: Iterable[AdminRoute], url: str) -> Schema:
    """The document; `url` is where the server answers."""
    document = _Document()
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = document.operation(route)
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "openapi": VERSION,
        "info": {
            "title": "Vestibule Admin API",
            "version": "3.0",
            "description": "What administrators ask for: apps, their parts, users, deployments, logs.",
        },
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": document.schemas,
            "securitySchemes": dict.fromkeys(_TOKENS.values(), scheme),
        },
    }


class _Document:
    """Collects the schemas that operations name."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {"Error": _ERROR}

    def operation(self, route: AdminRoute) -> Schema:
        """One method of one path."""
        declared = route.operation
        described: Schema = {
            "operationId": f"{route.endpoint.partition('.')[2]}{''.join(f'_{one}' for one in route.choices.values())}",
            "tags": [route.endpoint.partition(".")[0].removeprefix("admin_")],
            "summary": route.summary,
            "parameters": [*map(_path_parameter, route.variables), *self._query(declared)],
            "responses": self._responses(declared),
            "security": _security(declared),
            "x-power": str(declared.allowed),
        }
        body = self._body(route)
        return described | ({"requestBody": body} if body else {})

    def _query(self, declared: Operation) -> list[Schema]:
        if declared.query is None:
            return []
        schema = self._schema(declared.query, inline=True)
        required = schema.get("required", [])
        return [
            {"name": name, "in": "query", "required": name in required, "schema": described}
            for name, described in schema.get("properties", {}).items()
        ]

    def _body(self, route: AdminRoute) -> Schema | None:
        declared = route.operation
        if declared.body is None:
            return None
        form = KINDS[route.choices["kind"]].form if route.choices.get("kind") and route.method != "PATCH" else None
        schemas = {FORM: _FORM, ZIP: _binary(), CHANGES: _binary(), FILE: _binary()}
        schemas[JSON] = self._schema(form or declared.body)
        return {"content": {type_: {"schema": schemas[type_]} for type_ in declared.body_types}, "required": True}

    def _responses(self, declared: Operation) -> Schema:
        refusals = {int(status) for status in _refusals(declared)} | {
            int(STATUS.get(code, HTTPStatus.BAD_REQUEST)) for code in declared.refusals
        }
        error = {"description": "Refused", "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}}
        return {
            str(declared.status): self._answer(declared),
            **{str(status): self._also(answer) for status, answer in declared.also.items()},
            **{str(status): error for status in sorted(refusals)},
        }

    def _answer(self, declared: Operation) -> Schema:
        if declared.answer is not None:
            return self._json(declared.answer)
        if declared.answer_type == JSON:
            return {"description": "Done"}
        types = {declared.answer_type: {"schema": _binary()}, **{name: {"schema": {}} for name in declared.also_types}}
        return {"description": "A file", "content": types}

    def _also(self, answer: Any) -> Schema:
        return {"description": "Done"} if answer is None else self._json(answer)

    def _json(self, answer: Any) -> Schema:
        schema = self._schema(answer, mode="serialization")
        return {"description": "The answer", "content": {JSON: {"schema": schema}}}

    def _schema(self, described: Any, *, mode: JsonSchemaMode = "validation", inline: bool = False) -> Schema:
        schema = TypeAdapter(described).json_schema(mode=mode, ref_template="#/components/schemas/{model}")
        self.schemas |= schema.pop("$defs", {})
        name = schema.get("title")
        if inline or not isinstance(name, str) or "properties" not in schema:
            return schema
        self.schemas[name] = schema
        return {"$ref": f"#/components/schemas/{name}"}


def _refusals(declared: Operation) -> tuple[HTTPStatus, ...]:
    of_a_body = _OF_A_BODY if declared.body is not None else ()
    if isinstance(declared.allowed, Power):
        return (*_ANYWHERE, *_OF_A_POWER, *of_a_body, *_conflicts(declared))
    return (*_ANYWHERE, *_OF_A_TOKEN, *of_a_body, HTTPStatus.FORBIDDEN)


def _conflicts(declared: Operation) -> tuple[HTTPStatus, ...]:
    """What changes an app may meet another change."""
    return (HTTPStatus.CONFLICT,) if declared.allowed is Power.DEPLOY else ()


def _path_parameter(name: str) -> Schema:
    is_id = name.endswith("_id") and re.fullmatch(r"(group|internal|object|service|user|draft|deployment)_id", name)
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string"} | ({"pattern": _ID} if is_id else {"minLength": 1}),
    }


def _security(declared: Operation) -> list[Schema]:
    if declared.allowed is Door.ANYBODY:
        return []
    token = _TOKENS.get(declared.allowed) if isinstance(declared.allowed, Door) else None
    return [{token or _TOKENS[Door.ADMINISTRATOR]: []}]


def _binary() -> Schema:
    return {"type": "string", "format": "binary"}
