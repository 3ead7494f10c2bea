-- Who writes a summary: 1 = the embedded hooks, 0 = triggers. A table of its own, as on MariaDB and
-- MySQL, where every hook reads its row under a shared lock.
CREATE TABLE IF NOT EXISTS keepsum_captures (
  summary TEXT    NOT NULL PRIMARY KEY,
  hooks   INTEGER NOT NULL
) STRICT;
