-- Apps that are kept here, their versions (files by hash of content), drafts, deployments and secrets.
-- `deployment_id` names the deployment that is served; `revision` grows with every change that all processes must follow.

CREATE TABLE apps (
    app_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deployment_id TEXT,
    revision BIGINT NOT NULL,
    PRIMARY KEY (app_id)
);

CREATE TABLE file_contents (
    hash TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (hash)
);

-- `files` is a JSON object of path to hash.
CREATE TABLE versions (
    id TEXT NOT NULL,
    files TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE drafts (
    app_id TEXT NOT NULL,
    id TEXT NOT NULL,
    author TEXT NOT NULL,
    base_version TEXT NOT NULL,
    version TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (app_id)
);

CREATE TABLE deployments (
    app_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    origin TEXT NOT NULL,
    author TEXT NOT NULL,
    draft_id TEXT NOT NULL,
    comment TEXT NOT NULL,
    status TEXT NOT NULL,
    problem TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    deployed_at BIGINT,
    PRIMARY KEY (app_id, number)
);
CREATE UNIQUE INDEX deployments_by_id ON deployments (app_id, id);
CREATE INDEX deployments_under_way ON deployments (status) WHERE status IN ('created', 'pending');

-- `ciphertext` is under a key that is not in this file.
CREATE TABLE secrets (
    app_id TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    modified_at BIGINT NOT NULL,
    PRIMARY KEY (app_id, name)
);
CREATE UNIQUE INDEX secrets_by_id ON secrets (app_id, id);
