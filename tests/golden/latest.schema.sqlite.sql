CREATE TABLE positions (
  id INTEGER PRIMARY KEY, vehicle_id INTEGER NOT NULL, seen_at INTEGER NOT NULL,
  place TEXT, speed INTEGER) STRICT;
CREATE INDEX positions_by_vehicle ON positions (vehicle_id, seen_at);
