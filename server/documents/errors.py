"""The engine's one exception, with MongoDB's codes, names and texts."""

from __future__ import annotations

import sqlite3
from typing import Final

BAD_VALUE: Final = 2
UNKNOWN_ERROR: Final = 8
FAILED_TO_PARSE: Final = 9
TYPE_MISMATCH: Final = 14
OVERFLOW: Final = 15
INVALID_LENGTH: Final = 16
INVALID_PATH: Final = 28
CONFLICTING_UPDATE: Final = 40
MAX_TIME_EXPIRED: Final = 50
DOLLAR_PREFIXED_FIELD: Final = 52
INVALID_ID_FIELD: Final = 53
EMPTY_FIELD_NAME: Final = 56
IMMUTABLE_FIELD: Final = 66
CANNOT_CREATE_INDEX: Final = 67
INVALID_NAMESPACE: Final = 73
INDEX_CONFLICT: Final = 86
WRITE_CONFLICT: Final = 112
NOT_SUPPORTED: Final = 115
CANNOT_INDEX_PARALLEL_ARRAYS: Final = 171
CANNOT_BUILD_INDEX_KEYS: Final = 201
NO_SUCH_TRANSACTION: Final = 251
TRANSACTION_TOO_LARGE: Final = 257
TOO_MANY_TRANSACTIONS: Final = 261
NOT_IN_TRANSACTION: Final = 263
MEMORY_EXCEEDED: Final = 292
TOO_LARGE: Final = 10334
DUPLICATE_KEY: Final = 11000
OUT_OF_DISK_SPACE: Final = 14031

NAMES: Final[dict[int, str]] = {
    BAD_VALUE: "BadValue",
    FAILED_TO_PARSE: "FailedToParse",
    TYPE_MISMATCH: "TypeMismatch",
    OVERFLOW: "Overflow",
    INVALID_LENGTH: "InvalidLength",
    27: "IndexNotFound",
    INVALID_PATH: "PathNotViable",
    CONFLICTING_UPDATE: "ConflictingUpdateOperators",
    MAX_TIME_EXPIRED: "MaxTimeMSExpired",
    DOLLAR_PREFIXED_FIELD: "DollarPrefixedFieldName",
    INVALID_ID_FIELD: "InvalidIdField",
    EMPTY_FIELD_NAME: "EmptyFieldName",
    59: "CommandNotFound",
    IMMUTABLE_FIELD: "ImmutableField",
    CANNOT_CREATE_INDEX: "CannotCreateIndex",
    72: "InvalidOptions",
    INVALID_NAMESPACE: "InvalidNamespace",
    85: "IndexOptionsConflict",
    INDEX_CONFLICT: "IndexKeySpecsConflict",
    WRITE_CONFLICT: "WriteConflict",
    NOT_SUPPORTED: "CommandNotSupported",
    CANNOT_INDEX_PARALLEL_ARRAYS: "CannotIndexParallelArrays",
    CANNOT_BUILD_INDEX_KEYS: "CannotBuildIndexKeys",
    241: "ConversionFailure",
    NO_SUCH_TRANSACTION: "NoSuchTransaction",
    TRANSACTION_TOO_LARGE: "TransactionTooLarge",
    TOO_MANY_TRANSACTIONS: "TooManyLogicalSessions",
    NOT_IN_TRANSACTION: "OperationNotSupportedInTransaction",
    MEMORY_EXCEEDED: "QueryExceededMemoryLimitNoDiskUseAllowed",
    TOO_LARGE: "BSONObjectTooLarge",
    DUPLICATE_KEY: "DuplicateKey",
    OUT_OF_DISK_SPACE: "OutOfDiskSpace",
    UNKNOWN_ERROR: "UnknownError",
}


class DocumentError(Exception):
    """An operation the engine refuses; `code` and `message` are MongoDB's, `str(error)` is the message.

    `keeps_work`: what the operation wrote before it failed stays, as in a batch of inserts.
    """

    def __init__(self, code: int, message: str, *, keeps_work: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.keeps_work = keeps_work

    @property
    def code_name(self) -> str:
        """MongoDB's name of the code; `Location<code>` where it has none."""
        return NAMES.get(self.code, f"Location{self.code}")


def unwritten(error: BaseException) -> BaseException:
    """What is told of a write that SQLite could not make: that nothing was written, and why."""
    if not isinstance(error, sqlite3.Error):
        return error
    is_full = getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE)
    told = DocumentError(
        OUT_OF_DISK_SPACE if is_full else UNKNOWN_ERROR,
        f"the documents could not be written, and are as before: {error}",
    )
    told.__cause__ = error
    return told


def unsupported(name: str) -> DocumentError:
    """The refusal of a MongoDB feature that this engine does not have, by its name."""
    return DocumentError(NOT_SUPPORTED, f"{name} is not supported by the embedded document store")
