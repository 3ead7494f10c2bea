-- Memos, on SQLite.

PRAGMA journal_mode = WAL;  -- a verification then keeps no writer waiting

CREATE TABLE memos (
  id        INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL,
  made_at   TEXT    NOT NULL,  -- UTC
  private   INTEGER NOT NULL DEFAULT 0,
  withdrawn INTEGER NOT NULL DEFAULT 0,
  title     TEXT    NOT NULL
) STRICT;

-- Find the memo before one, in the list of all and in that of its author, each by one seek.
CREATE INDEX memos_by_time ON memos (made_at, id);
CREATE INDEX memos_by_author ON memos (author_id, made_at, id);
CREATE INDEX memos_by_kind ON memos (private);
