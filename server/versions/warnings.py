"""What is allowed and yet likely a mistake: said when a version is deployed, in words."""

from __future__ import annotations

from server.apps.model import App


def warnings_of(app: App) -> list[str]:
    """A sentence for each; empty where nothing looks wrong."""
    if any(not provider.disabled for provider in app.providers.values()):
        return []
    return ["no provider is enabled: no user can log in; auth/providers.json says which are"]
