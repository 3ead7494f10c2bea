-- History that is sealed: up to which order value each summary has its totals, and up to which they
-- are being moved. `seen` is when which highest order value was seen: what is older than the spec's
-- `after` may be sealed.
CREATE TABLE IF NOT EXISTS keepsum_seals (
  summary        TEXT    PRIMARY KEY,
  version        INTEGER NOT NULL,
  watermark      TEXT,
  next_watermark TEXT,
  rows_sealed    INTEGER NOT NULL DEFAULT 0,
  seen           TEXT    NOT NULL,
  sealed_at      TEXT,
  verified_at    TEXT,
  open_keys      INTEGER NOT NULL DEFAULT 0
) STRICT;
