"""What two people made of the same files comes together where they changed different things, else is refused."""

from __future__ import annotations

import json

import pytest

from server.apps.source import Tree
from server.versions.merging import BothChanged, merged


def functions(**entries: dict[str, object] | None) -> Tree:
    """An app of functions: an entry and a source each; none of those that are None."""
    kept = {name: entry for name, entry in entries.items() if entry is not None}
    config = [{"name": name, "private": entry.get("private", False)} for name, entry in kept.items()]
    sources = {f"functions/{name}.js": str(entry.get("source", "1")).encode() for name, entry in kept.items()}
    return {"functions/config.json": json.dumps(config).encode(), **sources}


def config_of(tree: Tree) -> dict[str, bool]:
    """Which function is private, in the file's order."""
    return {entry["name"]: entry["private"] for entry in json.loads(tree["functions/config.json"])}


BASE = functions(f={}, g={}, h={})


def test_different_functions_come_together() -> None:
    """One changed, one added, one deleted by us; one changed and one added by them; their order, ours behind it."""
    ours = functions(f={"private": True, "source": "2"}, h=None, g={}, mine={})
    theirs = functions(theirs={}, g={"private": True}, f={}, h={})
    both = merged(BASE, ours, theirs)

    assert config_of(both) == {"theirs": False, "g": True, "f": True, "mine": False}
    assert list(config_of(both)) == ["theirs", "g", "f", "mine"]
    assert both["functions/f.js"] == b"2"
    assert both.keys() == {"functions/config.json", *(f"functions/{name}.js" for name in ("f", "g", "mine", "theirs"))}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"private": True, "source": "2"}, {"private": True}),
        ({"source": "2"}, {"source": "3"}),
        ({"source": "2"}, {"private": True}),
        (None, {"source": "2"}),
        ({"private": True}, None),
    ],
)
def test_the_same_function_is_refused(ours: dict[str, object] | None, theirs: dict[str, object] | None) -> None:
    """Whether the entry, the source, or one of each was changed, or one of both deleted it."""
    with pytest.raises(BothChanged, match=r"^function f$"):
        merged(BASE, functions(f=ours, g={}, h={}), functions(f=theirs, g={"private": True}, h={}))


def test_the_same_change_is_none_to_refuse() -> None:
    """Both made it, and it is made."""
    same = functions(f={"private": True, "source": "2"}, g={}, h={})
    assert config_of(merged(BASE, same, {**same, "values/v.json": b"1"}))["f"] is True


@pytest.mark.parametrize(
    ("path", "contents", "expected"),
    [
        ("auth/providers.json", ("{}", '{"a": 1}', '{"b": 2}'), {"b": 2, "a": 1}),
        (
            "http_endpoints/config.json",
            ('[{"route": "/a", "http_method": "GET"}]', "[]",
             '[{"route": "/a", "http_method": "GET"}, {"route": "/a", "http_method": "POST"}]'),
            [{"route": "/a", "http_method": "POST"}],
        ),
    ],
)  # fmt: skip
def test_providers_and_endpoints_come_together(path: str, contents: tuple[str, ...], expected: object) -> None:
    """Each by what makes it itself."""
    base, ours, theirs = ({path: content.encode()} for content in contents)
    assert json.loads(merged(base, ours, theirs)[path]) == expected


@pytest.mark.parametrize(
    ("path", "contents", "said"),
    [
        ("auth/providers.json", ("{}", '{"a": 1}', '{"a": 2}'), "auth/providers.json: a"),
        ("functions/config.json", ("[]", "[1]", "[2]"), "functions/config.json"),
        ("functions/config.json", ("[]", '[{"name": "f"}, {"name": "f"}]', '[{"name": "g"}]'), "functions/config.json"),
        ("functions/config.json", ("[]", "{", '[{"name": "g"}]'), "functions/config.json"),
        ("values/v.json", ("1", "2", "3"), "values/v.json"),
    ],
)
def test_what_both_changed_is_named(path: str, contents: tuple[str, ...], said: str) -> None:
    """The entry; the whole file where it has no entries to tell apart."""
    base, ours, theirs = ({path: content.encode()} for content in contents)
    with pytest.raises(BothChanged) as refusal:
        merged(base, ours, theirs)
    assert str(refusal.value) == said
