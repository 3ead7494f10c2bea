-- Who writes a summary: 1, the embedded hooks of the services; 0, triggers.
CREATE TABLE IF NOT EXISTS keepsum_captures (
  summary TEXT    NOT NULL PRIMARY KEY,
  hooks   INTEGER NOT NULL
) STRICT;
