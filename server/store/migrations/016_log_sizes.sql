-- What an app's log takes, so that it can be kept within bounds: bytes of each entry, and of all of an app's.

ALTER TABLE logs ADD COLUMN size BIGINT NOT NULL DEFAULT 400;
CREATE TABLE log_sizes (
    app_id TEXT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL
);
INSERT INTO log_sizes (app_id, size) SELECT app_id, sum(size) FROM logs GROUP BY app_id;
