-- What is applied, and how far its building has come.
CREATE TABLE IF NOT EXISTS keepsum_summaries (
  name        VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state       VARCHAR(16)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  plan_hash   CHAR(36)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  definition  MEDIUMTEXT   NOT NULL,
  layout      MEDIUMTEXT   NOT NULL,
  checkpoint  TEXT         NULL,
  applied_at  DATETIME(6)  NOT NULL,
  live_at     DATETIME(6)  NULL,
  verified_at DATETIME(6)  NULL,
  keys_verified BIGINT     NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Who may repair. `fence` only rises; every repair checks it in its own transaction.
CREATE TABLE IF NOT EXISTS keepsum_leases (
  name       VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  fence      BIGINT       NOT NULL,
  holder     VARCHAR(255) NOT NULL,
  expires_at DATETIME(6)  NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS keepsum_runs (
  id           BIGINT      NOT NULL AUTO_INCREMENT,
  summary      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind         VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  fence        BIGINT      NOT NULL,
  started_at   DATETIME(6) NOT NULL,
  finished_at  DATETIME(6) NULL,
  outcome      VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  keys_checked BIGINT      NOT NULL DEFAULT 0,
  drifted      BIGINT      NOT NULL DEFAULT 0,
  repaired     BIGINT      NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY keepsum_runs_summary (summary, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The evidence: one row for each column of each key that was found to differ, written in the
-- transaction that repairs it.
CREATE TABLE IF NOT EXISTS keepsum_drift (
  id          BIGINT      NOT NULL AUTO_INCREMENT,
  run_id      BIGINT      NOT NULL,
  summary     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  group_key   TEXT        NOT NULL,
  column_name VARCHAR(64) NOT NULL,
  stored      TEXT        NULL,
  expected    TEXT        NULL,
  repaired    TINYINT     NOT NULL,
  found_at    DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  KEY keepsum_drift_run (run_id),
  KEY keepsum_drift_summary (summary, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
