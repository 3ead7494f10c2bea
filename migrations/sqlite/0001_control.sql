-- What is applied, and how far its building has come.
CREATE TABLE IF NOT EXISTS keepsum_summaries (
  name          TEXT    NOT NULL PRIMARY KEY,
  state         TEXT    NOT NULL,
  plan_hash     TEXT    NOT NULL,
  definition    TEXT    NOT NULL,
  layout        TEXT    NOT NULL,
  checkpoint    TEXT,
  applied_at    TEXT    NOT NULL,
  live_at       TEXT,
  verified_at   TEXT,
  keys_verified INTEGER
) STRICT;

-- Who may repair. `fence` only rises; every repair checks it in its own transaction.
CREATE TABLE IF NOT EXISTS keepsum_leases (
  name       TEXT    NOT NULL PRIMARY KEY,
  fence      INTEGER NOT NULL,
  holder     TEXT    NOT NULL,
  expires_at TEXT    NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS keepsum_runs (
  id           INTEGER PRIMARY KEY,
  summary      TEXT    NOT NULL,
  kind         TEXT    NOT NULL,
  fence        INTEGER NOT NULL,
  started_at   TEXT    NOT NULL,
  finished_at  TEXT,
  outcome      TEXT    NOT NULL,
  keys_checked INTEGER NOT NULL DEFAULT 0,
  drifted      INTEGER NOT NULL DEFAULT 0,
  repaired     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX IF NOT EXISTS keepsum_runs_summary ON keepsum_runs (summary, id);

-- The evidence: one row for each column of each key that was found to differ, written in the
-- transaction that repairs it.
CREATE TABLE IF NOT EXISTS keepsum_drift (
  id          INTEGER PRIMARY KEY,
  run_id      INTEGER NOT NULL,
  summary     TEXT    NOT NULL,
  group_key   TEXT    NOT NULL,
  column_name TEXT    NOT NULL,
  stored      TEXT,
  expected    TEXT,
  repaired    INTEGER NOT NULL,
  found_at    TEXT    NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS keepsum_drift_run ON keepsum_drift (run_id);

CREATE INDEX IF NOT EXISTS keepsum_drift_summary ON keepsum_drift (summary, id);
