-- stddev on MariaDB 10.11

-- spread: table
CREATE TABLE `spread` (
  `card_id` bigint(20) NOT NULL,
  `deviation` DOUBLE AS (CASE WHEN (`ks_deviation_count` * CAST(`ks_deviation_count` AS DECIMAL(20,0))) = 0 THEN NULL ELSE SQRT((`ks_deviation_count` * `ks_deviation_squares` - `ks_deviation_sum` * `ks_deviation_sum`) * 1e0 / (`ks_deviation_count` * CAST(`ks_deviation_count` AS DECIMAL(20,0)))) END) VIRTUAL,
  `deviation_paid` DOUBLE AS (CASE WHEN (`ks_deviation_paid_count` * CAST(`ks_deviation_paid_count` - 1 AS DECIMAL(20,0))) = 0 THEN NULL ELSE SQRT((`ks_deviation_paid_count` * `ks_deviation_paid_squares` - `ks_deviation_paid_sum` * `ks_deviation_paid_sum`) * 1e0 / (`ks_deviation_paid_count` * CAST(`ks_deviation_paid_count` - 1 AS DECIMAL(20,0)))) END) VIRTUAL,
  `ks_deviation_count` BIGINT NOT NULL DEFAULT 0,
  `ks_deviation_sum` DECIMAL(34,2) NOT NULL DEFAULT 0,
  `ks_deviation_squares` DECIMAL(46,4) NOT NULL DEFAULT 0,
  `ks_deviation_paid_count` BIGINT NOT NULL DEFAULT 0,
  `ks_deviation_paid_sum` DECIMAL(34,2) NOT NULL DEFAULT 0,
  `ks_deviation_paid_squares` DECIMAL(46,4) NOT NULL DEFAULT 0,
  PRIMARY KEY (`card_id`)
) ENGINE=InnoDB;

-- spread: trigger on charges
CREATE TRIGGER `ks_spread$t_ins` AFTER INSERT ON `charges` FOR EACH ROW
BEGIN
  INSERT INTO `spread` (`card_id`, `ks_deviation_count`, `ks_deviation_sum`, `ks_deviation_squares`, `ks_deviation_paid_count`, `ks_deviation_paid_sum`, `ks_deviation_paid_squares`)
  VALUES (NEW.`card_id`, (NEW.`amount` IS NOT NULL), COALESCE(NEW.`amount`, 0), COALESCE((NEW.`amount` * NEW.`amount`), 0), (NEW.`amount` IS NOT NULL AND (NEW.`paid` = 1)), COALESCE(CASE WHEN (NEW.`paid` = 1) THEN NEW.`amount` ELSE 0 END, 0), COALESCE(CASE WHEN (NEW.`paid` = 1) THEN (NEW.`amount` * NEW.`amount`) ELSE 0 END, 0))
  ON DUPLICATE KEY UPDATE
    `ks_deviation_count` = `spread`.`ks_deviation_count` + VALUES(`ks_deviation_count`),
    `ks_deviation_sum` = `spread`.`ks_deviation_sum` + VALUES(`ks_deviation_sum`),
    `ks_deviation_squares` = `spread`.`ks_deviation_squares` + VALUES(`ks_deviation_squares`),
    `ks_deviation_paid_count` = `spread`.`ks_deviation_paid_count` + VALUES(`ks_deviation_paid_count`),
    `ks_deviation_paid_sum` = `spread`.`ks_deviation_paid_sum` + VALUES(`ks_deviation_paid_sum`),
    `ks_deviation_paid_squares` = `spread`.`ks_deviation_paid_squares` + VALUES(`ks_deviation_paid_squares`);
END;

