"""An app as the server runs it: frozen records of everything its folder configures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from runtime.modules.files import FilesInMemory, ModuleFiles
from server.apps.authentication import CustomUserData, MailKind, MailTemplate, Provider, SecuritySettings
from server.apps.cron import Cron
from server.apps.policy import Policy
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode, quoted
from server.events import ONCE, Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function: its source and whom it serves (contract 4.3)."""

    name: str
    source: str = field(repr=False)
    file: str = ""
    """Relative to the folder `functions`."""
    private: bool = False
    can_evaluate: Document | bool = field(default_factory=dict)
    disable_arg_logs: bool = False
    run_as_system: bool = False
    run_as_user_id: str = ""
    run_as_user_id_script_source: str = ""


class AuthOperation(StrEnum):
    """What authentication triggers wait for (contract 8.1)."""

    CREATE = "CREATE"
    LOGIN = "LOGIN"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationEvents:
    """Fires on these operations by these provider types."""

    operations: frozenset[AuthOperation]
    providers: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseEvents:
    """Fires on changes of a collection, a database (no collection) or a data source (neither) (contract 8.2)."""

    service_name: str
    database: str
    collection: str
    operations: frozenset[str]
    full_document: bool
    full_document_before_change: bool
    match: Document
    project: Document
    unordered: bool
    maximum_throughput: bool
    skip_catchup_events: bool
    tolerate_resume_errors: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Fires by five cron fields, in UTC (contract 8.3)."""

    cron: Cron
    skip_catchup_events: bool


TriggerEvents: TypeAlias = AuthenticationEvents | DatabaseEvents | Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A function to run, as system, when its events happen (contract 8).

    `ordered_by` is the dotted path of a field in the event: events that have the same value there run one at a time.
    """

    name: str
    function_name: str
    events: TriggerEvents
    disabled: bool = False
    retry: Retry = ONCE
    ordered_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueDefinition:
    """What `context.values.get(name)` gives: plain JSON, or the text of the secret `secret_name`."""

    name: str
    value: Value = field(repr=False)
    secret_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The active environment: its tag and its values, as plain JSON (contract 9.3)."""

    tag: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRules:
    """The rules and the schema of one collection, EJSON decoded, not compiled (contract 10.1, 10.5)."""

    database: str
    collection: str
    roles: tuple[Document, ...] = ()
    filters: tuple[Document, ...] = ()
    schema: Document | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultRule:
    """The rules of collections that have no role of their own."""

    roles: tuple[Document, ...] = ()
    filters: tuple[Document, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """A linked database, by the name that functions pass to `context.services.get` (contract 9.5)."""

    name: str
    type: str
    config: Document = field(default_factory=dict)
    uri: str | None = field(default=None, repr=False)
    """Where its MongoDB is, if a secret of the app says so."""
    default_rule: DefaultRule | None = None
    collections: tuple[CollectionRules, ...] = ()

    def rules_for(self, database: str, collection: str) -> CollectionRules | None:
        """The collection's own rules; None where the folder has none."""
        for rules in self.collections:
            if (rules.database, rules.collection) == (database, collection):
                return rules
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An HTTPS endpoint; `secret` is the text of the secret that its validation method needs (contract 6).

    `http_method` `*` takes every method. Of an incoming webhook, the older form, `route` is
    `/service/<service>/incoming_webhook/<name>`.
    """

    route: str
    http_method: str
    function_name: str
    validation_method: str
    secret: str | None = field(default=None, repr=False)
    respond_result: bool
    return_type: str
    fetch_custom_user_data: bool
    create_user_on_auth: bool
    disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A whole app, every reference in it resolved.

    `app_id` is the client app id; `id` and `domain_id` are derived from it. `version` is a SHA-256
    over the content of the folder: it changes with any file, not with a file's formatting nor with a secret's text.
    """

    app_id: str
    id: str
    group_id: str
    domain_id: str
    version: str
    name: str
    location: str = ""
    deployment_model: str = ""
    provider_region: str = ""
    environment: Environment = field(default_factory=Environment)
    allowed_request_origins: tuple[str, ...] = ()
    functions: Mapping[str, Function] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    custom_user_data: CustomUserData = field(default_factory=CustomUserData)
    security: SecuritySettings = field(default_factory=SecuritySettings)
    mail_templates: Mapping[MailKind, MailTemplate] = field(default_factory=dict)
    triggers: tuple[Trigger, ...] = ()
    values: Mapping[str, ValueDefinition] = field(default_factory=dict)
    data_sources: Mapping[str, DataSource] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()
    webhooks: tuple[Endpoint, ...] = ()
    dependencies: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    open_packages: Callable[[], ModuleFiles] = field(default=FilesInMemory, repr=False, compare=False)
    has_archive: bool = False
    """Whether its packages are in an archive, which takes a while to open."""

    def function(self, name: str) -> Function:
        """The function of that name, private or not; FunctionNotFound where there is none."""
        try:
            return self.functions[name]
        except KeyError:
            raise AppError(ErrorCode.FUNCTION_NOT_FOUND, f"function not found: {quoted(name)}") from None

    def provider(self, provider_type: str) -> Provider:
        """The enabled provider; AuthProviderNotFound where there is none, AuthError where it is disabled."""
        provider = self.providers.get(provider_type)
        if provider is None:
            raise AppError(ErrorCode.AUTH_PROVIDER_NOT_FOUND, f"auth provider not found: {quoted(provider_type)}")
        if provider.disabled:
            raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
        return provider

    def data_source(self, name: str) -> DataSource:
        """The data source of that name; ServiceNotFound where there is none."""
        try:
            return self.data_sources[name]
        except KeyError:
            raise AppError(ErrorCode.SERVICE_NOT_FOUND, f"service not found: {quoted(name)}") from None

    def triggers_for(self, operation: AuthOperation, provider_type: str) -> tuple[Trigger, ...]:
        """The enabled authentication triggers that wait for this operation by this provider, by file name."""
        return tuple(
            trigger
            for trigger in self.triggers
            if not trigger.disabled
            and isinstance(trigger.events, AuthenticationEvents)
            and operation in trigger.events.operations
            and provider_type in trigger.events.providers
        )
