-- History that is sealed: up to which order value each summary has its totals, and up to which they
-- are being moved. `seen` is when which highest order value was seen: what is older than the spec's
-- `after` may be sealed.
CREATE TABLE IF NOT EXISTS keepsum_seals (
  summary        VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version        INT         NOT NULL,
  watermark      VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  next_watermark VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  rows_sealed    BIGINT      NOT NULL DEFAULT 0,
  seen           TEXT        NOT NULL,
  sealed_at      DATETIME(6) NULL,
  verified_at    DATETIME(6) NULL,
  open_keys      BIGINT      NOT NULL DEFAULT 0,
  PRIMARY KEY (summary)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
