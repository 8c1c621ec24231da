"""Examines what is configured beside functions: rules, endpoints, triggers, values, secrets, and what is not served."""

from __future__ import annotations

from typing import Final

from server.apps.model import DataSource
from server.doctor.code import Code
from server.doctor.findings import Part, PartKind, Severity, Verdict
from server.doctor.scene import Scene
from server.rules.compile import RulesError, compile_rules

_NOT_SERVED: Final = (
    ("sync/config.json", "Device Sync is not served"),
    ("graphql/config.json", "GraphQL is not served"),
    ("hosting/config.json", "hosting is not served"),
    ("data_api_config.json", "the Data API is not served"),
    ("http_endpoints/data_api_config.json", "the Data API is not served"),
)


def examine_settings(scene: Scene, code: Code) -> None:
    """Say what is wrong with each part, functions being examined before."""
    for source in scene.app.data_sources.values():
        _examine_rules(scene, source)
    _examine_open_endpoints(scene)
    _examine_values(scene, code)
    _examine_secrets(scene)
    _examine_unserved(scene)
    _draw_consequences(scene)


def _examine_rules(scene: Scene, source: DataSource) -> None:
    try:
        compile_rules(source.collections, source.default_rule)
    except RulesError as error:
        for problem in error.problems:
            place = f"{problem.database}.{problem.collection}" if problem.database else "default rule"
            part = _named(scene, PartKind.RULE, f"{source.name}: {place}") or scene.whole
            file, line = scene.files.place(*_place(part, problem.path))
            text = f"{problem.path}: {problem.message}"
            part.add(Severity.FAILS, text, advice="see docs/reference/rules.md", file=file, line=line)


def _place(part: Part, path: str) -> tuple[str, str]:
    """The file and field of a problem of rules; a collection's stand in a folder."""
    file, _ = part.places[0] if part.places else ("", "")
    if not file.endswith("/"):
        return file, path
    in_schema = path.partition(".")[0] == "schema"
    return (f"{file}schema.json", path.partition(".")[2]) if in_schema else (f"{file}rules.json", path)


def _named(scene: Scene, kind: PartKind, name: str) -> Part | None:
    return next((part for part in scene.of_kind(kind) if part.name == name), None)


def _examine_open_endpoints(scene: Scene) -> None:
    for endpoint in (*scene.app.endpoints, *scene.app.webhooks):
        function = scene.app.functions.get(endpoint.function_name)
        is_open = endpoint.validation_method == "NO_VALIDATION" and not endpoint.disabled
        if function is None or not (is_open and function.run_as_system and function.can_evaluate in ({}, True)):
            continue
        for part in scene.of_kind(PartKind.ENDPOINT):
            if endpoint.route in part.name and part.runs == endpoint.function_name:
                text = "anybody may request it, and it runs as system, past all rules"
                part.add(Severity.WARNING, text, advice="set a validation_method, or a can_evaluate of its function")


def _examine_values(scene: Scene, code: Code) -> None:
    facts = [fact for source in code.sources for fact in source.of_kind("value")]
    if not all(fact.text("name") for fact in facts):
        return  # a name that is put together at run time may be any
    used = {fact.text("name") for fact in facts}
    for part in scene.of_kind(PartKind.VALUE):
        if part.name not in used:
            part.add(Severity.NOTE, "no function reads it", advice="leave it out, if no rule's %%values names it")


def _examine_secrets(scene: Scene) -> None:
    for name in sorted(scene.secrets.unused):
        part = Part(kind=PartKind.SECRET, name=name, file="")
        part.add(Severity.WARNING, "nothing uses it", advice="delete it, or link a value to it")
        scene.parts.append(part)


def _examine_unserved(scene: Scene) -> None:
    for file, text in _NOT_SERVED:
        entry = scene.files.json(file)
        if isinstance(entry, dict) and _is_on(entry):
            scene.whole.add(Severity.WARNING, text, advice="have clients use functions or endpoints", file=file, line=1)


def _is_on(entry: dict[str, object]) -> bool:
    """By whichever word the file has for it; a file that has none only holds settings."""
    return entry.get("enabled") is True or entry.get("state") == "enabled" or entry.get("disabled") is False


def _draw_consequences(scene: Scene) -> None:
    """What runs a function runs no better than that."""
    functions = {part.name: part for part in scene.of_kind(PartKind.FUNCTION)}
    for part in scene.parts:
        function = functions.get(part.runs)
        if function is None or function.verdict is Verdict.RUNS:
            continue
        severity = Severity.FAILS if function.verdict is Verdict.FAILS else Severity.SHIM
        part.add(severity, f"its function {function.name!r} {function.verdict.value}")
