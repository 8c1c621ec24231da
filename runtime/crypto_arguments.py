"""Reads the arguments of the synchronous door, which a hostile guest may have written."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import orjson


class CryptoError(Exception):
    """A refusal handed back to the guest; `name` is the JavaScript error's."""

    def __init__(self, message: str, *, name: str = "Error") -> None:
        super().__init__(message)
        self.name = name
        self.message = message


def malformed(message: str) -> CryptoError:
    """The refusal of an argument that is not of the right type or range."""
    return CryptoError(message, name="TypeError")


@dataclass(frozen=True, slots=True)
class CryptoArguments:
    """The members of one request; each reader names the member it refuses."""

    members: dict[str, object]

    @classmethod
    def read(cls, text: bytes) -> CryptoArguments:
        """Decode a JSON object."""
        try:
            members: object = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise malformed("the arguments are not JSON") from error
        if not isinstance(members, dict):
            raise malformed("the arguments must be an object")
        return cls(members)

    def text(self, member: str, default: str | None = None) -> str:
        """A string; where it is absent the default, if there is one."""
        value = self.members.get(member, default)
        if not isinstance(value, str):
            raise malformed(f"'{member}' must be a string")
        return value

    def binary(self, member: str) -> bytes:
        """Bytes from base64 with padding."""
        try:
            return base64.b64decode(self.text(member), validate=True)
        except (binascii.Error, ValueError) as error:
            raise malformed(f"'{member}' is not base64") from error

    def flag(self, member: str) -> bool:
        """Whether it is true; absent is false."""
        return self.members.get(member) is True

    def integer(self, member: str) -> int:
        """A whole number that JavaScript holds exactly."""
        value = self.members.get(member)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 2**53:
            raise malformed(f"'{member}' must be an integer")
        return value

    def mapping(self, member: str) -> dict[str, object]:
        """An object; empty where it is absent or null."""
        value = self.members.get(member)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise malformed(f"'{member}' must be an object")
        return value

    def texts(self, member: str) -> list[str] | None:
        """A list of strings; None where it is absent or null."""
        value = self.members.get(member)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise malformed(f"'{member}' must be an array of strings")
        return [str(item) for item in value]


def as_base64(value: bytes) -> str:
    """How bytes leave through the door."""
    return base64.b64encode(value).decode("ascii")
