-- Memos, on MariaDB.

CREATE TABLE memos (
  id        BIGINT      NOT NULL PRIMARY KEY,
  author_id BIGINT      NOT NULL,
  made_at   DATETIME    NOT NULL,  -- UTC
  private   TINYINT     NOT NULL DEFAULT 0,
  withdrawn TINYINT     NOT NULL DEFAULT 0,
  title     VARCHAR(80) NOT NULL,
  -- Find the memo before one, in the list of all and in that of its author, each by one seek.
  KEY memos_by_time (made_at, id),
  KEY memos_by_author (author_id, made_at, id),
  KEY memos_by_kind (private)
) ENGINE=InnoDB;
