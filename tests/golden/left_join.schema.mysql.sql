CREATE TABLE merchants (
  id BIGINT NOT NULL PRIMARY KEY, region VARCHAR(20) NOT NULL, partner INT NOT NULL) ENGINE=InnoDB;
CREATE TABLE payments (
  id BIGINT NOT NULL PRIMARY KEY, merchant_id BIGINT, amount DECIMAL(12,2) NOT NULL,
  voided INT NOT NULL, KEY payments_by_merchant (merchant_id)) ENGINE=InnoDB;
