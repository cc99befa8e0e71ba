-- Who may sign in. The password itself stands nowhere: argon2id of it, with what that took.
CREATE TABLE credentials (
    account       TEXT    PRIMARY KEY,
    salt          BLOB    NOT NULL,
    hash          BLOB    NOT NULL,
    memory_kib    INTEGER NOT NULL,
    passes        INTEGER NOT NULL,
    lanes         INTEGER NOT NULL,
    changed_at_ms INTEGER NOT NULL
) STRICT;

-- Browsers that are signed in. Of the cookie's token its SHA-256 alone.
CREATE TABLE sessions (
    token_hash   BLOB    PRIMARY KEY,
    account      TEXT    NOT NULL REFERENCES credentials (account),
    opened_at_ms INTEGER NOT NULL,
    ends_at_ms   INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_by_account ON sessions (account, opened_at_ms);
CREATE INDEX sessions_by_end ON sessions (ends_at_ms);

-- Programs that act for an account. Of the token its SHA-256 alone.
CREATE TABLE api_tokens (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    account         TEXT    NOT NULL REFERENCES credentials (account),
    name            TEXT    NOT NULL,
    scope           TEXT    NOT NULL CHECK (scope IN ('read', 'trade')),
    token_hash      BLOB    NOT NULL UNIQUE,
    made_at_ms      INTEGER NOT NULL,
    last_used_at_ms INTEGER,
    UNIQUE (account, name)
) STRICT;

-- What became of a request that named itself: in the transaction of what it caused, so that a retry is never a second one.
CREATE TABLE receipts (
    account      TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    request_hash BLOB    NOT NULL,
    at_ms        INTEGER NOT NULL,
    outcome      TEXT    NOT NULL,
    PRIMARY KEY (account, key)
) STRICT;

CREATE INDEX receipts_by_time ON receipts (at_ms);
