-- Who writes a summary: 1 = the embedded hooks, 0 = triggers. A table of its own: every hook reads
-- its row under a shared lock, so nothing else that is updated may stand here.
CREATE TABLE IF NOT EXISTS keepsum_captures (
  summary VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hooks   TINYINT     NOT NULL,
  PRIMARY KEY (summary)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
