CREATE TABLE positions (
  id BIGINT NOT NULL PRIMARY KEY, vehicle_id BIGINT NOT NULL, seen_at DATETIME NOT NULL,
  x BIGINT NOT NULL, y BIGINT NOT NULL, door INT, valid INT NOT NULL,
  KEY positions_by_vehicle (vehicle_id, seen_at)) ENGINE=InnoDB;
