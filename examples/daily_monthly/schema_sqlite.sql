CREATE TABLE sales (
  id INTEGER NOT NULL PRIMARY KEY,
  shop_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  customer_id INTEGER,
  cents INTEGER NOT NULL
) STRICT;
CREATE INDEX sales_shop_day ON sales (shop_id, day, cents);
