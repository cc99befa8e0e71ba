-- What the exchange was told, in order. Everything else here follows from it; a test replays it.
CREATE TABLE journal (
    seq     INTEGER PRIMARY KEY,
    at_ms   INTEGER NOT NULL,
    command TEXT    NOT NULL
) STRICT;

-- Immutable. Each stands in the transaction of the journal row that caused it.
CREATE TABLE transfers (
    id     TEXT    PRIMARY KEY,
    seq    INTEGER NOT NULL REFERENCES journal (seq),
    debit  TEXT    NOT NULL,
    credit TEXT    NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    kind   TEXT    NOT NULL
) STRICT;

CREATE INDEX transfers_by_seq ON transfers (seq);
CREATE INDEX transfers_by_accounts ON transfers (debit, credit);

CREATE TABLE balances (
    account         TEXT    PRIMARY KEY,
    debits_posted   INTEGER NOT NULL,
    credits_posted  INTEGER NOT NULL,
    debits_pending  INTEGER NOT NULL,
    credits_pending INTEGER NOT NULL,
    CHECK (account = 'outside' OR credits_posted - debits_posted - debits_pending >= 0)
) STRICT;

-- One row for each settled epoch: the key is what makes paying one twice impossible.
CREATE TABLE settlements (
    contract     INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    seq          INTEGER NOT NULL REFERENCES journal (seq),
    at_ms        INTEGER NOT NULL,
    shares_total INTEGER NOT NULL,
    work_total   TEXT    NOT NULL,
    owed_total   INTEGER NOT NULL,
    host         INTEGER NOT NULL,
    fee          INTEGER NOT NULL,
    epoch_hash   TEXT    NOT NULL,
    PRIMARY KEY (contract, epoch)
) STRICT;

-- The market's settings as they were when the journal began: a replay needs the same.
CREATE TABLE settings (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    market   TEXT    NOT NULL
) STRICT;
