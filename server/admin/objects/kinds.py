"""The kinds of objects that the Admin API edits, a row each (contract 12.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from server.admin.objects.environments import EnvironmentEntries
from server.admin.objects.forms import (
    EnvironmentValueForm,
    FunctionForm,
    NamedForm,
    ProviderForm,
    SchemaForm,
    ServiceForm,
)  # fmt: skip
from server.admin.objects.functions import FunctionFiles
from server.admin.objects.rules import RuleFiles
from server.admin.objects.schemas import SchemaFiles
from server.admin.objects.services import ServiceFiles
from server.admin.objects.storage import ArrayEntries, FileEach, JsonObject, ObjectEntries, Storage
from server.apps.data_source_files import RulesFile
from server.apps.manifest import EndpointEntry, ValueFile
from server.apps.trigger_files import TriggerFile
from server.errors import AppError, ErrorCode

SUCCESSFUL, NO_CONTENT = 200, 204


def _by_route(value: JsonObject) -> str:
    return f"{value.get('http_method')} {value.get('route')}"


def _everything(value: JsonObject) -> JsonObject:
    return value


def _of_service(value: JsonObject) -> JsonObject:
    return _only("name", "type")(value) | {"version": 1}


def _only(*fields: str) -> Callable[[JsonObject], JsonObject]:
    return lambda value: {field: value[field] for field in fields if field in value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind: its route, where it is kept, its body, what a list shows, how an update answers, and its refusals.

    `identified_by` are the fields, all of text, that make an object itself; `is_dated`: lists say when the app changed.
    """

    route: str
    word: str
    storage: Storage
    form: type[BaseModel]
    in_list: Callable[[JsonObject], JsonObject] = _everything
    identified_by: tuple[str, ...] = ("name",)
    is_dated: bool = False
    update_status: int = NO_CONTENT
    not_found: ErrorCode
    already_exists: ErrorCode

    def checked(self, value: JsonObject) -> JsonObject:
        """The object, if it says what it is. Raises AppError: MissingParameter, InvalidParameter."""
        for name in self.identified_by:
            if name not in value:
                raise AppError(ErrorCode.MISSING_PARAMETER, f"'{name}' is a required string.")
            if not isinstance(value[name], str) or not value[name]:
                raise AppError(ErrorCode.INVALID_PARAMETER, f"'{name}' must be a string that is not empty")
        return value


KINDS: Mapping[str, Kind] = {
    kind.route: kind
    for kind in (
        Kind(
            route="functions",
            word="function",
            storage=FunctionFiles(),
            in_list=_only("name", "private", "run_as_system", "can_evaluate", "disable_arg_logs"),
            form=FunctionForm,
            not_found=ErrorCode.FUNCTION_NOT_FOUND,
            already_exists=ErrorCode.FUNCTION_DUPLICATE_NAME,
        ),
        Kind(
            route="auth_providers",
            word="auth provider",
            storage=ObjectEntries(path="auth/providers.json"),
            in_list=_only("name", "type", "disabled"),
            form=ProviderForm,
            not_found=ErrorCode.AUTH_PROVIDER_NOT_FOUND,
            already_exists=ErrorCode.AUTH_PROVIDER_ALREADY_EXISTS,
        ),
        Kind(
            route="values",
            word="value",
            storage=FileEach(folder="values"),
            in_list=_only("name", "private", "from_secret"),
            update_status=SUCCESSFUL,
            form=ValueFile,
            not_found=ErrorCode.VALUE_NOT_FOUND,
            already_exists=ErrorCode.VALUE_DUPLICATE_NAME,
        ),
        Kind(
            route="environment_values",
            word="environment value",
            storage=EnvironmentEntries(),
            in_list=_only("name"),
            is_dated=True,
            form=EnvironmentValueForm,
            not_found=ErrorCode.ENVIRONMENT_VALUE_NOT_FOUND,
            already_exists=ErrorCode.ENVIRONMENT_VALUE_DUPLICATE_NAME,
        ),
        Kind(
            route="schemas",
            word="schema",
            storage=SchemaFiles(),
            identified_by=(),
            form=SchemaForm,
            not_found=ErrorCode.SCHEMA_NOT_FOUND,
            already_exists=ErrorCode.SCHEMA_ALREADY_EXISTS,
        ),
        Kind(
            route="triggers",
            word="trigger",
            storage=FileEach(folder="triggers"),
            form=TriggerFile,
            not_found=ErrorCode.EVENT_SUBSCRIPTION_NOT_FOUND,
            already_exists=ErrorCode.EVENT_SUBSCRIPTION_DUPLICATE_NAME,
        ),
        Kind(
            route="services",
            word="service",
            storage=ServiceFiles(),
            in_list=_of_service,
            is_dated=True,
            form=ServiceForm,
            not_found=ErrorCode.SERVICE_NOT_FOUND,
            already_exists=ErrorCode.SERVICE_ALREADY_EXISTS,
        ),
        Kind(
            route="endpoints",
            word="endpoint",
            storage=ArrayEntries(path="http_endpoints/config.json", key=_by_route),
            identified_by=("http_method", "route"),
            form=EndpointEntry,
            not_found=ErrorCode.ENDPOINT_NOT_FOUND,
            already_exists=ErrorCode.ENDPOINT_DUPLICATE_KEY,
        ),
        Kind(
            route="log_forwarders",
            word="log forwarder",
            storage=FileEach(folder="log_forwarders"),
            form=NamedForm,
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
        identified_by=("database", "collection"),
        form=RulesFile,
        not_found=ErrorCode.RULE_NOT_FOUND,
        already_exists=ErrorCode.RULE_ALREADY_EXISTS,
    )
