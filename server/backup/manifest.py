"""What a backup holds, by name, length and hash: `backup.json` beside its files."""

from __future__ import annotations

import hashlib
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from server.backup.problems import BackupError

FILE: Final = "backup.json"
IDENTITY, KEY, DOCUMENTS = "identity.sqlite", "secrets.key", "documents"
_NAME: Final = re.compile(rf"{re.escape(IDENTITY)}|{re.escape(KEY)}|{DOCUMENTS}/[^/\\\0]+/[^/\\\0]+\.sqlite")


def _own_name(name: str) -> str:
    if not _NAME.fullmatch(name) or ".." in name.split("/"):
        raise ValueError("is not the name of a file of a data directory")
    return name


class Content(BaseModel):
    """One file's length in bytes, and its SHA-256 in hexadecimal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")

    @classmethod
    def of(cls, path: Path) -> Content:
        """What the file has now. Raises OSError."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return cls(bytes=file.tell(), sha256=digest.hexdigest())


class Manifest(BaseModel):
    """The moment of the backup, who wrote it, and each of its files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    made: datetime
    program: str
    files: dict[Annotated[str, AfterValidator(_own_name)], Content]

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Of a backup. Raises BackupError where there is none."""
        try:
            return cls.model_validate_json((folder / FILE).read_bytes())
        except FileNotFoundError:
            raise BackupError(f"{folder} holds no backup: `vestibule backup` writes {FILE} into one") from None
        except OSError as error:
            raise BackupError(f"{folder / FILE} cannot be read: {error.strerror}") from None
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "the file"
            raise BackupError(
                f"{folder / FILE} was not written by `vestibule backup`: {place}: {first['msg']}"
            ) from None

    def write(self, folder: Path) -> None:
        """Beside the files, for the owner alone."""
        path = folder / FILE
        path.touch(mode=0o600, exist_ok=False)
        with path.open("w", encoding="utf-8") as file:
            file.write(self.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())


def check(folder: Path, name: str, expected: Content) -> None:
    """Raises BackupError where a file of the backup is missing or is not what was written."""
    try:
        found = Content.of(folder / name)
    except OSError as error:
        raise BackupError(f"{folder / name} cannot be read: {error.strerror}") from error
    if found != expected:
        raise BackupError(f"{folder / name} is not the file that was backed up: its SHA-256 differs")
