"""The triggers of an app folder, in their older and newer form (contract 8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from server.apps.authentication import ProviderType
from server.apps.cron import CronError, parse_cron
from server.apps.manifest import JsonObject
from server.apps.model import (
    AuthenticationEvents,
    AuthOperation,
    DatabaseEvents,
    DataSource,
    Function,
    Schedule,
    Trigger,
    TriggerEvents,
)
from server.apps.names import why_not_trigger
from server.apps.reading import Reading
from server.apps.sources import known_function
from server.apps.strict_json import JsonError, parse
from server.apps.trigger_files import (
    AuthenticationTriggerConfig,
    DatabaseTriggerConfig,
    RetryEntry,
    ScheduledTriggerConfig,
    TriggerConfig,
    TriggerFile,
)
from server.ejson import Document
from server.events import ONCE, Retry


def read_triggers(
    reading: Reading, functions: Mapping[str, Function], data_sources: Mapping[str, DataSource]
) -> tuple[Trigger, ...]:
    """All triggers in the order of their files, whose names carry no other meaning."""
    triggers: dict[str, Trigger] = {}
    for file in reading.files.files("triggers", ".json"):
        entry = reading.manifest(file, TriggerFile)
        if entry is None:
            continue
        if why := why_not_trigger(entry.name):
            reading.problem(file, "name", why)
        if entry.name in triggers:
            reading.problem(file, "name", f"the trigger {entry.name!r} appears twice")
        function_name = _function_name(reading, functions, file, entry)
        events = _events(reading, file, entry, data_sources)
        if events is not None:
            ours = TriggerConfig.model_validate(entry.config)
            triggers[entry.name] = Trigger(
                name=entry.name, function_name=function_name, events=events, disabled=entry.disabled,
                retry=_retry(ours.retry), ordered_by=ours.ordered_by,
            )  # fmt: skip
    return tuple(triggers.values())


def _function_name(reading: Reading, functions: Mapping[str, Function], file: str, entry: TriggerFile) -> str:
    processors = entry.event_processors
    if processors.function is not None:
        place = "event_processors.FUNCTION.config.function_name"
        return known_function(reading, functions, file, place, processors.function.config.function_name)
    if processors.event_bridge is not None and not entry.function_name:
        reading.problem(file, "event_processors.AWS_EVENTBRIDGE", "only triggers that run a function can be served")
        return ""
    return known_function(reading, functions, file, "function_name", entry.function_name)


def _retry(entry: RetryEntry | None) -> Retry:
    if entry is None:
        return ONCE
    return Retry(
        attempts=entry.attempts,
        first_delay=timedelta(seconds=entry.first_delay),
        longest_delay=timedelta(seconds=entry.longest_delay),
        deadline=timedelta(seconds=entry.deadline),
    )


def _events(
    reading: Reading, file: str, entry: TriggerFile, data_sources: Mapping[str, DataSource]
) -> TriggerEvents | None:
    match entry.type:
        case "AUTHENTICATION":
            return _authentication_events(reading, file, entry)
        case "DATABASE":
            return _database_events(reading, file, entry, data_sources)
        case "SCHEDULED":
            return _schedule(reading, file, entry)


def _authentication_events(reading: Reading, file: str, entry: TriggerFile) -> AuthenticationEvents | None:
    config = reading.check(file, "config", entry.config, AuthenticationTriggerConfig)
    if config is None:
        return None
    for index, provider_type in enumerate(config.providers):
        if provider_type not in list(ProviderType):
            reading.problem(file, f"config.providers.{index}", f"unknown provider type {provider_type!r}")
    operations = config.operation_type
    return AuthenticationEvents(
        operations=frozenset(map(AuthOperation, (operations,) if isinstance(operations, str) else operations)),
        providers=frozenset(config.providers),
    )


def _database_events(
    reading: Reading, file: str, entry: TriggerFile, data_sources: Mapping[str, DataSource]
) -> DatabaseEvents | None:
    config = reading.check(file, "config", entry.config, DatabaseTriggerConfig)
    if config is None:
        return None
    if config.service_name not in data_sources:
        reading.problem(file, "config.service_name", f"there is no data source {config.service_name!r}")
    return DatabaseEvents(
        service_name=config.service_name,
        database=config.database,
        collection=config.collection,
        operations=frozenset(config.operation_types),
        full_document=config.full_document,
        full_document_before_change=config.full_document_before_change,
        match=_expression(reading, file, "config.match", config.match),
        project=_expression(reading, file, "config.project", config.project),
        unordered=config.unordered,
        maximum_throughput=config.maximum_throughput,
        skip_catchup_events=config.skip_catchup_events,
        tolerate_resume_errors=config.tolerate_resume_errors,
    )


def _expression(reading: Reading, file: str, place: str, expression: JsonObject | str) -> Document:
    """Extended JSON, or a string of it."""
    if not isinstance(expression, str):
        return reading.document(file, place, expression)
    try:
        return reading.document(file, place, parse(expression) if expression.strip() else {})
    except JsonError as error:
        reading.problem(file, place, str(error))
        return {}


def _schedule(reading: Reading, file: str, entry: TriggerFile) -> Schedule | None:
    config = reading.check(file, "config", entry.config, ScheduledTriggerConfig)
    if config is None:
        return None
    try:
        cron = parse_cron(config.schedule)
    except CronError as error:
        reading.problem(file, "config.schedule", str(error))
        return None
    return Schedule(cron=cron, skip_catchup_events=config.skip_catchup_events or config.skip_catchup_event)
