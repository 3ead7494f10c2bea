-- What the columns of an applied summary mean, one by one: which of them another spec keeps.
CREATE TABLE IF NOT EXISTS keepsum_shapes (
  summary   TEXT NOT NULL PRIMARY KEY,
  plan_hash TEXT NOT NULL,
  shape     TEXT NOT NULL
) STRICT;

-- A change of the spec of a live summary that is under way: to what, and by which way.
CREATE TABLE IF NOT EXISTS keepsum_changes (
  summary    TEXT NOT NULL PRIMARY KEY,
  way        TEXT NOT NULL,
  phase      TEXT NOT NULL,
  plan_hash  TEXT NOT NULL,
  definition TEXT NOT NULL,
  shape      TEXT NOT NULL,
  successor  TEXT NOT NULL,
  started_at TEXT NOT NULL
) STRICT;
