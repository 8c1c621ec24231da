"""Exception to answer: the only place that maps errors to HTTP (contract 1.8)."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable

import orjson
from quart import Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from server.api.wire import json_response
from server.documents.errors import DocumentError
from server.documents.mongo.failures import UnreachableError
from server.ejson import EjsonError
from server.errors import OAUTH_CODES, AppError, ErrorCode
from server.request_id import request_id
from server.store.errors import StoreError

_log = logging.getLogger(__name__)


def as_app_error(error: Exception) -> tuple[AppError, int]:  # noqa: PLR0911 - a table
    """The refusal a caller sees and its status; what is not expected says nothing of its cause."""
    match error:
        case AppError():
            return error, error.status
        case UnreachableError():
            return AppError(ErrorCode.MONGODB_ERROR, str(error)), 503
        case DocumentError():
            return AppError(ErrorCode.MONGODB_ERROR, str(error)), 400
        case EjsonError():
            return AppError(ErrorCode.INVALID_JSON, str(error)), 400
        case RequestEntityTooLarge():
            return AppError(ErrorCode.READ_SIZE_LIMIT_EXCEEDED, "the request exceeds the limit of 18 MB"), 413
        case HTTPException(code=int(code)):
            return AppError(ErrorCode.NOT_FOUND if code == 404 else ErrorCode.BAD_REQUEST, error.name.lower()), code
        case StoreError() | sqlite3.Error():
            return AppError(ErrorCode.INTERNAL_SERVER_ERROR, "internal error"), 503
        case _:
            return AppError(ErrorCode.INTERNAL_SERVER_ERROR, "internal error"), 500


def error_response(error: Exception, base_url: str, app_path: str, redact: Callable[[str], str] = str) -> Response:
    """The answer `{error, error_code, link}`; the link carries the id under which the log has the cause.

    `redact` takes the app's secrets out of what is logged.
    """
    refusal, status = as_app_error(error)
    if status >= 500:
        _log.error("request failed", exc_info=error)
    else:
        why = f" ({refusal.__cause__})" if refusal.__cause__ else ""
        _log.info("request refused: %s %s%s", refusal.code, redact(refusal.message)[:300], redact(why)[:300])
    body = {
        "error": refusal.message.encode(errors="replace").decode(),
        "error_code": refusal.code.value,
        "link": f"{base_url}{app_path}/logs?co_id={request_id()}",
    }
    if refusal.code in OAUTH_CODES:
        body = {"error": refusal.code.value, "error_description": refusal.message}
    response = json_response(orjson.dumps(body), status)
    if refusal.code == ErrorCode.INVALID_CLIENT:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response
