-- Recordings of single calls, sealed under the key of the secrets; what stands beside them only helps to find them.

CREATE TABLE recordings (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    function_name TEXT NOT NULL,
    version TEXT NOT NULL,
    failed SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX recordings_by_age ON recordings (app_id, created_at, id);
CREATE INDEX recordings_by_end ON recordings (expires_at);
