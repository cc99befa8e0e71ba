-- How long servers had run on this folder, all together, when the receipt was written: the system's clock may jump, and a
-- receipt that is a day old by it alone is not over.
ALTER TABLE receipts ADD COLUMN up_ms INTEGER NOT NULL DEFAULT 0;

CREATE INDEX receipts_by_uptime ON receipts (up_ms);
