"""Judges answers by what their routes declare: the document that is published is the one that is kept to."""

from __future__ import annotations

import json
import re
from functools import cache
from http import HTTPStatus
from typing import Any, cast

from pydantic import TypeAdapter

from server.api.admin.openapi import openapi_document
from server.api.admin.operations import JSON
from server.api.admin.route_table import AdminRoute, admin_routes
from server.api.application import make_application
from server.api.services import Services
from tests.conformance.http_client import Answer


@cache
def routes() -> tuple[tuple[re.Pattern[str], AdminRoute], ...]:
    """All routes with the paths that lead to them; those with fewer variables first."""
    found = sorted(admin_routes(make_application(cast("Services", None))), key=lambda route: len(route.variables))
    return tuple((re.compile(re.sub(r"{\w+}", "[^/]+", route.path)), route) for route in found)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    return openapi_document((route for _, route in routes()), "")


def assert_conforming(method: str, path: str, answer: Answer) -> None:
    """The status is declared; the body, and its type, are as declared for it."""
    place = path.partition("?")[0]
    route = next((one for pattern, one in routes() if one.method == method and pattern.fullmatch(place)), None)
    if route is None:
        assert answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}, (method, path, answer.status)
        return
    declared = document()["paths"][route.path][method.lower()]["responses"]
    assert str(answer.status) in declared, (method, route.path, answer.status, answer.body)
    expected = _type_of(route, answer.status)
    if expected is not None:
        TypeAdapter(expected).validate_python(json.loads(answer.body), strict=True)
    if answer.status == HTTPStatus.NO_CONTENT:
        assert (answer.body, "content-type" in answer.headers) == (b"", False)
    elif answer.status >= HTTPStatus.BAD_REQUEST:
        assert answer.headers["content-type"] == JSON


def _type_of(route: AdminRoute, status: int) -> Any:
    operation = route.operation
    return operation.answer if status == operation.status else operation.also.get(status)
