-- The tables of the payment service, on SQLite. Amounts are whole cents.
--
-- A payment is authorized once, perhaps captured, perhaps refunded, in one part or in several.
-- Each movement of money is a row of balance_transactions, and is never changed afterwards. Its
-- idempotency key is the client's name for the request: the unique index is what makes "at most
-- once" true, whatever happens to the service.

PRAGMA journal_mode = WAL;  -- readers and the one writer do not wait for each other

CREATE TABLE cards (
  id             INTEGER PRIMARY KEY,
  spending_limit INTEGER NOT NULL CHECK (spending_limit >= 0)
) STRICT;

CREATE TABLE payments (
  id            INTEGER PRIMARY KEY,
  card_id       INTEGER NOT NULL REFERENCES cards (id),
  merchant      TEXT    NOT NULL,
  amount        INTEGER NOT NULL CHECK (amount > 0),
  captured      INTEGER NOT NULL DEFAULT 0 CHECK (captured IN (0, 1)),
  first_of_card INTEGER NOT NULL CHECK (first_of_card IN (0, 1)),
  created_at    TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;

CREATE TABLE balance_transactions (
  id              INTEGER PRIMARY KEY,
  payment_id      INTEGER NOT NULL REFERENCES payments (id),
  kind            TEXT    NOT NULL CHECK (kind IN ('authorization', 'refund')),
  amount          INTEGER NOT NULL,  -- a refund is negative
  idempotency_key TEXT    NOT NULL UNIQUE,
  booked_at       TEXT    NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;

CREATE INDEX payments_by_card ON payments (card_id);
CREATE INDEX transactions_by_payment ON balance_transactions (payment_id);
