-- keys on MySQL 8.0 (not run here: no test has such a server)

-- clerk_days: table
CREATE TABLE `clerk_days` (
  `day` DATE NOT NULL,
  `clerk` varchar(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `size` VARCHAR(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `turnover` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `sales` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`day`, `clerk`, `size`),
  KEY `ks_clerk_days_1` (`clerk`, `day`)
) ENGINE=InnoDB;

-- clerk_days: trigger on sales
CREATE TRIGGER `ks_clerk_days$s_ins` AFTER INSERT ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `clerk_days` (`day`, `clerk`, `size`, `turnover`, `sales`)
  SELECT DATE(NEW.`sold_at`), NEW.`clerk`, CASE WHEN (NEW.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END, NEW.`cents`, 1
  FROM DUAL WHERE (DATE(NEW.`sold_at`) IS NOT NULL)
  ON DUPLICATE KEY UPDATE
    `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
    `sales` = `clerk_days`.`sales` + 1;
END;

-- clerk_days: trigger on sales
CREATE TRIGGER `ks_clerk_days$s_upd` AFTER UPDATE ON `sales` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (CAST(OLD.`clerk` AS BINARY) <=> CAST(NEW.`clerk` AS BINARY)) OR NOT (OLD.`sold_at` <=> NEW.`sold_at`) OR NOT (OLD.`cents` <=> NEW.`cents`) THEN
    IF NOT (OLD.`number` <=> NEW.`number`) OR NOT (OLD.`shop` <=> NEW.`shop`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `sales` `s` WHERE `s`.`shop` = OLD.`shop` AND `s`.`number` = OLD.`number` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `clerk_days` (`day`, `clerk`, `size`, `turnover`, `sales`)
      SELECT delta.k0, delta.k1, delta.k2, SUM(delta.c0), SUM(delta.c1)
      FROM (
        (SELECT DATE(OLD.`sold_at`) AS k0, OLD.`clerk` AS k1, CASE WHEN (OLD.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END AS k2, -(OLD.`cents`) AS c0, -1 AS c1
        FROM DUAL WHERE (DATE(OLD.`sold_at`) IS NOT NULL))
        UNION ALL
        (SELECT DATE(NEW.`sold_at`) AS k0, NEW.`clerk` AS k1, CASE WHEN (NEW.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END AS k2, NEW.`cents` AS c0, 1 AS c1
        FROM DUAL WHERE (DATE(NEW.`sold_at`) IS NOT NULL))
      ) AS delta
      WHERE TRUE GROUP BY delta.k0, delta.k1, delta.k2 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0, delta.k1, delta.k2
      ON DUPLICATE KEY UPDATE
        `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
        `sales` = `clerk_days`.`sales` + VALUES(`sales`);
    END IF;
  END IF;
END;

-- clerk_days: trigger on sales
CREATE TRIGGER `ks_clerk_days$s_del` AFTER DELETE ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `clerk_days` (`day`, `clerk`, `size`, `turnover`, `sales`)
  SELECT DATE(OLD.`sold_at`), OLD.`clerk`, CASE WHEN (OLD.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END, -(OLD.`cents`), -1
  FROM DUAL WHERE (DATE(OLD.`sold_at`) IS NOT NULL)
  ON DUPLICATE KEY UPDATE
    `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
    `sales` = `clerk_days`.`sales` - 1;
END;

-- clerk_days: hook after insert of a row of sales
INSERT INTO `clerk_days` (`day`, `clerk`, `size`, `turnover`, `sales`)
SELECT DATE(`s`.`sold_at`), `s`.`clerk`, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END, `s`.`cents`, 1
FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `sales` = `clerk_days`.`sales` + 1;

-- clerk_days: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- clerk_days: hook before update of a row of sales
INSERT INTO `clerk_days` (`day`, `clerk`, `size`, `turnover`, `sales`)
SELECT DATE(`s`.`sold_at`), `s`.`clerk`, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END, -(`s`.`cents`), -1
FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `sales` = `clerk_days`.`sales` - 1;

-- clerk_days: hook after update of a row of sales
INSERT INTO `clerk_days` (`day`, `clerk`, `size`, `turnover`, `sales`)
SELECT DATE(`s`.`sold_at`), `s`.`clerk`, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END, `s`.`cents`, 1
FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `sales` = `clerk_days`.`sales` + 1;

-- clerk_days: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- clerk_days: hook before delete of a row of sales
INSERT INTO `clerk_days` (`day`, `clerk`, `size`, `turnover`, `sales`)
SELECT DATE(`s`.`sold_at`), `s`.`clerk`, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END, -(`s`.`cents`), -1
FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `sales` = `clerk_days`.`sales` - 1;

-- clerk_days: compare a range of keys
SELECT k0, k1, k2, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT DATE(`s`.`sold_at`) AS k0, `s`.`clerk` AS k1, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END AS k2, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`s`.`cents`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1 FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND DATE(`s`.`sold_at`) >= ? AND DATE(`s`.`sold_at`) < ? GROUP BY DATE(`s`.`sold_at`), `s`.`clerk`, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END UNION ALL SELECT `day`, `clerk`, `size`, 0, 1, 0, `turnover`, 0, `sales` FROM `clerk_days` WHERE `day` >= ? AND `day` < ?) AS both_sides GROUP BY k0, k1, k2 ORDER BY k0, k1, k2;

-- clerk_days: compare all, gently
SELECT k0, k1, k2, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT DATE(`s`.`sold_at`) AS k0, `s`.`clerk` AS k1, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END AS k2, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`s`.`cents`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1 FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY DATE(`s`.`sold_at`), `s`.`clerk`, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END UNION ALL SELECT `day`, `clerk`, `size`, 0, 1, 0, `turnover`, 0, `sales` FROM `clerk_days`) AS both_sides GROUP BY k0, k1, k2 ORDER BY k0, k1, k2;

-- clerk_days: merge differences
INSERT INTO `clerk_days` (`day`, `clerk`, `size`, `turnover`, `sales`) VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `sales` = `clerk_days`.`sales` + VALUES(`sales`);

-- clerk_days: prune
DELETE FROM `clerk_days` WHERE `day` = ? AND `clerk` = ? AND `size` = ? AND `turnover` = 0 AND `sales` = 0;

-- clerk_days: read
SELECT `turnover`, `sales` FROM `clerk_days` WHERE `day` = ? AND `clerk` = ? AND `size` = ?;

-- clerk_days: read from the source
SELECT `turnover`, `sales` FROM (SELECT COALESCE(SUM(`s`.`cents`), 0) AS `turnover`, COUNT(*) AS `sales` FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND DATE(`s`.`sold_at`) = ? AND `s`.`clerk` = ? AND CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END = ?) AS source;

-- clerk_days: explain
SELECT `s`.`shop`, `s`.`number`, `s`.`cents`, 1 FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND DATE(`s`.`sold_at`) = ? AND `s`.`clerk` = ? AND CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END = ? ORDER BY `s`.`shop`, `s`.`number`;

-- clerk_days: unit of work: what two rows of sales contribute
SELECT MIN(DATE(`s`.`sold_at`)), CAST(MIN(`s`.`clerk`) AS BINARY), CAST(MIN(CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END) AS BINARY), -(SUM(`s`.`cents`)), -(SUM(1))
FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND ((`s`.`shop` = ? AND `s`.`number` = ?) OR (`s`.`shop` = ? AND `s`.`number` = ?)) GROUP BY DATE(`s`.`sold_at`), `s`.`clerk`, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END ORDER BY DATE(`s`.`sold_at`), `s`.`clerk`, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END FOR SHARE;

-- clerk_days: unit of work: merge
INSERT INTO `clerk_days` (`day`, `clerk`, `size`, `turnover`, `sales`, `ks$by_hooks`)
SELECT delta.k0, delta.k1, delta.k2, SUM(delta.c0), SUM(delta.c1), 0
FROM (
  (SELECT DATE(`s`.`sold_at`) AS k0, `s`.`clerk` AS k1, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END AS k2, `s`.`cents` AS c0, 1 AS c1
  FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS DATE) AS k0, CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k1, CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k2, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS SIGNED) AS c1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1, delta.k2 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0, delta.k1, delta.k2
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `sales` = `clerk_days`.`sales` + VALUES(`sales`);

-- clerk_days: unit of work: merge, while capture moves
INSERT INTO `clerk_days` (`day`, `clerk`, `size`, `turnover`, `sales`)
SELECT delta.k0, delta.k1, delta.k2, SUM(delta.c0), SUM(delta.c1)
FROM (
  (SELECT DATE(`s`.`sold_at`) AS k0, `s`.`clerk` AS k1, CASE WHEN (`s`.`cents` >= 10000) THEN _utf8mb4'large' ELSE _utf8mb4'small' END AS k2, `s`.`cents` AS c0, 1 AS c1
  FROM `sales` `s` WHERE (DATE(`s`.`sold_at`) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS DATE) AS k0, CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k1, CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k2, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS SIGNED) AS c1 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1, delta.k2 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0, delta.k1, delta.k2
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `sales` = `clerk_days`.`sales` + VALUES(`sales`);
