"""The kinds of objects that the Admin API edits, a row each (contract 12.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.admin.objects.functions import FunctionFiles
from server.admin.objects.rules import RuleFiles
from server.admin.objects.storage import ArrayEntries, FileEach, JsonObject, ObjectEntries, Storage
from server.errors import ErrorCode

SUCCESSFUL, NO_CONTENT = 200, 204


def _by_route(value: JsonObject) -> str:
    return f"{value.get('http_method')} {value.get('route')}"


def _everything(value: JsonObject) -> JsonObject:
    return value


def _only(*fields: str) -> Callable[[JsonObject], JsonObject]:
    return lambda value: {field: value[field] for field in fields if field in value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind: its route, where it is kept, what a list shows, how an update answers, and its refusals."""

    route: str
    word: str
    storage: Storage
    in_list: Callable[[JsonObject], JsonObject] = _everything
    update_status: int = NO_CONTENT
    not_found: ErrorCode
    already_exists: ErrorCode


KINDS: Mapping[str, Kind] = {
    kind.route: kind
    for kind in (
        Kind(
            route="functions",
            word="function",
            storage=FunctionFiles(),
            in_list=_only("name", "private", "run_as_system", "can_evaluate", "disable_arg_logs"),
            not_found=ErrorCode.FUNCTION_NOT_FOUND,
            already_exists=ErrorCode.FUNCTION_DUPLICATE_NAME,
        ),
        Kind(
            route="auth_providers",
            word="auth provider",
            storage=ObjectEntries(path="auth/providers.json"),
            in_list=_only("name", "type", "disabled"),
            not_found=ErrorCode.AUTH_PROVIDER_NOT_FOUND,
            already_exists=ErrorCode.AUTH_PROVIDER_ALREADY_EXISTS,
        ),
        Kind(
            route="values",
            word="value",
            storage=FileEach(folder="values"),
            in_list=_only("name", "private", "from_secret"),
            update_status=SUCCESSFUL,
            not_found=ErrorCode.VALUE_NOT_FOUND,
            already_exists=ErrorCode.VALUE_DUPLICATE_NAME,
        ),
        Kind(
            route="triggers",
            word="trigger",
            storage=FileEach(folder="triggers"),
            not_found=ErrorCode.EVENT_SUBSCRIPTION_NOT_FOUND,
            already_exists=ErrorCode.EVENT_SUBSCRIPTION_DUPLICATE_NAME,
        ),
        Kind(
            route="services",
            word="service",
            storage=FileEach(folder="data_sources", suffix="/config.json"),
            in_list=_only("name", "type", "version"),
            not_found=ErrorCode.SERVICE_NOT_FOUND,
            already_exists=ErrorCode.SERVICE_ALREADY_EXISTS,
        ),
        Kind(
            route="endpoints",
            word="endpoint",
            storage=ArrayEntries(path="http_endpoints/config.json", key=_by_route),
            not_found=ErrorCode.ENDPOINT_NOT_FOUND,
            already_exists=ErrorCode.ENDPOINT_DUPLICATE_KEY,
        ),
        Kind(
            route="log_forwarders",
            word="log forwarder",
            storage=FileEach(folder="log_forwarders"),
            not_found=ErrorCode.NOT_FOUND,
            already_exists=ErrorCode.BAD_REQUEST,
        ),
    )
}


def rules_of(service: str) -> Kind:
    """The rules of one data source's collections."""
    return Kind(
        route="rules",
        word="rule",
        storage=RuleFiles(source=service),
        not_found=ErrorCode.RULE_NOT_FOUND,
        already_exists=ErrorCode.RULE_ALREADY_EXISTS,
    )
