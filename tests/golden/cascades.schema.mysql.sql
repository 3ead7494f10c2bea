CREATE TABLE customers (id BIGINT NOT NULL PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE orders (
  id BIGINT NOT NULL PRIMARY KEY, customer_id BIGINT NOT NULL, KEY orders_by_customer (customer_id),
  FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE) ENGINE=InnoDB;
CREATE TABLE items (
  id BIGINT NOT NULL PRIMARY KEY, order_id BIGINT NOT NULL, cents BIGINT NOT NULL,
  KEY items_by_order (order_id),
  FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE) ENGINE=InnoDB;
