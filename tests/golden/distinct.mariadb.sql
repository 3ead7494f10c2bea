-- distinct on MariaDB 10.11

-- ks_shops$clerks: table
CREATE TABLE `ks_shops$clerks` (
  `shop` int(11) NOT NULL,
  `ks_value` varchar(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `ks_rows` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`shop`, `ks_value`)
) ENGINE=InnoDB;

-- ks_shops$clerks: trigger on sales
CREATE TRIGGER `ks_ks_shops$clerks$s_ins` AFTER INSERT ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `ks_shops$clerks` (`shop`, `ks_value`, `ks_rows`)
  SELECT NEW.`shop`, NEW.`clerk`, 1
  FROM DUAL WHERE (NEW.`cents` <> 0) AND (NEW.`clerk` IS NOT NULL)
  ON DUPLICATE KEY UPDATE
    `ks_rows` = `ks_shops$clerks`.`ks_rows` + 1;
END;

-- ks_shops$clerks: trigger on sales
CREATE TRIGGER `ks_ks_shops$clerks$s_upd` AFTER UPDATE ON `sales` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`shop` <=> NEW.`shop`) OR NOT (CAST(OLD.`clerk` AS BINARY) <=> CAST(NEW.`clerk` AS BINARY)) OR NOT (OLD.`cents` <=> NEW.`cents`) THEN
    IF NOT (OLD.`number` <=> NEW.`number`) OR NOT (OLD.`shop` <=> NEW.`shop`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `sales` `s` WHERE `s`.`shop` = OLD.`shop` AND `s`.`number` = OLD.`number` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `ks_shops$clerks` (`shop`, `ks_value`, `ks_rows`)
      SELECT delta.k0, delta.k1, SUM(delta.c0)
      FROM (
        (SELECT OLD.`shop` AS k0, OLD.`clerk` AS k1, -1 AS c0
        FROM DUAL WHERE (OLD.`cents` <> 0) AND (OLD.`clerk` IS NOT NULL))
        UNION ALL
        (SELECT NEW.`shop` AS k0, NEW.`clerk` AS k1, 1 AS c0
        FROM DUAL WHERE (NEW.`cents` <> 0) AND (NEW.`clerk` IS NOT NULL))
      ) AS delta
      WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
      ON DUPLICATE KEY UPDATE
        `ks_rows` = `ks_shops$clerks`.`ks_rows` + VALUES(`ks_rows`);
    END IF;
  END IF;
END;

-- ks_shops$clerks: trigger on sales
CREATE TRIGGER `ks_ks_shops$clerks$s_del` AFTER DELETE ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `ks_shops$clerks` (`shop`, `ks_value`, `ks_rows`)
  SELECT OLD.`shop`, OLD.`clerk`, -1
  FROM DUAL WHERE (OLD.`cents` <> 0) AND (OLD.`clerk` IS NOT NULL)
  ON DUPLICATE KEY UPDATE
    `ks_rows` = `ks_shops$clerks`.`ks_rows` - 1;
END;

-- ks_shops$clerks: hook after insert of a row of sales
INSERT INTO `ks_shops$clerks` (`shop`, `ks_value`, `ks_rows`)
SELECT `s`.`shop`, `s`.`clerk`, 1
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$clerks' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$clerks`.`ks_rows` + 1;

-- ks_shops$clerks: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- ks_shops$clerks: hook before update of a row of sales
INSERT INTO `ks_shops$clerks` (`shop`, `ks_value`, `ks_rows`)
SELECT `s`.`shop`, `s`.`clerk`, -1
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$clerks' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$clerks`.`ks_rows` - 1;

-- ks_shops$clerks: hook after update of a row of sales
INSERT INTO `ks_shops$clerks` (`shop`, `ks_value`, `ks_rows`)
SELECT `s`.`shop`, `s`.`clerk`, 1
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$clerks' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$clerks`.`ks_rows` + 1;

-- ks_shops$clerks: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- ks_shops$clerks: hook before delete of a row of sales
INSERT INTO `ks_shops$clerks` (`shop`, `ks_value`, `ks_rows`)
SELECT `s`.`shop`, `s`.`clerk`, -1
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$clerks' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$clerks`.`ks_rows` - 1;

-- ks_shops$clerks: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `s`.`shop` AS k0, `s`.`clerk` AS k1, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND `s`.`shop` >= ? AND `s`.`shop` < ? GROUP BY `s`.`shop`, `s`.`clerk` UNION ALL SELECT `shop`, `ks_value`, 0, 1, 0, `ks_rows` FROM `ks_shops$clerks` WHERE `shop` >= ? AND `shop` < ?) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- ks_shops$clerks: compare all, gently
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `s`.`shop` AS k0, `s`.`clerk` AS k1, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `s`.`shop`, `s`.`clerk` UNION ALL SELECT `shop`, `ks_value`, 0, 1, 0, `ks_rows` FROM `ks_shops$clerks`) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- ks_shops$clerks: where the next range begins
SELECT `shop` FROM `sales` WHERE `shop` >= ? ORDER BY `shop` LIMIT 1 OFFSET ?;

