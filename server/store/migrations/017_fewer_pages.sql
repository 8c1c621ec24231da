-- What a login writes, in as few pages as can be: rows lie in their key's tree, without a second one beside it, and
-- no index is kept that nothing asks for.

DROP VIEW users_with_identities;
ALTER TABLE users RENAME TO users_by_row;
ALTER TABLE identities RENAME TO identities_by_row;
ALTER TABLE sessions RENAME TO sessions_by_row;
ALTER TABLE devices RENAME TO devices_by_row;
ALTER TABLE audit RENAME TO audit_by_row;
DROP INDEX identities_of_user;
DROP INDEX sessions_by_id;
DROP INDEX sessions_of_user;
DROP INDEX sessions_by_end;
DROP INDEX audit_by_age;
DROP INDEX audit_of_user;

CREATE TABLE users (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    disabled SMALLINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_authentication_at BIGINT,
    PRIMARY KEY (app_id, id)
) WITHOUT ROWID;

CREATE TABLE identities (
    app_id TEXT NOT NULL,
    provider_type TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    data TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (app_id, provider_type, id)
) WITHOUT ROWID;

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
    generation BIGINT NOT NULL,
    PRIMARY KEY (id, app_id)
) WITHOUT ROWID;

CREATE TABLE devices (
    app_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    id TEXT NOT NULL,
    description TEXT NOT NULL,
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, user_id, id)
) WITHOUT ROWID;

CREATE TABLE audit (
    app_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    user_id TEXT,
    provider_type TEXT,
    address TEXT NOT NULL,
    error_code TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (app_id, at, id)
) WITHOUT ROWID;

INSERT INTO users
    SELECT app_id, id, type, disabled, created_at, last_authentication_at FROM users_by_row ORDER BY app_id, id;
INSERT INTO identities
    SELECT app_id, provider_type, id, user_id, provider_id, data, position
    FROM identities_by_row ORDER BY app_id, provider_type, id;
INSERT INTO sessions
    SELECT app_id, id, user_id, device_id, provider_type, identity_id, provider_id, created_at, expires_at, generation
    FROM sessions_by_row ORDER BY id, app_id;
INSERT INTO devices
    SELECT app_id, user_id, id, description, first_seen_at, last_seen_at
    FROM devices_by_row ORDER BY app_id, user_id, id;
INSERT INTO audit
    SELECT app_id, at, id, event, user_id, provider_type, address, error_code, detail
    FROM audit_by_row ORDER BY app_id, at, id;
DROP TABLE users_by_row;
DROP TABLE identities_by_row;
DROP TABLE sessions_by_row;
DROP TABLE devices_by_row;
DROP TABLE audit_by_row;

CREATE INDEX identities_of_user ON identities (app_id, user_id, position);
CREATE INDEX sessions_of_user ON sessions (app_id, user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX audit_of_user ON audit (app_id, user_id, at) WHERE user_id IS NOT NULL;
CREATE VIEW users_with_identities AS
    SELECT u.app_id, u.id, u.type, u.disabled, u.created_at, u.last_authentication_at,
           i.position, i.id AS identity_id, i.provider_type, i.provider_id, i.data
    FROM users u LEFT JOIN identities i ON i.app_id = u.app_id AND i.user_id = u.id;