-- spread: trigger on charges
CREATE TRIGGER `ks_spread$t_upd` AFTER UPDATE ON `charges` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`card_id` <=> NEW.`card_id`) OR NOT (OLD.`amount` <=> NEW.`amount`) OR NOT (OLD.`paid` <=> NEW.`paid`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `charges` `t` WHERE `t`.`id` = OLD.`id` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `spread` (`card_id`, `ks_deviation_count`, `ks_deviation_sum`, `ks_deviation_squares`, `ks_deviation_paid_count`, `ks_deviation_paid_sum`, `ks_deviation_paid_squares`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), SUM(delta.c4), SUM(delta.c5)
      FROM (
        (SELECT OLD.`card_id` AS k0, -((OLD.`amount` IS NOT NULL)) AS c0, -(COALESCE(OLD.`amount`, 0)) AS c1, -(COALESCE((OLD.`amount` * OLD.`amount`), 0)) AS c2, -((OLD.`amount` IS NOT NULL AND (OLD.`paid` = 1))) AS c3, -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN OLD.`amount` ELSE 0 END, 0)) AS c4, -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN (OLD.`amount` * OLD.`amount`) ELSE 0 END, 0)) AS c5
        FROM DUAL)
        UNION ALL
        (SELECT NEW.`card_id` AS k0, (NEW.`amount` IS NOT NULL) AS c0, COALESCE(NEW.`amount`, 0) AS c1, COALESCE((NEW.`amount` * NEW.`amount`), 0) AS c2, (NEW.`amount` IS NOT NULL AND (NEW.`paid` = 1)) AS c3, COALESCE(CASE WHEN (NEW.`paid` = 1) THEN NEW.`amount` ELSE 0 END, 0) AS c4, COALESCE(CASE WHEN (NEW.`paid` = 1) THEN (NEW.`amount` * NEW.`amount`) ELSE 0 END, 0) AS c5
        FROM DUAL)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR SUM(delta.c2) <> 0 OR SUM(delta.c3) <> 0 OR SUM(delta.c4) <> 0 OR SUM(delta.c5) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `ks_deviation_count` = `spread`.`ks_deviation_count` + VALUES(`ks_deviation_count`),
        `ks_deviation_sum` = `spread`.`ks_deviation_sum` + VALUES(`ks_deviation_sum`),
        `ks_deviation_squares` = `spread`.`ks_deviation_squares` + VALUES(`ks_deviation_squares`),
        `ks_deviation_paid_count` = `spread`.`ks_deviation_paid_count` + VALUES(`ks_deviation_paid_count`),
        `ks_deviation_paid_sum` = `spread`.`ks_deviation_paid_sum` + VALUES(`ks_deviation_paid_sum`),
        `ks_deviation_paid_squares` = `spread`.`ks_deviation_paid_squares` + VALUES(`ks_deviation_paid_squares`);
    END IF;
  END IF;
END;

-- spread: trigger on charges
CREATE TRIGGER `ks_spread$t_del` AFTER DELETE ON `charges` FOR EACH ROW
BEGIN
  INSERT INTO `spread` (`card_id`, `ks_deviation_count`, `ks_deviation_sum`, `ks_deviation_squares`, `ks_deviation_paid_count`, `ks_deviation_paid_sum`, `ks_deviation_paid_squares`)
  VALUES (OLD.`card_id`, -((OLD.`amount` IS NOT NULL)), -(COALESCE(OLD.`amount`, 0)), -(COALESCE((OLD.`amount` * OLD.`amount`), 0)), -((OLD.`amount` IS NOT NULL AND (OLD.`paid` = 1))), -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN OLD.`amount` ELSE 0 END, 0)), -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN (OLD.`amount` * OLD.`amount`) ELSE 0 END, 0)))
  ON DUPLICATE KEY UPDATE
    `ks_deviation_count` = `spread`.`ks_deviation_count` + VALUES(`ks_deviation_count`),
    `ks_deviation_sum` = `spread`.`ks_deviation_sum` + VALUES(`ks_deviation_sum`),
    `ks_deviation_squares` = `spread`.`ks_deviation_squares` + VALUES(`ks_deviation_squares`),
    `ks_deviation_paid_count` = `spread`.`ks_deviation_paid_count` + VALUES(`ks_deviation_paid_count`),
    `ks_deviation_paid_sum` = `spread`.`ks_deviation_paid_sum` + VALUES(`ks_deviation_paid_sum`),
    `ks_deviation_paid_squares` = `spread`.`ks_deviation_paid_squares` + VALUES(`ks_deviation_paid_squares`);
END;

