-- How far the reconciler has come round the keys of a summary. `position` is the leading key before
-- which everything is verified and repaired in this tour; NULL at its start. It means something only
-- to a run of the same `version` and `layout`. The last_ columns are of the last tour that came round.
CREATE TABLE IF NOT EXISTS keepsum_tours (
  summary         TEXT    NOT NULL PRIMARY KEY,
  version         INTEGER NOT NULL,
  layout          TEXT    NOT NULL,
  fence           INTEGER NOT NULL,
  position        TEXT,
  started_at      TEXT,
  share           REAL    NOT NULL DEFAULT 0,
  keys_checked    INTEGER NOT NULL DEFAULT 0,
  drifted         INTEGER NOT NULL DEFAULT 0,
  chunk_rows      INTEGER,
  one_pass_seconds_per_row REAL,
  recent_runs     TEXT,
  last_started_at TEXT,
  last_ended_at   TEXT,
  last_keys       INTEGER,
  updated_at      TEXT    NOT NULL
) STRICT;

-- Written to see how long a commit takes.
CREATE TABLE IF NOT EXISTS keepsum_probes (
  summary   TEXT NOT NULL PRIMARY KEY,
  probed_at TEXT NOT NULL
) STRICT;
