"""Rewrites the texts in a recording, and leaves what the sandbox's own protocol says in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from runtime.recording import Recording
from runtime.tape import CLOCK, pack, pairs

_ENTROPY = b"entropy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """What becomes of a text that is a value, and of one that names a field."""

    value: Callable[[str], str]
    name: Callable[[str], str]

    def walk(self, value: Any) -> Any:
        """A JSON value with all its texts rewritten."""
        if isinstance(value, str):
            return self.value(value)
        if isinstance(value, list):
            return [self.walk(inner) for inner in value]
        if isinstance(value, dict):
            return {name if name[:1] == "$" else self.name(name): self.walk(inner) for name, inner in value.items()}
        return value

    def recording(self, recording: Recording) -> Recording:
        """The recording with all texts rewritten that came from the call, its host, or its guest."""
        call, *others = recording.messages
        tape = [part for tag, event in pairs(recording.tape) for part in (tag, self._event(tag, event))]
        return replace(
            recording,
            messages=(self._call(call), *map(self._answers, others)),
            steps=tuple(self._step(step) for step in recording.steps),
            tape=pack(tape),
        )

    def _call(self, message: bytes) -> bytes:
        parsed = orjson.loads(message)
        return orjson.dumps(parsed | {name: self.walk(parsed[name]) for name in ("arguments", "context")})

    def _answers(self, message: bytes) -> bytes:
        parsed = orjson.loads(message)
        return orjson.dumps(parsed | {"answers": [self._inner(answer) for answer in parsed["answers"]]})

    def _inner(self, parsed: dict[str, Any]) -> dict[str, Any]:
        """The value or error in an answer or at the end of a run."""
        return {
            name: self._inner(inner) if name == "error" and isinstance(inner, dict) else self.walk(inner)
            for name, inner in parsed.items()
        }

    def _step(self, step: bytes) -> bytes:
        parsed = orjson.loads(step)
        for call in parsed.get("calls", []):
            call["arguments"] = self.walk(call.get("arguments"))
        for line in parsed.get("logs", []):
            line[1] = self.value(line[1])
        return orjson.dumps(parsed | ({"done": self._inner(parsed["done"])} if parsed.get("done") else {}))

    def _event(self, tag: bytes, event: bytes) -> bytes:
        if tag == CLOCK or tag.startswith(_ENTROPY):
            return event
        return orjson.dumps(self.walk(orjson.loads(event)))
