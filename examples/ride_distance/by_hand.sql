-- What the summary should be, written by hand over the positions.

SELECT vehicle_id, SUM(distance), SUM(start), MAX(CASE WHEN from_last = 1 THEN x END),
       MAX(CASE WHEN from_last = 1 THEN y END), MAX(seen_at), COUNT(*)
FROM (
  SELECT vehicle_id, x, y, seen_at, ROW_NUMBER() OVER latest_first AS from_last,
         COALESCE(ABS(x - LAG(x) OVER in_time) + ABS(y - LAG(y) OVER in_time), 0) AS distance,
         CASE WHEN speed > 0 AND LAG(speed) OVER in_time = 0 THEN 1 ELSE 0 END AS start
  FROM positions
  WHERE valid = 1
  WINDOW in_time AS (PARTITION BY vehicle_id ORDER BY seen_at, id),
         latest_first AS (PARTITION BY vehicle_id ORDER BY seen_at DESC, id DESC)
) AS each_position
GROUP BY vehicle_id
ORDER BY vehicle_id;
