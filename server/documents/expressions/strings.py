"""Expression operators on text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bson import Regex

from server.documents.budget import hold
from server.documents.errors import DocumentError
from server.documents.expressions.arrays import integer_of
from server.documents.expressions.associative import associative
from server.documents.expressions.compiler import Compile, Evaluate, Scope, compile_expression, constant
from server.documents.expressions.conversions import as_text
from server.documents.expressions.operands import binary, named_arguments, unary, variadic
from server.documents.patterns import Pattern, compile_pattern, options_of, source_of
from server.documents.values import is_absent, is_text, type_name
from server.ejson import Document, Value

BLANKS: Final = "\x00 \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"


def text_of(name: str, value: Value, code: int = 16702) -> str:
    """The value as text; refused where it is something else."""
    if not is_text(value):
        raise DocumentError(code, f"{name} only supports strings, not {type_name(value)}")
    return value


def _concat(values: list[Value]) -> Value:
    parts: list[str] = []
    for value in values:
        if is_absent(value):
            return None
        parts.append(text_of("$concat", value))
    result = "".join(parts)
    hold(len(result))
    return result


def _split(first: Value, second: Value) -> Value:
    if is_absent(first) or is_absent(second):
        return None
    text, separator = text_of("$split", first, 40085), text_of("$split", second, 40086)
    if not separator:
        raise DocumentError(40087, "$split requires a non-empty separator")
    return text.split(separator)


def _substring(name: str, *, in_bytes: bool) -> Compile:
    def cut(values: list[Value]) -> Value:
        text = as_text(name, values[0])
        start, length = (integer_of(name, value, 16034) for value in values[1:])
        if not in_bytes:
            if start < 0 or length < 0:
                raise DocumentError(34452 if start < 0 else 34454, f"{name}: the index and length must be non-negative")
            return text[start : start + length]
        if start < 0:
            raise DocumentError(50752, f"{name}: starting index must be non-negative (got: {start})")
        data = text.encode()
        part = data[start:] if length < 0 else data[start : start + length]
        if part[:1] and 0x80 <= part[0] < 0xC0:
            raise DocumentError(28656, f"{name}: Invalid range, starting index is a UTF-8 continuation byte.")
        try:
            return part.decode()
        except UnicodeDecodeError as error:
            text = f"{name}: Invalid range, ending index is in the middle of a UTF-8 character."
            raise DocumentError(28657, text) from error

    return variadic(name, cut, 3, 3)


def _index_of(name: str, *, in_bytes: bool) -> Compile:
    codes = (40091, 40092) if in_bytes else (40093, 40094)

    def find(values: list[Value]) -> Value:
        if is_absent(values[0]):
            return None
        text, wanted = text_of(name, values[0], codes[0]), text_of(name, values[1], codes[1])
        bounds = [integer_of(name, value, 40096) for value in values[2:]]
        if any(bound < 0 for bound in bounds):
            raise DocumentError(40097, f"{name} requires a nonnegative index")
        if in_bytes:
            return text.encode().find(wanted.encode(), *bounds)
        return text.find(wanted, *bounds)

    return variadic(name, find, 2, 4)


def _cased(name: str, change: Callable[[str], str]) -> Compile:
    return unary(name, lambda value: change(as_text(name, value)))


def _ascii_lower(text: str) -> str:
    return "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)


def _ascii_upper(text: str) -> str:
    return "".join(chr(ord(letter) - 32) if "a" <= letter <= "z" else letter for letter in text)


def _compare(first: Value, second: Value) -> Value:
    one, other = _ascii_upper(as_text("$strcasecmp", first)), _ascii_upper(as_text("$strcasecmp", second))
    return (one > other) - (one < other)


def _trimming(name: str, trim: Callable[[str, str], str]) -> Compile:
    def compile_operator(operand: Value) -> Evaluate:
        named = named_arguments(name, operand, ("input",), ("chars",))
        source, characters = compile_expression(named["input"]), compile_expression(named.get("chars", BLANKS))

        def evaluate(scope: Scope) -> Value:
            text, wanted = source(scope), characters(scope)
            if is_absent(text) or is_absent(wanted):
                return None
            return trim(text_of(name, text, 50699), text_of(name, wanted, 50700))

        return evaluate

    return compile_operator


def _replacing(name: str, count: int) -> Compile:
    def compile_operator(operand: Value) -> Evaluate:
        named = named_arguments(name, operand, ("input", "find", "replacement"))
        parts = [compile_expression(named[part]) for part in ("input", "find", "replacement")]

        def evaluate(scope: Scope) -> Value:
            values = [part(scope) for part in parts]
            if any(is_absent(value) for value in values):
                return None
            text, wanted, replacement = (text_of(name, value, 51746) for value in values)
            hold(len(text) + (text.count(wanted) if count < 0 else 1) * len(replacement))
            return text.replace(wanted, replacement, count)

        return evaluate

    return compile_operator


def _regex(name: str, answer: Callable[[Pattern, str], Value], nothing: Value) -> Compile:
    def compile_operator(operand: Value) -> Evaluate:
        named = named_arguments(name, operand, ("input", "regex"), ("options",))
        source, options = compile_expression(named["input"]), compile_expression(named.get("options", ""))
        expression = named["regex"]
        pattern = constant(expression) if isinstance(expression, Regex) else compile_expression(expression)

        def evaluate(scope: Scope) -> Value:
            text, found = source(scope), pattern(scope)
            if is_absent(text) or is_absent(found):
                return list(nothing) if isinstance(nothing, list) else nothing
            return answer(_pattern(name, found, options(scope)), text_of(name, text, 51104))

        return evaluate

    return compile_operator


def _pattern(name: str, value: Value, options: Value) -> Pattern:
    letters = "" if is_absent(options) else text_of(name, options, 51106)
    if isinstance(value, Regex):
        return compile_pattern(source_of(value), letters or options_of(value))
    return compile_pattern(text_of(name, value, 51105), letters)


def _find(pattern: Pattern, text: str, start: int = 0) -> Document | None:
    match = pattern.search(text, start)
    if match is None:
        return None
    return {"match": match.group(), "idx": match.start(), "captures": list(match.groups())}


def _find_all(pattern: Pattern, text: str) -> Value:
    found: list[Value] = []
    start = 0
    while start <= len(text) and (match := pattern.search(text, start)) is not None:
        found.append({"match": match.group(), "idx": match.start(), "captures": list(match.groups())})
        hold(200)
        start = max(match.end(), match.start() + 1)
    return found


def _length(name: str, measure: Callable[[str], int], code: int) -> Compile:
    return unary(name, lambda value: measure(text_of(name, value, code)))


OPERATORS: Final[dict[str, Compile]] = {
    "$concat": associative("$concat", _concat),
    "$split": binary("$split", _split),
    "$substr": _substring("$substr", in_bytes=True),
    "$substrBytes": _substring("$substrBytes", in_bytes=True),
    "$substrCP": _substring("$substrCP", in_bytes=False),
    "$indexOfBytes": _index_of("$indexOfBytes", in_bytes=True),
    "$indexOfCP": _index_of("$indexOfCP", in_bytes=False),
    "$strLenBytes": _length("$strLenBytes", lambda text: len(text.encode()), 34473),
    "$strLenCP": _length("$strLenCP", len, 34471),
    "$toLower": _cased("$toLower", _ascii_lower),
    "$toUpper": _cased("$toUpper", _ascii_upper),
    "$strcasecmp": binary("$strcasecmp", _compare),
    "$trim": _trimming("$trim", str.strip),
    "$ltrim": _trimming("$ltrim", str.lstrip),
    "$rtrim": _trimming("$rtrim", str.rstrip),
    "$replaceOne": _replacing("$replaceOne", 1),
    "$replaceAll": _replacing("$replaceAll", -1),
    "$regexMatch": _regex("$regexMatch", lambda pattern, text: pattern.search(text) is not None, nothing=False),
    "$regexFind": _regex("$regexFind", _find, nothing=None),
    "$regexFindAll": _regex("$regexFindAll", _find_all, nothing=[]),
}
