"""Which credentials a request's headers offer."""

from __future__ import annotations

import pytest

from server.errors import AppError, ErrorCode
from server.login.header_credentials import offered_credentials


@pytest.mark.parametrize(
    ("headers", "provider", "credentials"),
    [
        ([("Email", "a@b.c"), ("Password", "p")], "local-userpass", {"username": "a@b.c", "password": "p"}),
        ([("Apikey", "k")], "api-key", {"key": "k"}),
        ([("Api-Key", "k"), ("Email", "only half")], "api-key", {"key": "k"}),
        ([("jwtTokenString", "a.b.c"), ("JWTTOKENSTRING", "later")], "custom-token", {"token": "a.b.c"}),
    ],
)
def test_four_forms(headers: list[tuple[str, str]], provider: str, credentials: dict[str, str]) -> None:
    """Each form is the login of a provider; names have no case, and of several lines the first counts."""
    offered = offered_credentials(headers)

    assert offered is not None
    assert (offered.provider_type, offered.credentials) == (provider, credentials)


@pytest.mark.parametrize("headers", [[], [("Authorization", "Bearer x")], [("Email", "a@b.c")], [("Password", "p")]])
def test_no_credentials(headers: list[tuple[str, str]]) -> None:
    """Half a form is none, and a bearer token stands for a session instead."""
    assert offered_credentials(headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        [("Apikey", "k"), ("Jwttokenstring", "t")], [("Apikey", "k"), ("Api-Key", "k")],
        [("Authorization", "Bearer x"), ("Apikey", "k")], [("Email", "e"), ("Password", "p"), ("Apikey", "k")],
    ],
)  # fmt: skip
def test_several_forms_are_ambiguous(headers: list[tuple[str, str]]) -> None:
    """Whom they mean is not for the server to choose."""
    with pytest.raises(AppError) as refused:
        offered_credentials(headers)

    assert refused.value.code is ErrorCode.INVALID_PARAMETER
