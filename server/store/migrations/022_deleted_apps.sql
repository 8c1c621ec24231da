-- Ids of apps that were deleted: no other app takes them, since what cannot go in the same write lies under them still.

CREATE TABLE deleted_apps (
    app_id TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (app_id)
);
