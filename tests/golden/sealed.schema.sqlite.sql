CREATE TABLE payments (
  id INTEGER PRIMARY KEY, card_id INTEGER NOT NULL, voided INTEGER NOT NULL) STRICT;
CREATE TABLE balance_transactions (
  id INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT;
CREATE TABLE request_histories (
  id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL REFERENCES payments (id),
  balance_transaction_id INTEGER NOT NULL REFERENCES balance_transactions (id),
  kind TEXT NOT NULL, approved INTEGER NOT NULL) STRICT;
CREATE INDEX payments_by_card ON payments (card_id);
CREATE INDEX requests_by_payment ON request_histories (payment_id);
CREATE INDEX requests_by_transaction ON request_histories (balance_transaction_id);
