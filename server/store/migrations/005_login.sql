-- What logins need beside identities. `login` is the address as it is compared; `hash` a PHC string or an imported hash.

CREATE TABLE passwords (
    app_id TEXT NOT NULL,
    login TEXT NOT NULL,
    email TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    confirmed SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, login)
);
CREATE UNIQUE INDEX passwords_by_identity ON passwords (app_id, identity_id);
CREATE INDEX passwords_pending ON passwords (app_id, identity_id) WHERE confirmed = 0;

-- Permissions to do one thing once: confirm, reset, come back from another site. Only hashes of their secrets are kept.
CREATE TABLE tickets (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    data TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX tickets_of_subject ON tickets (app_id, purpose, subject);
CREATE INDEX tickets_by_end ON tickets (expires_at);

-- Keys of users and, with `kind` 'server', of server users. Only hashes of the keys are kept.
CREATE TABLE api_keys (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    key_hash BLOB NOT NULL,
    disabled SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (app_id, key_hash);
CREATE INDEX api_keys_of_kind ON api_keys (app_id, kind, id);
CREATE INDEX api_keys_of_user ON api_keys (app_id, user_id, id);

-- Mails owed, written with their cause. `due_at` is moved ahead while one is being sent and after a failure.
CREATE TABLE mails (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX mails_by_id ON mails (id);
CREATE INDEX mails_by_due ON mails (due_at, id);

-- Failed attempts that were not followed by a success, by what they are counted for.
CREATE TABLE failures (
    app_id TEXT NOT NULL,
    counter TEXT NOT NULL,
    count BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, counter)
);
CREATE INDEX failures_by_age ON failures (last_at);

-- Security events. `error_code` is null for what succeeded.
CREATE TABLE audit (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    user_id TEXT,
    provider_type TEXT,
    address TEXT NOT NULL,
    error_code TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX audit_by_age ON audit (app_id, at, id);
CREATE INDEX audit_of_user ON audit (app_id, user_id, at);

-- What each user logged in with; `description` is Extended JSON of what the client said of itself.
CREATE TABLE devices (
    app_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    description TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id, id)
);

-- How often the session's refresh token was replaced; only the newest is good.
ALTER TABLE sessions ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
