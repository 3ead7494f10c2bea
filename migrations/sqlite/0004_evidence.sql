-- Why a key differed, or why a run found differences at all (group_key NULL): what could be shown, one
-- row for each fact.
CREATE TABLE IF NOT EXISTS keepsum_causes (
  id        INTEGER PRIMARY KEY,
  run_id    INTEGER NOT NULL,
  summary   TEXT    NOT NULL,
  group_key TEXT,
  code      TEXT    NOT NULL,
  sentence  TEXT    NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS keepsum_causes_run ON keepsum_causes (run_id);

-- When each trigger was last seen as it should be. made_at stays empty: SQLite does not say when a
-- trigger was made.
CREATE TABLE IF NOT EXISTS keepsum_seen (
  summary TEXT NOT NULL,
  name    TEXT NOT NULL,
  made_at TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  PRIMARY KEY (summary, name)
) STRICT;

-- Runs whose repairs were taken back, or are being: drift_id is the last row of the evidence that is
-- done with, and changes in the transaction that takes it back.
CREATE TABLE IF NOT EXISTS keepsum_undos (
  run_id      INTEGER PRIMARY KEY,
  summary     TEXT    NOT NULL,
  undo_run_id INTEGER NOT NULL,
  drift_id    INTEGER NOT NULL,
  finished_at TEXT
) STRICT;
