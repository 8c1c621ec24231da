"""What a projection keeps, leaves out and computes, as a tree over names, and how it is applied to a document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from server.documents.errors import DocumentError
from server.documents.expressions.compiler import Evaluate, Scope
from server.documents.values import MISSING
from server.ejson import Document, Value

Transform: TypeAlias = Callable[[Value], Value]


@dataclass(slots=True)
class Tree:
    """What happens to the fields of a document, by name; a `Tree` below stands for embedded documents."""

    keep: set[str] = field(default_factory=set)
    drop: set[str] = field(default_factory=set)
    computed: dict[str, Evaluate] = field(default_factory=dict)
    transforms: dict[str, Transform] = field(default_factory=dict)
    below: dict[str, Tree] = field(default_factory=dict)
    order: dict[str, None] = field(default_factory=dict)

    def names(self) -> set[str]:
        """Every name that the tree says something of."""
        return self.keep | self.drop | set(self.computed) | set(self.transforms) | set(self.below)

    def descend(self, name: str, path: str) -> Tree:
        """The tree of an embedded document; refused where the field itself is already spoken of."""
        if name in self.names() - set(self.below):
            raise DocumentError(31249, f"Path collision at {path}")
        self.order.setdefault(name)
        return self.below.setdefault(name, Tree())

    def claim(self, name: str, path: str) -> None:
        """Refuse a second statement about a field."""
        if name in self.names():
            raise DocumentError(31250, f"Path collision at {path}")
        self.order[name] = None


def include(document: Document, tree: Tree, scope: Scope) -> Document:
    """The document's fields that the tree keeps, in the document's order, and those it computes."""
    result: Document = {}
    for name, value in document.items():
        if name in tree.keep:
            result[name] = value
        elif name in tree.below:
            _put(result, name, _nested(value, tree.below[name], scope, including=True))
        elif name in tree.transforms:
            _put(result, name, tree.transforms[name](value))
    return compute(result, document, tree, scope)


def exclude(document: Document, tree: Tree, scope: Scope) -> Document:
    """The document without the fields that the tree drops."""
    result: Document = {}
    for name, value in document.items():
        if name in tree.below:
            _put(result, name, _nested(value, tree.below[name], scope, including=False))
        elif name in tree.transforms:
            _put(result, name, tree.transforms[name](value))
        elif name not in tree.drop:
            result[name] = value
    return result


def compute(result: Document, document: Document, tree: Tree, scope: Scope) -> Document:
    """Add the computed fields; those of embedded documents that are not there are made."""
    for name in tree.order:
        if name in tree.computed:
            result.pop(name, None)
            _put(result, name, tree.computed[name](scope))
        elif name in tree.below and name not in document and _computes(tree.below[name]):
            result[name] = include({}, tree.below[name], scope)
    return result


def _computes(tree: Tree) -> bool:
    return bool(tree.computed) or any(_computes(below) for below in tree.below.values())


def _nested(value: Value, tree: Tree, scope: Scope, *, including: bool) -> Value:
    if isinstance(value, dict):
        return include(value, tree, scope) if including else exclude(value, tree, scope)
    if isinstance(value, list):
        found = [_nested(element, tree, scope, including=including) for element in value]
        return [element for element in found if element is not MISSING]
    if including:
        return include({}, tree, scope) if _computes(tree) else MISSING
    return value


def _put(result: Document, name: str, value: Value) -> None:
    if value is not MISSING:
        result[name] = value
