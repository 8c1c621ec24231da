"""A deployed app: what its folder says, its image, and its rules, compiled; immutable, replaced as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from runtime.limits import Limits
from runtime.messages import Image, ImageSource
from runtime.modules.compiling import Compiler
from runtime.modules.graph import FunctionSources, gather_modules
from runtime.supervisor import Sandboxes
from server.apps.model import App, DatabaseEvents, DataSource, Function, Trigger
from server.context.personal import PersonalFields
from server.context.redaction import Redaction
from server.documents.errors import DocumentError
from server.documents.filters import compile_filter
from server.documents.projection import compile_projection
from server.rules.compile import RuleSet, compile_rules
from server.rules.expressions import Expression, read_expression
from server.rules.operands import Place, RuleError

SCRIPT_SUFFIX = "#run_as_user_id"
"""Behind a function's name: the script that says as whom it runs; no function of an author can be named so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One version of an app, ready to run. `deployed_at` is aware."""

    app: App
    image: Image
    rules: Mapping[str, RuleSet]
    can_evaluate: Mapping[str, Expression]
    deployed_at: datetime
    redact: Redaction = field(default_factory=Redaction)
    """Blots the app's secrets out of what is logged."""
    version: str = ""
    """The version of the app's files that this is."""
    personal: PersonalFields = field(default_factory=PersonalFields)
    """The personal data that is kept out of logs."""
    eager_triggers: frozenset[str] = frozenset()
    """Names of those with `maximum_throughput`, which is for unordered ones alone (contract 8.2)."""
    disabled_triggers: frozenset[str] = frozenset()
    """Names of those whose events wait."""
    descriptions: dict[bool, bytes] = field(default_factory=dict, repr=False, compare=False)
    """What its functions find in `context`, by whether they run as system; filled when first needed."""
    limits: dict[str, Limits] = field(default_factory=dict, repr=False, compare=False)
    """The limits of its functions by name; filled when first needed."""

    def for_operator(self, text: str) -> str:
        """What the server's own records may have of a text that the app's code had a part in."""
        return "[the app's log has it]" if self.personal.paths else self.redact(text)


async def deploy(app: App, sandboxes: Sandboxes, *, now: datetime) -> Deployment:
    """Compile an app. Raises BuildFailed, PackagesUnreadable, RulesError or RuleError; nothing is half deployed."""
    rules = {name: _rules(source) for name, source in app.data_sources.items()}
    can_evaluate = {
        function.name: read_expression(function.can_evaluate, place=Place.ARGUMENTS)
        for function in app.functions.values()
        if function.can_evaluate not in ({}, True)
    }
    for trigger in app.triggers:
        _check_trigger(trigger)
    image = await sandboxes.build(await image_source(app, sandboxes))
    return Deployment(
        app=app, image=image, rules=rules, can_evaluate=can_evaluate, deployed_at=now,
        redact=Redaction.of(app.values.values()), personal=PersonalFields.of(app.policy.personal),
        eager_triggers=frozenset(trigger.name for trigger in app.triggers if _is_eager(trigger)),
        disabled_triggers=frozenset(trigger.name for trigger in app.triggers if trigger.disabled),
    )  # fmt: skip


def with_function(deployment: Deployment, function: Function, image: Image) -> Deployment:
    """The deployment with one more function, in an image that has it, too."""
    app = replace(deployment.app, functions={**deployment.app.functions, function.name: function})
    return replace(deployment, app=app, image=image, descriptions={}, limits={})


def _is_eager(trigger: Trigger) -> bool:
    events = trigger.events
    if not isinstance(events, DatabaseEvents):
        return False
    return events.maximum_throughput and events.unordered and not trigger.ordered_by


def _check_trigger(trigger: Trigger) -> None:
    """Refuse what the document store could not understand when the first event comes."""
    if not isinstance(trigger.events, DatabaseEvents):
        return
    try:
        compile_filter(trigger.events.match)
        compile_projection(trigger.events.project, for_find=False)
    except DocumentError as error:
        raise RuleError(f"trigger '{trigger.name}'", f"match or project: {error}") from error


async def image_source(app: App, sandboxes: Sandboxes) -> ImageSource:
    """The functions with all that they require, packages included. Raises BuildFailed, PackagesUnreadable."""
    sources = FunctionSources(
        texts=_sources(app.functions),
        paths={function.name: function.file for function in app.functions.values() if function.file},
        dependencies=app.dependencies.keys(),
    )
    files = await asyncio.to_thread(app.open_packages) if app.has_archive else app.open_packages()
    return await gather_modules(sources, files, Compiler(sandboxes))


def _rules(source: DataSource) -> RuleSet:
    return compile_rules(source.collections, source.default_rule)


def _sources(functions: Mapping[str, Function]) -> dict[str, str]:
    sources = {function.name: function.source for function in functions.values()}
    for function in functions.values():
        script = function.run_as_user_id_script_source
        if script:
            sources[function.name + SCRIPT_SUFFIX] = (
                f"exports = (\n{script.strip().removeprefix('exports =').rstrip(';')}\n);"
            )
    return sources
