-- How far the rows of declared keys have been looked through for ones without a parent. `place` is
-- JSON, of no use to anybody else; NULL where the last look came to its end.
CREATE TABLE IF NOT EXISTS keepsum_key_checks (
  summary    TEXT    NOT NULL PRIMARY KEY,
  fence      INTEGER NOT NULL,
  place      TEXT    NULL,
  updated_at TEXT    NOT NULL
) STRICT;