-- ks_shops$clerks: merge differences
INSERT INTO `ks_shops$clerks` (`shop`, `ks_value`, `ks_rows`) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$clerks`.`ks_rows` + VALUES(`ks_rows`);

-- ks_shops$clerks: prune
DELETE FROM `ks_shops$clerks` WHERE `shop` = ? AND `ks_value` = ? AND `ks_rows` = 0;

-- ks_shops$clerks: read
SELECT `ks_rows` FROM `ks_shops$clerks` WHERE `shop` = ? AND `ks_value` = ?;

-- ks_shops$clerks: read from the source
SELECT `ks_rows` FROM (SELECT COUNT(*) AS `ks_rows` FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND `s`.`shop` = ? AND `s`.`clerk` = ?) AS source;

-- ks_shops$clerks: explain
SELECT `s`.`shop`, `s`.`number`, 1 FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND `s`.`shop` = ? AND `s`.`clerk` = ? ORDER BY `s`.`shop`, `s`.`number`;

-- ks_shops$clerks: unit of work: what two rows of sales contribute
SELECT MIN(`s`.`shop`), CAST(MIN(`s`.`clerk`) AS BINARY), -(SUM(1))
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND ((`s`.`shop` = ? AND `s`.`number` = ?) OR (`s`.`shop` = ? AND `s`.`number` = ?)) GROUP BY `s`.`shop`, `s`.`clerk` ORDER BY `s`.`shop`, `s`.`clerk` LOCK IN SHARE MODE;

-- ks_shops$clerks: unit of work: merge
INSERT INTO `ks_shops$clerks` (`shop`, `ks_value`, `ks_rows`, `ks$by_hooks`)
SELECT delta.k0, delta.k1, SUM(delta.c0), 0
FROM (
  (SELECT `s`.`shop` AS k0, `s`.`clerk` AS k1, 1 AS c0
  FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k1, CAST(? AS SIGNED) AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$clerks`.`ks_rows` + VALUES(`ks_rows`);

