"""Forms as OAuth has them: few short fields, each at most once (RFC 6749, 3.1 and 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import parse_qsl

from quart import Request

from server.auth.tokens import MAX_TOKEN_LENGTH
from server.errors import AppError, ErrorCode

TYPE: Final = "application/x-www-form-urlencoded"
LONGEST_FORM: Final = 2 * MAX_TOKEN_LENGTH
"""Bytes of a form: a token that carries much user data, and all that may come with it."""
MOST_FIELDS: Final = 64
"""Fields of a form; ten million of them, which a body has room for, would be read for twenty seconds."""


async def read_form(request: Request, refused_as: ErrorCode) -> Mapping[str, str]:
    """The fields of the request's body; one of another type has none. Raises AppError with that code."""
    data = cast("bytes", await request.get_data())
    if request.mimetype != TYPE:
        return {}
    if len(data) > LONGEST_FORM:
        raise AppError(refused_as, f"a form has at most {LONGEST_FORM} bytes")
    try:
        fields = parse_qsl(data.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise AppError(refused_as, f"a form is UTF-8 text and has at most {MOST_FIELDS} fields") from error
    form = dict(fields)
    if len(form) < len(fields):
        raise AppError(refused_as, "a field of the form is repeated")
    return form
