-- The private keys (PEM, PKCS#8) that sign tokens, for all apps.

CREATE TABLE signing_keys (
    id TEXT NOT NULL,
    private_key BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (id)
);
