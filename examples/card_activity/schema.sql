-- The tables of a card company, as far as keepsum's example needs them.
--
-- A payment is asked for in one or more requests: an authorization, perhaps a refund later, or a
-- chargeback. Each request is booked as one balance transaction; a declined one with the amount 0.
-- Amounts are whole cents: money is never a floating-point number.

PRAGMA journal_mode = WAL;  -- a verification then keeps no writer waiting

CREATE TABLE payments (
  id          INTEGER PRIMARY KEY,
  card_id     INTEGER NOT NULL,
  merchant_id INTEGER NOT NULL,
  voided      INTEGER NOT NULL DEFAULT 0 CHECK (voided IN (0, 1)),
  created_at  TEXT    NOT NULL
) STRICT;

CREATE TABLE balance_transactions (
  id        INTEGER PRIMARY KEY,
  amount    INTEGER NOT NULL,  -- cents; what comes back is negative
  booked_at TEXT    NOT NULL
) STRICT;

CREATE TABLE request_histories (
  id                     INTEGER PRIMARY KEY,
  payment_id             INTEGER NOT NULL REFERENCES payments (id),
  balance_transaction_id INTEGER NOT NULL REFERENCES balance_transactions (id),
  kind                   TEXT    NOT NULL CHECK (kind IN (
    'authorization', 'capture', 'refund', 'void', 'chargeback', 'chargeback_reversal')),
  approved               INTEGER NOT NULL CHECK (approved IN (0, 1))
) STRICT;

CREATE INDEX payments_by_card ON payments (card_id);
CREATE INDEX payments_by_merchant ON payments (merchant_id);
CREATE INDEX requests_by_payment ON request_histories (payment_id);
CREATE INDEX requests_by_transaction ON request_histories (balance_transaction_id);