-- spread: hook after insert of a row of charges
INSERT INTO `spread` (`card_id`, `ks_deviation_count`, `ks_deviation_sum`, `ks_deviation_squares`, `ks_deviation_paid_count`, `ks_deviation_paid_sum`, `ks_deviation_paid_squares`)
SELECT `t`.`card_id`, (`t`.`amount` IS NOT NULL), COALESCE(`t`.`amount`, 0), COALESCE((`t`.`amount` * `t`.`amount`), 0), (`t`.`amount` IS NOT NULL AND (`t`.`paid` = 1)), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE 0 END, 0), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE 0 END, 0)
FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'spread' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_deviation_count` = `spread`.`ks_deviation_count` + VALUES(`ks_deviation_count`),
  `ks_deviation_sum` = `spread`.`ks_deviation_sum` + VALUES(`ks_deviation_sum`),
  `ks_deviation_squares` = `spread`.`ks_deviation_squares` + VALUES(`ks_deviation_squares`),
  `ks_deviation_paid_count` = `spread`.`ks_deviation_paid_count` + VALUES(`ks_deviation_paid_count`),
  `ks_deviation_paid_sum` = `spread`.`ks_deviation_paid_sum` + VALUES(`ks_deviation_paid_sum`),
  `ks_deviation_paid_squares` = `spread`.`ks_deviation_paid_squares` + VALUES(`ks_deviation_paid_squares`);

-- spread: hook before update of a row of charges
SELECT 1 FROM `charges` WHERE `id` = ? FOR UPDATE;

-- spread: hook before update of a row of charges
INSERT INTO `spread` (`card_id`, `ks_deviation_count`, `ks_deviation_sum`, `ks_deviation_squares`, `ks_deviation_paid_count`, `ks_deviation_paid_sum`, `ks_deviation_paid_squares`)
SELECT `t`.`card_id`, -((`t`.`amount` IS NOT NULL)), -(COALESCE(`t`.`amount`, 0)), -(COALESCE((`t`.`amount` * `t`.`amount`), 0)), -((`t`.`amount` IS NOT NULL AND (`t`.`paid` = 1))), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE 0 END, 0)), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE 0 END, 0))
FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'spread' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_deviation_count` = `spread`.`ks_deviation_count` + VALUES(`ks_deviation_count`),
  `ks_deviation_sum` = `spread`.`ks_deviation_sum` + VALUES(`ks_deviation_sum`),
  `ks_deviation_squares` = `spread`.`ks_deviation_squares` + VALUES(`ks_deviation_squares`),
  `ks_deviation_paid_count` = `spread`.`ks_deviation_paid_count` + VALUES(`ks_deviation_paid_count`),
  `ks_deviation_paid_sum` = `spread`.`ks_deviation_paid_sum` + VALUES(`ks_deviation_paid_sum`),
  `ks_deviation_paid_squares` = `spread`.`ks_deviation_paid_squares` + VALUES(`ks_deviation_paid_squares`);

-- spread: hook after update of a row of charges
INSERT INTO `spread` (`card_id`, `ks_deviation_count`, `ks_deviation_sum`, `ks_deviation_squares`, `ks_deviation_paid_count`, `ks_deviation_paid_sum`, `ks_deviation_paid_squares`)
SELECT `t`.`card_id`, (`t`.`amount` IS NOT NULL), COALESCE(`t`.`amount`, 0), COALESCE((`t`.`amount` * `t`.`amount`), 0), (`t`.`amount` IS NOT NULL AND (`t`.`paid` = 1)), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE 0 END, 0), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE 0 END, 0)
FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'spread' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_deviation_count` = `spread`.`ks_deviation_count` + VALUES(`ks_deviation_count`),
  `ks_deviation_sum` = `spread`.`ks_deviation_sum` + VALUES(`ks_deviation_sum`),
  `ks_deviation_squares` = `spread`.`ks_deviation_squares` + VALUES(`ks_deviation_squares`),
  `ks_deviation_paid_count` = `spread`.`ks_deviation_paid_count` + VALUES(`ks_deviation_paid_count`),
  `ks_deviation_paid_sum` = `spread`.`ks_deviation_paid_sum` + VALUES(`ks_deviation_paid_sum`),
  `ks_deviation_paid_squares` = `spread`.`ks_deviation_paid_squares` + VALUES(`ks_deviation_paid_squares`);

-- spread: hook before delete of a row of charges
SELECT 1 FROM `charges` WHERE `id` = ? FOR UPDATE;

-- spread: hook before delete of a row of charges
INSERT INTO `spread` (`card_id`, `ks_deviation_count`, `ks_deviation_sum`, `ks_deviation_squares`, `ks_deviation_paid_count`, `ks_deviation_paid_sum`, `ks_deviation_paid_squares`)
SELECT `t`.`card_id`, -((`t`.`amount` IS NOT NULL)), -(COALESCE(`t`.`amount`, 0)), -(COALESCE((`t`.`amount` * `t`.`amount`), 0)), -((`t`.`amount` IS NOT NULL AND (`t`.`paid` = 1))), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE 0 END, 0)), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE 0 END, 0))
FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'spread' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_deviation_count` = `spread`.`ks_deviation_count` + VALUES(`ks_deviation_count`),
  `ks_deviation_sum` = `spread`.`ks_deviation_sum` + VALUES(`ks_deviation_sum`),
  `ks_deviation_squares` = `spread`.`ks_deviation_squares` + VALUES(`ks_deviation_squares`),
  `ks_deviation_paid_count` = `spread`.`ks_deviation_paid_count` + VALUES(`ks_deviation_paid_count`),
  `ks_deviation_paid_sum` = `spread`.`ks_deviation_paid_sum` + VALUES(`ks_deviation_paid_sum`),
  `ks_deviation_paid_squares` = `spread`.`ks_deviation_paid_squares` + VALUES(`ks_deviation_paid_squares`);

