-- Where vehicles were, on SQLite.

PRAGMA journal_mode = WAL;  -- a verification then keeps no writer waiting

CREATE TABLE positions (
  id         INTEGER PRIMARY KEY,  -- in the order in which they arrive
  vehicle_id INTEGER NOT NULL,
  seen_at    TEXT    NOT NULL,     -- UTC, of the vehicle's clock
  x          INTEGER NOT NULL,     -- decimetres on the map's grid
  y          INTEGER NOT NULL,
  speed      INTEGER NOT NULL,     -- decimetres a second
  valid      INTEGER NOT NULL
) STRICT;

-- Finds the positions before and after one, each by one seek.
CREATE INDEX positions_by_time ON positions (vehicle_id, seen_at, id);
