-- Faults that an operator rehearses: `kind` is delay, trap or garbage, `delay` in milliseconds, over at `until`.

CREATE TABLE faults (
    app_id TEXT NOT NULL,
    function_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    delay BIGINT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (app_id, function_name)
);
CREATE INDEX faults_by_end ON faults (until);
