"""How an expression becomes a closure: field paths, variables, literals, and operators looked up in tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from server.documents.errors import DocumentError, unsupported
from server.documents.paths import Path, split, traverse
from server.documents.values import MISSING, is_text
from server.ejson import Document, Value

Scope: TypeAlias = Mapping[str, Value]
Evaluate: TypeAlias = Callable[[Scope], Value]
Compile: TypeAlias = Callable[[Value], Evaluate]

OPERATORS: Final[dict[str, Compile]] = {}
"""Every expression operator: the package lays the tables of its modules together here."""
UNSUPPORTED: Final = frozenset({"$function", "$accumulator", "$meta", "$toHashedIndexKey", "$_internalJsEmit"})
UNSTEADY: Final = frozenset({
    "$rand", "$literal", "$getField", "$setField", "$unsetField", "$filter", "$reduce", "$zip", "$sortArray",
    "$firstN", "$lastN", "$maxN", "$minN", "$replaceOne", "$replaceAll", "$regexFind", "$regexFindAll", "$regexMatch",
})  # fmt: skip
"""What is not computed beforehand, also not by MongoDB, even where all operands are constants."""

NO_VARIABLES: Final[Scope] = MappingProxyType({})
FOLDS: Final[ContextVar[bool]] = ContextVar("folds", default=True)
LET: Final[ContextVar[Scope]] = ContextVar("let", default=NO_VARIABLES)
"""The variables that a `$lookup` under way hands to its pipeline."""


def root_scope(document: Value) -> Scope:
    """The variables an expression starts with when it looks at a document."""
    variables = LET.get()
    if variables is NO_VARIABLES:
        return {"ROOT": document, "CURRENT": document}
    return {**variables, "ROOT": document, "CURRENT": document}


@contextmanager
def let(variables: Scope) -> Iterator[None]:
    """Have every expression evaluated inside see these variables too."""
    token = LET.set({**LET.get(), **variables})
    try:
        yield
    finally:
        LET.reset(token)


def compile_expression(expression: Value) -> Evaluate:
    """A function from variables to the expression's value, `MISSING` where there is none."""
    if is_text(expression):
        return _compile_text(expression)
    if isinstance(expression, list):
        return _compile_list(expression)
    if isinstance(expression, dict):
        return _compile_document(expression)
    return constant(expression)


@dataclass(frozen=True, slots=True)
class Constant:
    """An expression that is always this value."""

    value: Value

    def __call__(self, _scope: Scope, /) -> Value:
        """The value, whatever the variables."""
        return self.value


def constant(value: Value) -> Evaluate:
    """The expression that is always this value."""
    return Constant(value)


def _compile_text(text: str) -> Evaluate:
    if text.startswith("$$"):
        return _compile_variable(text[2:])
    if text.startswith("$"):
        return _compile_path("CURRENT", _field_path(text[1:]))
    return constant(text)


def _field_path(text: str) -> Path:
    path = split(text)
    if text == "":
        raise DocumentError(16872, "'$' by itself is not a valid FieldPath")
    if "" in path:
        raise DocumentError(15998, "FieldPath field names may not be empty strings.")
    if any(name.startswith("$") for name in path):
        raise DocumentError(
            16410, "FieldPath field names may not start with '$'. Consider using $getField or $setField."
        )
    return path


def _compile_variable(text: str) -> Evaluate:
    name, _, rest = text.partition(".")
    if not name:
        raise DocumentError(16869, "empty variable names are not allowed")
    if name == "NOW":
        return lambda scope: scope.get("NOW") or datetime.now(UTC)
    if name == "REMOVE":
        return constant(MISSING)
    if name in ("DESCEND", "PRUNE", "KEEP"):
        return constant(f"$${name}")
    return _compile_path(name, _field_path(rest) if rest else ())


def _compile_path(variable: str, path: Path) -> Evaluate:
    return (
        _field_of_current(path) if variable == "CURRENT" and len(path) == 1 else _compile_variable_path(variable, path)
    )


def _field_of_current(path: Path) -> Evaluate:
    """The most frequent path, by the shortest way."""
    (name,) = path

    def evaluate(scope: Scope) -> Value:
        try:
            value = scope["CURRENT"]
        except KeyError:
            raise _undefined("CURRENT") from None
        return value.get(name, MISSING) if type(value) is dict else traverse(value, path)

    return evaluate


def _compile_variable_path(variable: str, path: Path) -> Evaluate:
    def evaluate(scope: Scope) -> Value:
        try:
            value = scope[variable]
        except KeyError:
            raise _undefined(variable) from None
        for at, name in enumerate(path):
            if type(value) is not dict:
                return traverse(value, path, at)
            value = value.get(name, MISSING)
        return value

    return evaluate


def _undefined(variable: str) -> DocumentError:
    return DocumentError(17276, f"Use of undefined variable: {variable}")


def _compile_list(items: list[Value]) -> Evaluate:
    evaluators = [compile_expression(item) for item in items]
    if all(isinstance(evaluator, Constant) for evaluator in evaluators):
        return constant([None if value is MISSING else value for value in (read({}) for read in evaluators)])

    def evaluate(scope: Scope) -> Value:
        values = [evaluator(scope) for evaluator in evaluators]
        return [None if value is MISSING else value for value in values]

    return evaluate


def _compile_document(document: Document) -> Evaluate:
    if any(name.startswith("$") for name in document):
        return _compile_operator(document)
    fields = [(_field_name(name), compile_expression(field)) for name, field in document.items()]

    def evaluate(scope: Scope) -> Value:
        values = ((name, evaluator(scope)) for name, evaluator in fields)
        return {name: value for name, value in values if value is not MISSING}

    return evaluate


def _field_name(name: str) -> str:
    if "." in name:
        raise DocumentError(16405, f"FieldPath field names may not contain '.': {name}")
    return name


def _compile_operator(document: Document) -> Evaluate:
    name, operand = next(iter(document.items()))
    if len(document) != 1:
        raise DocumentError(
            15983, f"An object representing an expression must have exactly one field, but it has {len(document)}"
        )
    if name in UNSUPPORTED:
        raise unsupported(f"the expression operator {name}")
    compile_operator = OPERATORS.get(name)
    if compile_operator is None:
        raise DocumentError(168, f"Unrecognized expression '{name}'")
    evaluate = compile_operator(operand)
    folds = FOLDS.get() and name not in UNSTEADY and is_constant(operand)
    return constant(evaluate(NO_VARIABLES)) if folds else evaluate


@contextmanager
def without_folding() -> Iterator[None]:
    """Have constant expressions compiled inside computed only where they are needed, as in updates."""
    token = FOLDS.set(False)
    try:
        yield
    finally:
        FOLDS.reset(token)


def is_constant(expression: Value) -> bool:
    """Whether an expression has the same value for every document; such are computed once, as MongoDB does."""
    if is_text(expression):
        return not expression.startswith("$")
    if isinstance(expression, list):
        return all(map(is_constant, expression))
    if isinstance(expression, dict):
        return all(
            name == "$literal" or (name not in UNSTEADY and is_constant(value)) for name, value in expression.items()
        )
    return True
