-- Log entries in the order in which they were kept, which followers read on from; `number` is never given twice.
-- One index for each thing that is searched by, so that a page of a million entries costs no more than a page.

CREATE TABLE numbered_logs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
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
    co_id TEXT NOT NULL,
    stats TEXT,
    provider_type TEXT,
    auth_event TEXT,
    address TEXT NOT NULL,
    arguments TEXT
);
INSERT INTO numbered_logs (
    app_id, id, type, function_name, user_id, error, error_code, messages, started_at, completed_at, co_id, stats, address
)
SELECT
    app_id, id, type, function_name, user_id, error, error_code, messages, started_at, completed_at, co_id, stats, ''
FROM logs ORDER BY completed_at, id;
DROP TABLE logs;
ALTER TABLE numbered_logs RENAME TO logs;
CREATE INDEX logs_by_age ON logs (app_id, started_at);
CREATE INDEX logs_by_type ON logs (app_id, type, started_at);
CREATE INDEX logs_by_function ON logs (app_id, function_name, started_at) WHERE function_name IS NOT NULL;
CREATE INDEX logs_by_user ON logs (app_id, user_id, started_at) WHERE user_id IS NOT NULL;
CREATE INDEX logs_by_request ON logs (app_id, co_id) WHERE co_id <> '';
CREATE INDEX logs_of_errors ON logs (app_id, started_at) WHERE error IS NOT NULL;
