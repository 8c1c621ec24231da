"""What bodies of objects may say, where that is not what a file says (contract 12.3)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from server.apps.auth_files import ProviderEntry
from server.apps.manifest import FunctionEntry, JsonObject


class NamedForm(BaseModel):
    """Anything that has a name."""

    name: str = Field(min_length=1)


class FunctionForm(FunctionEntry):
    """A function with its source."""

    name: str = Field(min_length=1)
    source: str = ""


class ProviderForm(ProviderEntry):
    """A provider, called by its type."""

    name: str = Field(min_length=1)


class EnvironmentValues(BaseModel):
    """A value for each environment that has it."""

    none: Any = None
    development: Any = None
    testing: Any = None
    qa: Any = None
    production: Any = None


class EnvironmentValueForm(NamedForm):
    """An environment value."""

    values: EnvironmentValues


class SchemaPlace(BaseModel):
    """Of which collection a schema is."""

    data_source: str = Field(min_length=1)
    database: str = Field(min_length=1)
    collection: str = Field(min_length=1)


class SchemaForm(BaseModel):
    """A schema."""

    metadata: SchemaPlace
    schema_: JsonObject = Field(default={}, alias="schema")
    relationships: JsonObject = {}


class ServiceForm(NamedForm):
    """A service of any type."""

    type: str = Field(min_length=1)
    config: JsonObject = {}
    secret_config: JsonObject = {}
