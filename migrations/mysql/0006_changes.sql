-- What the columns of an applied summary mean, one by one: which of them another spec keeps.
CREATE TABLE IF NOT EXISTS keepsum_shapes (
  summary   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  plan_hash CHAR(36)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  shape     MEDIUMTEXT  NOT NULL,
  PRIMARY KEY (summary)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- A change of the spec of a live summary that is under way: to what, and by which way.
CREATE TABLE IF NOT EXISTS keepsum_changes (
  summary    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  way        VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  phase      VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  plan_hash  CHAR(36)    CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  definition MEDIUMTEXT  NOT NULL,
  shape      MEDIUMTEXT  NOT NULL,
  successor  VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  started_at DATETIME(6) NOT NULL,
  PRIMARY KEY (summary)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
