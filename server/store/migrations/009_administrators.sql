-- Who may administer apps. `login` is a username or the public part of a key pair; `grants` a JSON array of [role, app id or null].

CREATE TABLE administrators (
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    login TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    grants TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX administrators_by_login ON administrators (kind, login);

CREATE TABLE administrator_sessions (
    id TEXT NOT NULL,
    administrator_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX administrator_sessions_of ON administrator_sessions (administrator_id);
CREATE INDEX administrator_sessions_by_end ON administrator_sessions (expires_at);
