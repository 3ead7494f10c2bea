-- Why a key differed, or why a run found differences at all (group_key NULL): what could be shown, one
-- row for each fact.
CREATE TABLE IF NOT EXISTS keepsum_causes (
  id        BIGINT      NOT NULL AUTO_INCREMENT,
  run_id    BIGINT      NOT NULL,
  summary   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  group_key TEXT        NULL,
  code      VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sentence  TEXT        NOT NULL,
  PRIMARY KEY (id),
  KEY keepsum_causes_run (run_id),
  KEY keepsum_causes_summary (summary)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- When each trigger was last seen as it should be, and when that one was made.
CREATE TABLE IF NOT EXISTS keepsum_seen (
  summary VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name    VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  made_at VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seen_at DATETIME(6)  NOT NULL,
  PRIMARY KEY (summary, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Runs whose repairs were taken back, or are being: drift_id is the last row of the evidence that is
-- done with, and changes in the transaction that takes it back.
CREATE TABLE IF NOT EXISTS keepsum_undos (
  run_id      BIGINT      NOT NULL,
  summary     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  undo_run_id BIGINT      NOT NULL,
  drift_id    BIGINT      NOT NULL,
  finished_at DATETIME(6) NULL,
  PRIMARY KEY (run_id),
  KEY keepsum_undos_summary (summary)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
