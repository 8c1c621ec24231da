"""A report as people read it, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from server.doctor.findings import Finding, Part, PartKind, Report, Severity, Verdict

_HEADINGS = {PartKind.APP: "app", PartKind.DATA_SOURCE: "data sources"}


def as_text(report: Report) -> str:
    """Part by part, each finding in a line with its place and what to do next."""
    lines = [f"app {report.app_id}"]
    for kind in PartKind:
        parts = [part for part in report.parts if part.kind is kind]
        shown = [part for part in parts if kind is not PartKind.APP or part.findings]
        if shown:
            lines += ["", _HEADINGS.get(kind, f"{kind.value}s"), *_section(shown)]
    return "\n".join([*lines, "", _summary(report), ""])


def _section(parts: list[Part]) -> Iterator[str]:
    width = max(len(part.name) for part in parts)
    for part in parts:
        yield f"  {part.name:<{width}}  {part.verdict.value if part.kind is not PartKind.APP else ''}".rstrip()
        for finding in sorted(part.findings, key=lambda each: (-each.severity, each.file, each.line)):
            yield f"    {_line(finding)}"


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}: " if finding.line else f"{finding.file}: " if finding.file else ""
    then = f" -> {finding.advice}" if finding.advice else ""
    return f"{place}{finding.severity.label}: {finding.text}{then}"


def _summary(report: Report) -> str:
    parts = [part for part in report.parts if part.kind is not PartKind.APP or part.findings]
    counted = {verdict: sum(part.verdict is verdict for part in parts) for verdict in Verdict}
    warnings = sum(finding.severity is Severity.WARNING for part in parts for finding in part.findings)
    words = {Verdict.RUNS: "run", Verdict.SHIM: "run with a shim"}
    told = [f"{number} {words.get(verdict, verdict.value)}" for verdict, number in counted.items() if number]
    return ", ".join([*told, f"{warnings} warnings" if warnings != 1 else "1 warning"])


def as_json(report: Report) -> dict[str, object]:
    """All of it; `line` 0 stands for a file as a whole."""
    verdict = Verdict.FAILS if report.has(Severity.FAILS) else Verdict.RUNS
    return {
        "app_id": report.app_id,
        "verdict": verdict.value,
        "parts": [_part(part) for part in report.parts],
    }


def _part(part: Part) -> dict[str, object]:
    return {
        "kind": part.kind.value, "name": part.name, "file": part.file, "line": part.line,
        "verdict": part.verdict.value,
        "findings": [
            {
                "severity": finding.severity.label, "file": finding.file, "line": finding.line,
                "text": finding.text, "advice": finding.advice,
            }
            for finding in part.findings
        ],
    }  # fmt: skip
