-- The tables of the Python service, on SQLite. Amounts are whole cents; a refund is negative.
PRAGMA journal_mode = WAL;

CREATE TABLE payments (
  id      INTEGER PRIMARY KEY,
  card_id INTEGER NOT NULL,
  voided  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE balance_transactions (
  id         INTEGER PRIMARY KEY,
  payment_id INTEGER NOT NULL REFERENCES payments (id),
  amount     INTEGER NOT NULL
) STRICT;

CREATE INDEX payments_by_card ON payments (card_id);
CREATE INDEX transactions_by_payment ON balance_transactions (payment_id);
