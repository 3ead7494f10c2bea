-- The tables of a chain of shops, on MariaDB. Amounts are whole cents; a refund is negative.

CREATE TABLE shops (
  id   BIGINT      NOT NULL PRIMARY KEY,
  name VARCHAR(60) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE sales (
  id      BIGINT   NOT NULL PRIMARY KEY,
  shop_id BIGINT   NOT NULL,
  sold_at DATETIME NOT NULL,  -- UTC
  cents   BIGINT   NOT NULL,
  KEY sales_by_shop (shop_id, sold_at),
  FOREIGN KEY (shop_id) REFERENCES shops (id)
) ENGINE=InnoDB;
