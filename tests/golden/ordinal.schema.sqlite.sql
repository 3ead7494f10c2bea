CREATE TABLE memos (
  id       INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL,
  made_at  TEXT    NOT NULL,
  secret   INTEGER NOT NULL DEFAULT 0,
  gone     INTEGER NOT NULL DEFAULT 0,
  title    TEXT    NOT NULL
) STRICT;
CREATE INDEX memos_made ON memos (made_at);
CREATE INDEX memos_own ON memos (owner_id, made_at);
