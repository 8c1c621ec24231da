-- Finished requests, functions and trigger runs. `messages` is a JSON array of strings.

CREATE TABLE logs (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    function_name TEXT,
    user_id TEXT,
    error TEXT,
    error_code TEXT,
    messages TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    completed_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX logs_by_age ON logs (app_id, started_at, id);
