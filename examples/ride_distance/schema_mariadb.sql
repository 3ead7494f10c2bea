-- Where vehicles were, on MariaDB.

CREATE TABLE positions (
  id         BIGINT   NOT NULL PRIMARY KEY,  -- in the order in which they arrive
  vehicle_id BIGINT   NOT NULL,
  seen_at    DATETIME NOT NULL,              -- UTC, of the vehicle's clock
  x          BIGINT   NOT NULL,              -- decimetres on the map's grid
  y          BIGINT   NOT NULL,
  speed      BIGINT   NOT NULL,              -- decimetres a second
  valid      BIGINT   NOT NULL,
  -- Finds the positions before and after one, each by one seek.
  KEY positions_by_time (vehicle_id, seen_at, id)
) ENGINE=InnoDB;