-- ks_shops$clerks: unit of work: merge, while capture moves
INSERT INTO `ks_shops$clerks` (`shop`, `ks_value`, `ks_rows`)
SELECT delta.k0, delta.k1, SUM(delta.c0)
FROM (
  (SELECT `s`.`shop` AS k0, `s`.`clerk` AS k1, 1 AS c0
  FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`clerk` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$clerks' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k1, CAST(? AS SIGNED) AS c0 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$clerks' LOCK IN SHARE MODE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$clerks`.`ks_rows` + VALUES(`ks_rows`);

-- ks_shops$large_days: table
CREATE TABLE `ks_shops$large_days` (
  `shop` int(11) NOT NULL,
  `ks_value` DATE NOT NULL,
  `ks_rows` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`shop`, `ks_value`)
) ENGINE=InnoDB;

-- ks_shops$large_days: trigger on sales
CREATE TRIGGER `ks_ks_shops$large_days$s_ins` AFTER INSERT ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `ks_shops$large_days` (`shop`, `ks_value`, `ks_rows`)
  SELECT NEW.`shop`, DATE(NEW.`sold_at`), 1
  FROM DUAL WHERE (NEW.`cents` <> 0) AND (NEW.`cents` >= 10000) AND (DATE(NEW.`sold_at`) IS NOT NULL)
  ON DUPLICATE KEY UPDATE
    `ks_rows` = `ks_shops$large_days`.`ks_rows` + 1;
END;

-- ks_shops$large_days: trigger on sales
CREATE TRIGGER `ks_ks_shops$large_days$s_upd` AFTER UPDATE ON `sales` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`shop` <=> NEW.`shop`) OR NOT (OLD.`sold_at` <=> NEW.`sold_at`) OR NOT (OLD.`cents` <=> NEW.`cents`) THEN
    IF NOT (OLD.`number` <=> NEW.`number`) OR NOT (OLD.`shop` <=> NEW.`shop`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `sales` `s` WHERE `s`.`shop` = OLD.`shop` AND `s`.`number` = OLD.`number` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `ks_shops$large_days` (`shop`, `ks_value`, `ks_rows`)
      SELECT delta.k0, delta.k1, SUM(delta.c0)
      FROM (
        (SELECT OLD.`shop` AS k0, DATE(OLD.`sold_at`) AS k1, -1 AS c0
        FROM DUAL WHERE (OLD.`cents` <> 0) AND (OLD.`cents` >= 10000) AND (DATE(OLD.`sold_at`) IS NOT NULL))
        UNION ALL
        (SELECT NEW.`shop` AS k0, DATE(NEW.`sold_at`) AS k1, 1 AS c0
        FROM DUAL WHERE (NEW.`cents` <> 0) AND (NEW.`cents` >= 10000) AND (DATE(NEW.`sold_at`) IS NOT NULL))
      ) AS delta
      WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
      ON DUPLICATE KEY UPDATE
        `ks_rows` = `ks_shops$large_days`.`ks_rows` + VALUES(`ks_rows`);
    END IF;
  END IF;
END;

-- ks_shops$large_days: trigger on sales
CREATE TRIGGER `ks_ks_shops$large_days$s_del` AFTER DELETE ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `ks_shops$large_days` (`shop`, `ks_value`, `ks_rows`)
  SELECT OLD.`shop`, DATE(OLD.`sold_at`), -1
  FROM DUAL WHERE (OLD.`cents` <> 0) AND (OLD.`cents` >= 10000) AND (DATE(OLD.`sold_at`) IS NOT NULL)
  ON DUPLICATE KEY UPDATE
    `ks_rows` = `ks_shops$large_days`.`ks_rows` - 1;
END;

-- ks_shops$large_days: hook after insert of a row of sales
INSERT INTO `ks_shops$large_days` (`shop`, `ks_value`, `ks_rows`)
SELECT `s`.`shop`, DATE(`s`.`sold_at`), 1
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$large_days' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$large_days`.`ks_rows` + 1;

-- ks_shops$large_days: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- ks_shops$large_days: hook before update of a row of sales
INSERT INTO `ks_shops$large_days` (`shop`, `ks_value`, `ks_rows`)
SELECT `s`.`shop`, DATE(`s`.`sold_at`), -1
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$large_days' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$large_days`.`ks_rows` - 1;

-- ks_shops$large_days: hook after update of a row of sales
INSERT INTO `ks_shops$large_days` (`shop`, `ks_value`, `ks_rows`)
SELECT `s`.`shop`, DATE(`s`.`sold_at`), 1
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$large_days' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$large_days`.`ks_rows` + 1;

-- ks_shops$large_days: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- ks_shops$large_days: hook before delete of a row of sales
INSERT INTO `ks_shops$large_days` (`shop`, `ks_value`, `ks_rows`)
SELECT `s`.`shop`, DATE(`s`.`sold_at`), -1
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$large_days' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$large_days`.`ks_rows` - 1;

-- ks_shops$large_days: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `s`.`shop` AS k0, DATE(`s`.`sold_at`) AS k1, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND `s`.`shop` >= ? AND `s`.`shop` < ? GROUP BY `s`.`shop`, DATE(`s`.`sold_at`) UNION ALL SELECT `shop`, `ks_value`, 0, 1, 0, `ks_rows` FROM `ks_shops$large_days` WHERE `shop` >= ? AND `shop` < ?) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- ks_shops$large_days: compare all, gently
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `s`.`shop` AS k0, DATE(`s`.`sold_at`) AS k1, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `s`.`shop`, DATE(`s`.`sold_at`) UNION ALL SELECT `shop`, `ks_value`, 0, 1, 0, `ks_rows` FROM `ks_shops$large_days`) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- ks_shops$large_days: where the next range begins
SELECT `shop` FROM `sales` WHERE `shop` >= ? ORDER BY `shop` LIMIT 1 OFFSET ?;

