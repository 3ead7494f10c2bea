-- The tables of schema.sql, on MariaDB.

CREATE TABLE payments (
  id          BIGINT   NOT NULL PRIMARY KEY,
  card_id     BIGINT   NOT NULL,
  merchant_id BIGINT   NOT NULL,
  voided      TINYINT  NOT NULL DEFAULT 0 CHECK (voided IN (0, 1)),
  created_at  DATETIME NOT NULL,
  KEY payments_by_card (card_id),
  KEY payments_by_merchant (merchant_id)
) ENGINE=InnoDB;

CREATE TABLE balance_transactions (
  id        BIGINT   NOT NULL PRIMARY KEY,
  amount    BIGINT   NOT NULL,  -- cents; what comes back is negative
  booked_at DATETIME NOT NULL
) ENGINE=InnoDB;

CREATE TABLE request_histories (
  id                     BIGINT      NOT NULL PRIMARY KEY,
  payment_id             BIGINT      NOT NULL,
  balance_transaction_id BIGINT      NOT NULL,
  kind                   VARCHAR(20) NOT NULL CHECK (kind IN (
    'authorization', 'capture', 'refund', 'void', 'chargeback', 'chargeback_reversal')),
  approved               TINYINT     NOT NULL CHECK (approved IN (0, 1)),
  KEY requests_by_payment (payment_id),
  KEY requests_by_transaction (balance_transaction_id),
  FOREIGN KEY (payment_id) REFERENCES payments (id),
  FOREIGN KEY (balance_transaction_id) REFERENCES balance_transactions (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;
