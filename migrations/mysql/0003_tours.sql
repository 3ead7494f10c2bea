-- How far the reconciler has come round the keys of a summary. `position` is the leading key before
-- which everything is verified and repaired in this tour; NULL at its start. It means something only
-- to a run of the same `version` and `layout`. The last_ columns are of the last tour that came round.
CREATE TABLE IF NOT EXISTS keepsum_tours (
  summary         VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version         INT          NOT NULL,
  layout          VARCHAR(255) NOT NULL,
  fence           BIGINT       NOT NULL,
  position        TEXT         NULL,
  started_at      DATETIME(6)  NULL,
  share           DOUBLE       NOT NULL DEFAULT 0,
  keys_checked    BIGINT       NOT NULL DEFAULT 0,
  drifted         BIGINT       NOT NULL DEFAULT 0,
  chunk_rows      BIGINT       NULL,
  one_pass_seconds_per_row DOUBLE NULL,
  recent_runs     TEXT         NULL,
  last_started_at DATETIME(6)  NULL,
  last_ended_at   DATETIME(6)  NULL,
  last_keys       BIGINT       NULL,
  updated_at      DATETIME(6)  NOT NULL,
  PRIMARY KEY (summary)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Written to see how long a commit takes.
CREATE TABLE IF NOT EXISTS keepsum_probes (
  summary   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  probed_at DATETIME(6) NOT NULL,
  PRIMARY KEY (summary)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