-- ks_shops$large_days: merge differences
INSERT INTO `ks_shops$large_days` (`shop`, `ks_value`, `ks_rows`) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$large_days`.`ks_rows` + VALUES(`ks_rows`);

-- ks_shops$large_days: prune
DELETE FROM `ks_shops$large_days` WHERE `shop` = ? AND `ks_value` = ? AND `ks_rows` = 0;

-- ks_shops$large_days: read
SELECT `ks_rows` FROM `ks_shops$large_days` WHERE `shop` = ? AND `ks_value` = ?;

-- ks_shops$large_days: read from the source
SELECT `ks_rows` FROM (SELECT COUNT(*) AS `ks_rows` FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND `s`.`shop` = ? AND DATE(`s`.`sold_at`) = ?) AS source;

-- ks_shops$large_days: explain
SELECT `s`.`shop`, `s`.`number`, 1 FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND `s`.`shop` = ? AND DATE(`s`.`sold_at`) = ? ORDER BY `s`.`shop`, `s`.`number`;

-- ks_shops$large_days: unit of work: what two rows of sales contribute
SELECT MIN(`s`.`shop`), MIN(DATE(`s`.`sold_at`)), -(SUM(1))
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND ((`s`.`shop` = ? AND `s`.`number` = ?) OR (`s`.`shop` = ? AND `s`.`number` = ?)) GROUP BY `s`.`shop`, DATE(`s`.`sold_at`) ORDER BY `s`.`shop`, DATE(`s`.`sold_at`) LOCK IN SHARE MODE;

-- ks_shops$large_days: unit of work: merge
INSERT INTO `ks_shops$large_days` (`shop`, `ks_value`, `ks_rows`, `ks$by_hooks`)
SELECT delta.k0, delta.k1, SUM(delta.c0), 0
FROM (
  (SELECT `s`.`shop` AS k0, DATE(`s`.`sold_at`) AS k1, 1 AS c0
  FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DATE) AS k1, CAST(? AS SIGNED) AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$large_days`.`ks_rows` + VALUES(`ks_rows`);

