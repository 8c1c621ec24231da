"""How one run differs from a client's plain call of a function."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.messages import Entrance
from server.context.personal import Sightings
from server.context.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """By which entrance, under which type the log has it (contract 12.5), and who is asked for `can_evaluate`.

    A function that everyone may reach without an account, an endpoint's, has its `can_evaluate` judged by the request
    where there is no user; with `asks_system` it is. A run that belongs to a `unit` leaves its end to who made that.
    `sightings` learn what personal data the run met, for who has to blot it out of its error.
    """

    entrance: Entrance = Entrance.CALL
    log_type: str = "FUNCTION"
    asks_system: bool = False
    unit: Unit | None = None
    sightings: Sightings | None = None


PLAIN = Manner()
