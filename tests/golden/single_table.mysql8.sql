-- single_table on MySQL 8.0 (not run here: no test has such a server)

-- shop_sales: table
CREATE TABLE `shop_sales` (
  `shop` bigint NOT NULL,
  `turnover` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `sales` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`shop`)
) ENGINE=InnoDB;

-- shop_sales: trigger on sales
CREATE TRIGGER `ks_shop_sales$sales_ins` AFTER INSERT ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `shop_sales` (`shop`, `turnover`, `sales`)
  SELECT NEW.`shop`, NEW.`cents`, 1
  FROM DUAL WHERE (NEW.`cancelled` = 0)
  ON DUPLICATE KEY UPDATE
    `turnover` = `shop_sales`.`turnover` + VALUES(`turnover`),
    `sales` = `shop_sales`.`sales` + 1;
END;

-- shop_sales: trigger on sales
CREATE TRIGGER `ks_shop_sales$sales_upd` AFTER UPDATE ON `sales` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`shop` <=> NEW.`shop`) OR NOT (OLD.`cents` <=> NEW.`cents`) OR NOT (OLD.`cancelled` <=> NEW.`cancelled`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `sales` `sales` WHERE `sales`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `shop_sales` (`shop`, `turnover`, `sales`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
      FROM (
        (SELECT OLD.`shop` AS k0, -(OLD.`cents`) AS c0, -1 AS c1
        FROM DUAL WHERE (OLD.`cancelled` = 0))
        UNION ALL
        (SELECT NEW.`shop` AS k0, NEW.`cents` AS c0, 1 AS c1
        FROM DUAL WHERE (NEW.`cancelled` = 0))
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `turnover` = `shop_sales`.`turnover` + VALUES(`turnover`),
        `sales` = `shop_sales`.`sales` + VALUES(`sales`);
    END IF;
  END IF;
END;

-- shop_sales: trigger on sales
CREATE TRIGGER `ks_shop_sales$sales_del` AFTER DELETE ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `shop_sales` (`shop`, `turnover`, `sales`)
  SELECT OLD.`shop`, -(OLD.`cents`), -1
  FROM DUAL WHERE (OLD.`cancelled` = 0)
  ON DUPLICATE KEY UPDATE
    `turnover` = `shop_sales`.`turnover` + VALUES(`turnover`),
    `sales` = `shop_sales`.`sales` - 1;
END;

-- shop_sales: hook after insert of a row of sales
INSERT INTO `shop_sales` (`shop`, `turnover`, `sales`)
SELECT `sales`.`shop`, `sales`.`cents`, 1
FROM `sales` WHERE (`sales`.`cancelled` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_sales' FOR SHARE) = 1 AND `sales`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_sales`.`turnover` + VALUES(`turnover`),
  `sales` = `shop_sales`.`sales` + 1;

-- shop_sales: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `id` = ? FOR UPDATE;

-- shop_sales: hook before update of a row of sales
INSERT INTO `shop_sales` (`shop`, `turnover`, `sales`)
SELECT `sales`.`shop`, -(`sales`.`cents`), -1
FROM `sales` WHERE (`sales`.`cancelled` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_sales' FOR SHARE) = 1 AND `sales`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_sales`.`turnover` + VALUES(`turnover`),
  `sales` = `shop_sales`.`sales` - 1;

-- shop_sales: hook after update of a row of sales
INSERT INTO `shop_sales` (`shop`, `turnover`, `sales`)
SELECT `sales`.`shop`, `sales`.`cents`, 1
FROM `sales` WHERE (`sales`.`cancelled` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_sales' FOR SHARE) = 1 AND `sales`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_sales`.`turnover` + VALUES(`turnover`),
  `sales` = `shop_sales`.`sales` + 1;

-- shop_sales: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `id` = ? FOR UPDATE;

-- shop_sales: hook before delete of a row of sales
INSERT INTO `shop_sales` (`shop`, `turnover`, `sales`)
SELECT `sales`.`shop`, -(`sales`.`cents`), -1
FROM `sales` WHERE (`sales`.`cancelled` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_sales' FOR SHARE) = 1 AND `sales`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_sales`.`turnover` + VALUES(`turnover`),
  `sales` = `shop_sales`.`sales` - 1;

-- shop_sales: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT `sales`.`shop` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`sales`.`cents`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1 FROM `sales` WHERE (`sales`.`cancelled` = 0) AND `sales`.`shop` >= ? AND `sales`.`shop` < ? GROUP BY `sales`.`shop` UNION ALL SELECT `shop`, 0, 1, 0, `turnover`, 0, `sales` FROM `shop_sales` WHERE `shop` >= ? AND `shop` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- shop_sales: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT `sales`.`shop` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`sales`.`cents`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1 FROM `sales` WHERE (`sales`.`cancelled` = 0) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `sales`.`shop` UNION ALL SELECT `shop`, 0, 1, 0, `turnover`, 0, `sales` FROM `shop_sales`) AS both_sides GROUP BY k0 ORDER BY k0;

-- shop_sales: where the next range begins
SELECT `shop` FROM `sales` WHERE `shop` >= ? ORDER BY `shop` LIMIT 1 OFFSET ?;

-- shop_sales: merge differences
INSERT INTO `shop_sales` (`shop`, `turnover`, `sales`) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE
  `turnover` = `shop_sales`.`turnover` + VALUES(`turnover`),
  `sales` = `shop_sales`.`sales` + VALUES(`sales`);

-- shop_sales: prune
DELETE FROM `shop_sales` WHERE `shop` = ? AND `turnover` = 0 AND `sales` = 0;

-- shop_sales: read
SELECT `turnover`, `sales` FROM `shop_sales` WHERE `shop` = ?;

-- shop_sales: read from the source
SELECT `turnover`, `sales` FROM (SELECT COALESCE(SUM(`sales`.`cents`), 0) AS `turnover`, COUNT(*) AS `sales` FROM `sales` WHERE (`sales`.`cancelled` = 0) AND `sales`.`shop` = ?) AS source;

-- shop_sales: explain
SELECT `sales`.`id`, `sales`.`cents`, 1 FROM `sales` WHERE (`sales`.`cancelled` = 0) AND `sales`.`shop` = ? ORDER BY `sales`.`id`;

-- shop_sales: unit of work: what two rows of sales contribute
SELECT MIN(`sales`.`shop`), -(SUM(`sales`.`cents`)), -(SUM(1))
FROM `sales` WHERE (`sales`.`cancelled` = 0) AND `sales`.`id` IN (?, ?) GROUP BY `sales`.`shop` ORDER BY `sales`.`shop` FOR SHARE;

-- shop_sales: unit of work: merge
INSERT INTO `shop_sales` (`shop`, `turnover`, `sales`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), 0
FROM (
  (SELECT `sales`.`shop` AS k0, `sales`.`cents` AS c0, 1 AS c1
  FROM `sales` WHERE (`sales`.`cancelled` = 0) AND `sales`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS SIGNED) AS c1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_sales`.`turnover` + VALUES(`turnover`),
  `sales` = `shop_sales`.`sales` + VALUES(`sales`);

-- shop_sales: unit of work: merge, while capture moves
INSERT INTO `shop_sales` (`shop`, `turnover`, `sales`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
FROM (
  (SELECT `sales`.`shop` AS k0, `sales`.`cents` AS c0, 1 AS c1
  FROM `sales` WHERE (`sales`.`cancelled` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_sales' FOR SHARE) = 1 AND `sales`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS SIGNED) AS c1 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'shop_sales' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `turnover` = `shop_sales`.`turnover` + VALUES(`turnover`),
  `sales` = `shop_sales`.`sales` + VALUES(`sales`);
