"""What an app may do, in words: so that a diff names powers that are gained or lost, not only lines that change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from server.apps.model import App, Function

_HOST = re.compile(r"https?://([A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9](?::\d+)?)")
_OUTBOUND = re.compile(r"context\.http|\bfetch\s*\(|require\s*\(")


def powers(app: App) -> set[str]:
    """Every power as a sentence that begins with what has it."""
    return {*_of_functions(app), *_of_ways_in(app), *_of_data(app)}


def changed_powers(before: App | None, after: App) -> list[str]:
    """What the app gains (`+ ...`) and loses (`- ...`), sorted by what has it."""
    old = powers(before) if before is not None else set()
    new = powers(after)
    changes = [f"+ {power}" for power in new - old] + [f"- {power}" for power in old - new]
    return sorted(changes, key=lambda change: (change[2:], change))


def hosts_called(function: Function) -> set[str]:
    """The hosts that the source names; what it puts together at run time is not seen."""
    return set(_HOST.findall(function.source)) if _OUTBOUND.search(function.source) else set()


def _of_functions(app: App) -> Iterator[str]:
    for function in app.functions.values():
        name = f"function {function.name}"
        if function.run_as_system:
            yield f"{name} runs as system"
        if function.run_as_user_id:
            yield f"{name} runs as user {function.run_as_user_id}"
        if function.run_as_user_id_script_source:
            yield f"{name} chooses by a script as whom it runs"
        if not function.private:
            yield f"{name} may be called by clients"
        if function.can_evaluate not in ({}, True):
            yield f"{name} is guarded by can_evaluate"
        for host in hosts_called(function):
            yield f"{name} names the host {host}"


def _of_ways_in(app: App) -> Iterator[str]:
    for provider in app.providers.values():
        if not provider.disabled:
            yield f"provider {provider.type} lets users in"
    for endpoint in app.endpoints:
        if not endpoint.disabled:
            yield f"endpoint {endpoint.http_method} {endpoint.route} runs {endpoint.function_name}"
    for trigger in app.triggers:
        if not trigger.disabled:
            yield f"trigger {trigger.name} runs {trigger.function_name} as system"
    for value in app.values.values():
        if value.secret_name:
            yield f"value {value.name} shows the secret {value.secret_name} to functions"


def _of_data(app: App) -> Iterator[str]:
    for source in app.data_sources.values():
        if source.default_rule is not None and source.default_rule.roles:
            yield f"data source {source.name} has rules for every collection"
        for rules in source.collections:
            if rules.roles or rules.filters:
                yield f"data source {source.name} has rules for {rules.database}.{rules.collection}"
