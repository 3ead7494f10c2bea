-- Who writes a summary: 1, the embedded hooks of the services; 0, triggers. A table of its own:
-- hooks read their row under a shared lock, and nothing but a change of capture may queue there.
CREATE TABLE IF NOT EXISTS keepsum_captures (
  summary VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hooks   TINYINT     NOT NULL,
  PRIMARY KEY (summary)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
