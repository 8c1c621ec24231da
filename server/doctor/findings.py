"""What was found out about an app: its parts, what is to be said of each, and whether they run."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """How much a finding matters; one that fails keeps its part from running."""

    NOTE = 0
    WARNING = 1
    SHIM = 2
    FAILS = 3

    @property
    def label(self) -> str:
        """As reports write it."""
        return self.name.lower()


class Verdict(StrEnum):
    """Whether a part of an app runs."""

    RUNS = "runs"
    SHIM = "runs with a shim"
    FAILS = "will not run"


class PartKind(StrEnum):
    """The parts that an app has, in the order of reports."""

    APP = "app"
    FUNCTION = "function"
    TRIGGER = "trigger"
    ENDPOINT = "endpoint"
    RULE = "rule"
    PROVIDER = "provider"
    DATA_SOURCE = "data source"
    VALUE = "value"
    SECRET = "secret"  # noqa: S105 - a kind of part
    PACKAGE = "package"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to be said, where it was found, and what to do next; line 0: no line of the file says it."""

    severity: Severity
    file: str
    line: int = 0
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A function, a trigger, ...: where it is written, and in which places of files more is said of it.

    `places` are files, or folders that end in `/`, each with a dotted path within it; empty: all of it.
    """

    kind: PartKind
    name: str
    file: str
    line: int = 0
    places: tuple[tuple[str, str], ...] = ()
    runs: str = ""
    """The function that it runs."""
    findings: list[Finding] = field(default_factory=list)

    def add(self, severity: Severity, text: str, *, advice: str = "", file: str = "", line: int = 0) -> None:
        """Say something of it, of its own place where no file is named; once."""
        place = (file, line) if file else (self.file, self.line)
        finding = Finding(severity=severity, file=place[0], line=place[1], text=text, advice=advice)
        if finding not in self.findings:
            self.findings.append(finding)

    @property
    def verdict(self) -> Verdict:
        """By the worst that was found."""
        worst = max((finding.severity for finding in self.findings), default=Severity.NOTE)
        return {Severity.FAILS: Verdict.FAILS, Severity.SHIM: Verdict.SHIM}.get(worst, Verdict.RUNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All parts of an app."""

    app_id: str
    parts: tuple[Part, ...]

    def has(self, severity: Severity) -> bool:
        """Whether anything of this severity was found."""
        return any(finding.severity is severity for part in self.parts for finding in part.findings)