-- spread: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR SUM(e3) <> SUM(s3) OR SUM(e4) <> SUM(s4) OR SUM(e5) <> SUM(s5) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), SUM(e3), SUM(s3), SUM(e3) - SUM(s3), SUM(e4), SUM(s4), SUM(e4) - SUM(s4), SUM(e5), SUM(s5), SUM(e5) - SUM(s5) FROM (SELECT `t`.`card_id` AS k0, 1 AS in_source, 0 AS in_summary, COUNT(CASE WHEN `t`.`amount` IS NOT NULL THEN 1 END) AS e0, 0 AS s0, COALESCE(SUM(`t`.`amount`), 0) AS e1, 0 AS s1, COALESCE(SUM((`t`.`amount` * `t`.`amount`)), 0) AS e2, 0 AS s2, COUNT(CASE WHEN `t`.`amount` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS e3, 0 AS s3, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE NULL END), 0) AS e4, 0 AS s4, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE NULL END), 0) AS e5, 0 AS s5 FROM `charges` `t` WHERE `t`.`card_id` >= ? AND `t`.`card_id` < ? GROUP BY `t`.`card_id` UNION ALL SELECT `card_id`, 0, 1, 0, `ks_deviation_count`, 0, `ks_deviation_sum`, 0, `ks_deviation_squares`, 0, `ks_deviation_paid_count`, 0, `ks_deviation_paid_sum`, 0, `ks_deviation_paid_squares` FROM `spread` WHERE `card_id` >= ? AND `card_id` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- spread: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR SUM(e3) <> SUM(s3) OR SUM(e4) <> SUM(s4) OR SUM(e5) <> SUM(s5) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), SUM(e3), SUM(s3), SUM(e3) - SUM(s3), SUM(e4), SUM(s4), SUM(e4) - SUM(s4), SUM(e5), SUM(s5), SUM(e5) - SUM(s5) FROM (SELECT `t`.`card_id` AS k0, 1 AS in_source, 0 AS in_summary, COUNT(CASE WHEN `t`.`amount` IS NOT NULL THEN 1 END) AS e0, 0 AS s0, COALESCE(SUM(`t`.`amount`), 0) AS e1, 0 AS s1, COALESCE(SUM((`t`.`amount` * `t`.`amount`)), 0) AS e2, 0 AS s2, COUNT(CASE WHEN `t`.`amount` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS e3, 0 AS s3, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE NULL END), 0) AS e4, 0 AS s4, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE NULL END), 0) AS e5, 0 AS s5 FROM `charges` `t` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `t`.`card_id` UNION ALL SELECT `card_id`, 0, 1, 0, `ks_deviation_count`, 0, `ks_deviation_sum`, 0, `ks_deviation_squares`, 0, `ks_deviation_paid_count`, 0, `ks_deviation_paid_sum`, 0, `ks_deviation_paid_squares` FROM `spread`) AS both_sides GROUP BY k0 ORDER BY k0;

-- spread: where the next range begins
SELECT `card_id` FROM `charges` WHERE `card_id` >= ? ORDER BY `card_id` LIMIT 1 OFFSET ?;

