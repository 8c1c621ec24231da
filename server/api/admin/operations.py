"""What each route of the Admin API takes, who may ask it and what it answers: declared beside the route, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from quart import current_app, request

from server.admin.access import Power
from server.errors import ErrorCode

JSON, ZIP, FORM, FILE = "application/json", "application/zip", "multipart/form-data", "application/octet-stream"
CHANGES = "application/vnd.vestibule.changes+zip"
"""Types of bodies; the last is an app's files without what the server has already."""

AnyView = TypeVar("AnyView", bound=Callable[..., Any])


class Door(StrEnum):
    """What a route that is about no app asks for."""

    ANYBODY = "none"
    REFRESH_TOKEN = "refresh token"  # noqa: S105 - a kind of token, not one
    ADMINISTRATOR = "access token"


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a route; decorates its view, below the decorator that gives the view its route.

    `body`, `answer` and `query` are types that pydantic describes; None is an empty body. `status` is the answer's;
    `also` are other statuses that are no errors, with the types of their answers.
    `also_types` are other types of the answer that clients may ask for.
    """

    allowed: Power | Door
    _: KW_ONLY
    status: int = 200
    answer: Any = None
    answer_type: str = JSON
    body: Any = None
    body_types: tuple[str, ...] = (JSON,)
    query: type[BaseModel] | None = None
    refusals: tuple[ErrorCode, ...] = ()
    also: Mapping[int, Any] = field(default_factory=dict)
    also_types: tuple[str, ...] = ()

    def __call__(self, view: AnyView) -> AnyView:
        """Note what the view does."""
        _OPERATIONS[view] = self
        return view


_OPERATIONS: Final[dict[Callable[..., Any], Operation]] = {}


def operation_of(view: Callable[..., Any]) -> Operation:
    """What the view declared. Raises KeyError where it declared nothing."""
    return _OPERATIONS[view]


def demanded_power() -> Power:
    """The power over an app that the current request needs. Raises TypeError where its route is about no app."""
    allowed = operation_of(current_app.view_functions[str(request.endpoint)]).allowed
    if not isinstance(allowed, Power):
        raise TypeError(f"{request.endpoint} declares no power over an app")
    return allowed
