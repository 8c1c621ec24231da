"""Whether a caller may call a function, and as whom it then runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

from runtime.messages import Outcome
from server import ejson
from server.apps.model import Function
from server.calls.authority import as_user, effective_caller, system_caller
from server.calls.outcomes import value_of
from server.context.data_sources import user_scope
from server.context.deployment import Deployment
from server.ejson import Value
from server.errors import AppError, ErrorCode
from server.records import Caller, UserCaller
from server.rules.expressions import Expression
from server.rules.scope import FunctionCall, FunctionResults
from server.store import Store


class Runs(Protocol):
    """What runs the functions that have a say in this."""

    @property
    def store(self) -> Store:
        """Where users are found."""
        ...

    async def rule_function(self, deployment: Deployment, caller: Caller, call: FunctionCall, depth: int) -> Value:
        """The value of a `%function`."""
        ...

    async def run_script(self, deployment: Deployment, caller: Caller, function: Function, depth: int) -> Outcome:
        """What the function's script says as whom it runs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """One function about to be called by a caller, `depth` calls below a client's."""

    calls: Runs
    deployment: Deployment
    caller: Caller
    function: Function
    depth: int = 0

    async def check(self, arguments: bytes) -> None:
        """`can_evaluate` (contract 4.3), checked on every call of a user. Raises AppError."""
        expression = self.deployment.can_evaluate.get(self.function.name)
        if expression is not None and not await self._holds(expression, arguments):
            text = f'rule not matched for function "{self.function.name}"'
            raise AppError(ErrorCode.FUNCTION_EXECUTION_ERROR, text)

    async def effective(self) -> Caller:
        """As whom the function runs (contract 4.2). Raises AppError where that is nobody."""
        effective = effective_caller(self.function, self.caller)
        if effective is not self.caller or self.function.run_as_system:
            return effective
        if self.function.run_as_user_id:
            return await self._user(self.function.run_as_user_id)
        if self.function.run_as_user_id_script_source:
            return await self._scripted()
        return self.caller

    async def _holds(self, expression: Expression, arguments: bytes) -> bool:
        results = FunctionResults()
        given = cast("list[Value]", ejson.loads(arguments))
        scope = user_scope(self.deployment, self.caller, results, args=given)
        while True:
            holds = expression.holds(scope)
            wanted = results.take_wanted()
            if not wanted:
                return holds
            for call in wanted:
                value = await self.calls.rule_function(self.deployment, self.caller, call, self.depth + 1)
                results.add(call, value)

    async def _scripted(self) -> Caller:
        """As whom the function's script says: a user id, or `{runAsSystem: true}`."""
        outcome = await self.calls.run_script(self.deployment, self.caller, self.function, self.depth)
        answer, name = ejson.loads(value_of(outcome)), self.function.name
        if isinstance(answer, str):
            return await self._user(answer)
        if isinstance(answer, dict) and True in (answer.get("runAsSystem"), answer.get("runAsSystemUser")):
            return system_caller(f"the script of function '{name}' chose to run as system", caller=self.caller)
        raise AppError(ErrorCode.FUNCTION_EXECUTION_ERROR, f"function '{name}' does not say as whom it runs")

    async def _user(self, user_id: str) -> UserCaller:
        user = await self.calls.store.find_user(self.deployment.app.app_id, user_id)
        if user is None or user.disabled:
            raise AppError(ErrorCode.USER_NOT_FOUND, f"no such user to run as: '{user_id[:64]}'")
        return as_user(user, self.caller)
