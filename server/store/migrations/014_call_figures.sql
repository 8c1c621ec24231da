-- What calls of functions cost, added up over steps of ten seconds: `latencies` is a JSON object of counts by class of
-- duration. Log entries are found by their function.

CREATE TABLE call_figures (
    app_id TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    function_name TEXT NOT NULL,
    calls BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    memory_sum BIGINT NOT NULL,
    memory_most BIGINT NOT NULL,
    latencies TEXT NOT NULL,
    PRIMARY KEY (app_id, started_at, function_name)
);
CREATE INDEX logs_by_function ON logs (app_id, function_name, started_at, id);
