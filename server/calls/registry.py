"""Which version of each app is deployed now."""

from __future__ import annotations

from collections.abc import Callable, Collection

from server.context.deployment import Deployment
from server.errors import AppError, ErrorCode, quoted


class Registry:
    """The current deployment of every app; replacing one is atomic, calls under way finish on theirs."""

    def __init__(self) -> None:
        self._by_app_id: dict[str, Deployment] = {}
        self._by_domain_id: dict[str, Deployment] = {}
        self._readers: list[Callable[[], None]] = []

    def subscribe(self, reader: Callable[[], None]) -> None:
        """Have the reader told whenever another version is served, or an app no more."""
        self._readers.append(reader)

    def put(self, deployment: Deployment) -> None:
        """Serve this version from now on."""
        self._by_app_id[deployment.app.app_id] = deployment
        self._by_domain_id[deployment.app.domain_id] = deployment
        self._tell()

    def remove(self, app_id: str) -> None:
        """Serve the app no more."""
        deployment = self._by_app_id.pop(app_id, None)
        if deployment is not None:
            del self._by_domain_id[deployment.app.domain_id]
            self._tell()

    def _tell(self) -> None:
        for reader in self._readers:
            reader()

    def app(self, app_id: str) -> Deployment:
        """The app of a client app id. Raises AppError NotFound (contract 1.2)."""
        try:
            return self._by_app_id[app_id]
        except KeyError:
            raise AppError(ErrorCode.NOT_FOUND, f"cannot find app using Client App ID {quoted(app_id)}") from None

    def domain(self, domain_id: str) -> Deployment | None:
        """The app that a token's `baas_domain_id` names; None where it is not served any more."""
        return self._by_domain_id.get(domain_id)

    def find(self, app_id: str) -> Deployment | None:
        """The app of a client app id, if it is served."""
        return self._by_app_id.get(app_id)

    def functions_of(self, app_id: str) -> Collection[str] | None:
        """The names of the app's functions; None where it is not served."""
        deployment = self._by_app_id.get(app_id)
        return None if deployment is None else deployment.app.functions.keys()

    @property
    def app_ids(self) -> tuple[str, ...]:
        """The client app ids that are served, in the order of their first deployment."""
        return tuple(self._by_app_id)
