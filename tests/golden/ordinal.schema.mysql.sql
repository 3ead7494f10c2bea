CREATE TABLE memos (
  id       BIGINT      NOT NULL AUTO_INCREMENT PRIMARY KEY,
  owner_id INT         NOT NULL,
  made_at  DATETIME    NOT NULL,
  secret   TINYINT     NOT NULL DEFAULT 0,
  gone     TINYINT     NOT NULL DEFAULT 0,
  title    VARCHAR(40) NOT NULL,
  KEY memos_made (made_at),
  KEY memos_own (owner_id, made_at)
);
