"""The files of an exported app as authors write them: what all have in common, and the smaller ones (contract 9.1).

Unknown fields are let be.
"""

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
