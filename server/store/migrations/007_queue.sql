-- Runs owed to triggers, written with their cause. `arguments` is canonical Extended JSON. Nobody may begin an event
-- before `due_at`: the end of its owner's lease while it runs, the end of its wait after a failure, the end of time
-- while others of its lane come first.

ALTER TABLE events RENAME TO events_without_lanes;
DROP INDEX events_by_id;
DROP INDEX events_by_age;
CREATE TABLE events (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    trigger_name TEXT NOT NULL,
    function_name TEXT NOT NULL,
    arguments TEXT NOT NULL,
    lane TEXT,
    position BIGINT NOT NULL,
    depth BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    attempts_allowed BIGINT NOT NULL,
    first_delay BIGINT NOT NULL,
    longest_delay BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    give_up_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    last_error TEXT,
    due_at BIGINT NOT NULL,
    lease_owner TEXT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX events_by_due ON events (app_id, due_at, id);
CREATE INDEX events_by_lane ON events (app_id, lane, position, id) WHERE lane IS NOT NULL;
CREATE INDEX events_leased ON events (lease_owner, app_id, id) WHERE lease_owner <> '';
INSERT INTO events
    SELECT app_id, id, 'AUTH_TRIGGER', trigger_name, function_name, '[' || argument || ']', NULL, 0, 0, created_at,
           1, 1000, 3600000, 86400000, created_at + 86400000, attempts, 0, NULL, created_at, ''
    FROM events_without_lanes;
DROP TABLE events_without_lanes;

-- Events that were given up, the newest of each app.
CREATE TABLE dead_events (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    trigger_name TEXT NOT NULL,
    function_name TEXT NOT NULL,
    arguments TEXT NOT NULL,
    lane TEXT,
    position BIGINT NOT NULL,
    depth BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    attempts_allowed BIGINT NOT NULL,
    first_delay BIGINT NOT NULL,
    longest_delay BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    give_up_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    last_error TEXT,
    died_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX dead_events_by_death ON dead_events (app_id, died_at, id);