-- spread: merge differences
INSERT INTO `spread` (`card_id`, `ks_deviation_count`, `ks_deviation_sum`, `ks_deviation_squares`, `ks_deviation_paid_count`, `ks_deviation_paid_sum`, `ks_deviation_paid_squares`) VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `ks_deviation_count` = `spread`.`ks_deviation_count` + VALUES(`ks_deviation_count`),
  `ks_deviation_sum` = `spread`.`ks_deviation_sum` + VALUES(`ks_deviation_sum`),
  `ks_deviation_squares` = `spread`.`ks_deviation_squares` + VALUES(`ks_deviation_squares`),
  `ks_deviation_paid_count` = `spread`.`ks_deviation_paid_count` + VALUES(`ks_deviation_paid_count`),
  `ks_deviation_paid_sum` = `spread`.`ks_deviation_paid_sum` + VALUES(`ks_deviation_paid_sum`),
  `ks_deviation_paid_squares` = `spread`.`ks_deviation_paid_squares` + VALUES(`ks_deviation_paid_squares`);

-- spread: prune
DELETE FROM `spread` WHERE `card_id` = ? AND `ks_deviation_count` = 0 AND `ks_deviation_sum` = 0 AND `ks_deviation_squares` = 0 AND `ks_deviation_paid_count` = 0 AND `ks_deviation_paid_sum` = 0 AND `ks_deviation_paid_squares` = 0;

-- spread: read
SELECT `deviation`, `deviation_paid` FROM `spread` WHERE `card_id` = ?;

-- spread: read from the source
SELECT CASE WHEN (`ks_deviation_count` * CAST(`ks_deviation_count` AS DECIMAL(20,0))) = 0 THEN NULL ELSE SQRT((`ks_deviation_count` * `ks_deviation_squares` - `ks_deviation_sum` * `ks_deviation_sum`) * 1e0 / (`ks_deviation_count` * CAST(`ks_deviation_count` AS DECIMAL(20,0)))) END AS `deviation`, CASE WHEN (`ks_deviation_paid_count` * CAST(`ks_deviation_paid_count` - 1 AS DECIMAL(20,0))) = 0 THEN NULL ELSE SQRT((`ks_deviation_paid_count` * `ks_deviation_paid_squares` - `ks_deviation_paid_sum` * `ks_deviation_paid_sum`) * 1e0 / (`ks_deviation_paid_count` * CAST(`ks_deviation_paid_count` - 1 AS DECIMAL(20,0)))) END AS `deviation_paid` FROM (SELECT COUNT(CASE WHEN `t`.`amount` IS NOT NULL THEN 1 END) AS `ks_deviation_count`, COALESCE(SUM(`t`.`amount`), 0) AS `ks_deviation_sum`, COALESCE(SUM((`t`.`amount` * `t`.`amount`)), 0) AS `ks_deviation_squares`, COUNT(CASE WHEN `t`.`amount` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS `ks_deviation_paid_count`, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE NULL END), 0) AS `ks_deviation_paid_sum`, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE NULL END), 0) AS `ks_deviation_paid_squares` FROM `charges` `t` WHERE `t`.`card_id` = ?) AS source;

-- spread: explain
SELECT `t`.`id`, (`t`.`amount` IS NOT NULL), COALESCE(`t`.`amount`, 0), COALESCE((`t`.`amount` * `t`.`amount`), 0), (`t`.`amount` IS NOT NULL AND (`t`.`paid` = 1)), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE 0 END, 0), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE 0 END, 0) FROM `charges` `t` WHERE `t`.`card_id` = ? ORDER BY `t`.`id`;

-- spread: unit of work: what two rows of charges contribute
SELECT MIN(`t`.`card_id`), -(SUM((`t`.`amount` IS NOT NULL))), -(SUM(COALESCE(`t`.`amount`, 0))), -(SUM(COALESCE((`t`.`amount` * `t`.`amount`), 0))), -(SUM((`t`.`amount` IS NOT NULL AND (`t`.`paid` = 1)))), -(SUM(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE 0 END, 0))), -(SUM(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE 0 END, 0)))
FROM `charges` `t` WHERE `t`.`id` IN (?, ?) GROUP BY `t`.`card_id` ORDER BY `t`.`card_id` LOCK IN SHARE MODE;

