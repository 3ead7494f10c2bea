CREATE TABLE positions (
  id INTEGER PRIMARY KEY, vehicle_id INTEGER NOT NULL, seen_at INTEGER NOT NULL,
  x INTEGER NOT NULL, y INTEGER NOT NULL, door INTEGER, valid INTEGER NOT NULL) STRICT;
CREATE INDEX positions_by_vehicle ON positions (vehicle_id, seen_at);
