-- The tables of the payment service, on MariaDB. Amounts are whole cents.
--
-- A payment is authorized once, perhaps captured, perhaps refunded, in one part or in several.
-- Each movement of money is a row of balance_transactions, and is never changed afterwards. Its
-- idempotency key is the client's name for the request: the unique index is what makes "at most
-- once" true, whatever happens to the service.

CREATE TABLE cards (
  id             BIGINT NOT NULL PRIMARY KEY,
  spending_limit BIGINT NOT NULL CHECK (spending_limit >= 0)
) ENGINE=InnoDB;

CREATE TABLE payments (
  id            BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  card_id       BIGINT NOT NULL,
  merchant      VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,
  amount        BIGINT NOT NULL CHECK (amount > 0),
  captured      TINYINT NOT NULL DEFAULT 0,
  first_of_card TINYINT NOT NULL,
  created_at    DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  KEY payments_by_card (card_id),
  FOREIGN KEY (card_id) REFERENCES cards (id)
) ENGINE=InnoDB;

CREATE TABLE balance_transactions (
  id              BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  payment_id      BIGINT NOT NULL,
  kind            VARCHAR(13) CHARACTER SET ascii NOT NULL,  -- 'authorization' or 'refund'
  amount          BIGINT NOT NULL,                           -- a refund is negative
  -- Bytes are compared: keys that differ in case are two keys.
  idempotency_key VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  booked_at       DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  UNIQUE KEY transactions_by_idempotency_key (idempotency_key),
  KEY transactions_by_payment (payment_id),
  FOREIGN KEY (payment_id) REFERENCES payments (id)
) ENGINE=InnoDB;
