"""The provider `custom-function`: the author's function says who the credentials belong to (contract 7.3)."""

from __future__ import annotations

from server import ejson
from server.apps.authentication import CustomFunctionSettings
from server.calls.outcomes import FunctionFailed
from server.ejson import Document, EjsonError, Value
from server.errors import AppError, ErrorCode
from server.login.attempt import Attempt, Verified, identity_of

LONGEST_ID = 1024
"""Characters of an external id."""
_WRONG_RETURN = "it must return a non-empty string, or an object whose 'id' is one"


async def authenticate(attempt: Attempt) -> Verified:
    """The identity that the function names. Raises AppError AuthError with the function's own message."""
    settings = attempt.provider.settings
    if not isinstance(settings, CustomFunctionSettings):
        raise AppError(ErrorCode.AUTH_ERROR, "unauthorized")
    arguments = await ejson.dumps_aside([attempt.credentials])
    reason = f"authentication function '{settings.function_name}'"
    try:
        returned = await attempt.calls.call_as_system(
            attempt.deployment, settings.function_name, arguments, reason=reason, request=attempt.request
        )
    except FunctionFailed as failure:
        raise AppError(ErrorCode.AUTH_ERROR, f"error executing auth function: {failure.message}") from failure
    try:
        external_id, data = read_returned(await ejson.loads_aside(returned))
    except EjsonError as error:
        raise AppError(ErrorCode.AUTH_ERROR, f"error executing auth function: it returned {error}") from error
    return identity_of(attempt, external_id, data)


def read_returned(returned: Value) -> tuple[str, Document]:
    """External id and data from a string, `{id}` or `{id, name}`. Raises AppError AuthError on anything else."""
    name: Value = None
    if isinstance(returned, dict):
        name, returned = returned.get("name"), returned.get("id")
    if not ejson.is_text(returned) or not returned:
        raise AppError(ErrorCode.AUTH_ERROR, f"error executing auth function: {_WRONG_RETURN}")
    if len(returned) > LONGEST_ID:
        raise AppError(ErrorCode.AUTH_ERROR, f"error executing auth function: the id exceeds {LONGEST_ID} characters")
    return returned, {"name": name} if ejson.is_text(name) else {}
