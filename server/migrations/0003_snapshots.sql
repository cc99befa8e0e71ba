-- The market after a command, so that a start need not replay all of the journal. None is needed: the journal makes the market.
-- A snapshot is there once its row is; its parts are written before that and removed after it, so that no transaction is large.
CREATE TABLE snapshots (
    seq        INTEGER PRIMARY KEY,
    at_ms      INTEGER NOT NULL,
    rules      INTEGER NOT NULL,
    state_hash BLOB    NOT NULL,
    bytes      INTEGER NOT NULL
) STRICT;

CREATE TABLE snapshot_parts (
    seq   INTEGER NOT NULL,
    part  INTEGER NOT NULL,
    bytes BLOB    NOT NULL,
    PRIMARY KEY (seq, part)
) STRICT;
