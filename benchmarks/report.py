"""Figures as tables for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured thing; a figure for each column, None where there is none."""

    name: str
    figures: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a figure should be: at least, or at most, the limit."""

    name: str
    figure: float
    limit: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure is as it should be."""
        return self.figure <= self.limit if self.at_most else self.figure >= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under one title, with what was aimed at and what a reader must know."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    aims: tuple[Aim, ...] = ()
    notes: tuple[str, ...] = ()


def as_text(table: Table) -> str:
    """The table in columns of even width."""
    width = max(len(row.name) for row in table.rows)
    widths = [max(len(column), 10) for column in table.columns]
    lines = ["", table.title, "  ".join([" " * width, *_right(table.columns, widths)])]
    lines += ["  ".join([row.name.ljust(width), *_right(list(map(_shown, row.figures)), widths)]) for row in table.rows]
    return "\n".join([*lines, *map(_judged, table.aims), *(f"  note: {note}" for note in table.notes)])


def as_markdown(table: Table) -> str:
    """The table as documentation has it; a title, columns and rows, without what was aimed at."""
    rule = ["---"] * (len(table.columns) + 1)
    rows = [[row.name, *map(_shown, row.figures)] for row in table.rows]
    lines = [f"| {' | '.join(cells)} |" for cells in ([" ", *table.columns], rule, *rows)]
    return "\n".join(["", f"**{table.title}**", "", *lines])


def as_json(environment: dict[str, str], tables: Sequence[Table]) -> bytes:
    """All tables with the machine and versions they hold for."""
    found = [{**asdict(table), "aims": [{**asdict(aim), "met": aim.met} for aim in table.aims]} for table in tables]
    return orjson.dumps({"environment": environment, "tables": found}, option=orjson.OPT_INDENT_2)


def _right(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    return (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def _shown(figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.1f}" if figure >= 10 else f"{figure:.2f}"


def _judged(aim: Aim) -> str:
    wanted = "at most" if aim.at_most else "at least"
    return f"  {'met' if aim.met else 'MISSED'}: {aim.name} {_shown(aim.figure)}, {wanted} {_shown(aim.limit)}"
