CREATE TABLE charges (
  id BIGINT NOT NULL PRIMARY KEY, card_id BIGINT NOT NULL, cents BIGINT, fee BIGINT,
  paid TINYINT NOT NULL, KEY charges_by_card (card_id)) ENGINE=InnoDB;
