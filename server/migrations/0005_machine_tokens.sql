-- Tokens of a third scope, which machines send as their Stratum password. SQLite changes no CHECK: the table is made anew.
ALTER TABLE api_tokens RENAME TO api_tokens_before;

CREATE TABLE api_tokens (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    account         TEXT    NOT NULL REFERENCES credentials (account),
    name            TEXT    NOT NULL,
    scope           TEXT    NOT NULL CHECK (scope IN ('machine', 'read', 'trade')),
    token_hash      BLOB    NOT NULL UNIQUE,
    made_at_ms      INTEGER NOT NULL,
    last_used_at_ms INTEGER,
    UNIQUE (account, name)
) STRICT;

INSERT INTO api_tokens (id, account, name, scope, token_hash, made_at_ms, last_used_at_ms)
    SELECT id, account, name, scope, token_hash, made_at_ms, last_used_at_ms FROM api_tokens_before;

-- Revoked tokens' numbers stay used up: a form that is still open must not revoke another one.
DELETE FROM sqlite_sequence WHERE name = 'api_tokens';
INSERT INTO sqlite_sequence (name, seq) SELECT 'api_tokens', seq FROM sqlite_sequence WHERE name = 'api_tokens_before';

DROP TABLE api_tokens_before;
