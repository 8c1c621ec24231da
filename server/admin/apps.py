"""Apps as the Admin API shows them (contract 12.2)."""

from __future__ import annotations

from collections.abc import Mapping

from server.admin.objects.storage import JsonObject, read_json
from server.apps.ids import GROUP_ID, derived_id
from server.apps.layouts.layout import CONFIG_VERSION, ROOT_FILE, ROOT_FILES
from server.apps.model import App, AuthenticationEvents, DatabaseEvents
from server.apps.source import Tree
from server.apps.strict_json import dump as dump_json
from server.version_records import StoredApp


def new_app_tree(app_id: str, fields: Mapping[str, object]) -> Tree:
    """The files of an app that has nothing yet."""
    return {
        ROOT_FILE: dump_json({"config_version": CONFIG_VERSION, "app_id": app_id, **fields}),
        "functions/config.json": dump_json([]),
        "auth/providers.json": dump_json({}),
    }


def app_object(app: StoredApp, tree: Tree) -> JsonObject:
    """The app object; moments in seconds."""
    root = root_of(tree)
    created = int(app.created_at.timestamp())
    return {
        "_id": derived_id(app.app_id, "app"),
        "client_app_id": app.app_id,
        "name": root.get("name") or app.app_id,
        "domain_id": derived_id(app.app_id, "domain"),
        "group_id": GROUP_ID,
        "location": root.get("location") or "US-VA",
        "deployment_model": root.get("deployment_model") or "GLOBAL",
        "provider_region": root.get("provider_region") or "aws-us-east-1",
        "environment": root.get("environment") or "",
        "product": "standard",
        "last_used": created,
        "last_modified": created,
    }


def root_of(tree: Tree) -> JsonObject:
    """The root file's fields."""
    roots = (read_json(tree, path) for path in ROOT_FILES)
    return next((root for root in roots if isinstance(root, dict)), {})


def describe(app: App, url: str) -> JsonObject:
    """The summary of an app; empty parts are empty arrays, never null."""
    triggers = (
        (trigger, "AUTHENTICATION")
        if isinstance(trigger.events, AuthenticationEvents)
        else (trigger, "DATABASE" if isinstance(trigger.events, DatabaseEvents) else "SCHEDULED")
        for trigger in app.triggers
    )
    return {
        "client_app_id": app.app_id,
        "name": app.name,
        "realm_url": f"{url}/groups/{GROUP_ID}/apps/{app.id}/dashboard",
        "data_sources": [
            {"name": source.name, "type": source.type, "data_source": str(source.config.get("clusterName", ""))}
            for source in app.data_sources.values()
        ],
        "http_endpoints": [
            {"route": endpoint.route, "http_method": endpoint.http_method} for endpoint in app.endpoints
        ],
        "service_descs": [],
        "auth_providers": [
            {"name": provider.type, "type": provider.type, "enabled": not provider.disabled}
            for provider in app.providers.values()
        ],
        "custom_user_data": {"enabled": app.custom_user_data.enabled},
        "values": sorted(app.values),
        "functions": [{"name": name, "path": f"functions/{name}.js"} for name in sorted(app.functions)],
        "sync": {},
        "graphql": {"url": "", "custom_resolvers": []},
        "environment": app.environment.tag,
        "event_subscription": [
            {"name": trigger.name, "type": kind, "enabled": not trigger.disabled} for trigger, kind in triggers
        ],
        "log_forwarders": [],
    }
