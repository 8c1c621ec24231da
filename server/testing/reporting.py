"""Results of tests as people read them, as JSON, and as JUnit's XML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from server.testing.results import Failure, Result, State, count

_MEGABYTE = 1024 * 1024
_SIGNS = {State.PASSED: "✓", State.FAILED: "✗", State.SKIPPED: "-"}
_WORDS = {State.PASSED: "pass", State.FAILED: "FAIL", State.SKIPPED: "skip"}
_COLOURS = {State.PASSED: "32", State.FAILED: "31", State.SKIPPED: "33"}


@dataclass(frozen=True, slots=True)
class TextReport:
    """Lines for people; where a terminal shows them, with signs and colours."""

    is_terminal: bool

    def heading(self, file: str) -> str:
        """Before a file's tests."""
        return f"{file}\n"

    def result(self, result: Result) -> str:
        """A test in a line, and why it failed below."""
        sign = self._painted(_SIGNS[result.state], _COLOURS[result.state]) if self.is_terminal else _WORDS[result.state]
        name = result.name or "the file cannot be evaluated"
        lines = [f"  {sign} {name}{_cost(result)}"]
        for failure in result.failures:
            lines += self._failure(failure)
        if result.state is State.FAILED:
            lines += [f"      {line.level}: {line.text}" for line in result.logs]
        return "\n".join(lines) + "\n"

    def summary(self, results: list[Result], seconds: float) -> str:
        """After all tests."""
        told = [f"{count(results, state)} {state.value}" for state in State if count(results, state)]
        return f"\n{', '.join(told)}; {len(results)} tests in {seconds:.2f} s\n"

    def _failure(self, failure: Failure) -> Iterator[str]:
        yield from (f"      {line}" for line in failure.message.splitlines())
        yield from (f"      {self._changed(line)}" for line in failure.difference.splitlines())
        yield from (f"      {line.strip()}" for line in failure.stack.splitlines())

    def _changed(self, line: str) -> str:
        colour = {"-": "32", "+": "31"}.get(line[:1])
        return self._painted(line, colour) if colour and self.is_terminal else line

    @staticmethod
    def _painted(text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m"


def _cost(result: Result) -> str:
    if result.state is State.SKIPPED or not result.titles:
        return ""
    calls = f"{result.host_calls} host call{'' if result.host_calls == 1 else 's'}"
    return f" ({result.seconds * 1000:.1f} ms, {result.stats.memory / _MEGABYTE:.1f} MB, {calls})"


def as_json(results: list[Result]) -> dict[str, object]:
    """All of it; times in seconds, memory in bytes."""
    return {
        **{state.value: count(results, state) for state in State},
        "tests": [
            {
                "file": result.file, "titles": list(result.titles), "state": result.state.value,
                "reason": result.reason, "seconds": round(result.seconds, 6),
                "guest_seconds": round(result.stats.guest_time, 6),
                "memory": result.stats.memory, "host_calls": dict(result.asked),
                "failures": [
                    {"message": failure.message, "stack": failure.stack, "difference": failure.difference}
                    for failure in result.failures
                ],
                "logs": [{"level": line.level, "text": line.text} for line in result.logs],
            }
            for result in results
        ],
    }  # fmt: skip


def as_junit(results: list[Result]) -> bytes:
    """The form that pipelines collect: a suite a file, a case a test."""
    root = ET.Element("testsuites", _counts(results))
    for file in dict.fromkeys(result.file for result in results):
        mine = [result for result in results if result.file == file]
        suite = ET.SubElement(root, "testsuite", {"name": file, **_counts(mine)})
        for result in mine:
            _case(suite, result)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counts(results: list[Result]) -> dict[str, str]:
    return {
        "tests": str(len(results)), "failures": str(count(results, State.FAILED)),
        "skipped": str(count(results, State.SKIPPED)), "time": f"{sum(result.seconds for result in results):.3f}",
    }  # fmt: skip


def _case(suite: ET.Element, result: Result) -> None:
    about = {"classname": result.file, "name": _printable(result.name or "file"), "time": f"{result.seconds:.3f}"}
    case = ET.SubElement(suite, "testcase", about)
    if result.state is State.SKIPPED:
        ET.SubElement(case, "skipped", {"message": result.reason})
    for failure in result.failures:
        told = ET.SubElement(case, "failure", {"message": _printable(failure.message)})
        told.text = _printable("\n".join(filter(None, (failure.difference, failure.stack))))
    if result.logs:
        printed = "\n".join(f"{line.level}: {line.text}" for line in result.logs)
        ET.SubElement(case, "system-out").text = _printable(printed)


def _printable(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(
        char
        for char in text
        if char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
    )
