-- The tables of a game, on SQLite.

PRAGMA journal_mode = WAL;  -- a verification then keeps no writer waiting

CREATE TABLE players (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

CREATE TABLE games (
  id        INTEGER PRIMARY KEY,  -- in the order in which results arrive
  player_id INTEGER NOT NULL REFERENCES players (id),
  played_at TEXT    NOT NULL,     -- UTC
  score     INTEGER NOT NULL
) STRICT;

-- Where the last or the best game of a player goes, these find the one before by one seek.
CREATE INDEX games_by_time ON games (player_id, played_at, id);
CREATE INDEX games_by_score ON games (player_id, score);
