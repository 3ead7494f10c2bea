CREATE TABLE charges (
  id BIGINT NOT NULL PRIMARY KEY, card_id BIGINT NOT NULL, amount DECIMAL(12,2),
  paid TINYINT NOT NULL, KEY charges_by_card (card_id)) ENGINE=InnoDB;
