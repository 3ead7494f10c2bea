-- How far the rows of declared keys have been looked through for ones without a parent. `place` is
-- JSON, of no use to anybody else; NULL where the last look came to its end.
CREATE TABLE IF NOT EXISTS keepsum_key_checks (
  summary    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  fence      BIGINT      NOT NULL,
  place      MEDIUMTEXT  NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (summary)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
