-- buckets on MySQL 8.0 (not run here: no test has such a server)

-- shop_daily: table
CREATE TABLE `shop_daily` (
  `shop` int NOT NULL,
  `day` DATE NOT NULL,
  `turnover` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `mean` DECIMAL(24,4) AS (CASE WHEN `ks_mean_count` = 0 THEN NULL ELSE ROUND(`ks_mean_sum` * 1.00000000 / `ks_mean_count`, 4) END) VIRTUAL,
  `largest` bigint NULL,
  `ks_mean_sum` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `ks_mean_count` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`shop`, `day`),
  KEY `ks_shop_daily_1` (`shop`, `turnover`)
) ENGINE=InnoDB;

-- shop_daily: trigger on sales
CREATE TRIGGER `ks_shop_daily$s_ins` AFTER INSERT ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `shop_daily` (`shop`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `largest`)
  VALUES (NEW.`shop`, CASE WHEN TO_SECONDS(NEW.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(NEW.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END, NEW.`cents`, NEW.`cents`, 1, NEW.`cents`)
  ON DUPLICATE KEY UPDATE
    `turnover` = `shop_daily`.`turnover` + VALUES(`turnover`),
    `ks_mean_sum` = `shop_daily`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
    `ks_mean_count` = `shop_daily`.`ks_mean_count` + 1,
    `largest` = CASE WHEN `shop_daily`.`largest` IS NULL OR VALUES(`largest`) > `shop_daily`.`largest` THEN VALUES(`largest`) ELSE `shop_daily`.`largest` END;
END;

-- shop_daily: trigger on sales
CREATE TRIGGER `ks_shop_daily$s_upd` AFTER UPDATE ON `sales` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`shop` <=> NEW.`shop`) OR NOT (OLD.`sold_at` <=> NEW.`sold_at`) OR NOT (OLD.`cents` <=> NEW.`cents`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `sales` `s` WHERE `s`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `shop_daily` (`shop`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `largest`)
      SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), MAX(delta.c3)
      FROM (
        (SELECT OLD.`shop` AS k0, CASE WHEN TO_SECONDS(OLD.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(OLD.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END AS k1, -(OLD.`cents`) AS c0, -(OLD.`cents`) AS c1, -1 AS c2, NULL AS c3
        FROM DUAL)
        UNION ALL
        (SELECT NEW.`shop` AS k0, CASE WHEN TO_SECONDS(NEW.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(NEW.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END AS k1, NEW.`cents` AS c0, NEW.`cents` AS c1, 1 AS c2, NEW.`cents` AS c3
        FROM DUAL)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
      ON DUPLICATE KEY UPDATE
        `turnover` = `shop_daily`.`turnover` + VALUES(`turnover`),
        `ks_mean_sum` = `shop_daily`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
        `ks_mean_count` = `shop_daily`.`ks_mean_count` + VALUES(`ks_mean_count`),
        `largest` = CASE WHEN `shop_daily`.`largest` IS NULL OR VALUES(`largest`) > `shop_daily`.`largest` THEN VALUES(`largest`) ELSE `shop_daily`.`largest` END;
      UPDATE (
        SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
        FROM (SELECT OLD.`shop` AS k0, CASE WHEN TO_SECONDS(OLD.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(OLD.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END AS k1, OLD.`cents` AS m0
          FROM DUAL WHERE (NOT (OLD.`cents` <=> NEW.`cents`) OR NOT (OLD.`shop` <=> NEW.`shop`) OR NOT (OLD.`sold_at` <=> NEW.`sold_at`))) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
      ) AS gone STRAIGHT_JOIN `shop_daily` FORCE INDEX (PRIMARY) ON `shop_daily`.`shop` = gone.k0 AND `shop_daily`.`day` = gone.k1 AND (`shop_daily`.`largest` IS NULL OR NOT (`shop_daily`.`largest` > gone.m0))
      SET `shop_daily`.`largest` = (
        SELECT MAX(`s`.`cents`)
        FROM `sales` `s` WHERE `s`.`shop` = OLD.`shop` AND CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END = CASE WHEN TO_SECONDS(OLD.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(OLD.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END FOR SHARE);
    END IF;
  END IF;
END;

-- shop_daily: trigger on sales
CREATE TRIGGER `ks_shop_daily$s_del` AFTER DELETE ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `shop_daily` (`shop`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `largest`)
  VALUES (OLD.`shop`, CASE WHEN TO_SECONDS(OLD.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(OLD.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END, -(OLD.`cents`), -(OLD.`cents`), -1, NULL)
  ON DUPLICATE KEY UPDATE
    `turnover` = `shop_daily`.`turnover` + VALUES(`turnover`),
    `ks_mean_sum` = `shop_daily`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
    `ks_mean_count` = `shop_daily`.`ks_mean_count` - 1,
    `largest` = CASE WHEN `shop_daily`.`largest` IS NULL OR VALUES(`largest`) > `shop_daily`.`largest` THEN VALUES(`largest`) ELSE `shop_daily`.`largest` END;
  UPDATE (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT OLD.`shop` AS k0, CASE WHEN TO_SECONDS(OLD.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(OLD.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END AS k1, OLD.`cents` AS m0
      FROM DUAL) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
  ) AS gone STRAIGHT_JOIN `shop_daily` FORCE INDEX (PRIMARY) ON `shop_daily`.`shop` = gone.k0 AND `shop_daily`.`day` = gone.k1 AND (`shop_daily`.`largest` IS NULL OR NOT (`shop_daily`.`largest` > gone.m0))
  SET `shop_daily`.`largest` = (
    SELECT MAX(`s`.`cents`)
    FROM `sales` `s` WHERE `s`.`shop` = OLD.`shop` AND CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END = CASE WHEN TO_SECONDS(OLD.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(OLD.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END FOR SHARE);
END;

-- shop_daily: hook after insert of a row of sales
INSERT INTO `shop_daily` (`shop`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `largest`)
SELECT `s`.`shop`, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END, `s`.`cents`, `s`.`cents`, 1, `s`.`cents`
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_daily' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_daily`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `shop_daily`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `shop_daily`.`ks_mean_count` + 1,
  `largest` = CASE WHEN `shop_daily`.`largest` IS NULL OR VALUES(`largest`) > `shop_daily`.`largest` THEN VALUES(`largest`) ELSE `shop_daily`.`largest` END;

-- shop_daily: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `id` = ? FOR UPDATE;

-- shop_daily: hook before update of a row of sales
INSERT INTO `shop_daily` (`shop`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `largest`)
SELECT `s`.`shop`, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END, -(`s`.`cents`), -(`s`.`cents`), -1, NULL
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_daily' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_daily`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `shop_daily`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `shop_daily`.`ks_mean_count` - 1,
  `largest` = CASE WHEN `shop_daily`.`largest` IS NULL OR VALUES(`largest`) > `shop_daily`.`largest` THEN VALUES(`largest`) ELSE `shop_daily`.`largest` END;

-- shop_daily: hook before update of a row of sales
UPDATE (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT `s`.`shop` AS k0, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END AS k1, `s`.`cents` AS m0
    FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_daily' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone STRAIGHT_JOIN `shop_daily` FORCE INDEX (PRIMARY) ON `shop_daily`.`shop` = gone.k0 AND `shop_daily`.`day` = gone.k1 AND (`shop_daily`.`largest` IS NULL OR NOT (`shop_daily`.`largest` > gone.m0))
SET `shop_daily`.`largest` = (
  SELECT MAX(`s`.`cents`)
  FROM `sales` `s` WHERE (`s`.`id` = ?) IS NOT TRUE AND `s`.`shop` = `shop_daily`.`shop` AND CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END = `shop_daily`.`day` FOR SHARE);

-- shop_daily: hook after update of a row of sales
INSERT INTO `shop_daily` (`shop`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `largest`)
SELECT `s`.`shop`, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END, `s`.`cents`, `s`.`cents`, 1, `s`.`cents`
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_daily' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_daily`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `shop_daily`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `shop_daily`.`ks_mean_count` + 1,
  `largest` = CASE WHEN `shop_daily`.`largest` IS NULL OR VALUES(`largest`) > `shop_daily`.`largest` THEN VALUES(`largest`) ELSE `shop_daily`.`largest` END;

-- shop_daily: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `id` = ? FOR UPDATE;

-- shop_daily: hook before delete of a row of sales
INSERT INTO `shop_daily` (`shop`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `largest`)
SELECT `s`.`shop`, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END, -(`s`.`cents`), -(`s`.`cents`), -1, NULL
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_daily' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_daily`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `shop_daily`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `shop_daily`.`ks_mean_count` - 1,
  `largest` = CASE WHEN `shop_daily`.`largest` IS NULL OR VALUES(`largest`) > `shop_daily`.`largest` THEN VALUES(`largest`) ELSE `shop_daily`.`largest` END;

-- shop_daily: hook before delete of a row of sales
UPDATE (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT `s`.`shop` AS k0, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END AS k1, `s`.`cents` AS m0
    FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_daily' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone STRAIGHT_JOIN `shop_daily` FORCE INDEX (PRIMARY) ON `shop_daily`.`shop` = gone.k0 AND `shop_daily`.`day` = gone.k1 AND (`shop_daily`.`largest` IS NULL OR NOT (`shop_daily`.`largest` > gone.m0))
SET `shop_daily`.`largest` = (
  SELECT MAX(`s`.`cents`)
  FROM `sales` `s` WHERE (`s`.`id` = ?) IS NOT TRUE AND `s`.`shop` = `shop_daily`.`shop` AND CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END = `shop_daily`.`day` FOR SHARE);

-- shop_daily: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR NOT (MAX(e3) <=> MAX(s3)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), MAX(e3), MAX(s3), NULL FROM (SELECT `s`.`shop` AS k0, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END AS k1, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`s`.`cents`), 0) AS e0, 0 AS s0, COALESCE(SUM(`s`.`cents`), 0) AS e1, 0 AS s1, COUNT(*) AS e2, 0 AS s2, MAX(`s`.`cents`) AS e3, NULL AS s3 FROM `sales` `s` WHERE `s`.`shop` >= ? AND `s`.`shop` < ? GROUP BY `s`.`shop`, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END UNION ALL SELECT `shop`, `day`, 0, 1, 0, `turnover`, 0, `ks_mean_sum`, 0, `ks_mean_count`, NULL, `largest` FROM `shop_daily` WHERE `shop` >= ? AND `shop` < ?) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- shop_daily: compare all, gently
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR NOT (MAX(e3) <=> MAX(s3)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), MAX(e3), MAX(s3), NULL FROM (SELECT `s`.`shop` AS k0, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END AS k1, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`s`.`cents`), 0) AS e0, 0 AS s0, COALESCE(SUM(`s`.`cents`), 0) AS e1, 0 AS s1, COUNT(*) AS e2, 0 AS s2, MAX(`s`.`cents`) AS e3, NULL AS s3 FROM `sales` `s` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `s`.`shop`, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END UNION ALL SELECT `shop`, `day`, 0, 1, 0, `turnover`, 0, `ks_mean_sum`, 0, `ks_mean_count`, NULL, `largest` FROM `shop_daily`) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- shop_daily: where the next range begins
SELECT `shop` FROM `sales` WHERE `shop` >= ? ORDER BY `shop` LIMIT 1 OFFSET ?;

-- shop_daily: merge differences
INSERT INTO `shop_daily` (`shop`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `largest`) VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `turnover` = `shop_daily`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `shop_daily`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `shop_daily`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `largest` = CASE WHEN `shop_daily`.`largest` IS NULL OR VALUES(`largest`) > `shop_daily`.`largest` THEN VALUES(`largest`) ELSE `shop_daily`.`largest` END;

-- shop_daily: store extremes
UPDATE `shop_daily` SET `largest` = (
  SELECT MAX(`s`.`cents`)
  FROM `sales` `s` WHERE `s`.`shop` = ? AND CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END = ?) WHERE `shop` = ? AND `day` = ?;

-- shop_daily: prune
DELETE FROM `shop_daily` WHERE `shop` = ? AND `day` = ? AND `turnover` = 0 AND `ks_mean_sum` = 0 AND `ks_mean_count` = 0 AND `largest` IS NULL;

-- shop_daily: read
SELECT `turnover`, `mean`, `largest` FROM `shop_daily` WHERE `shop` = ? AND `day` = ?;

-- shop_daily: read from the source
SELECT `turnover`, CASE WHEN `ks_mean_count` = 0 THEN NULL ELSE ROUND(`ks_mean_sum` * 1.00000000 / `ks_mean_count`, 4) END AS `mean`, `largest` FROM (SELECT COALESCE(SUM(`s`.`cents`), 0) AS `turnover`, COALESCE(SUM(`s`.`cents`), 0) AS `ks_mean_sum`, COUNT(*) AS `ks_mean_count`, MAX(`s`.`cents`) AS `largest` FROM `sales` `s` WHERE `s`.`shop` = ? AND CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END = ?) AS source;

-- shop_daily: explain
SELECT `s`.`id`, `s`.`cents`, `s`.`cents`, 1, `s`.`cents` FROM `sales` `s` WHERE `s`.`shop` = ? AND CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END = ? ORDER BY `s`.`id`;

-- shop_daily: unit of work: what two rows of sales contribute
SELECT MIN(`s`.`shop`), MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END), -(SUM(`s`.`cents`)), -(SUM(`s`.`cents`)), -(SUM(1)), MAX(`s`.`cents`)
FROM `sales` `s` WHERE `s`.`id` IN (?, ?) GROUP BY `s`.`shop`, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END ORDER BY `s`.`shop`, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END FOR SHARE;

-- shop_daily: unit of work: merge
INSERT INTO `shop_daily` (`shop`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `largest`, `ks$by_hooks`)
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), MAX(delta.c3), 0
FROM (
  (SELECT `s`.`shop` AS k0, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END AS k1, `s`.`cents` AS c0, `s`.`cents` AS c1, 1 AS c2, `s`.`cents` AS c3
  FROM `sales` `s` WHERE `s`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DATE) AS k1, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS DECIMAL(41,0)) AS c1, CAST(? AS SIGNED) AS c2, NULL AS c3
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_daily`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `shop_daily`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `shop_daily`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `largest` = CASE WHEN `shop_daily`.`largest` IS NULL OR VALUES(`largest`) > `shop_daily`.`largest` THEN VALUES(`largest`) ELSE `shop_daily`.`largest` END;

-- shop_daily: unit of work: merge, while capture moves
INSERT INTO `shop_daily` (`shop`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `largest`)
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), MAX(delta.c3)
FROM (
  (SELECT `s`.`shop` AS k0, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END AS k1, `s`.`cents` AS c0, `s`.`cents` AS c1, 1 AS c2, `s`.`cents` AS c3
  FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_daily' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DATE) AS k1, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS DECIMAL(41,0)) AS c1, CAST(? AS SIGNED) AS c2, NULL AS c3 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_daily' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_daily`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `shop_daily`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `shop_daily`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `largest` = CASE WHEN `shop_daily`.`largest` IS NULL OR VALUES(`largest`) > `shop_daily`.`largest` THEN VALUES(`largest`) ELSE `shop_daily`.`largest` END;

-- shop_daily: unit of work: read again largest
UPDATE `shop_daily` SET `largest` = (
  SELECT MAX(`s`.`cents`)
  FROM `sales` `s` WHERE `s`.`shop` = CAST(? AS SIGNED) AND CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31590000 AND 315569487599 THEN FROM_DAYS((TO_SECONDS(`s`.`sold_at`) + 32400) DIV 86400) ELSE DATE'0001-01-01' END = CAST(? AS DATE) FOR SHARE)
WHERE `shop` = CAST(? AS SIGNED) AND `day` = CAST(? AS DATE) AND (`largest` IS NULL OR NOT (`largest` > CAST(? AS SIGNED)));

-- shop_quarter_hours: table
CREATE TABLE `shop_quarter_hours` (
  `starts` DATETIME NOT NULL,
  `sales` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`starts`)
) ENGINE=InnoDB;

-- shop_quarter_hours: trigger on sales
CREATE TRIGGER `ks_shop_quarter_hours$s_ins` AFTER INSERT ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `shop_quarter_hours` (`starts`, `sales`)
  VALUES (CASE WHEN TO_SECONDS(NEW.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(NEW.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(NEW.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END, 1)
  ON DUPLICATE KEY UPDATE
    `sales` = `shop_quarter_hours`.`sales` + 1;
END;

-- shop_quarter_hours: trigger on sales
CREATE TRIGGER `ks_shop_quarter_hours$s_upd` AFTER UPDATE ON `sales` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`sold_at` <=> NEW.`sold_at`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `sales` `s` WHERE `s`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `shop_quarter_hours` (`starts`, `sales`)
      SELECT delta.k0, SUM(delta.c0)
      FROM (
        (SELECT CASE WHEN TO_SECONDS(OLD.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(OLD.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(OLD.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END AS k0, -1 AS c0
        FROM DUAL)
        UNION ALL
        (SELECT CASE WHEN TO_SECONDS(NEW.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(NEW.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(NEW.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END AS k0, 1 AS c0
        FROM DUAL)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `sales` = `shop_quarter_hours`.`sales` + VALUES(`sales`);
    END IF;
  END IF;
END;

-- shop_quarter_hours: trigger on sales
CREATE TRIGGER `ks_shop_quarter_hours$s_del` AFTER DELETE ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `shop_quarter_hours` (`starts`, `sales`)
  VALUES (CASE WHEN TO_SECONDS(OLD.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(OLD.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(OLD.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END, -1)
  ON DUPLICATE KEY UPDATE
    `sales` = `shop_quarter_hours`.`sales` - 1;
END;

-- shop_quarter_hours: hook after insert of a row of sales
INSERT INTO `shop_quarter_hours` (`starts`, `sales`)
SELECT CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END, 1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_quarter_hours' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `sales` = `shop_quarter_hours`.`sales` + 1;

-- shop_quarter_hours: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `id` = ? FOR UPDATE;

-- shop_quarter_hours: hook before update of a row of sales
INSERT INTO `shop_quarter_hours` (`starts`, `sales`)
SELECT CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END, -1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_quarter_hours' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `sales` = `shop_quarter_hours`.`sales` - 1;

-- shop_quarter_hours: hook after update of a row of sales
INSERT INTO `shop_quarter_hours` (`starts`, `sales`)
SELECT CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END, 1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_quarter_hours' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `sales` = `shop_quarter_hours`.`sales` + 1;

-- shop_quarter_hours: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `id` = ? FOR UPDATE;

-- shop_quarter_hours: hook before delete of a row of sales
INSERT INTO `shop_quarter_hours` (`starts`, `sales`)
SELECT CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END, -1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_quarter_hours' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `sales` = `shop_quarter_hours`.`sales` - 1;

-- shop_quarter_hours: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END AS k0, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `sales` `s` WHERE CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END >= ? AND CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END < ? GROUP BY CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END UNION ALL SELECT `starts`, 0, 1, 0, `sales` FROM `shop_quarter_hours` WHERE `starts` >= ? AND `starts` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- shop_quarter_hours: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END AS k0, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `sales` `s` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END UNION ALL SELECT `starts`, 0, 1, 0, `sales` FROM `shop_quarter_hours`) AS both_sides GROUP BY k0 ORDER BY k0;

-- shop_quarter_hours: merge differences
INSERT INTO `shop_quarter_hours` (`starts`, `sales`) VALUES (?, ?) ON DUPLICATE KEY UPDATE
  `sales` = `shop_quarter_hours`.`sales` + VALUES(`sales`);

-- shop_quarter_hours: prune
DELETE FROM `shop_quarter_hours` WHERE `starts` = ? AND `sales` = 0;

-- shop_quarter_hours: read
SELECT `sales` FROM `shop_quarter_hours` WHERE `starts` = ?;

-- shop_quarter_hours: read from the source
SELECT `sales` FROM (SELECT COUNT(*) AS `sales` FROM `sales` `s` WHERE CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END = ?) AS source;

-- shop_quarter_hours: explain
SELECT `s`.`id`, 1 FROM `sales` `s` WHERE CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END = ? ORDER BY `s`.`id`;

-- shop_quarter_hours: unit of work: what two rows of sales contribute
SELECT MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END), -(SUM(1))
FROM `sales` `s` WHERE `s`.`id` IN (?, ?) GROUP BY CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END ORDER BY CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END FOR SHARE;

-- shop_quarter_hours: unit of work: merge
INSERT INTO `shop_quarter_hours` (`starts`, `sales`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), 0
FROM (
  (SELECT CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END AS k0, 1 AS c0
  FROM `sales` `s` WHERE `s`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS DATETIME(0)) AS k0, CAST(? AS SIGNED) AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `sales` = `shop_quarter_hours`.`sales` + VALUES(`sales`);

-- shop_quarter_hours: unit of work: merge, while capture moves
INSERT INTO `shop_quarter_hours` (`starts`, `sales`)
SELECT delta.k0, SUM(delta.c0)
FROM (
  (SELECT CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31635000 AND 315569532599 THEN (CAST(FROM_DAYS((TO_SECONDS(`s`.`sold_at`) - 12600) DIV 86400) AS DATETIME) + INTERVAL MOD((TO_SECONDS(`s`.`sold_at`) - 12600), 86400) DIV 900 * 900 SECOND) ELSE TIMESTAMP'0001-01-01 00:00:00' END AS k0, 1 AS c0
  FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_quarter_hours' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS DATETIME(0)) AS k0, CAST(? AS SIGNED) AS c0 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_quarter_hours' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `sales` = `shop_quarter_hours`.`sales` + VALUES(`sales`);

-- booked_weeks: table
CREATE TABLE `booked_weeks` (
  `week` DATE NOT NULL,
  `sales` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`week`)
) ENGINE=InnoDB;

-- booked_weeks: trigger on sales
CREATE TRIGGER `ks_booked_weeks$s_ins` AFTER INSERT ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `booked_weeks` (`week`, `sales`)
  SELECT CASE WHEN NEW.`booked_s` IS NULL THEN NULL WHEN NEW.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((NEW.`booked_s` + 62167219200) DIV 86400 - MOD((NEW.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END, 1
  FROM DUAL WHERE (NEW.`booked_s` IS NOT NULL)
  ON DUPLICATE KEY UPDATE
    `sales` = `booked_weeks`.`sales` + 1;
END;

-- booked_weeks: trigger on sales
CREATE TRIGGER `ks_booked_weeks$s_upd` AFTER UPDATE ON `sales` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`booked_s` <=> NEW.`booked_s`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `sales` `s` WHERE `s`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `booked_weeks` (`week`, `sales`)
      SELECT delta.k0, SUM(delta.c0)
      FROM (
        (SELECT CASE WHEN OLD.`booked_s` IS NULL THEN NULL WHEN OLD.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((OLD.`booked_s` + 62167219200) DIV 86400 - MOD((OLD.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END AS k0, -1 AS c0
        FROM DUAL WHERE (OLD.`booked_s` IS NOT NULL))
        UNION ALL
        (SELECT CASE WHEN NEW.`booked_s` IS NULL THEN NULL WHEN NEW.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((NEW.`booked_s` + 62167219200) DIV 86400 - MOD((NEW.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END AS k0, 1 AS c0
        FROM DUAL WHERE (NEW.`booked_s` IS NOT NULL))
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `sales` = `booked_weeks`.`sales` + VALUES(`sales`);
    END IF;
  END IF;
END;

-- booked_weeks: trigger on sales
CREATE TRIGGER `ks_booked_weeks$s_del` AFTER DELETE ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `booked_weeks` (`week`, `sales`)
  SELECT CASE WHEN OLD.`booked_s` IS NULL THEN NULL WHEN OLD.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((OLD.`booked_s` + 62167219200) DIV 86400 - MOD((OLD.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END, -1
  FROM DUAL WHERE (OLD.`booked_s` IS NOT NULL)
  ON DUPLICATE KEY UPDATE
    `sales` = `booked_weeks`.`sales` - 1;
END;

-- booked_weeks: hook after insert of a row of sales
INSERT INTO `booked_weeks` (`week`, `sales`)
SELECT CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END, 1
FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'booked_weeks' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `sales` = `booked_weeks`.`sales` + 1;

-- booked_weeks: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `id` = ? FOR UPDATE;

-- booked_weeks: hook before update of a row of sales
INSERT INTO `booked_weeks` (`week`, `sales`)
SELECT CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END, -1
FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'booked_weeks' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `sales` = `booked_weeks`.`sales` - 1;

-- booked_weeks: hook after update of a row of sales
INSERT INTO `booked_weeks` (`week`, `sales`)
SELECT CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END, 1
FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'booked_weeks' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `sales` = `booked_weeks`.`sales` + 1;

-- booked_weeks: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `id` = ? FOR UPDATE;

-- booked_weeks: hook before delete of a row of sales
INSERT INTO `booked_weeks` (`week`, `sales`)
SELECT CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END, -1
FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'booked_weeks' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `sales` = `booked_weeks`.`sales` - 1;

-- booked_weeks: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END AS k0, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END >= ? AND CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END < ? GROUP BY CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END UNION ALL SELECT `week`, 0, 1, 0, `sales` FROM `booked_weeks` WHERE `week` >= ? AND `week` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- booked_weeks: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END AS k0, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END UNION ALL SELECT `week`, 0, 1, 0, `sales` FROM `booked_weeks`) AS both_sides GROUP BY k0 ORDER BY k0;

-- booked_weeks: merge differences
INSERT INTO `booked_weeks` (`week`, `sales`) VALUES (?, ?) ON DUPLICATE KEY UPDATE
  `sales` = `booked_weeks`.`sales` + VALUES(`sales`);

-- booked_weeks: prune
DELETE FROM `booked_weeks` WHERE `week` = ? AND `sales` = 0;

-- booked_weeks: read
SELECT `sales` FROM `booked_weeks` WHERE `week` = ?;

-- booked_weeks: read from the source
SELECT `sales` FROM (SELECT COUNT(*) AS `sales` FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END = ?) AS source;

-- booked_weeks: explain
SELECT `s`.`id`, 1 FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END = ? ORDER BY `s`.`id`;

-- booked_weeks: unit of work: what two rows of sales contribute
SELECT MIN(CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END), -(SUM(1))
FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND `s`.`id` IN (?, ?) GROUP BY CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END ORDER BY CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END FOR SHARE;

-- booked_weeks: unit of work: merge
INSERT INTO `booked_weeks` (`week`, `sales`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), 0
FROM (
  (SELECT CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END AS k0, 1 AS c0
  FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND `s`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS DATE) AS k0, CAST(? AS SIGNED) AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `sales` = `booked_weeks`.`sales` + VALUES(`sales`);

-- booked_weeks: unit of work: merge, while capture moves
INSERT INTO `booked_weeks` (`week`, `sales`)
SELECT delta.k0, SUM(delta.c0)
FROM (
  (SELECT CASE WHEN `s`.`booked_s` IS NULL THEN NULL WHEN `s`.`booked_s` BETWEEN -62135596800 AND 253402300799 THEN FROM_DAYS((`s`.`booked_s` + 62167219200) DIV 86400 - MOD((`s`.`booked_s` + 62167219200) DIV 86400 - 2, 7)) ELSE DATE'0001-01-01' END AS k0, 1 AS c0
  FROM `sales` `s` WHERE (`s`.`booked_s` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'booked_weeks' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS DATE) AS k0, CAST(? AS SIGNED) AS c0 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'booked_weeks' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `sales` = `booked_weeks`.`sales` + VALUES(`sales`);

-- changed_quarters: table
CREATE TABLE `changed_quarters` (
  `quarter` DATE NOT NULL,
  `first_year` DATE NULL,
  `sales` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`quarter`)
) ENGINE=InnoDB;

-- changed_quarters: trigger on sales
CREATE TRIGGER `ks_changed_quarters$s_ins` AFTER INSERT ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `changed_quarters` (`quarter`, `first_year`, `sales`)
  VALUES (CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END, CASE WHEN TO_SECONDS(NEW.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(NEW.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(NEW.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END, 1)
  ON DUPLICATE KEY UPDATE
    `first_year` = CASE WHEN `changed_quarters`.`first_year` IS NULL OR VALUES(`first_year`) < `changed_quarters`.`first_year` THEN VALUES(`first_year`) ELSE `changed_quarters`.`first_year` END,
    `sales` = `changed_quarters`.`sales` + 1;
END;

-- changed_quarters: trigger on sales
CREATE TRIGGER `ks_changed_quarters$s_upd` AFTER UPDATE ON `sales` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`sold_at` <=> NEW.`sold_at`) OR NOT (UNIX_TIMESTAMP(OLD.`changed_at`) <=> UNIX_TIMESTAMP(NEW.`changed_at`)) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `sales` `s` WHERE `s`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `changed_quarters` (`quarter`, `first_year`, `sales`)
      SELECT delta.k0, MIN(delta.c0), SUM(delta.c1)
      FROM (
        (SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END AS k0, NULL AS c0, -1 AS c1
        FROM DUAL)
        UNION ALL
        (SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END AS k0, CASE WHEN TO_SECONDS(NEW.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(NEW.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(NEW.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END AS c0, 1 AS c1
        FROM DUAL)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `first_year` = CASE WHEN `changed_quarters`.`first_year` IS NULL OR VALUES(`first_year`) < `changed_quarters`.`first_year` THEN VALUES(`first_year`) ELSE `changed_quarters`.`first_year` END,
        `sales` = `changed_quarters`.`sales` + VALUES(`sales`);
      UPDATE (
        SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
        FROM (SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END AS k0, CASE WHEN TO_SECONDS(OLD.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(OLD.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(OLD.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END AS m0
          FROM DUAL WHERE (NOT (UNIX_TIMESTAMP(OLD.`changed_at`) <=> UNIX_TIMESTAMP(NEW.`changed_at`)) OR NOT (OLD.`sold_at` <=> NEW.`sold_at`))) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
      ) AS gone STRAIGHT_JOIN `changed_quarters` FORCE INDEX (PRIMARY) ON `changed_quarters`.`quarter` = gone.k0 AND (`changed_quarters`.`first_year` IS NULL OR NOT (`changed_quarters`.`first_year` < gone.m0))
      SET `changed_quarters`.`first_year` = (
        SELECT MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END)
        FROM `sales` `s` WHERE CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END = CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END FOR SHARE);
    END IF;
  END IF;
END;

-- changed_quarters: trigger on sales
CREATE TRIGGER `ks_changed_quarters$s_del` AFTER DELETE ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `changed_quarters` (`quarter`, `first_year`, `sales`)
  VALUES (CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END, NULL, -1)
  ON DUPLICATE KEY UPDATE
    `first_year` = CASE WHEN `changed_quarters`.`first_year` IS NULL OR VALUES(`first_year`) < `changed_quarters`.`first_year` THEN VALUES(`first_year`) ELSE `changed_quarters`.`first_year` END,
    `sales` = `changed_quarters`.`sales` - 1;
  UPDATE (
    SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
    FROM (SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END AS k0, CASE WHEN TO_SECONDS(OLD.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(OLD.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(OLD.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END AS m0
      FROM DUAL) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone STRAIGHT_JOIN `changed_quarters` FORCE INDEX (PRIMARY) ON `changed_quarters`.`quarter` = gone.k0 AND (`changed_quarters`.`first_year` IS NULL OR NOT (`changed_quarters`.`first_year` < gone.m0))
  SET `changed_quarters`.`first_year` = (
    SELECT MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END)
    FROM `sales` `s` WHERE CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END = CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END FOR SHARE);
END;

-- changed_quarters: hook after insert of a row of sales
INSERT INTO `changed_quarters` (`quarter`, `first_year`, `sales`)
SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END, 1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'changed_quarters' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `first_year` = CASE WHEN `changed_quarters`.`first_year` IS NULL OR VALUES(`first_year`) < `changed_quarters`.`first_year` THEN VALUES(`first_year`) ELSE `changed_quarters`.`first_year` END,
  `sales` = `changed_quarters`.`sales` + 1;

-- changed_quarters: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `id` = ? FOR UPDATE;

-- changed_quarters: hook before update of a row of sales
INSERT INTO `changed_quarters` (`quarter`, `first_year`, `sales`)
SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END, NULL, -1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'changed_quarters' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `first_year` = CASE WHEN `changed_quarters`.`first_year` IS NULL OR VALUES(`first_year`) < `changed_quarters`.`first_year` THEN VALUES(`first_year`) ELSE `changed_quarters`.`first_year` END,
  `sales` = `changed_quarters`.`sales` - 1;

-- changed_quarters: hook before update of a row of sales
UPDATE (
  SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
  FROM (SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END AS k0, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END AS m0
    FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'changed_quarters' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `changed_quarters` FORCE INDEX (PRIMARY) ON `changed_quarters`.`quarter` = gone.k0 AND (`changed_quarters`.`first_year` IS NULL OR NOT (`changed_quarters`.`first_year` < gone.m0))
SET `changed_quarters`.`first_year` = (
  SELECT MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END)
  FROM `sales` `s` WHERE (`s`.`id` = ?) IS NOT TRUE AND CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END = `changed_quarters`.`quarter` FOR SHARE);

-- changed_quarters: hook after update of a row of sales
INSERT INTO `changed_quarters` (`quarter`, `first_year`, `sales`)
SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END, 1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'changed_quarters' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `first_year` = CASE WHEN `changed_quarters`.`first_year` IS NULL OR VALUES(`first_year`) < `changed_quarters`.`first_year` THEN VALUES(`first_year`) ELSE `changed_quarters`.`first_year` END,
  `sales` = `changed_quarters`.`sales` + 1;

-- changed_quarters: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `id` = ? FOR UPDATE;

-- changed_quarters: hook before delete of a row of sales
INSERT INTO `changed_quarters` (`quarter`, `first_year`, `sales`)
SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END, NULL, -1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'changed_quarters' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `first_year` = CASE WHEN `changed_quarters`.`first_year` IS NULL OR VALUES(`first_year`) < `changed_quarters`.`first_year` THEN VALUES(`first_year`) ELSE `changed_quarters`.`first_year` END,
  `sales` = `changed_quarters`.`sales` - 1;

-- changed_quarters: hook before delete of a row of sales
UPDATE (
  SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
  FROM (SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END AS k0, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END AS m0
    FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'changed_quarters' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `changed_quarters` FORCE INDEX (PRIMARY) ON `changed_quarters`.`quarter` = gone.k0 AND (`changed_quarters`.`first_year` IS NULL OR NOT (`changed_quarters`.`first_year` < gone.m0))
SET `changed_quarters`.`first_year` = (
  SELECT MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END)
  FROM `sales` `s` WHERE (`s`.`id` = ?) IS NOT TRUE AND CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END = `changed_quarters`.`quarter` FOR SHARE);

-- changed_quarters: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN NOT (MIN(e0) <=> MIN(s0)) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, MIN(e0), MIN(s0), NULL, SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END AS k0, 1 AS in_source, 0 AS in_summary, MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END) AS e0, NULL AS s0, COUNT(*) AS e1, 0 AS s1 FROM `sales` `s` WHERE CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END >= ? AND CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END < ? GROUP BY CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END UNION ALL SELECT `quarter`, 0, 1, NULL, `first_year`, 0, `sales` FROM `changed_quarters` WHERE `quarter` >= ? AND `quarter` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- changed_quarters: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN NOT (MIN(e0) <=> MIN(s0)) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, MIN(e0), MIN(s0), NULL, SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END AS k0, 1 AS in_source, 0 AS in_summary, MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END) AS e0, NULL AS s0, COUNT(*) AS e1, 0 AS s1 FROM `sales` `s` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END UNION ALL SELECT `quarter`, 0, 1, NULL, `first_year`, 0, `sales` FROM `changed_quarters`) AS both_sides GROUP BY k0 ORDER BY k0;

-- changed_quarters: merge differences
INSERT INTO `changed_quarters` (`quarter`, `first_year`, `sales`) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE
  `first_year` = CASE WHEN `changed_quarters`.`first_year` IS NULL OR VALUES(`first_year`) < `changed_quarters`.`first_year` THEN VALUES(`first_year`) ELSE `changed_quarters`.`first_year` END,
  `sales` = `changed_quarters`.`sales` + VALUES(`sales`);

-- changed_quarters: store extremes
UPDATE `changed_quarters` SET `first_year` = (
  SELECT MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END)
  FROM `sales` `s` WHERE CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END = ?) WHERE `quarter` = ?;

-- changed_quarters: prune
DELETE FROM `changed_quarters` WHERE `quarter` = ? AND `first_year` IS NULL AND `sales` = 0;

-- changed_quarters: read
SELECT `first_year`, `sales` FROM `changed_quarters` WHERE `quarter` = ?;

-- changed_quarters: read from the source
SELECT `first_year`, `sales` FROM (SELECT MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END) AS `first_year`, COUNT(*) AS `sales` FROM `sales` `s` WHERE CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END = ?) AS source;

-- changed_quarters: explain
SELECT `s`.`id`, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END, 1 FROM `sales` `s` WHERE CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END = ? ORDER BY `s`.`id`;

-- changed_quarters: unit of work: what two rows of sales contribute
SELECT MIN(CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END), MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END), -(SUM(1))
FROM `sales` `s` WHERE `s`.`id` IN (?, ?) GROUP BY CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END ORDER BY CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END FOR SHARE;

-- changed_quarters: unit of work: merge
INSERT INTO `changed_quarters` (`quarter`, `first_year`, `sales`, `ks$by_hooks`)
SELECT delta.k0, MIN(delta.c0), SUM(delta.c1), 0
FROM (
  (SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END AS k0, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END AS c0, 1 AS c1
  FROM `sales` `s` WHERE `s`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS DATE) AS k0, NULL AS c0, CAST(? AS SIGNED) AS c1
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `first_year` = CASE WHEN `changed_quarters`.`first_year` IS NULL OR VALUES(`first_year`) < `changed_quarters`.`first_year` THEN VALUES(`first_year`) ELSE `changed_quarters`.`first_year` END,
  `sales` = `changed_quarters`.`sales` + VALUES(`sales`);

-- changed_quarters: unit of work: merge, while capture moves
INSERT INTO `changed_quarters` (`quarter`, `first_year`, `sales`)
SELECT delta.k0, MIN(delta.c0), SUM(delta.c1)
FROM (
  (SELECT CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END AS k0, CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END AS c0, 1 AS c1
  FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'changed_quarters' FOR SHARE) = 1 AND `s`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS DATE) AS k0, NULL AS c0, CAST(? AS SIGNED) AS c1 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'changed_quarters' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `first_year` = CASE WHEN `changed_quarters`.`first_year` IS NULL OR VALUES(`first_year`) < `changed_quarters`.`first_year` THEN VALUES(`first_year`) ELSE `changed_quarters`.`first_year` END,
  `sales` = `changed_quarters`.`sales` + VALUES(`sales`);

-- changed_quarters: unit of work: read again first_year
UPDATE `changed_quarters` SET `first_year` = (
  SELECT MIN(CASE WHEN TO_SECONDS(`s`.`sold_at`) BETWEEN 31622400 AND 315569519999 THEN (FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400) - INTERVAL DAYOFYEAR(FROM_DAYS(TO_SECONDS(`s`.`sold_at`) DIV 86400)) - 1 DAY) ELSE DATE'0001-01-01' END)
  FROM `sales` `s` WHERE CASE WHEN TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) BETWEEN 31622400 AND 315569519999 THEN ((FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400) - INTERVAL DAYOFMONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1 DAY) - INTERVAL MOD(MONTH(FROM_DAYS(TO_SECONDS((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`s`.`changed_at`) SECOND)) DIV 86400)) - 1, 3) MONTH) ELSE DATE'0001-01-01' END = CAST(? AS DATE) FOR SHARE)
WHERE `quarter` = CAST(? AS DATE) AND (`first_year` IS NULL OR NOT (`first_year` < CAST(? AS DATE)));