-- spread: unit of work: merge
INSERT INTO `spread` (`card_id`, `ks_deviation_count`, `ks_deviation_sum`, `ks_deviation_squares`, `ks_deviation_paid_count`, `ks_deviation_paid_sum`, `ks_deviation_paid_squares`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), SUM(delta.c4), SUM(delta.c5), 0
FROM (
  (SELECT `t`.`card_id` AS k0, (`t`.`amount` IS NOT NULL) AS c0, COALESCE(`t`.`amount`, 0) AS c1, COALESCE((`t`.`amount` * `t`.`amount`), 0) AS c2, (`t`.`amount` IS NOT NULL AND (`t`.`paid` = 1)) AS c3, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE 0 END, 0) AS c4, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE 0 END, 0) AS c5
  FROM `charges` `t` WHERE `t`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS SIGNED) AS c0, CAST(? AS DECIMAL(34,2)) AS c1, CAST(? AS DECIMAL(46,4)) AS c2, CAST(? AS SIGNED) AS c3, CAST(? AS DECIMAL(34,2)) AS c4, CAST(? AS DECIMAL(46,4)) AS c5
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR SUM(delta.c2) <> 0 OR SUM(delta.c3) <> 0 OR SUM(delta.c4) <> 0 OR SUM(delta.c5) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `ks_deviation_count` = `spread`.`ks_deviation_count` + VALUES(`ks_deviation_count`),
  `ks_deviation_sum` = `spread`.`ks_deviation_sum` + VALUES(`ks_deviation_sum`),
  `ks_deviation_squares` = `spread`.`ks_deviation_squares` + VALUES(`ks_deviation_squares`),
  `ks_deviation_paid_count` = `spread`.`ks_deviation_paid_count` + VALUES(`ks_deviation_paid_count`),
  `ks_deviation_paid_sum` = `spread`.`ks_deviation_paid_sum` + VALUES(`ks_deviation_paid_sum`),
  `ks_deviation_paid_squares` = `spread`.`ks_deviation_paid_squares` + VALUES(`ks_deviation_paid_squares`);

-- spread: unit of work: merge, while capture moves
INSERT INTO `spread` (`card_id`, `ks_deviation_count`, `ks_deviation_sum`, `ks_deviation_squares`, `ks_deviation_paid_count`, `ks_deviation_paid_sum`, `ks_deviation_paid_squares`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), SUM(delta.c4), SUM(delta.c5)
FROM (
  (SELECT `t`.`card_id` AS k0, (`t`.`amount` IS NOT NULL) AS c0, COALESCE(`t`.`amount`, 0) AS c1, COALESCE((`t`.`amount` * `t`.`amount`), 0) AS c2, (`t`.`amount` IS NOT NULL AND (`t`.`paid` = 1)) AS c3, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`amount` ELSE 0 END, 0) AS c4, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (`t`.`amount` * `t`.`amount`) ELSE 0 END, 0) AS c5
  FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'spread' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS SIGNED) AS c0, CAST(? AS DECIMAL(34,2)) AS c1, CAST(? AS DECIMAL(46,4)) AS c2, CAST(? AS SIGNED) AS c3, CAST(? AS DECIMAL(34,2)) AS c4, CAST(? AS DECIMAL(46,4)) AS c5 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'spread' LOCK IN SHARE MODE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR SUM(delta.c2) <> 0 OR SUM(delta.c3) <> 0 OR SUM(delta.c4) <> 0 OR SUM(delta.c5) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `ks_deviation_count` = `spread`.`ks_deviation_count` + VALUES(`ks_deviation_count`),
  `ks_deviation_sum` = `spread`.`ks_deviation_sum` + VALUES(`ks_deviation_sum`),
  `ks_deviation_squares` = `spread`.`ks_deviation_squares` + VALUES(`ks_deviation_squares`),
  `ks_deviation_paid_count` = `spread`.`ks_deviation_paid_count` + VALUES(`ks_deviation_paid_count`),
  `ks_deviation_paid_sum` = `spread`.`ks_deviation_paid_sum` + VALUES(`ks_deviation_paid_sum`),
  `ks_deviation_paid_squares` = `spread`.`ks_deviation_paid_squares` + VALUES(`ks_deviation_paid_squares`);
