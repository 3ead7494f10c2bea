CREATE TABLE positions (
  id BIGINT NOT NULL PRIMARY KEY, vehicle_id BIGINT NOT NULL, seen_at DATETIME NOT NULL,
  place VARCHAR(40), speed INT, KEY positions_by_vehicle (vehicle_id, seen_at)) ENGINE=InnoDB;
