-- cascades on MySQL 8.0 (not run here: no test has such a server)

-- customer_orders: table
CREATE TABLE `customer_orders` (
  `customer_id` bigint NOT NULL,
  `total` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `items` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`customer_id`)
) ENGINE=InnoDB;

-- customer_orders: trigger on orders
CREATE TRIGGER `ks_customer_orders$o_upd` AFTER UPDATE ON `orders` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`customer_id` <=> NEW.`customer_id`) THEN
    IF NOT (OLD.`customer_id` <=> NEW.`customer_id`) OR NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `orders` `o` WHERE `o`.`id` = OLD.`id` AND (`o`.`customer_id` <=> OLD.`customer_id`) FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
      FROM (
        (SELECT OLD.`customer_id` AS k0, -(`i`.`cents`) AS c0, -1 AS c1
        FROM `items` `i` WHERE (`i`.`order_id` = OLD.`id`) FOR SHARE)
        UNION ALL
        (SELECT NEW.`customer_id` AS k0, `i`.`cents` AS c0, 1 AS c1
        FROM `items` `i` WHERE (`i`.`order_id` = NEW.`id`) FOR SHARE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `total` = `customer_orders`.`total` + VALUES(`total`),
        `items` = `customer_orders`.`items` + VALUES(`items`);
    END IF;
  END IF;
END;

-- customer_orders: trigger on items
CREATE TRIGGER `ks_customer_orders$i_ins` AFTER INSERT ON `items` FOR EACH ROW
BEGIN
  INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
  SELECT `o`.`customer_id`, NEW.`cents`, 1
  FROM `orders` `o` WHERE (NEW.`order_id` = `o`.`id`) FOR SHARE
  ON DUPLICATE KEY UPDATE
    `total` = `customer_orders`.`total` + VALUES(`total`),
    `items` = `customer_orders`.`items` + 1;
END;

-- customer_orders: trigger on items
CREATE TRIGGER `ks_customer_orders$i_upd` AFTER UPDATE ON `items` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`order_id` <=> NEW.`order_id`) OR NOT (OLD.`cents` <=> NEW.`cents`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`order_id` <=> NEW.`order_id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `items` `i` WHERE `i`.`id` = OLD.`id` AND (`i`.`order_id` <=> OLD.`order_id`) FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
      FROM (
        (SELECT `o`.`customer_id` AS k0, -(OLD.`cents`) AS c0, -1 AS c1
        FROM `orders` `o` WHERE (OLD.`order_id` = `o`.`id`) FOR SHARE)
        UNION ALL
        (SELECT `o`.`customer_id` AS k0, NEW.`cents` AS c0, 1 AS c1
        FROM `orders` `o` WHERE (NEW.`order_id` = `o`.`id`) FOR SHARE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `total` = `customer_orders`.`total` + VALUES(`total`),
        `items` = `customer_orders`.`items` + VALUES(`items`);
    END IF;
  END IF;
END;

-- customer_orders: trigger on items
CREATE TRIGGER `ks_customer_orders$i_del` AFTER DELETE ON `items` FOR EACH ROW
BEGIN
  INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
  SELECT `o`.`customer_id`, -(OLD.`cents`), -1
  FROM `orders` `o` WHERE (OLD.`order_id` = `o`.`id`) FOR SHARE
  ON DUPLICATE KEY UPDATE
    `total` = `customer_orders`.`total` + VALUES(`total`),
    `items` = `customer_orders`.`items` - 1;
END;

-- customer_orders: trigger on customers
CREATE TRIGGER `ks_customer_orders$customers_cascade_del` BEFORE DELETE ON `customers` FOR EACH ROW
BEGIN
  BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM `orders` `o` WHERE `o`.`customer_id` = OLD.`id` FOR UPDATE; END;
  INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    SELECT `o`.`customer_id` AS k0, -(`i`.`cents`) AS c0, -1 AS c1
    FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE `o`.`customer_id` = OLD.`id` FOR SHARE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `total` = `customer_orders`.`total` + VALUES(`total`),
    `items` = `customer_orders`.`items` + VALUES(`items`);
END;

-- customer_orders: trigger on orders
CREATE TRIGGER `ks_customer_orders$orders_cascade_del` BEFORE DELETE ON `orders` FOR EACH ROW
BEGIN
  INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    SELECT `o`.`customer_id` AS k0, -(`i`.`cents`) AS c0, -1 AS c1
    FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE `o`.`id` = OLD.`id` FOR SHARE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `total` = `customer_orders`.`total` + VALUES(`total`),
    `items` = `customer_orders`.`items` + VALUES(`items`);
END;

-- customer_orders: hook before update of a row of orders
SELECT 1 FROM `orders` WHERE `id` = ? FOR UPDATE;

-- customer_orders: hook before update of a row of orders
INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
FROM (
  SELECT `o`.`customer_id` AS k0, -(`i`.`cents`) AS c0, -1 AS c1
  FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'customer_orders' FOR SHARE) = 1 AND `o`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total` = `customer_orders`.`total` + VALUES(`total`),
  `items` = `customer_orders`.`items` + VALUES(`items`);

-- customer_orders: hook after update of a row of orders
INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
FROM (
  SELECT `o`.`customer_id` AS k0, `i`.`cents` AS c0, 1 AS c1
  FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'customer_orders' FOR SHARE) = 1 AND `o`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total` = `customer_orders`.`total` + VALUES(`total`),
  `items` = `customer_orders`.`items` + VALUES(`items`);

-- customer_orders: hook before delete of a row of orders
SELECT 1 FROM `orders` WHERE `id` = ? FOR UPDATE;

-- customer_orders: hook before delete of a row of orders
INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
FROM (
  SELECT `o`.`customer_id` AS k0, -(`i`.`cents`) AS c0, -1 AS c1
  FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'customer_orders' FOR SHARE) = 1 AND `o`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total` = `customer_orders`.`total` + VALUES(`total`),
  `items` = `customer_orders`.`items` + VALUES(`items`);

-- customer_orders: hook after insert of a row of items
INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
SELECT `o`.`customer_id`, `i`.`cents`, 1
FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'customer_orders' FOR SHARE) = 1 AND `i`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `total` = `customer_orders`.`total` + VALUES(`total`),
  `items` = `customer_orders`.`items` + 1;

-- customer_orders: hook before update of a row of items
SELECT 1 FROM `items` WHERE `id` = ? FOR UPDATE;

-- customer_orders: hook before update of a row of items
INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
SELECT `o`.`customer_id`, -(`i`.`cents`), -1
FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'customer_orders' FOR SHARE) = 1 AND `i`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `total` = `customer_orders`.`total` + VALUES(`total`),
  `items` = `customer_orders`.`items` - 1;

