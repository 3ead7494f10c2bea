-- What the leaderboard should be, written by hand over the games, in the order of the list.

SELECT player_id, score AS latest_score, played_at AS last_played_at, best_score, games
FROM (
  SELECT player_id, score, played_at,
         MAX(score) OVER (PARTITION BY player_id) AS best_score,
         COUNT(*) OVER (PARTITION BY player_id) AS games,
         ROW_NUMBER() OVER (PARTITION BY player_id ORDER BY played_at DESC, id DESC) AS from_last
  FROM games
) AS each_game
WHERE from_last = 1
ORDER BY latest_score DESC, player_id DESC;
