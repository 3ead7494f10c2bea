CREATE TABLE merchants (id INTEGER PRIMARY KEY, region TEXT NOT NULL, partner INTEGER NOT NULL) STRICT;
CREATE TABLE payments (
  id INTEGER PRIMARY KEY, merchant_id INTEGER, amount INTEGER NOT NULL, voided INTEGER NOT NULL) STRICT;
CREATE INDEX payments_by_merchant ON payments (merchant_id);
