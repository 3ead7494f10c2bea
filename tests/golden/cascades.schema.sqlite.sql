CREATE TABLE customers (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE) STRICT;
CREATE TABLE items (
  id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  cents INTEGER NOT NULL) STRICT;
CREATE INDEX orders_by_customer ON orders (customer_id);
CREATE INDEX items_by_order ON items (order_id);
