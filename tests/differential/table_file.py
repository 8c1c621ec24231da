"""The file of the table of single operations: a case a line, each answer once, with the ids that it is for.

Ids stand as spans, `0-20 25`. An update's answer `unchanged` is the document as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import orjson

from server import ejson
from server.ejson import Document, Value

FILE: Final = Path(__file__).parents[1] / "unit" / "documents" / "answers" / "table.json"
UNCHANGED: Final = "unchanged"

Table: TypeAlias = dict[str, list[Document]]


def read_table() -> Table:
    """The documents, and the filters, updates and expressions with an answer for each document."""
    table: Table = ejson.loads(FILE.read_bytes())  # type: ignore[assignment]
    documents = table["documents"]
    return {name: [_spread(case, documents) for case in cases] for name, cases in table.items()}


def write_table(table: Table) -> None:
    """Keep the answers."""
    FILE.write_bytes(lines_of(table))


def lines_of(table: Table) -> bytes:
    """What the file has of it."""
    documents = table["documents"]
    parts = (
        orjson.dumps(name) + b":[\n" + b",\n".join(ejson.dumps(_gathered(case, documents)) for case in cases) + b"\n]"
        for name, cases in table.items()
    )
    return b"{\n" + b",\n".join(parts) + b"\n}\n"


def _gathered(case: Document, documents: Sequence[Document]) -> Document:
    """The case as a line of the file."""
    match case:
        case {"ids": list(ids)}:
            return case | {"ids": spans(int(str(id_)) for id_ in ids)}
        case {"results": list(results)}:
            groups: dict[bytes, tuple[Value, list[int]]] = {}
            for number, (document, result) in enumerate(zip(documents, results, strict=True)):
                answer: Value = UNCHANGED if _same(document, result) else result
                groups.setdefault(ejson.dumps(answer), (answer, []))[1].append(number)
            return _without(case, "results") | {"answers": {spans(numbers): one for one, numbers in groups.values()}}
        case _:
            return case


def _spread(case: Document, documents: Sequence[Document]) -> Document:
    """The case of a line of the file."""
    match case:
        case {"ids": str(text)}:
            return case | {"ids": list(numbers_of(text))}
        case {"answers": dict(answers)}:
            of_number = {number: answer for text, answer in answers.items() for number in numbers_of(text)}
            results: list[Value] = [
                document if of_number[number] == UNCHANGED else of_number[number]
                for number, document in enumerate(documents)
            ]
            return _without(case, "answers") | {"results": results}
        case _:
            return case


def spans(numbers: Iterable[int]) -> str:
    """Ascending numbers as text."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def numbers_of(text: str) -> Iterable[int]:
    """The numbers of such a text."""
    for span in text.split():
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _same(first: Value, second: Value) -> bool:
    """Equal with types and order."""
    return ejson.dumps(first) == ejson.dumps(second)


def _without(case: Document, name: str) -> Document:
    return {field: value for field, value in case.items() if field != name}
