-- Finds the triggers of an app that have events due, and the oldest of each.

CREATE INDEX events_by_trigger ON events (app_id, trigger_name, due_at, id);
