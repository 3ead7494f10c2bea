-- The tables of a chain of shops, on SQLite. Amounts are whole cents; a refund is negative.

PRAGMA journal_mode = WAL;  -- a verification then keeps no writer waiting

CREATE TABLE shops (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

CREATE TABLE sales (
  id      INTEGER PRIMARY KEY,
  shop_id INTEGER NOT NULL REFERENCES shops (id),
  sold_at TEXT    NOT NULL,  -- UTC
  cents   INTEGER NOT NULL
) STRICT;

CREATE INDEX sales_by_shop ON sales (shop_id, sold_at);
