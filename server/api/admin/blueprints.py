"""All routes of the Admin API."""

from __future__ import annotations

from server.api.admin.apps import admin_apps
from server.api.admin.audit import admin_audit
from server.api.admin.dependencies import admin_dependencies
from server.api.admin.deployments import admin_deployments
from server.api.admin.differences import admin_differences
from server.api.admin.figures import admin_figures
from server.api.admin.functions import admin_functions
from server.api.admin.logs import admin_logs
from server.api.admin.objects import admin_objects
from server.api.admin.parts import admin_parts
from server.api.admin.recordings import admin_recordings
from server.api.admin.registrations import admin_registrations
from server.api.admin.secrets import admin_secrets
from server.api.admin.security import admin_security
from server.api.admin.sessions import admin_sessions
from server.api.admin.stored_documents import admin_stored_documents
from server.api.admin.transfer import admin_transfer
from server.api.admin.trigger_queue import admin_trigger_queue
from server.api.admin.user_sessions import admin_user_sessions
from server.api.admin.users import admin_users

ADMIN = (
    admin_sessions,
    admin_apps,
    admin_deployments,
    admin_differences,
    admin_objects,
    admin_parts,
    admin_security,
    admin_registrations,
    admin_dependencies,
    admin_transfer,
    admin_secrets,
    admin_functions,
    admin_logs,
    admin_audit,
    admin_recordings,
    admin_figures,
    admin_trigger_queue,
    admin_stored_documents,
    admin_users,
    admin_user_sessions,
)
