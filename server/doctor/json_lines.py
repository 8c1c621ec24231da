"""In which line of a JSON file a value stands."""

from __future__ import annotations

import json
import re
from typing import Final

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def lines_of(text: str) -> dict[str, int]:
    """The line of each value by its dotted path; of a text that is no JSON, of those before it goes wrong."""
    lines: dict[str, int] = {}
    path: list[str | int] = []
    line, end, key = 1, 0, ""
    for token in _TOKEN.finditer(text):
        line += text.count("\n", end, token.start())
        end = token.start()
        match token[0]:
            case "}" | "]":
                del path[-1:]
            case ",":
                _step(path)
            case ":":
                path[-1:] = [key]
            case "{" | "[" as opened:
                lines.setdefault(_dotted(path), line)
                path.append("" if opened == "{" else 0)
            case other:
                key = _unquoted(other)
                lines.setdefault(_dotted(path), line)
    return lines


def line_of(lines: dict[str, int], path: str) -> int:
    """The line of a path, or of the nearest that leads to it; 0 where there is none."""
    while path and path not in lines:
        path = path.rpartition(".")[0]
    return lines.get(path, 0)


def _step(path: list[str | int]) -> None:
    """To the next member: a key is still to come, an index goes on."""
    last = path[-1] if path else ""
    path[-1:] = [last + 1 if isinstance(last, int) else ""]


def _dotted(path: list[str | int]) -> str:
    return ".".join(map(str, path))


def _unquoted(token: str) -> str:
    try:
        return str(json.loads(token)) if token.startswith('"') else token
    except ValueError:
        return token