-- customer_orders: hook after update of a row of items
INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
SELECT `o`.`customer_id`, `i`.`cents`, 1
FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'customer_orders' FOR SHARE) = 1 AND `i`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `total` = `customer_orders`.`total` + VALUES(`total`),
  `items` = `customer_orders`.`items` + 1;

-- customer_orders: hook before delete of a row of items
SELECT 1 FROM `items` WHERE `id` = ? FOR UPDATE;

-- customer_orders: hook before delete of a row of items
INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
SELECT `o`.`customer_id`, -(`i`.`cents`), -1
FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'customer_orders' FOR SHARE) = 1 AND `i`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `total` = `customer_orders`.`total` + VALUES(`total`),
  `items` = `customer_orders`.`items` - 1;

-- customer_orders: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT `o`.`customer_id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`i`.`cents`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1 FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE `o`.`customer_id` >= ? AND `o`.`customer_id` < ? GROUP BY `o`.`customer_id` UNION ALL SELECT `customer_id`, 0, 1, 0, `total`, 0, `items` FROM `customer_orders` WHERE `customer_id` >= ? AND `customer_id` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- customer_orders: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT `o`.`customer_id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`i`.`cents`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1 FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `o`.`customer_id` UNION ALL SELECT `customer_id`, 0, 1, 0, `total`, 0, `items` FROM `customer_orders`) AS both_sides GROUP BY k0 ORDER BY k0;

-- customer_orders: where the next range begins
SELECT `customer_id` FROM `orders` WHERE `customer_id` >= ? ORDER BY `customer_id` LIMIT 1 OFFSET ?;

-- customer_orders: merge differences
INSERT INTO `customer_orders` (`customer_id`, `total`, `items`) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE
  `total` = `customer_orders`.`total` + VALUES(`total`),
  `items` = `customer_orders`.`items` + VALUES(`items`);

-- customer_orders: prune
DELETE FROM `customer_orders` WHERE `customer_id` = ? AND `total` = 0 AND `items` = 0;

-- customer_orders: read
SELECT `total`, `items` FROM `customer_orders` WHERE `customer_id` = ?;

-- customer_orders: read from the source
SELECT `total`, `items` FROM (SELECT COALESCE(SUM(`i`.`cents`), 0) AS `total`, COUNT(*) AS `items` FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE `o`.`customer_id` = ?) AS source;

-- customer_orders: explain
SELECT `o`.`id`, `i`.`id`, `i`.`cents`, 1 FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE `o`.`customer_id` = ? ORDER BY `o`.`id`, `i`.`id`;

-- customer_orders: unit of work: what two rows of orders contribute
SELECT MIN(`o`.`customer_id`), -(SUM(`i`.`cents`)), -(SUM(1))
FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE `o`.`id` IN (?, ?) AND NOT (`i`.`id` = ?) GROUP BY `o`.`customer_id` ORDER BY `o`.`customer_id` FOR SHARE;

-- customer_orders: unit of work: merge
INSERT INTO `customer_orders` (`customer_id`, `total`, `items`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), 0
FROM (
  (SELECT `o`.`customer_id` AS k0, `i`.`cents` AS c0, 1 AS c1
  FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE `o`.`id` = ? FOR SHARE)
  UNION ALL
  (SELECT `o`.`customer_id` AS k0, `i`.`cents` AS c0, 1 AS c1
  FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE `i`.`id` = ? AND NOT (`o`.`id` = ?) FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS SIGNED) AS c1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total` = `customer_orders`.`total` + VALUES(`total`),
  `items` = `customer_orders`.`items` + VALUES(`items`);

-- customer_orders: unit of work: merge, while capture moves
INSERT INTO `customer_orders` (`customer_id`, `total`, `items`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
FROM (
  (SELECT `o`.`customer_id` AS k0, `i`.`cents` AS c0, 1 AS c1
  FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'customer_orders' FOR SHARE) = 1 AND `o`.`id` = ? FOR SHARE)
  UNION ALL
  (SELECT `o`.`customer_id` AS k0, `i`.`cents` AS c0, 1 AS c1
  FROM `orders` `o` JOIN `items` `i` ON (`i`.`order_id` = `o`.`id`) WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'customer_orders' FOR SHARE) = 1 AND `i`.`id` = ? AND NOT (`o`.`id` = ?) FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS SIGNED) AS c1 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'customer_orders' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total` = `customer_orders`.`total` + VALUES(`total`),
  `items` = `customer_orders`.`items` + VALUES(`items`);
