"""Credentials that come in a request's own headers, as HTTPS endpoints take them (contract 6); pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.apps.authentication import ProviderType
from server.ejson import Document
from server.errors import AppError, ErrorCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One way to offer credentials: header names, in lower case, and the login body's fields they stand for."""

    provider_type: ProviderType
    fields: tuple[tuple[str, str], ...]


FORMS = (
    Form(provider_type=ProviderType.LOCAL_USERPASS, fields=(("email", "username"), ("password", "password"))),
    Form(provider_type=ProviderType.API_KEY, fields=(("apikey", "key"),)),
    Form(provider_type=ProviderType.API_KEY, fields=(("api-key", "key"),)),
    Form(provider_type=ProviderType.CUSTOM_TOKEN, fields=(("jwttokenstring", "token"),)),
)
BEARER = "authorization"
CREDENTIAL_HEADERS = frozenset({BEARER} | {header for form in FORMS for header, _ in form.fields})
"""What must not reach a function once the server has taken it for credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Credentials for a provider, as the body of a login has them."""

    provider_type: ProviderType
    credentials: Document


def offered_credentials(headers: Iterable[tuple[str, str]]) -> Offered | None:
    """The credentials in these headers; None without any, or for a bearer token, which stands for a session.

    Raises AppError InvalidParameter where there are several: whom they mean must not depend on an order.
    """
    given: dict[str, str] = {}
    for name, value in headers:
        given.setdefault(name.lower(), value)
    found = [form for form in FORMS if all(header in given for header, _ in form.fields)]
    if len(found) + (BEARER in given) > 1:
        raise AppError(ErrorCode.INVALID_PARAMETER, "more than one authentication method was specified")
    if not found:
        return None
    credentials: Document = {field: given[header] for header, field in found[0].fields}
    return Offered(provider_type=found[0].provider_type, credentials=credentials)
