-- Runs owed to triggers, written with their cause. `lease_until` 0: nobody works on it. `argument` is canonical Extended JSON.

CREATE TABLE events (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    trigger_name TEXT NOT NULL,
    function_name TEXT NOT NULL,
    argument TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX events_by_id ON events (id);
CREATE INDEX events_by_age ON events (created_at, id);
