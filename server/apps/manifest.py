"""The files of an exported app as their authors write them; unknown fields are let be (contract 9.1)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

Element = TypeVar("Element")
Array: TypeAlias = Annotated[tuple[Element, ...], Field(strict=False)]  # JSON gives lists
JsonObject: TypeAlias = dict[str, JsonValue]
Expression: TypeAlias = JsonObject | bool


class Manifest(BaseModel):
    """Frozen and strict about types; a field that holds null counts as left out."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)
    keeps_null: ClassVar[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _leave_out_null(cls, fields: object) -> object:
        if cls.keeps_null or not isinstance(fields, dict):
            return fields
        return {name: value for name, value in fields.items() if value is not None}


class Strict(Manifest):
    """Of a file that is ours alone: a field that does not exist is a mistake."""

    model_config = ConfigDict(extra="forbid")


class RootFile(Manifest):
    """`realm_config.json` or `root_config.json`."""

    config_version: int | None = None
    app_id: str = ""
    name: str = ""
    location: str = ""
    deployment_model: str = ""
    provider_region: str = ""
    environment: Literal["", "no-environment", "development", "testing", "qa", "production"] = ""
    allowed_request_origins: Array[str] = ()


class EnvironmentFile(Manifest):
    """`environments/<tag>.json`."""

    values: JsonObject = {}


class ValueFile(Manifest):
    """`values/<name>.json`."""

    keeps_null: ClassVar[bool] = True
    name: str
    value: JsonValue
    from_secret: bool | None = None


class FunctionEntry(Manifest):
    """An entry of `functions/config.json` (contract 4.3)."""

    name: str
    private: bool = False
    can_evaluate: Expression = {}
    disable_arg_logs: bool = False
    run_as_system: bool = False
    run_as_user_id: str = ""
    run_as_user_id_script_source: str = ""


class PackageFile(Manifest):
    """`functions/package.json`."""

    dependencies: dict[str, str] = {}


class MetadataFieldEntry(Manifest):
    """An entry of a provider's `metadata_fields`."""

    name: str = Field(min_length=1)
    field_name: str = Field(default="", max_length=64)
    required: bool = False


class ProviderEntry(Manifest):
    """A provider of `auth/providers.json`; what `config` means depends on the type."""

    name: str = ""
    type: str
    disabled: bool = False
    config: JsonObject = {}
    secret_config: JsonObject = {}
    metadata_fields: Array[MetadataFieldEntry] = ()
    redirect_uris: Array[str] = ()
    domain_restrictions: Array[str] = ()


class CustomFunctionConfig(Manifest):
    """`config` of custom-function."""

    function_name: str = Field(default="", alias="authFunctionName")


class UserpassConfig(Manifest):
    """`config` of local-userpass (contract 7.2)."""

    auto_confirm: bool = Field(default=False, alias="autoConfirm")
    run_confirmation_function: bool = Field(default=False, alias="runConfirmationFunction")
    confirmation_function_name: str = Field(default="", alias="confirmationFunctionName")
    run_reset_function: bool = Field(default=False, alias="runResetFunction")
    reset_function_name: str = Field(default="", alias="resetFunctionName")
    email_confirmation_url: str = Field(default="", alias="emailConfirmationUrl")
    confirm_email_subject: str = Field(default="", alias="confirmEmailSubject")
    reset_password_url: str = Field(default="", alias="resetPasswordUrl")
    reset_password_subject: str = Field(default="", alias="resetPasswordSubject")


SigningAlgorithm: TypeAlias = Literal[
    "", "HS256", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]


class CustomTokenConfig(Manifest):
    """`config` of custom-token (contract 7.4)."""

    audience: str | Array[str] = ""
    require_any_audience: bool = Field(default=False, alias="requireAnyAudience")
    signing_algorithm: SigningAlgorithm = Field(default="", alias="signingAlgorithm")
    use_jwk_uri: bool = Field(default=False, alias="useJWKURI")
    jwk_uri: str = Field(default="", alias="jwkURI")


class CustomTokenSecrets(Manifest):
    """`secret_config` of custom-token: names of secrets."""

    signing_keys: Array[str] = Field(default=(), alias="signingKeys", max_length=3)


class OAuthConfig(Manifest):
    """`config` of the OAuth providers."""

    client_id: str = Field(default="", alias="clientId")
    open_id: bool = Field(default=False, alias="openId")
    discovery_url: str = Field(default="", alias="discoveryURL")
    scopes: Array[str] = ()
    graph_url: str = Field(default="", alias="graphURL")
    dialog_url: str = Field(default="", alias="dialogURL")


class OAuthSecrets(Manifest):
    """`secret_config` of the OAuth providers: the name of a secret."""

    client_secret: str = Field(default="", alias="clientSecret")


class AccessListEntry(Strict):
    """An entry of `access_list`: an address or a network."""

    address: str = Field(max_length=64)
    comment: str = Field(default="", max_length=256)


class SecurityFile(Manifest):
    """`auth/security.json`; lives in seconds, that of refresh tokens within contract 1.5."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    access_token_expiration: int | None = Field(default=None, ge=1, le=24 * 3600)
    refresh_token_expiration: int | None = Field(default=None, ge=30 * 60, le=5 * 365 * 24 * 3600)
    immediate_revocation: bool = False
    immediate_custom_data: bool = False
    case_sensitive_email: bool = False
    reveal_accounts: bool = False
    allow_common_passwords: bool = False
    access_list: Array[AccessListEntry] | None = Field(default=None, max_length=1000)
    minimum_password_length: int = Field(default=6, ge=6, le=64)
    password_words: Array[str] = Field(default=(), max_length=1000)
    mail_password_changes: bool = True


class CustomUserDataFile(Manifest):
    """`auth/custom_user_data.json` (contract 7.6)."""

    enabled: bool = False
    mongo_service_name: str = ""
    database_name: str = ""
    collection_name: str = ""
    user_id_field: str = ""
    on_user_creation_function_name: str = ""


class FunctionProcessorConfig(Manifest):
    """`event_processors.FUNCTION.config` of a trigger."""

    function_name: str = ""


class FunctionProcessor(Manifest):
    """`event_processors.FUNCTION` of a trigger."""

    config: FunctionProcessorConfig = FunctionProcessorConfig()


class EventProcessors(Manifest):
    """`event_processors` of a trigger, the newer form."""

    function: FunctionProcessor | None = Field(default=None, alias="FUNCTION")
    event_bridge: JsonObject | None = Field(default=None, alias="AWS_EVENTBRIDGE")


class TriggerFile(Manifest):
    """`triggers/*.json`; what `config` means depends on the type."""

    name: str
    type: Literal["AUTHENTICATION", "DATABASE", "SCHEDULED"]
    disabled: bool = False
    function_name: str = ""
    event_processors: EventProcessors = EventProcessors()
    config: JsonObject = {}


AuthOperationName: TypeAlias = Literal["CREATE", "LOGIN", "DELETE"]
DatabaseOperationName: TypeAlias = Literal[
    "INSERT", "UPDATE", "REPLACE", "DELETE", "CREATE_COLLECTION", "MODIFY_COLLECTION", "RENAME_COLLECTION",
    "DROP_COLLECTION", "SHARD_COLLECTION", "RESHARD_COLLECTION", "REFINE_COLLECTION_SHARD_KEY", "CREATE_INDEXES",
    "DROP_INDEXES", "DROP_DATABASE",
]  # fmt: skip


class RetryEntry(Manifest):
    """`retry` of a trigger's `config`; ours, not of App Services. Moments are in seconds."""

    attempts: int = Field(default=5, ge=1, le=100)
    first_delay: float = Field(default=1, ge=0.1, le=86_400)
    longest_delay: float = Field(default=3600, ge=0.1, le=86_400)
    deadline: float = Field(default=86_400, ge=1, le=30 * 86_400)


class TriggerConfig(Manifest):
    """What `config` of every trigger may have beside App Services' own fields."""

    retry: RetryEntry | None = None
    ordered_by: str = ""


class AuthenticationTriggerConfig(TriggerConfig):
    """`config` of an authentication trigger; `operation_type` is a string or a list (contract 8.1)."""

    operation_type: AuthOperationName | Array[AuthOperationName]
    providers: Array[str] = Field(min_length=1)


class DatabaseTriggerConfig(TriggerConfig):
    """`config` of a database trigger (contract 8.2); one export writes `match` as a string of JSON."""

    service_name: str = Field(min_length=1)
    database: str = ""
    collection: str = ""
    operation_types: Array[DatabaseOperationName] = Field(min_length=1)
    full_document: bool = False
    full_document_before_change: bool = False
    match: JsonObject | str = {}
    project: JsonObject | str = {}
    unordered: bool = False
    maximum_throughput: bool = False
    skip_catchup_events: bool = False
    tolerate_resume_errors: bool = False


class ScheduledTriggerConfig(TriggerConfig):
    """`config` of a scheduled trigger (contract 8.3); both spellings of the second field occur."""

    schedule: str
    skip_catchup_events: bool = False
    skip_catchup_event: bool = False


class DataSourceSecrets(Manifest):
    """`secret_config` of a data source: names of secrets (contract 12.3)."""

    uri: str = ""


class DataSourceFile(Manifest):
    """`data_sources/<name>/config.json`."""

    name: str = Field(min_length=1)
    type: Literal["mongodb-atlas", "mongodb", "datalake"]
    config: JsonObject = {}
    secret_config: DataSourceSecrets = DataSourceSecrets()


class RoleEntry(Manifest):
    """What is checked of a role here; the whole role is compiled with the rules."""

    name: str = Field(min_length=1, max_length=100)
    apply_when: Expression = {}


class FilterEntry(Manifest):
    """What is checked of a filter here."""

    name: str = ""
    apply_when: Expression = {}


class RulesFile(Manifest):
    """`rules.json` and `default_rule.json` (contract 10.1)."""

    database: str = ""
    collection: str = ""
    roles: Array[RoleEntry] = ()
    filters: Array[FilterEntry] = ()


class EndpointEntry(Manifest):
    """An entry of `http_endpoints/config.json` (contract 6)."""

    route: str = Field(pattern=r"^/")
    http_method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "*"]
    function_name: str = Field(min_length=1)
    validation_method: Literal["NO_VALIDATION", "SECRET_AS_QUERY_PARAM", "VERIFY_PAYLOAD"] = "NO_VALIDATION"
    secret_name: str = ""
    respond_result: bool = False
    return_type: Literal["JSON", "EJSON"] = "JSON"
    fetch_custom_user_data: bool = False
    create_user_on_auth: bool = False
    disabled: bool = False