-- ks_shops$large_days: unit of work: merge, while capture moves
INSERT INTO `ks_shops$large_days` (`shop`, `ks_value`, `ks_rows`)
SELECT delta.k0, delta.k1, SUM(delta.c0)
FROM (
  (SELECT `s`.`shop` AS k0, DATE(`s`.`sold_at`) AS k1, 1 AS c0
  FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (`s`.`cents` >= 10000) AND (DATE(`s`.`sold_at`) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$large_days' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DATE) AS k1, CAST(? AS SIGNED) AS c0 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_shops$large_days' LOCK IN SHARE MODE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_shops$large_days`.`ks_rows` + VALUES(`ks_rows`);

-- shops: table
CREATE TABLE `shops` (
  `shop` int(11) NOT NULL,
  `turnover` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `clerks` BIGINT NOT NULL DEFAULT 0,
  `large_days` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`shop`)
) ENGINE=InnoDB;

-- shops: trigger on sales
CREATE TRIGGER `ks_shops$s_ins` AFTER INSERT ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `shops` (`shop`, `turnover`)
  SELECT NEW.`shop`, NEW.`cents`
  FROM DUAL WHERE (NEW.`cents` <> 0)
  ON DUPLICATE KEY UPDATE
    `turnover` = `shops`.`turnover` + VALUES(`turnover`);
END;

-- shops: trigger on sales
CREATE TRIGGER `ks_shops$s_upd` AFTER UPDATE ON `sales` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`shop` <=> NEW.`shop`) OR NOT (OLD.`cents` <=> NEW.`cents`) THEN
    IF NOT (OLD.`number` <=> NEW.`number`) OR NOT (OLD.`shop` <=> NEW.`shop`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `sales` `s` WHERE `s`.`shop` = OLD.`shop` AND `s`.`number` = OLD.`number` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `shops` (`shop`, `turnover`)
      SELECT delta.k0, SUM(delta.c0)
      FROM (
        (SELECT OLD.`shop` AS k0, -(OLD.`cents`) AS c0
        FROM DUAL WHERE (OLD.`cents` <> 0))
        UNION ALL
        (SELECT NEW.`shop` AS k0, NEW.`cents` AS c0
        FROM DUAL WHERE (NEW.`cents` <> 0))
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `turnover` = `shops`.`turnover` + VALUES(`turnover`);
    END IF;
  END IF;
END;

-- shops: trigger on sales
CREATE TRIGGER `ks_shops$s_del` AFTER DELETE ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `shops` (`shop`, `turnover`)
  SELECT OLD.`shop`, -(OLD.`cents`)
  FROM DUAL WHERE (OLD.`cents` <> 0)
  ON DUPLICATE KEY UPDATE
    `turnover` = `shops`.`turnover` + VALUES(`turnover`);
END;

-- shops: trigger on ks_shops$clerks
CREATE TRIGGER `ks_shops$clerks$ins` AFTER INSERT ON `ks_shops$clerks` FOR EACH ROW
BEGIN
  IF NEW.`ks_rows` > 0 THEN
    INSERT INTO `shops` (`shop`, `clerks`)
    VALUES (NEW.`shop`, 1)
    ON DUPLICATE KEY UPDATE
      `clerks` = `shops`.`clerks` + VALUES(`clerks`);
  END IF;
END;

-- shops: trigger on ks_shops$clerks
CREATE TRIGGER `ks_shops$clerks$upd` AFTER UPDATE ON `ks_shops$clerks` FOR EACH ROW
BEGIN
  IF (OLD.`ks_rows` > 0) <> (NEW.`ks_rows` > 0) THEN
    INSERT INTO `shops` (`shop`, `clerks`)
    VALUES (NEW.`shop`, CASE WHEN NEW.`ks_rows` > 0 THEN 1 ELSE -1 END)
    ON DUPLICATE KEY UPDATE
      `clerks` = `shops`.`clerks` + VALUES(`clerks`);
  END IF;
END;

-- shops: trigger on ks_shops$clerks
CREATE TRIGGER `ks_shops$clerks$del` AFTER DELETE ON `ks_shops$clerks` FOR EACH ROW
BEGIN
  IF OLD.`ks_rows` > 0 THEN
    INSERT INTO `shops` (`shop`, `clerks`)
    VALUES (OLD.`shop`, -1)
    ON DUPLICATE KEY UPDATE
      `clerks` = `shops`.`clerks` + VALUES(`clerks`);
  END IF;
END;

-- shops: trigger on ks_shops$large_days
CREATE TRIGGER `ks_shops$large_days$ins` AFTER INSERT ON `ks_shops$large_days` FOR EACH ROW
BEGIN
  IF NEW.`ks_rows` > 0 THEN
    INSERT INTO `shops` (`shop`, `large_days`)
    VALUES (NEW.`shop`, 1)
    ON DUPLICATE KEY UPDATE
      `large_days` = `shops`.`large_days` + VALUES(`large_days`);
  END IF;
END;

-- shops: trigger on ks_shops$large_days
CREATE TRIGGER `ks_shops$large_days$upd` AFTER UPDATE ON `ks_shops$large_days` FOR EACH ROW
BEGIN
  IF (OLD.`ks_rows` > 0) <> (NEW.`ks_rows` > 0) THEN
    INSERT INTO `shops` (`shop`, `large_days`)
    VALUES (NEW.`shop`, CASE WHEN NEW.`ks_rows` > 0 THEN 1 ELSE -1 END)
    ON DUPLICATE KEY UPDATE
      `large_days` = `shops`.`large_days` + VALUES(`large_days`);
  END IF;
END;

-- shops: trigger on ks_shops$large_days
CREATE TRIGGER `ks_shops$large_days$del` AFTER DELETE ON `ks_shops$large_days` FOR EACH ROW
BEGIN
  IF OLD.`ks_rows` > 0 THEN
    INSERT INTO `shops` (`shop`, `large_days`)
    VALUES (OLD.`shop`, -1)
    ON DUPLICATE KEY UPDATE
      `large_days` = `shops`.`large_days` + VALUES(`large_days`);
  END IF;
END;

-- shops: hook after insert of a row of sales
INSERT INTO `shops` (`shop`, `turnover`)
SELECT `s`.`shop`, `s`.`cents`
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shops' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `turnover` = `shops`.`turnover` + VALUES(`turnover`);

-- shops: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- shops: hook before update of a row of sales
INSERT INTO `shops` (`shop`, `turnover`)
SELECT `s`.`shop`, -(`s`.`cents`)
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shops' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `turnover` = `shops`.`turnover` + VALUES(`turnover`);

-- shops: hook after update of a row of sales
INSERT INTO `shops` (`shop`, `turnover`)
SELECT `s`.`shop`, `s`.`cents`
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shops' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `turnover` = `shops`.`turnover` + VALUES(`turnover`);

-- shops: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- shops: hook before delete of a row of sales
INSERT INTO `shops` (`shop`, `turnover`)
SELECT `s`.`shop`, -(`s`.`cents`)
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shops' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `turnover` = `shops`.`turnover` + VALUES(`turnover`);

-- shops: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2) FROM (SELECT `s`.`shop` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`s`.`cents`), 0) AS e0, 0 AS s0, COUNT(DISTINCT `s`.`clerk`) AS e1, 0 AS s1, COUNT(DISTINCT CASE WHEN (`s`.`cents` >= 10000) THEN DATE(`s`.`sold_at`) ELSE NULL END) AS e2, 0 AS s2 FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND `s`.`shop` >= ? AND `s`.`shop` < ? GROUP BY `s`.`shop` UNION ALL SELECT `shop`, 0, 1, 0, `turnover`, 0, `clerks`, 0, `large_days` FROM `shops` WHERE `shop` >= ? AND `shop` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- shops: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2) FROM (SELECT `s`.`shop` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`s`.`cents`), 0) AS e0, 0 AS s0, COUNT(DISTINCT `s`.`clerk`) AS e1, 0 AS s1, COUNT(DISTINCT CASE WHEN (`s`.`cents` >= 10000) THEN DATE(`s`.`sold_at`) ELSE NULL END) AS e2, 0 AS s2 FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `s`.`shop` UNION ALL SELECT `shop`, 0, 1, 0, `turnover`, 0, `clerks`, 0, `large_days` FROM `shops`) AS both_sides GROUP BY k0 ORDER BY k0;

-- shops: where the next range begins
SELECT `shop` FROM `sales` WHERE `shop` >= ? ORDER BY `shop` LIMIT 1 OFFSET ?;

-- shops: merge differences
INSERT INTO `shops` (`shop`, `turnover`, `clerks`, `large_days`) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `turnover` = `shops`.`turnover` + VALUES(`turnover`),
  `clerks` = `shops`.`clerks` + VALUES(`clerks`),
  `large_days` = `shops`.`large_days` + VALUES(`large_days`);

-- shops: prune
DELETE FROM `shops` WHERE `shop` = ? AND `turnover` = 0 AND `clerks` = 0 AND `large_days` = 0;

-- shops: read
SELECT `turnover`, `clerks`, `large_days` FROM `shops` WHERE `shop` = ?;

-- shops: read from the source
SELECT `turnover`, `clerks`, `large_days` FROM (SELECT COALESCE(SUM(`s`.`cents`), 0) AS `turnover`, COUNT(DISTINCT `s`.`clerk`) AS `clerks`, COUNT(DISTINCT CASE WHEN (`s`.`cents` >= 10000) THEN DATE(`s`.`sold_at`) ELSE NULL END) AS `large_days` FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND `s`.`shop` = ?) AS source;

-- shops: explain
SELECT `s`.`shop`, `s`.`number`, `s`.`cents`, CASE WHEN `s`.`clerk` IS NOT NULL THEN 1 ELSE 0 END, CASE WHEN DATE(`s`.`sold_at`) IS NOT NULL AND (`s`.`cents` >= 10000) THEN 1 ELSE 0 END FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND `s`.`shop` = ? ORDER BY `s`.`shop`, `s`.`number`;

-- shops: unit of work: what two rows of sales contribute
SELECT MIN(`s`.`shop`), -(SUM(`s`.`cents`))
FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND ((`s`.`shop` = ? AND `s`.`number` = ?) OR (`s`.`shop` = ? AND `s`.`number` = ?)) GROUP BY `s`.`shop` ORDER BY `s`.`shop` LOCK IN SHARE MODE;

-- shops: unit of work: merge
INSERT INTO `shops` (`shop`, `turnover`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), 0
FROM (
  (SELECT `s`.`shop` AS k0, `s`.`cents` AS c0
  FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `turnover` = `shops`.`turnover` + VALUES(`turnover`);

-- shops: unit of work: merge, while capture moves
INSERT INTO `shops` (`shop`, `turnover`)
SELECT delta.k0, SUM(delta.c0)
FROM (
  (SELECT `s`.`shop` AS k0, `s`.`cents` AS c0
  FROM `sales` `s` WHERE (`s`.`cents` <> 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shops' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shops' LOCK IN SHARE MODE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `turnover` = `shops`.`turnover` + VALUES(`turnover`);

-- ks_clerks$shops: table
CREATE TABLE `ks_clerks$shops` (
  `clerk` varchar(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `ks_value` int(11) NOT NULL,
  `ks_rows` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`clerk`, `ks_value`)
) ENGINE=InnoDB;

-- ks_clerks$shops: hook after insert of a row of sales
INSERT INTO `ks_clerks$shops` (`clerk`, `ks_value`, `ks_rows`)
SELECT `s`.`clerk`, `s`.`shop`, 1
FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_clerks$shops' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_clerks$shops`.`ks_rows` + 1;

-- ks_clerks$shops: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- ks_clerks$shops: hook before update of a row of sales
INSERT INTO `ks_clerks$shops` (`clerk`, `ks_value`, `ks_rows`)
SELECT `s`.`clerk`, `s`.`shop`, -1
FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_clerks$shops' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_clerks$shops`.`ks_rows` - 1;

-- ks_clerks$shops: hook after update of a row of sales
INSERT INTO `ks_clerks$shops` (`clerk`, `ks_value`, `ks_rows`)
SELECT `s`.`clerk`, `s`.`shop`, 1
FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_clerks$shops' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_clerks$shops`.`ks_rows` + 1;

-- ks_clerks$shops: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- ks_clerks$shops: hook before delete of a row of sales
INSERT INTO `ks_clerks$shops` (`clerk`, `ks_value`, `ks_rows`)
SELECT `s`.`clerk`, `s`.`shop`, -1
FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_clerks$shops' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_clerks$shops`.`ks_rows` - 1;

-- ks_clerks$shops: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `s`.`clerk` AS k0, `s`.`shop` AS k1, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND `s`.`clerk` >= ? AND `s`.`clerk` < ? GROUP BY `s`.`clerk`, `s`.`shop` UNION ALL SELECT `clerk`, `ks_value`, 0, 1, 0, `ks_rows` FROM `ks_clerks$shops` WHERE `clerk` >= ? AND `clerk` < ?) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- ks_clerks$shops: compare all, gently
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `s`.`clerk` AS k0, `s`.`shop` AS k1, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `s`.`clerk`, `s`.`shop` UNION ALL SELECT `clerk`, `ks_value`, 0, 1, 0, `ks_rows` FROM `ks_clerks$shops`) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- ks_clerks$shops: merge differences
INSERT INTO `ks_clerks$shops` (`clerk`, `ks_value`, `ks_rows`) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_clerks$shops`.`ks_rows` + VALUES(`ks_rows`);

-- ks_clerks$shops: prune
DELETE FROM `ks_clerks$shops` WHERE `clerk` = ? AND `ks_value` = ? AND `ks_rows` = 0;

-- ks_clerks$shops: read
SELECT `ks_rows` FROM `ks_clerks$shops` WHERE `clerk` = ? AND `ks_value` = ?;

-- ks_clerks$shops: read from the source
SELECT `ks_rows` FROM (SELECT COUNT(*) AS `ks_rows` FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND `s`.`clerk` = ? AND `s`.`shop` = ?) AS source;

-- ks_clerks$shops: explain
SELECT `s`.`shop`, `s`.`number`, 1 FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND `s`.`clerk` = ? AND `s`.`shop` = ? ORDER BY `s`.`shop`, `s`.`number`;

-- ks_clerks$shops: unit of work: what two rows of sales contribute
SELECT CAST(MIN(`s`.`clerk`) AS BINARY), MIN(`s`.`shop`), -(SUM(1))
FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND ((`s`.`shop` = ? AND `s`.`number` = ?) OR (`s`.`shop` = ? AND `s`.`number` = ?)) GROUP BY `s`.`clerk`, `s`.`shop` ORDER BY `s`.`clerk`, `s`.`shop` LOCK IN SHARE MODE;

-- ks_clerks$shops: unit of work: merge
INSERT INTO `ks_clerks$shops` (`clerk`, `ks_value`, `ks_rows`, `ks$by_hooks`)
SELECT delta.k0, delta.k1, SUM(delta.c0), 0
FROM (
  (SELECT `s`.`clerk` AS k0, `s`.`shop` AS k1, 1 AS c0
  FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k0, CAST(? AS SIGNED) AS k1, CAST(? AS SIGNED) AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_clerks$shops`.`ks_rows` + VALUES(`ks_rows`);

-- ks_clerks$shops: unit of work: merge, while capture moves
INSERT INTO `ks_clerks$shops` (`clerk`, `ks_value`, `ks_rows`)
SELECT delta.k0, delta.k1, SUM(delta.c0)
FROM (
  (SELECT `s`.`clerk` AS k0, `s`.`shop` AS k1, 1 AS c0
  FROM `sales` `s` WHERE (`s`.`shop` IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_clerks$shops' LOCK IN SHARE MODE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k0, CAST(? AS SIGNED) AS k1, CAST(? AS SIGNED) AS c0 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'ks_clerks$shops' LOCK IN SHARE MODE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_clerks$shops`.`ks_rows` + VALUES(`ks_rows`);

-- ks_clerks$shops: unit of work: one joined row, given
INSERT INTO `ks_clerks$shops` (`clerk`, `ks_value`, `ks_rows`, `ks$by_hooks`)
VALUES (?, ?, CASE WHEN (CAST(? AS SIGNED) IS NOT NULL) THEN 1 ELSE 0 END, 0)
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_clerks$shops`.`ks_rows` + VALUES(`ks_rows`);

-- ks_clerks$shops: unit of work: two joined rows, given
INSERT INTO `ks_clerks$shops` (`clerk`, `ks_value`, `ks_rows`, `ks$by_hooks`)
SELECT delta.k0, delta.k1, SUM(delta.c0), 0
FROM (
  (SELECT CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k0, CAST(? AS SIGNED) AS k1, 1 AS c0
  FROM DUAL WHERE (CAST(? AS SIGNED) IS NOT NULL))
  UNION ALL
  (SELECT CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k0, CAST(? AS SIGNED) AS k1, 1 AS c0
  FROM DUAL WHERE (CAST(? AS SIGNED) IS NOT NULL))
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `ks_rows` = `ks_clerks$shops`.`ks_rows` + VALUES(`ks_rows`);

-- clerks: table
CREATE TABLE `clerks` (
  `clerk` varchar(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `shops` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`clerk`)
) ENGINE=InnoDB;

-- clerks: trigger on ks_clerks$shops
CREATE TRIGGER `ks_clerks$shops$ins` AFTER INSERT ON `ks_clerks$shops` FOR EACH ROW
BEGIN
  IF NEW.`ks_rows` > 0 THEN
    INSERT INTO `clerks` (`clerk`, `shops`)
    VALUES (NEW.`clerk`, 1)
    ON DUPLICATE KEY UPDATE
      `shops` = `clerks`.`shops` + VALUES(`shops`);
  END IF;
END;

-- clerks: trigger on ks_clerks$shops
CREATE TRIGGER `ks_clerks$shops$upd` AFTER UPDATE ON `ks_clerks$shops` FOR EACH ROW
BEGIN
  IF (OLD.`ks_rows` > 0) <> (NEW.`ks_rows` > 0) THEN
    INSERT INTO `clerks` (`clerk`, `shops`)
    VALUES (NEW.`clerk`, CASE WHEN NEW.`ks_rows` > 0 THEN 1 ELSE -1 END)
    ON DUPLICATE KEY UPDATE
      `shops` = `clerks`.`shops` + VALUES(`shops`);
  END IF;
END;

-- clerks: trigger on ks_clerks$shops
CREATE TRIGGER `ks_clerks$shops$del` AFTER DELETE ON `ks_clerks$shops` FOR EACH ROW
BEGIN
  IF OLD.`ks_rows` > 0 THEN
    INSERT INTO `clerks` (`clerk`, `shops`)
    VALUES (OLD.`clerk`, -1)
    ON DUPLICATE KEY UPDATE
      `shops` = `clerks`.`shops` + VALUES(`shops`);
  END IF;
END;

-- clerks: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `s`.`clerk` AS k0, 1 AS in_source, 0 AS in_summary, COUNT(DISTINCT `s`.`shop`) AS e0, 0 AS s0 FROM `sales` `s` WHERE `s`.`clerk` >= ? AND `s`.`clerk` < ? GROUP BY `s`.`clerk` UNION ALL SELECT `clerk`, 0, 1, 0, `shops` FROM `clerks` WHERE `clerk` >= ? AND `clerk` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- clerks: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `s`.`clerk` AS k0, 1 AS in_source, 0 AS in_summary, COUNT(DISTINCT `s`.`shop`) AS e0, 0 AS s0 FROM `sales` `s` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `s`.`clerk` UNION ALL SELECT `clerk`, 0, 1, 0, `shops` FROM `clerks`) AS both_sides GROUP BY k0 ORDER BY k0;

-- clerks: merge differences
INSERT INTO `clerks` (`clerk`, `shops`) VALUES (?, ?) ON DUPLICATE KEY UPDATE
  `shops` = `clerks`.`shops` + VALUES(`shops`);

-- clerks: prune
DELETE FROM `clerks` WHERE `clerk` = ? AND `shops` = 0;

-- clerks: read
SELECT `shops` FROM `clerks` WHERE `clerk` = ?;

-- clerks: read from the source
SELECT `shops` FROM (SELECT COUNT(DISTINCT `s`.`shop`) AS `shops` FROM `sales` `s` WHERE `s`.`clerk` = ?) AS source;

-- clerks: explain
SELECT `s`.`shop`, `s`.`number`, CASE WHEN `s`.`shop` IS NOT NULL THEN 1 ELSE 0 END FROM `sales` `s` WHERE `s`.`clerk` = ? ORDER BY `s`.`shop`, `s`.`number`;
