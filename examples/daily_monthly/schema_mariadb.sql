CREATE TABLE sales (
  id BIGINT NOT NULL PRIMARY KEY,
  shop_id INT NOT NULL,
  day INT NOT NULL,
  customer_id INT,
  cents BIGINT NOT NULL,
  KEY sales_shop_day (shop_id, day, cents)
) ENGINE=InnoDB;
