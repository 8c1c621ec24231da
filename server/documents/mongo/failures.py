"""What the driver raises, as the errors that callers of a document store know."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, cast

from bson.errors import BSONError
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
)

from server.documents.budget import SECONDS, budget
from server.documents.errors import BAD_VALUE, DUPLICATE_KEY, MAX_TIME_EXPIRED, DocumentError

HOST_UNREACHABLE: Final = 6
UNKNOWN_STAGE: Final = 40324
UNAUTHORIZED: Final = frozenset({13, 18})
UNAVAILABLE: Final = frozenset({91, 189, 10107, 11600, 11602, 13435, 13436})
"""The codes by which a server says that it is shutting down or is not the primary any more."""

_log = logging.getLogger(__name__)


class UnreachableError(DocumentError):
    """The MongoDB server does not answer; the next operation tries again."""

    def __init__(self, message: str = "the MongoDB data source cannot be reached") -> None:
        super().__init__(HOST_UNREACHABLE, message)


@asynccontextmanager
async def bounded(seconds: float = SECONDS) -> AsyncIterator[None]:
    """Give the work inside its time, and raise DocumentError for what the driver raises.

    Addresses and credentials stay in the operator's log.
    """
    try:
        async with asyncio.timeout(seconds):
            with budget(seconds):
                yield
    except TimeoutError as error:
        raise DocumentError(MAX_TIME_EXPIRED, "operation exceeded time limit") from error
    except PyMongoError as error:
        raise as_document_error(error) from error
    except (BSONError, OverflowError, TypeError, ValueError) as error:
        raise DocumentError(BAD_VALUE, str(error)) from error


def as_document_error(error: PyMongoError) -> DocumentError:
    """The error with MongoDB's code and text (contract 3.4)."""
    match error:
        case BulkWriteError():
            return _of_bulk(error)
        case OperationFailure():
            return _of_server(error)
        case AutoReconnect() | ConnectionFailure() | WaitQueueTimeoutError():
            _log.warning("the MongoDB data source cannot be reached: %.200s", error)
            return UnreachableError()
        case _:
            return DocumentError(BAD_VALUE, str(error))


def _of_server(error: OperationFailure) -> DocumentError:
    if isinstance(error, ExecutionTimeout):
        return DocumentError(MAX_TIME_EXPIRED, "operation exceeded time limit")
    if error.code in UNAUTHORIZED:
        _log.error("MongoDB refused the credentials or the operation: %s", error)
        return DocumentError(error.code or BAD_VALUE, "the MongoDB data source does not allow this operation")
    if error.code in UNAVAILABLE:
        return UnreachableError()
    return _refusal(error.code, (error.details or {}).get("errmsg") or str(error))


def _of_bulk(error: BulkWriteError) -> DocumentError:
    details = cast("Mapping[str, list[Mapping[str, object]]]", error.details)
    refusals = details.get("writeErrors") or details.get("writeConcernErrors") or [{}]
    code = refusals[0].get("code")
    return _refusal(code if isinstance(code, int) else None, str(refusals[0].get("errmsg", error)))


def _refusal(code: int | None, message: str) -> DocumentError:
    if code == DUPLICATE_KEY and not message.startswith("Duplicate key error"):
        message = f"Duplicate key error: {message}"
    if code == UNKNOWN_STAGE:
        message = f"{message.rstrip('.')}."  # as older servers wrote it, and as clients' tests look for it
    return DocumentError(code if code is not None else BAD_VALUE, message)
