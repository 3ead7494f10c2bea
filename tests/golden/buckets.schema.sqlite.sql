CREATE TABLE sales (
  id INTEGER PRIMARY KEY, shop INTEGER NOT NULL, sold_at TEXT NOT NULL, booked_s INTEGER,
  changed_at TEXT NOT NULL, cents INTEGER NOT NULL) STRICT;
CREATE INDEX sales_by_shop ON sales (shop);
