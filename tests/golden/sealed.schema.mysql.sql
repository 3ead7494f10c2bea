CREATE TABLE payments (
  id BIGINT NOT NULL PRIMARY KEY, card_id BIGINT NOT NULL, voided TINYINT NOT NULL,
  KEY payments_by_card (card_id)) ENGINE=InnoDB;
CREATE TABLE balance_transactions (
  id BIGINT NOT NULL PRIMARY KEY, amount BIGINT NOT NULL) ENGINE=InnoDB;
CREATE TABLE request_histories (
  id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT NOT NULL, balance_transaction_id BIGINT NOT NULL,
  kind VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, approved TINYINT NOT NULL,
  KEY requests_by_payment (payment_id), KEY requests_by_transaction (balance_transaction_id),
  FOREIGN KEY (payment_id) REFERENCES payments (id),
  FOREIGN KEY (balance_transaction_id) REFERENCES balance_transactions (id)) ENGINE=InnoDB;
