"""The files of an app's triggers as their authors write them (contract 8, 9.1)."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from server.apps.manifest import Array, JsonObject, Manifest

AuthOperationName: TypeAlias = Literal["CREATE", "LOGIN", "DELETE"]
DatabaseOperationName: TypeAlias = Literal[
    "INSERT", "UPDATE", "REPLACE", "DELETE", "CREATE_COLLECTION", "MODIFY_COLLECTION", "RENAME_COLLECTION",
    "DROP_COLLECTION", "SHARD_COLLECTION", "RESHARD_COLLECTION", "REFINE_COLLECTION_SHARD_KEY", "CREATE_INDEXES",
    "DROP_INDEXES", "DROP_DATABASE",
]  # fmt: skip


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
    config: JsonObject = Field(default_factory=dict)


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
    match: JsonObject | str = Field(default_factory=dict)
    project: JsonObject | str = Field(default_factory=dict)
    unordered: bool = False
    maximum_throughput: bool = False
    skip_catchup_events: bool = False
    tolerate_resume_errors: bool = False


class ScheduledTriggerConfig(TriggerConfig):
    """`config` of a scheduled trigger (contract 8.3); both spellings of the second field occur."""

    schedule: str
    skip_catchup_events: bool = False
    skip_catchup_event: bool = False
