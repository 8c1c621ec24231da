"""How a call fails: what the caller and the author are told, and what the console kept."""

from __future__ import annotations

import pytest

from runtime.errors import ErrorKind
from runtime.limits import Limits
from tests.integration.runtime.conftest import Guests

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("thrown", "text"),
    [
        ("'bad'", "bad"),
        ("42", "42"),
        ("null", "null"),
        ("undefined", "undefined"),
        ("true", "true"),
        ("{ a: 1 }", '{"a":1}'),
        ("Symbol('s')", "Symbol(s)"),
        ("10n", "10"),
        ("{ get a() { throw 1 } }", "A value was thrown that cannot be described"),
    ],
)
async def test_anything_may_be_thrown(guests: Guests, thrown: str, text: str) -> None:
    """What is thrown need not be an error; the caller hears of it all the same."""
    for source in (f"exports = () => {{ throw {thrown} }}", f"exports = () => Promise.reject({thrown})"):
        error = (await guests.run(source)).error
        assert error is not None
        assert (error.kind, error.text) == (ErrorKind.THREW, text)


MULTILINE = """const first = 1;

exports = async function login(argument) {
  await null;
  return inner(argument);
};

function inner(argument) {
  // a comment
  throw new TypeError("here");
}
"""


async def test_stack_names_the_author_s_file_and_lines(guests: Guests) -> None:
    """The lines are those of the author's source, and the library's own frames are left out."""
    error = (await guests.run(MULTILINE)).error
    assert error is not None
    lines = error.stack.splitlines()
    assert lines[0] == "TypeError: here"
    assert "inner (functions/f.js:10:" in lines[1]
    assert "login (functions/f.js:5:" in lines[2]
    assert "vestibule:" not in error.stack


async def test_top_level_error_names_its_line(guests: Guests) -> None:
    """Top-level code runs at the call, so its errors are the call's."""
    error = (await guests.run("\n\nnope();\nexports = () => 1;")).error
    assert error is not None
    assert "functions/f.js:3:" in error.stack
    assert error.text == "ReferenceError: 'nope' is not defined"


@pytest.mark.parametrize(
    "source", ["exports = () => new Promise(() => {})", "exports = async () => { await new Promise(() => {}) }"]
)
async def test_a_promise_that_never_settles(guests: Guests, source: str) -> None:
    """A guest that waits for nothing is told so at once."""
    error = (await guests.run(source)).error
    assert error is not None
    assert error.kind is ErrorKind.UNSETTLED


@pytest.mark.parametrize("source", ["", "exports = 1", "exports = undefined", "module = 1"])
async def test_exports_that_is_no_function(guests: Guests, source: str) -> None:
    """A source that exports no function cannot be called."""
    error = (await guests.run(source)).error
    assert error is not None
    assert "not a function" in error.message


async def test_console_is_kept_in_order(guests: Guests) -> None:
    """Lines come with their level, before and after waiting, of failed calls, too."""
    source = """exports = async () => {
        console.log("a", 1, { b: 2 });
        await new Promise((done) => setTimeout(done, 1));
        console.warn("w");
        console.error(new Error("e"));
        throw new Error("end");
    }"""
    outcome = await guests.run(source)
    assert outcome.error is not None
    assert [line.level for line in outcome.logs] == ["log", "warn", "error"]
    assert outcome.logs[0].text.startswith("a 1 {")
    assert outcome.logs[2].text == "Error: e"


@pytest.mark.parametrize(("written", "kept"), [(9, 9), (10, 10), (11, 10)])
async def test_console_lines_are_capped(guests: Guests, written: int, kept: int) -> None:
    """No more than `log_lines` lines are kept, the first ones."""
    source = "exports = (n) => { for (let i = 0; i < n; i++) console.log(String(i)) }"
    outcome = await guests.run(source, {"$numberInt": str(written)}, limits=Limits(log_lines=10))
    assert [line.text for line in outcome.logs] == [str(n) for n in range(kept)]


@pytest.mark.parametrize(
    ("written", "kept"), [("x" * 99, "x" * 99), ("x" * 100, "x" * 100), ("x" * 101, "x" * 100), ("ä" * 51, "ä" * 50)]
)
async def test_console_bytes_are_capped(guests: Guests, written: str, kept: str) -> None:
    """No more than `log_bytes` bytes are kept, and no character is cut in two."""
    outcome = await guests.run("exports = (text) => console.log(text)", written, limits=Limits(log_bytes=100))
    assert [line.text for line in outcome.logs] == [kept]


@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "\\u2028", "\\uffff", "\\ud83d\\ude00", '\\"', "\\\\"])
async def test_strange_texts_leave_whole(guests: Guests, text: str) -> None:
    """No text that JavaScript can hold breaks the way out, wherever it stands."""
    logged = f'console.log("{text}");'
    returned = await guests.run(f'exports = () => {{ {logged} return {{ "k{text}": "{text}" }} }}')
    thrown = await guests.run(f'exports = () => {{ {logged} throw new Error("{text}") }}')
    assert returned.error is None
    assert thrown.error is not None
    assert thrown.error.kind is ErrorKind.THREW
    assert len(returned.logs) == len(thrown.logs) == 1
