CREATE TABLE charges (
  id INTEGER PRIMARY KEY, card_id INTEGER NOT NULL, cents INTEGER, fee INTEGER,
  paid INTEGER NOT NULL) STRICT;
CREATE INDEX charges_by_card ON charges (card_id);
