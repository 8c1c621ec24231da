"""Secrets in every form that a console shows, in pieces, and cut off; personal data by its path."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from server.apps.model import ValueDefinition
from server.context import personal
from server.context.personal import TOO_MANY, PersonalFields, Sightings
from server.context.redaction import Redaction

SECRET = "s3cr3t/valüe~?+12"


@pytest.fixture
def redaction() -> Redaction:
    """Of one secret."""
    return Redaction.of([ValueDefinition(name="v", value=SECRET, secret_name="N")])


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
def test_secrets_in_headers_are_found(redaction: Redaction, before: str, after: str) -> None:
    """Base64 of a text that holds the secret, wherever in it, in both alphabets."""
    raw = (before + SECRET + after).encode()
    for encoded in (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
        shown = redaction(f"Basic {encoded}")
        assert "[secret N]" in shown
        assert encoded not in shown


def test_many_secrets_are_found_as_one_is() -> None:
    """Each by its own name, the longer of two that begin alike first, in pieces and at the end, too."""
    secrets = {f"S{number}": f"{number:03}-" + "x" * 400 + f"-{number:03}" for number in range(100)}
    secrets |= {"LONG": "one secret and more of it", "SHORT": "one secret"}
    redaction = Redaction.of(ValueDefinition(name=name, value=text, secret_name=name) for name, text in secrets.items())
    middle = secrets["S42"]

    assert redaction("one secret and more of it, one secret") == "[secret LONG], [secret SHORT]"
    assert redaction.lines([f"a{middle[:200]}", f"{middle[200:]}b", "c one sec"]) == [
        "a[secret S42]", "[secret S42]b", "c [secret LONG]",
    ]  # fmt: skip
    assert redaction.lines(["nothing", "at all"]) == ["nothing", "at all"]


@pytest.mark.parametrize("form", [quote(SECRET, safe=""), SECRET.encode().hex(), SECRET.encode().hex().upper()])
def test_encoded_secrets_are_found(redaction: Redaction, form: str) -> None:
    """As addresses and dumps write them."""
    assert redaction(f"<{form}>") == "<[secret N]>"


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ([f"a {SECRET[:7]}", SECRET[7:12], f"{SECRET[12:]} b"], ["a [secret N]", "[secret N]", "[secret N] b"]),
        ([f"x {SECRET} y {SECRET[:4]}"], ["x [secret N] y [secret N]"]),
        ([SECRET[:2], "", SECRET[2:], SECRET], ["[secret N]", "", "[secret N]", "[secret N]"]),
        (["nothing", "here"], ["nothing", "here"]),
        ([], []),
    ],
)
def test_pieces_over_several_lines_are_found(redaction: Redaction, lines: list[str], shown: list[str]) -> None:
    """And the beginning of a secret that the limit of a run's output cut off."""
    assert redaction.lines(lines) == shown


def _seen(value: Any, *names: str) -> Sightings:
    sightings = PersonalFields.of(names).sightings()
    assert sightings is not None
    sightings.see(value)
    return sightings


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"email": "ada@x.org"}, "to ADA@x.org!"),
        ([{"user": {"email": "ada@x.org"}}], "to ada@x.org!"),
        ({"email": ["first@x.org", {"other": "ada@x.org"}]}, "to ada@x.org!"),
        ({"body": {"$binary": {"base64": base64.b64encode(b' {"email":"ada@x.org"}').decode()}}}, "to ada@x.org!"),
        ({"email": {"$numberLong": "4420794600"}}, "to 4420794600!"),
        ({"email": {"$date": {"$numberLong": "86400000"}}}, "to 1970-01-02T00:00:00.000Z!"),
        ({"email": 'a "quoted" one'}, 'to a \\"quoted\\" one!'),
    ],
)
def test_what_a_run_met_is_not_logged(value: object, text: str) -> None:
    """Wherever the field lies, and whatever holds it."""
    assert _seen(value, "email")(text) == "to [personal]!"


def test_a_path_is_more_than_its_last_name() -> None:
    """Texts of other fields of the same name are no personal data; nor are short ones looked for."""
    sightings = _seen({"shop": {"phone": "shop-phone"}, "profile": {"phone": "my-phone", "x": 1}}, "profile.phone")
    assert sightings.texts == {"my-phone"}
    assert _seen({"email": "ab"}, "email")("ab is no word") == "ab is no word"


@pytest.mark.parametrize(
    "text",
    ["email: 'ada'", '{"email":"ada \\" lovelace"}', "Email=ada&x=1", "`email`: ada", "['email']: 'a", "eMail : ada,"],
)
def test_values_behind_the_name_are_not_logged(text: str) -> None:
    """Also such as no value was met of."""
    shown = PersonalFields.of(["email"]).without_values(text)
    assert "[personal]" in shown
    assert "ada" not in shown
    assert PersonalFields.of(["email"]).without_values("emails: ada, my.$email") == "emails: ada, my.$email"


def test_a_run_that_meets_too_much_is_not_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept of what could not be looked through; deep values end no run."""
    monkeypatch.setattr(personal, "MOST_TEXTS", 10)
    assert _seen({"email": [f"text {number}" for number in range(12)]}, "email")("anything") == TOO_MANY
    deep: object = "ada@x.org"
    for _ in range(500):
        deep = {"inner": deep}
    assert _seen({"email": deep}, "email")("x") == "x"


async def test_what_is_no_json_is_let_be() -> None:
    """A host's answer is the guest's affair."""
    sightings = _seen({}, "email")
    await sightings.see_json(b"{")
    await sightings.see_json(orjson.dumps({"email": "ada@x.org"}))
    assert sightings.texts == {"ada@x.org"}
