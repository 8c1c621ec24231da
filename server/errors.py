"""What the server says when it refuses: App Services' error codes and their HTTP status (contract 1.8)."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

LONGEST_SHOWN = 128
"""Characters of a name that a message repeats; names have at most 64 (contract 4.5), folders included more."""


class ErrorCode(StrEnum):
    """The `error_code` values that clients read (contract 1.8)."""

    ACCOUNT_NAME_IN_USE = "AccountNameInUse"
    ALLOWED_IP_ALREADY_EXISTS = "AllowedIPAlreadyExists"
    ALLOWED_IP_NOT_FOUND = "AllowedIPNotFound"
    API_KEY_ALREADY_EXISTS = "APIKeyAlreadyExists"
    API_KEY_NOT_FOUND = "APIKeyNotFound"
    APP_DEPENDENCIES_NOT_FOUND = "AppDependenciesNotFound"
    AUTH_ERROR = "AuthError"
    AUTH_PROVIDER_ALREADY_EXISTS = "AuthProviderAlreadyExists"
    AUTH_PROVIDER_NOT_FOUND = "AuthProviderNotFound"
    BEHIND_CURRENT_VERSION = "BehindCurrentVersion"
    BAD_REQUEST = "BadRequest"
    DEFAULT_RULE_ALREADY_EXISTS = "DefaultRuleAlreadyExists"
    DEFAULT_RULE_NOT_FOUND = "DefaultRuleNotFound"
    DEPLOYMENT_NOT_FOUND = "DeploymentNotFound"
    DOMAIN_NOT_ALLOWED = "DomainNotAllowed"
    DRAFT_ALREADY_EXISTS = "DraftAlreadyExists"
    DRAFT_NOT_FOUND = "DraftNotFound"
    ENDPOINT_DUPLICATE_KEY = "EndpointDuplicateKey"
    ENDPOINT_NOT_FOUND = "EndpointNotFound"
    ENVIRONMENT_VALUE_DUPLICATE_NAME = "EnvironmentValueDuplicateName"
    ENVIRONMENT_VALUE_NOT_FOUND = "EnvironmentValueNotFound"
    EVENT_SUBSCRIPTION_DUPLICATE_NAME = "EventSubscriptionDuplicateName"
    EVENT_SUBSCRIPTION_NOT_FOUND = "EventSubscriptionNotFound"
    EXECUTION_MEMORY_LIMIT_EXCEEDED = "ExecutionMemoryLimitExceeded"
    EXECUTION_TIME_LIMIT_EXCEEDED = "ExecutionTimeLimitExceeded"
    FORBIDDEN = "Forbidden"
    FUNCTION_DUPLICATE_NAME = "FunctionDuplicateName"
    FUNCTION_EXECUTION_ERROR = "FunctionExecutionError"
    FUNCTION_MAX_STACK_DEPTH_ERROR = "FunctionMaxStackDepthError"
    FUNCTION_NOT_FOUND = "FunctionNotFound"
    FUNCTION_UNAVAILABLE = "FunctionUnavailable"
    HTTP_ERROR = "HTTPError"
    IMPORT_APP_ERROR = "ImportAppError"
    INCOMING_WEBHOOK_AUTH_FAILED = "IncomingWebhookAuthFailed"
    INCOMING_WEBHOOK_NOT_FOUND = "IncomingWebhookNotFound"
    INTERNAL_SERVER_ERROR = "InternalServerError"
    INVALID_CLIENT = "invalid_client"
    INVALID_GRANT = "invalid_grant"
    INVALID_REQUEST = "invalid_request"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    INVALID_JSON = "InvalidJSON"
    INVALID_PARAMETER = "InvalidParameter"
    INVALID_REDIRECT_URI = "InvalidRedirectURI"
    INVALID_PASSWORD = "InvalidPassword"  # noqa: S105 - an error code, not a secret
    INVALID_SESSION = "InvalidSession"
    KEY_IN_USE = "KeyInUse"
    LINKING_NOT_SUPPORTED = "LinkingNotSupported"
    MISSING_AUTH_REQ = "MissingAuthReq"
    MISSING_PARAMETER = "MissingParameter"
    MONGODB_ERROR = "MongoDBError"
    NOT_FOUND = "NotFound"
    NO_MATCHING_RULE_FOUND = "NoMatchingRuleFound"
    READ_SIZE_LIMIT_EXCEEDED = "ReadSizeLimitExceeded"
    RECORDING_NOT_FOUND = "RecordingNotFound"
    RECORDING_UNREADABLE = "RecordingUnreadable"
    RESTRICTED_HOST = "RestrictedHost"
    RULE_ALREADY_EXISTS = "RuleAlreadyExists"
    RULE_NOT_FOUND = "RuleNotFound"
    SCHEMA_ALREADY_EXISTS = "SchemaAlreadyExists"
    SCHEMA_NOT_FOUND = "SchemaNotFound"
    SCHEMA_VALIDATION_FAILED_WRITE = "SchemaValidationFailedWrite"
    SECRET_DUPLICATE_NAME = "SecretDuplicateName"  # noqa: S105 - an error code, not a secret
    SECRET_NOT_FOUND = "SecretNotFound"  # noqa: S105 - an error code, not a secret
    SERVICE_ALREADY_EXISTS = "ServiceAlreadyExists"
    SERVICE_NOT_FOUND = "ServiceNotFound"
    TOO_MANY_REQUESTS = "TooManyRequests"
    USERPASS_TOKEN_INVALID = "UserpassTokenInvalid"  # noqa: S105 - an error code, not a secret
    USER_ALREADY_CONFIRMED = "UserAlreadyConfirmed"
    USER_DISABLED = "UserDisabled"
    USER_NOT_FOUND = "UserNotFound"
    VALUE_DUPLICATE_NAME = "ValueDuplicateName"
    VALUE_NOT_FOUND = "ValueNotFound"


STATUS: dict[ErrorCode, HTTPStatus] = {
    ErrorCode.ACCOUNT_NAME_IN_USE: HTTPStatus.CONFLICT,
    ErrorCode.ALLOWED_IP_ALREADY_EXISTS: HTTPStatus.CONFLICT,
    ErrorCode.ALLOWED_IP_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.API_KEY_ALREADY_EXISTS: HTTPStatus.CONFLICT,
    ErrorCode.API_KEY_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.APP_DEPENDENCIES_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.AUTH_ERROR: HTTPStatus.UNAUTHORIZED,
    ErrorCode.AUTH_PROVIDER_ALREADY_EXISTS: HTTPStatus.CONFLICT,
    ErrorCode.AUTH_PROVIDER_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.BEHIND_CURRENT_VERSION: HTTPStatus.CONFLICT,
    ErrorCode.DEFAULT_RULE_ALREADY_EXISTS: HTTPStatus.CONFLICT,
    ErrorCode.DEFAULT_RULE_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.DEPLOYMENT_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.DOMAIN_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    ErrorCode.DRAFT_ALREADY_EXISTS: HTTPStatus.CONFLICT,
    ErrorCode.DRAFT_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.ENDPOINT_DUPLICATE_KEY: HTTPStatus.CONFLICT,
    ErrorCode.ENDPOINT_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.ENVIRONMENT_VALUE_DUPLICATE_NAME: HTTPStatus.CONFLICT,
    ErrorCode.ENVIRONMENT_VALUE_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.EVENT_SUBSCRIPTION_DUPLICATE_NAME: HTTPStatus.CONFLICT,
    ErrorCode.EVENT_SUBSCRIPTION_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorCode.FUNCTION_DUPLICATE_NAME: HTTPStatus.CONFLICT,
    ErrorCode.FUNCTION_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.FUNCTION_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.INCOMING_WEBHOOK_AUTH_FAILED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.INCOMING_WEBHOOK_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.KEY_IN_USE: HTTPStatus.FORBIDDEN,
    ErrorCode.INTERNAL_SERVER_ERROR: HTTPStatus.INTERNAL_SERVER_ERROR,
    ErrorCode.INVALID_CLIENT: HTTPStatus.UNAUTHORIZED,
    ErrorCode.INVALID_PASSWORD: HTTPStatus.UNAUTHORIZED,
    ErrorCode.INVALID_SESSION: HTTPStatus.UNAUTHORIZED,
    ErrorCode.MISSING_AUTH_REQ: HTTPStatus.UNAUTHORIZED,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.NO_MATCHING_RULE_FOUND: HTTPStatus.FORBIDDEN,
    ErrorCode.READ_SIZE_LIMIT_EXCEEDED: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.RECORDING_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.RECORDING_UNREADABLE: HTTPStatus.CONFLICT,
    ErrorCode.RULE_ALREADY_EXISTS: HTTPStatus.CONFLICT,
    ErrorCode.RULE_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.SCHEMA_ALREADY_EXISTS: HTTPStatus.CONFLICT,
    ErrorCode.SCHEMA_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.SECRET_DUPLICATE_NAME: HTTPStatus.CONFLICT,
    ErrorCode.SECRET_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.SERVICE_ALREADY_EXISTS: HTTPStatus.CONFLICT,
    ErrorCode.SERVICE_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.TOO_MANY_REQUESTS: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.USER_DISABLED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.USER_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.VALUE_DUPLICATE_NAME: HTTPStatus.CONFLICT,
    ErrorCode.VALUE_NOT_FOUND: HTTPStatus.NOT_FOUND,
}
"""Every code not named here answers 400."""

OAUTH_CODES = frozenset(
    {ErrorCode.INVALID_CLIENT, ErrorCode.INVALID_GRANT, ErrorCode.INVALID_REQUEST, ErrorCode.UNSUPPORTED_GRANT_TYPE}
)
"""The codes of RFC 6749, 5.2: their answers have that standard's form."""


class AppError(Exception):
    """A refusal whose text a caller may see; what caused it (`__cause__`) is only logged."""

    def __init__(self, code: ErrorCode, message: str, *, retry_after: int | None = None) -> None:
        """Refuse; `retry_after` are the seconds after which it may be tried again."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after

    @property
    def status(self) -> HTTPStatus:
        """The HTTP status of the answer."""
        return STATUS.get(self.code, HTTPStatus.BAD_REQUEST)


def quoted(name: str) -> str:
    """A name that somebody sent, as a message shows it: between quotes, and cut where none of ours is that long."""
    return f"'{name}'" if len(name) <= LONGEST_SHOWN else f"'{name[:LONGEST_SHOWN]}...'"
