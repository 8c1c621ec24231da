"""All routes of the Admin API as data: what the OpenAPI document, the documentation and the tests go through."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from quart import Quart

from server.api.admin.operations import Operation, operation_of

_PREFIX = "admin_"
"""Names of blueprints of the Admin API begin so."""
_CHOICE = re.compile(r"<any\(([^)]*)\):(\w+)>")
_VARIABLE = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminRoute:
    """A method of a path: `rule` as Werkzeug writes it, `path` as OpenAPI does, for one choice that `rule` offers."""

    method: str
    rule: str
    path: str
    endpoint: str
    summary: str
    operation: Operation
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> list[str]:
        """What the path leaves open."""
        return re.findall(r"{(\w+)}", self.path)


def admin_routes(application: Quart) -> Iterator[AdminRoute]:
    """Every route, by path. Raises KeyError where one has not declared what it does."""
    rules = (rule for rule in application.url_map.iter_rules() if rule.endpoint.startswith(_PREFIX))
    for rule in sorted(rules, key=lambda rule: (rule.rule, rule.endpoint)):
        view = application.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for choices in _choices(rule.rule):
                yield AdminRoute(
                    method=method,
                    rule=rule.rule,
                    path=_path(rule.rule, choices),
                    endpoint=rule.endpoint,
                    summary=(view.__doc__ or "").split("\n")[0],
                    operation=operation_of(view),
                    choices=choices,
                )


def _choices(rule: str) -> Iterator[dict[str, str]]:
    found = [(name, [choice.strip() for choice in texts.split(",")]) for texts, name in _CHOICE.findall(rule)]
    for chosen in itertools.product(*(texts for _, texts in found)):
        yield dict(zip((name for name, _ in found), chosen, strict=True))


def _path(rule: str, choices: Mapping[str, str]) -> str:
    return _VARIABLE.sub(r"{\1}", _CHOICE.sub(lambda found: choices[found[2]], rule))
