-- left_join on MariaDB 10.11

-- regions: table
CREATE TABLE `regions` (
  `region` VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `total` DECIMAL(34,2) NOT NULL DEFAULT 0,
  `of_partners` BIGINT NOT NULL DEFAULT 0,
  `largest` decimal(12,2) NULL,
  PRIMARY KEY (`region`)
) ENGINE=InnoDB;

-- regions: trigger on payments
CREATE TRIGGER `ks_regions$p_ins` AFTER INSERT ON `payments` FOR EACH ROW
BEGIN
  INSERT INTO `regions` (`region`, `total`, `of_partners`, `largest`)
  SELECT COALESCE(`m`.`region`, _utf8mb4'unknown'), NEW.`amount`, CASE WHEN (`m`.`partner` = 1) THEN 1 ELSE 0 END, NEW.`amount`
  FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN `merchants` `m` ON (`m`.`id` = NEW.`merchant_id`) WHERE (NEW.`voided` = 0) LOCK IN SHARE MODE
  ON DUPLICATE KEY UPDATE
    `total` = `regions`.`total` + VALUES(`total`),
    `of_partners` = `regions`.`of_partners` + VALUES(`of_partners`),
    `largest` = CASE WHEN `regions`.`largest` IS NULL OR VALUES(`largest`) > `regions`.`largest` THEN VALUES(`largest`) ELSE `regions`.`largest` END;
END;

