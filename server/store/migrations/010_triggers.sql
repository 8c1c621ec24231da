-- Where the triggers stand that watch for something by themselves: schedules and changes of documents. `place` is how
-- far the trigger has got; NULL: it begins with what happens from `since` on. `revision` changes with every other change.

CREATE TABLE triggers (
    app_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT NOT NULL,
    place TEXT,
    since BIGINT NOT NULL,
    version TEXT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (app_id, name)
);
CREATE INDEX triggers_by_revision ON triggers (revision);
