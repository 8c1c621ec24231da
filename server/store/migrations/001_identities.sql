-- Users, how they log in, and their sessions. Times are milliseconds since 1970; ids are made by the server.

CREATE TABLE users (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    disabled SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_authentication_at BIGINT,
    PRIMARY KEY (app_id, id)
);

-- `id` is the provider's id of the person, `data` canonical Extended JSON, `position` the order of linking.
CREATE TABLE identities (
    app_id TEXT NOT NULL,
    provider_type TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    data TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (app_id, provider_type, id)
);
CREATE INDEX identities_of_user ON identities (app_id, user_id, position);

CREATE TABLE sessions (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    provider_type TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, id)
);
CREATE INDEX sessions_by_id ON sessions (id);
CREATE INDEX sessions_of_user ON sessions (app_id, user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- One row per identity of a user; one with nulls for a user without any.
CREATE VIEW users_with_identities AS
    SELECT u.app_id, u.id, u.type, u.disabled, u.created_at, u.last_authentication_at,
           i.position, i.id AS identity_id, i.provider_type, i.provider_id, i.data
    FROM users u LEFT JOIN identities i ON i.app_id = u.app_id AND i.user_id = u.id;
