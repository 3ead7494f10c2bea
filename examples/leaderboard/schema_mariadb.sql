-- The tables of a game, on MariaDB.

CREATE TABLE players (
  id   BIGINT      NOT NULL PRIMARY KEY,
  name VARCHAR(60) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE games (
  id        BIGINT   NOT NULL PRIMARY KEY,  -- in the order in which results arrive
  player_id BIGINT   NOT NULL,
  played_at DATETIME NOT NULL,              -- UTC
  score     BIGINT   NOT NULL,
  -- Where the last or the best game of a player goes, these find the one before by one seek.
  KEY games_by_time (player_id, played_at, id),
  KEY games_by_score (player_id, score),
  FOREIGN KEY (player_id) REFERENCES players (id)
) ENGINE=InnoDB;