-- regions: trigger on payments
CREATE TRIGGER `ks_regions$p_upd` AFTER UPDATE ON `payments` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`merchant_id` <=> NEW.`merchant_id`) OR NOT (OLD.`amount` <=> NEW.`amount`) OR NOT (OLD.`voided` <=> NEW.`voided`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `payments` `p` WHERE `p`.`id` = OLD.`id` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `regions` (`region`, `total`, `of_partners`, `largest`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
      FROM (
        (SELECT COALESCE(`m`.`region`, _utf8mb4'unknown') AS k0, -(OLD.`amount`) AS c0, -(CASE WHEN (`m`.`partner` = 1) THEN 1 ELSE 0 END) AS c1, NULL AS c2
        FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN `merchants` `m` ON (`m`.`id` = OLD.`merchant_id`) WHERE (OLD.`voided` = 0) LOCK IN SHARE MODE)
        UNION ALL
        (SELECT COALESCE(`m`.`region`, _utf8mb4'unknown') AS k0, NEW.`amount` AS c0, CASE WHEN (`m`.`partner` = 1) THEN 1 ELSE 0 END AS c1, NEW.`amount` AS c2
        FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN `merchants` `m` ON (`m`.`id` = NEW.`merchant_id`) WHERE (NEW.`voided` = 0) LOCK IN SHARE MODE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `total` = `regions`.`total` + VALUES(`total`),
        `of_partners` = `regions`.`of_partners` + VALUES(`of_partners`),
        `largest` = CASE WHEN `regions`.`largest` IS NULL OR VALUES(`largest`) > `regions`.`largest` THEN VALUES(`largest`) ELSE `regions`.`largest` END;
      UPDATE (
        SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
        FROM (SELECT COALESCE(`m`.`region`, _utf8mb4'unknown') AS k0, OLD.`amount` AS m0
          FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN `merchants` `m` ON (`m`.`id` = OLD.`merchant_id`) WHERE (OLD.`voided` = 0) AND ((NOT (OLD.`amount` <=> NEW.`amount`) OR NOT (OLD.`merchant_id` <=> NEW.`merchant_id`) OR NOT (OLD.`voided` <=> NEW.`voided`))) IS TRUE LOCK IN SHARE MODE) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
      ) AS gone STRAIGHT_JOIN `regions` FORCE INDEX (PRIMARY) ON `regions`.`region` = gone.k0 AND (`regions`.`largest` IS NULL OR NOT (`regions`.`largest` > gone.m0))
      SET `regions`.`largest` = (
        SELECT MAX(`p`.`amount`)
        FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') = `regions`.`region` LOCK IN SHARE MODE);
    END IF;
  END IF;
END;

-- regions: trigger on payments
CREATE TRIGGER `ks_regions$p_del` AFTER DELETE ON `payments` FOR EACH ROW
BEGIN
  INSERT INTO `regions` (`region`, `total`, `of_partners`, `largest`)
  SELECT COALESCE(`m`.`region`, _utf8mb4'unknown'), -(OLD.`amount`), -(CASE WHEN (`m`.`partner` = 1) THEN 1 ELSE 0 END), NULL
  FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN `merchants` `m` ON (`m`.`id` = OLD.`merchant_id`) WHERE (OLD.`voided` = 0) LOCK IN SHARE MODE
  ON DUPLICATE KEY UPDATE
    `total` = `regions`.`total` + VALUES(`total`),
    `of_partners` = `regions`.`of_partners` + VALUES(`of_partners`),
    `largest` = CASE WHEN `regions`.`largest` IS NULL OR VALUES(`largest`) > `regions`.`largest` THEN VALUES(`largest`) ELSE `regions`.`largest` END;
  UPDATE (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT COALESCE(`m`.`region`, _utf8mb4'unknown') AS k0, OLD.`amount` AS m0
      FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN `merchants` `m` ON (`m`.`id` = OLD.`merchant_id`) WHERE (OLD.`voided` = 0) LOCK IN SHARE MODE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone STRAIGHT_JOIN `regions` FORCE INDEX (PRIMARY) ON `regions`.`region` = gone.k0 AND (`regions`.`largest` IS NULL OR NOT (`regions`.`largest` > gone.m0))
  SET `regions`.`largest` = (
    SELECT MAX(`p`.`amount`)
    FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') = `regions`.`region` LOCK IN SHARE MODE);
END;

-- regions: trigger on merchants
CREATE TRIGGER `ks_regions$m_ins` AFTER INSERT ON `merchants` FOR EACH ROW
BEGIN
  INSERT INTO `regions` (`region`, `total`, `of_partners`, `largest`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    (SELECT COALESCE(NEW.`region`, _utf8mb4'unknown') AS k0, `p`.`amount` AS c0, CASE WHEN (NEW.`partner` = 1) THEN 1 ELSE 0 END AS c1, `p`.`amount` AS c2
    FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (NEW.`id` = `p`.`merchant_id`) LOCK IN SHARE MODE)
    UNION ALL
    (SELECT COALESCE(NULL, _utf8mb4'unknown') AS k0, -(`p`.`amount`) AS c0, -(CASE WHEN (CAST(NULL AS SIGNED) = 1) THEN 1 ELSE 0 END) AS c1, NULL AS c2
    FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (NEW.`id` = `p`.`merchant_id`) LOCK IN SHARE MODE)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `total` = `regions`.`total` + VALUES(`total`),
    `of_partners` = `regions`.`of_partners` + VALUES(`of_partners`),
    `largest` = CASE WHEN `regions`.`largest` IS NULL OR VALUES(`largest`) > `regions`.`largest` THEN VALUES(`largest`) ELSE `regions`.`largest` END;
  UPDATE (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT COALESCE(NULL, _utf8mb4'unknown') AS k0, `p`.`amount` AS m0
      FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (NEW.`id` = `p`.`merchant_id`) LOCK IN SHARE MODE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone STRAIGHT_JOIN `regions` FORCE INDEX (PRIMARY) ON `regions`.`region` = gone.k0 AND (`regions`.`largest` IS NULL OR NOT (`regions`.`largest` > gone.m0))
  SET `regions`.`largest` = (
    SELECT MAX(`p`.`amount`)
    FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') = COALESCE(NULL, _utf8mb4'unknown') LOCK IN SHARE MODE);
END;

-- regions: trigger on merchants
CREATE TRIGGER `ks_regions$m_upd` AFTER UPDATE ON `merchants` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`id` <=> NEW.`id`) OR NOT (CAST(OLD.`region` AS BINARY) <=> CAST(NEW.`region` AS BINARY)) OR NOT (OLD.`partner` <=> NEW.`partner`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `merchants` `m` WHERE `m`.`id` = OLD.`id` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `regions` (`region`, `total`, `of_partners`, `largest`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
      FROM (
        (SELECT COALESCE(OLD.`region`, _utf8mb4'unknown') AS k0, -(`p`.`amount`) AS c0, -(CASE WHEN (OLD.`partner` = 1) THEN 1 ELSE 0 END) AS c1, NULL AS c2
        FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (OLD.`id` = `p`.`merchant_id`) LOCK IN SHARE MODE)
        UNION ALL
        (SELECT COALESCE(NULL, _utf8mb4'unknown') AS k0, `p`.`amount` AS c0, CASE WHEN (CAST(NULL AS SIGNED) = 1) THEN 1 ELSE 0 END AS c1, `p`.`amount` AS c2
        FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (OLD.`id` = `p`.`merchant_id`) AND ((NEW.`id` = `p`.`merchant_id`)) IS NOT TRUE LOCK IN SHARE MODE)
        UNION ALL
        (SELECT COALESCE(NEW.`region`, _utf8mb4'unknown') AS k0, `p`.`amount` AS c0, CASE WHEN (NEW.`partner` = 1) THEN 1 ELSE 0 END AS c1, `p`.`amount` AS c2
        FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (NEW.`id` = `p`.`merchant_id`) LOCK IN SHARE MODE)
        UNION ALL
        (SELECT COALESCE(NULL, _utf8mb4'unknown') AS k0, -(`p`.`amount`) AS c0, -(CASE WHEN (CAST(NULL AS SIGNED) = 1) THEN 1 ELSE 0 END) AS c1, NULL AS c2
        FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (NEW.`id` = `p`.`merchant_id`) AND ((OLD.`id` = `p`.`merchant_id`)) IS NOT TRUE LOCK IN SHARE MODE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `total` = `regions`.`total` + VALUES(`total`),
        `of_partners` = `regions`.`of_partners` + VALUES(`of_partners`),
        `largest` = CASE WHEN `regions`.`largest` IS NULL OR VALUES(`largest`) > `regions`.`largest` THEN VALUES(`largest`) ELSE `regions`.`largest` END;
      UPDATE (
        SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
        FROM (SELECT COALESCE(OLD.`region`, _utf8mb4'unknown') AS k0, `p`.`amount` AS m0
          FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (OLD.`id` = `p`.`merchant_id`) LOCK IN SHARE MODE) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
      ) AS gone STRAIGHT_JOIN `regions` FORCE INDEX (PRIMARY) ON `regions`.`region` = gone.k0 AND (`regions`.`largest` IS NULL OR NOT (`regions`.`largest` > gone.m0))
      SET `regions`.`largest` = (
        SELECT MAX(`p`.`amount`)
        FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') = COALESCE(OLD.`region`, _utf8mb4'unknown') LOCK IN SHARE MODE);
      UPDATE (
        SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
        FROM (SELECT COALESCE(NULL, _utf8mb4'unknown') AS k0, `p`.`amount` AS m0
          FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (NEW.`id` = `p`.`merchant_id`) AND ((OLD.`id` = `p`.`merchant_id`)) IS NOT TRUE LOCK IN SHARE MODE) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
      ) AS gone STRAIGHT_JOIN `regions` FORCE INDEX (PRIMARY) ON `regions`.`region` = gone.k0 AND (`regions`.`largest` IS NULL OR NOT (`regions`.`largest` > gone.m0))
      SET `regions`.`largest` = (
        SELECT MAX(`p`.`amount`)
        FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') = COALESCE(NULL, _utf8mb4'unknown') LOCK IN SHARE MODE);
    END IF;
  END IF;
END;

-- regions: trigger on merchants
CREATE TRIGGER `ks_regions$m_del` AFTER DELETE ON `merchants` FOR EACH ROW
BEGIN
  INSERT INTO `regions` (`region`, `total`, `of_partners`, `largest`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    (SELECT COALESCE(OLD.`region`, _utf8mb4'unknown') AS k0, -(`p`.`amount`) AS c0, -(CASE WHEN (OLD.`partner` = 1) THEN 1 ELSE 0 END) AS c1, NULL AS c2
    FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (OLD.`id` = `p`.`merchant_id`) LOCK IN SHARE MODE)
    UNION ALL
    (SELECT COALESCE(NULL, _utf8mb4'unknown') AS k0, `p`.`amount` AS c0, CASE WHEN (CAST(NULL AS SIGNED) = 1) THEN 1 ELSE 0 END AS c1, `p`.`amount` AS c2
    FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (OLD.`id` = `p`.`merchant_id`) LOCK IN SHARE MODE)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `total` = `regions`.`total` + VALUES(`total`),
    `of_partners` = `regions`.`of_partners` + VALUES(`of_partners`),
    `largest` = CASE WHEN `regions`.`largest` IS NULL OR VALUES(`largest`) > `regions`.`largest` THEN VALUES(`largest`) ELSE `regions`.`largest` END;
  UPDATE (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT COALESCE(OLD.`region`, _utf8mb4'unknown') AS k0, `p`.`amount` AS m0
      FROM `payments` `p` WHERE (`p`.`voided` = 0) AND (OLD.`id` = `p`.`merchant_id`) LOCK IN SHARE MODE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone STRAIGHT_JOIN `regions` FORCE INDEX (PRIMARY) ON `regions`.`region` = gone.k0 AND (`regions`.`largest` IS NULL OR NOT (`regions`.`largest` > gone.m0))
  SET `regions`.`largest` = (
    SELECT MAX(`p`.`amount`)
    FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') = COALESCE(OLD.`region`, _utf8mb4'unknown') LOCK IN SHARE MODE);
END;

-- regions: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR NOT (MAX(e2) <=> MAX(s2)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), NULL FROM (SELECT COALESCE(`m`.`region`, _utf8mb4'unknown') AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`p`.`amount`), 0) AS e0, 0 AS s0, COUNT(CASE WHEN (`m`.`partner` = 1) THEN 1 END) AS e1, 0 AS s1, MAX(`p`.`amount`) AS e2, NULL AS s2 FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') >= ? AND COALESCE(`m`.`region`, _utf8mb4'unknown') < ? GROUP BY COALESCE(`m`.`region`, _utf8mb4'unknown') UNION ALL SELECT `region`, 0, 1, 0, `total`, 0, `of_partners`, NULL, `largest` FROM `regions` WHERE `region` >= ? AND `region` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- regions: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR NOT (MAX(e2) <=> MAX(s2)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), NULL FROM (SELECT COALESCE(`m`.`region`, _utf8mb4'unknown') AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`p`.`amount`), 0) AS e0, 0 AS s0, COUNT(CASE WHEN (`m`.`partner` = 1) THEN 1 END) AS e1, 0 AS s1, MAX(`p`.`amount`) AS e2, NULL AS s2 FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND ((RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0)) IS TRUE GROUP BY COALESCE(`m`.`region`, _utf8mb4'unknown') UNION ALL SELECT `region`, 0, 1, 0, `total`, 0, `of_partners`, NULL, `largest` FROM `regions`) AS both_sides GROUP BY k0 ORDER BY k0;

-- regions: merge differences
INSERT INTO `regions` (`region`, `total`, `of_partners`, `largest`) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `total` = `regions`.`total` + VALUES(`total`),
  `of_partners` = `regions`.`of_partners` + VALUES(`of_partners`),
  `largest` = CASE WHEN `regions`.`largest` IS NULL OR VALUES(`largest`) > `regions`.`largest` THEN VALUES(`largest`) ELSE `regions`.`largest` END;

-- regions: store extremes
UPDATE `regions` SET `largest` = (
  SELECT MAX(`p`.`amount`)
  FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') = ?) WHERE `region` = ?;

-- regions: prune
DELETE FROM `regions` WHERE `region` = ? AND `total` = 0 AND `of_partners` = 0 AND `largest` IS NULL;

-- regions: read
SELECT `total`, `of_partners`, `largest` FROM `regions` WHERE `region` = ?;

-- regions: read from the source
SELECT `total`, `of_partners`, `largest` FROM (SELECT COALESCE(SUM(`p`.`amount`), 0) AS `total`, COUNT(CASE WHEN (`m`.`partner` = 1) THEN 1 END) AS `of_partners`, MAX(`p`.`amount`) AS `largest` FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') = ?) AS source;

-- regions: explain
SELECT `p`.`id`, `m`.`id`, `p`.`amount`, CASE WHEN (`m`.`partner` = 1) THEN 1 ELSE 0 END, `p`.`amount` FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') = ? ORDER BY `p`.`id`, `m`.`id`;

-- regions: unit of work: what two rows of payments contribute
SELECT CAST(MIN(COALESCE(`m`.`region`, _utf8mb4'unknown')) AS BINARY), -(SUM(`p`.`amount`)), -(SUM(CASE WHEN (`m`.`partner` = 1) THEN 1 ELSE 0 END)), MAX(`p`.`amount`)
FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND `p`.`id` IN (?, ?) AND (NOT (`m`.`id` = ?)) IS TRUE GROUP BY COALESCE(`m`.`region`, _utf8mb4'unknown') ORDER BY COALESCE(`m`.`region`, _utf8mb4'unknown') LOCK IN SHARE MODE;

-- regions: unit of work: merge
INSERT INTO `regions` (`region`, `total`, `of_partners`, `largest`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), 0
FROM (
  (SELECT COALESCE(`m`.`region`, _utf8mb4'unknown') AS k0, `p`.`amount` AS c0, CASE WHEN (`m`.`partner` = 1) THEN 1 ELSE 0 END AS c1, `p`.`amount` AS c2
  FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND `p`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  (SELECT COALESCE(`m`.`region`, _utf8mb4'unknown') AS k0, `p`.`amount` AS c0, CASE WHEN (`m`.`partner` = 1) THEN 1 ELSE 0 END AS c1, `p`.`amount` AS c2
  FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND `m`.`id` = ? AND (NOT (`p`.`id` = ?)) IS TRUE LOCK IN SHARE MODE)
  UNION ALL
  SELECT CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k0, CAST(? AS DECIMAL(34,2)) AS c0, CAST(? AS SIGNED) AS c1, NULL AS c2
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total` = `regions`.`total` + VALUES(`total`),
  `of_partners` = `regions`.`of_partners` + VALUES(`of_partners`),
  `largest` = CASE WHEN `regions`.`largest` IS NULL OR VALUES(`largest`) > `regions`.`largest` THEN VALUES(`largest`) ELSE `regions`.`largest` END;

-- regions: unit of work: merge, while capture moves
INSERT INTO `regions` (`region`, `total`, `of_partners`, `largest`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  (SELECT COALESCE(`m`.`region`, _utf8mb4'unknown') AS k0, `p`.`amount` AS c0, CASE WHEN (`m`.`partner` = 1) THEN 1 ELSE 0 END AS c1, `p`.`amount` AS c2
  FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'regions' LOCK IN SHARE MODE) = 1 AND `p`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  (SELECT COALESCE(`m`.`region`, _utf8mb4'unknown') AS k0, `p`.`amount` AS c0, CASE WHEN (`m`.`partner` = 1) THEN 1 ELSE 0 END AS c1, `p`.`amount` AS c2
  FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'regions' LOCK IN SHARE MODE) = 1 AND `m`.`id` = ? AND (NOT (`p`.`id` = ?)) IS TRUE LOCK IN SHARE MODE)
  UNION ALL
  SELECT CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k0, CAST(? AS DECIMAL(34,2)) AS c0, CAST(? AS SIGNED) AS c1, NULL AS c2 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'regions' LOCK IN SHARE MODE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total` = `regions`.`total` + VALUES(`total`),
  `of_partners` = `regions`.`of_partners` + VALUES(`of_partners`),
  `largest` = CASE WHEN `regions`.`largest` IS NULL OR VALUES(`largest`) > `regions`.`largest` THEN VALUES(`largest`) ELSE `regions`.`largest` END;

-- regions: unit of work: read again largest
UPDATE `regions` SET `largest` = (
  SELECT MAX(`p`.`amount`)
  FROM `payments` `p` LEFT JOIN `merchants` `m` ON (`m`.`id` = `p`.`merchant_id`) WHERE (`p`.`voided` = 0) AND COALESCE(`m`.`region`, _utf8mb4'unknown') = CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci LOCK IN SHARE MODE)
WHERE `region` = CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AND (`largest` IS NULL OR NOT (`largest` > CAST(? AS DECIMAL(12,2))));
