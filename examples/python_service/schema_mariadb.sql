-- The tables of the Python service, on MariaDB. Amounts are whole cents; a refund is negative.
CREATE TABLE payments (
  id      BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  card_id BIGINT NOT NULL,
  voided  TINYINT NOT NULL DEFAULT 0,
  KEY payments_by_card (card_id)
) ENGINE=InnoDB;

CREATE TABLE balance_transactions (
  id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  payment_id BIGINT NOT NULL,
  amount     BIGINT NOT NULL,
  KEY transactions_by_payment (payment_id),
  FOREIGN KEY (payment_id) REFERENCES payments (id)
) ENGINE=InnoDB;
