"""A user is about to exist: the app's creation function, and the account with all that it wrote, or nothing (7.6)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

from server.apps.model import AuthOperation
from server.calls.authentication_events import authentication_events
from server.calls.calling import Calls, encode_arguments
from server.calls.manner import Manner
from server.calls.outcomes import FunctionFailed
from server.context.deployment import Deployment
from server.context.unit import Unit, UnitConflict
from server.errors import AppError, ErrorCode
from server.login.audit import audit_entry
from server.login_records import AuditEvent, NewApiKey, Owed, PasswordAccount, Proof
from server.records import RequestDescription, Session, User, UserCaller
from server.rules.scope import user_document

MOST_TRIES: Final = 10
"""How often the creation function is run where others change the documents that it writes."""

MOST_AT_ONCE: Final = 64
"""Users of an app that are created at once by one process; each holds a state of the documents open."""

_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
_places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """What is written of a user who is about to exist."""

    user: User
    session: Session | None = None
    password: PasswordAccount | None = None
    api_key: NewApiKey | None = None
    owed: Sequence[Owed] = ()
    proof: Proof | None = None


async def create_user(calls: Calls, deployment: Deployment, new: NewUser, request: RequestDescription) -> None:
    """The creation function, then the account and all that the function wrote, or nothing.

    Raises AppError; IdentityTaken, AccountTaken, KeyNameTaken, TooManyKeys, ProofGone where somebody was faster.
    """
    name = deployment.app.custom_user_data.on_user_creation_function
    if name is None:
        await _add(calls, deployment, new, request, ())
    elif not await _create_by_function(calls, deployment, new, request, name):
        await _take_turns(calls, deployment, new, request, name)


async def _take_turns(
    calls: Calls, deployment: Deployment, new: NewUser, request: RequestDescription, name: str
) -> None:
    """Creations that got into one another's way are made one after the other."""
    app_id = deployment.app.app_id
    turn = _turns.setdefault(app_id, asyncio.Lock())
    async with turn:
        for _ in range(MOST_TRIES - 1):
            if await _create_by_function(calls, deployment, new, request, name):
                return
    raise AppError(ErrorCode.AUTH_ERROR, "error executing user creation function: its documents change all the time")


async def _create_by_function(
    calls: Calls, deployment: Deployment, new: NewUser, request: RequestDescription, name: str
) -> bool:
    """One try; False where somebody else changed the function's documents meanwhile, and nothing was written."""
    unit = Unit(calls.documents)
    places = _places.setdefault(deployment.app.app_id, asyncio.Semaphore(MOST_AT_ONCE))
    await places.acquire()
    try:
        await run_creation_function(calls, deployment, new.user, name, unit)
        await unit.commit(deployment.app.app_id, lambda owed: _add(calls, deployment, new, request, owed))
    except UnitConflict:
        _log.info("user creation function %s met a conflict and is run again", name)
        return False
    finally:
        await unit.drop()
        places.release()
    return True


async def _add(
    calls: Calls, deployment: Deployment, new: NewUser, request: RequestDescription, owed: Sequence[Owed]
) -> None:
    user = new.user
    provider = user.identities[0].provider_type
    events = authentication_events(deployment.app, AuthOperation.CREATE, user, (provider,), user.created_at)
    entry = audit_entry(user.app_id, AuditEvent.USER_CREATED, request, user_id=user.id, provider_type=provider)
    all_owed = [*events, entry, *new.owed, *owed]
    await calls.store.add_user(user, new.session, all_owed, password=new.password, api_key=new.api_key, proof=new.proof)
    calls.on_events.ring_for(all_owed)


async def run_creation_function(calls: Calls, deployment: Deployment, user: User, name: str, unit: Unit) -> None:
    """The user creation function, before the account exists; if it fails, there is no account unless the app says so.

    Raises AppError AuthError.
    """
    argument = user_document(UserCaller(user=user))
    del argument["custom_data"]
    try:
        reason = f"user creation function '{name}'"
        await calls.call_as_system(
            deployment, name, encode_arguments(argument), reason=reason, manner=Manner(unit=unit)
        )
        await unit.requests.ended()
    except AppError as failure:
        await unit.drop()
        if not deployment.app.policy.users_outlive_creation_failure:
            if not isinstance(failure, FunctionFailed):
                raise
            text = f"error executing user creation function: {failure.message}"
            raise AppError(ErrorCode.AUTH_ERROR, text) from failure
        _log.warning("user %s is created although function %s failed: %s", user.id, name, failure.message[:300])
