-- levels on MySQL 8.0 (not run here: no test has such a server)

-- clerk_days: table
CREATE TABLE `clerk_days` (
  `clerk` varchar(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL,
  `day` date NOT NULL,
  `turnover` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `mean` DECIMAL(24,4) AS (CASE WHEN `ks_mean_count` = 0 THEN NULL ELSE ROUND(`ks_mean_sum` * 1.00000000 / `ks_mean_count`, 4) END) VIRTUAL,
  `ks_mean_sum` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `ks_mean_count` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`clerk`, `day`)
) ENGINE=InnoDB;

-- clerk_days: trigger on sales
CREATE TRIGGER `ks_clerk_days$s_ins` AFTER INSERT ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `clerk_days` (`clerk`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`)
  VALUES (NEW.`clerk`, NEW.`sold_on`, NEW.`cents`, NEW.`cents`, 1)
  ON DUPLICATE KEY UPDATE
    `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
    `ks_mean_sum` = `clerk_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
    `ks_mean_count` = `clerk_days`.`ks_mean_count` + 1;
END;

-- clerk_days: trigger on sales
CREATE TRIGGER `ks_clerk_days$s_upd` AFTER UPDATE ON `sales` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (CAST(OLD.`clerk` AS BINARY) <=> CAST(NEW.`clerk` AS BINARY)) OR NOT (OLD.`sold_on` <=> NEW.`sold_on`) OR NOT (OLD.`cents` <=> NEW.`cents`) THEN
    IF NOT (OLD.`number` <=> NEW.`number`) OR NOT (OLD.`shop` <=> NEW.`shop`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `sales` `s` WHERE `s`.`shop` = OLD.`shop` AND `s`.`number` = OLD.`number` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `clerk_days` (`clerk`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`)
      SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2)
      FROM (
        (SELECT OLD.`clerk` AS k0, OLD.`sold_on` AS k1, -(OLD.`cents`) AS c0, -(OLD.`cents`) AS c1, -1 AS c2
        FROM DUAL)
        UNION ALL
        (SELECT NEW.`clerk` AS k0, NEW.`sold_on` AS k1, NEW.`cents` AS c0, NEW.`cents` AS c1, 1 AS c2
        FROM DUAL)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR SUM(delta.c2) <> 0 ORDER BY delta.k0, delta.k1
      ON DUPLICATE KEY UPDATE
        `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
        `ks_mean_sum` = `clerk_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
        `ks_mean_count` = `clerk_days`.`ks_mean_count` + VALUES(`ks_mean_count`);
    END IF;
  END IF;
END;

-- clerk_days: trigger on sales
CREATE TRIGGER `ks_clerk_days$s_del` AFTER DELETE ON `sales` FOR EACH ROW
BEGIN
  INSERT INTO `clerk_days` (`clerk`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`)
  VALUES (OLD.`clerk`, OLD.`sold_on`, -(OLD.`cents`), -(OLD.`cents`), -1)
  ON DUPLICATE KEY UPDATE
    `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
    `ks_mean_sum` = `clerk_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
    `ks_mean_count` = `clerk_days`.`ks_mean_count` - 1;
END;

-- clerk_days: hook after insert of a row of sales
INSERT INTO `clerk_days` (`clerk`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`)
SELECT `s`.`clerk`, `s`.`sold_on`, `s`.`cents`, `s`.`cents`, 1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `clerk_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `clerk_days`.`ks_mean_count` + 1;

-- clerk_days: hook before update of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- clerk_days: hook before update of a row of sales
INSERT INTO `clerk_days` (`clerk`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`)
SELECT `s`.`clerk`, `s`.`sold_on`, -(`s`.`cents`), -(`s`.`cents`), -1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `clerk_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `clerk_days`.`ks_mean_count` - 1;

-- clerk_days: hook after update of a row of sales
INSERT INTO `clerk_days` (`clerk`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`)
SELECT `s`.`clerk`, `s`.`sold_on`, `s`.`cents`, `s`.`cents`, 1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `clerk_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `clerk_days`.`ks_mean_count` + 1;

-- clerk_days: hook before delete of a row of sales
SELECT 1 FROM `sales` WHERE `shop` = ? AND `number` = ? FOR UPDATE;

-- clerk_days: hook before delete of a row of sales
INSERT INTO `clerk_days` (`clerk`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`)
SELECT `s`.`clerk`, `s`.`sold_on`, -(`s`.`cents`), -(`s`.`cents`), -1
FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `clerk_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `clerk_days`.`ks_mean_count` - 1;

-- clerk_days: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2) FROM (SELECT `s`.`clerk` AS k0, `s`.`sold_on` AS k1, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`s`.`cents`), 0) AS e0, 0 AS s0, COALESCE(SUM(`s`.`cents`), 0) AS e1, 0 AS s1, COUNT(*) AS e2, 0 AS s2 FROM `sales` `s` WHERE `s`.`clerk` >= ? AND `s`.`clerk` < ? GROUP BY `s`.`clerk`, `s`.`sold_on` UNION ALL SELECT `clerk`, `day`, 0, 1, 0, `turnover`, 0, `ks_mean_sum`, 0, `ks_mean_count` FROM `clerk_days` WHERE `clerk` >= ? AND `clerk` < ?) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- clerk_days: compare all, gently
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2) FROM (SELECT `s`.`clerk` AS k0, `s`.`sold_on` AS k1, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`s`.`cents`), 0) AS e0, 0 AS s0, COALESCE(SUM(`s`.`cents`), 0) AS e1, 0 AS s1, COUNT(*) AS e2, 0 AS s2 FROM `sales` `s` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `s`.`clerk`, `s`.`sold_on` UNION ALL SELECT `clerk`, `day`, 0, 1, 0, `turnover`, 0, `ks_mean_sum`, 0, `ks_mean_count` FROM `clerk_days`) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- clerk_days: merge differences
INSERT INTO `clerk_days` (`clerk`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`) VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `clerk_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `clerk_days`.`ks_mean_count` + VALUES(`ks_mean_count`);

-- clerk_days: prune
DELETE FROM `clerk_days` WHERE `clerk` = ? AND `day` = ? AND `turnover` = 0 AND `ks_mean_sum` = 0 AND `ks_mean_count` = 0;

-- clerk_days: read
SELECT `turnover`, `mean` FROM `clerk_days` WHERE `clerk` = ? AND `day` = ?;

-- clerk_days: read from the source
SELECT `turnover`, CASE WHEN `ks_mean_count` = 0 THEN NULL ELSE ROUND(`ks_mean_sum` * 1.00000000 / `ks_mean_count`, 4) END AS `mean` FROM (SELECT COALESCE(SUM(`s`.`cents`), 0) AS `turnover`, COALESCE(SUM(`s`.`cents`), 0) AS `ks_mean_sum`, COUNT(*) AS `ks_mean_count` FROM `sales` `s` WHERE `s`.`clerk` = ? AND `s`.`sold_on` = ?) AS source;

-- clerk_days: explain
SELECT `s`.`shop`, `s`.`number`, `s`.`cents`, `s`.`cents`, 1 FROM `sales` `s` WHERE `s`.`clerk` = ? AND `s`.`sold_on` = ? ORDER BY `s`.`shop`, `s`.`number`;

-- clerk_days: unit of work: what two rows of sales contribute
SELECT CAST(MIN(`s`.`clerk`) AS BINARY), MIN(`s`.`sold_on`), -(SUM(`s`.`cents`)), -(SUM(`s`.`cents`)), -(SUM(1))
FROM `sales` `s` WHERE ((`s`.`shop` = ? AND `s`.`number` = ?) OR (`s`.`shop` = ? AND `s`.`number` = ?)) GROUP BY `s`.`clerk`, `s`.`sold_on` ORDER BY `s`.`clerk`, `s`.`sold_on` FOR SHARE;

-- clerk_days: unit of work: merge
INSERT INTO `clerk_days` (`clerk`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`, `ks$by_hooks`)
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), 0
FROM (
  (SELECT `s`.`clerk` AS k0, `s`.`sold_on` AS k1, `s`.`cents` AS c0, `s`.`cents` AS c1, 1 AS c2
  FROM `sales` `s` WHERE `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE)
  UNION ALL
  SELECT CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k0, CAST(? AS DATE) AS k1, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS DECIMAL(41,0)) AS c1, CAST(? AS SIGNED) AS c2
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR SUM(delta.c2) <> 0 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `clerk_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `clerk_days`.`ks_mean_count` + VALUES(`ks_mean_count`);

-- clerk_days: unit of work: merge, while capture moves
INSERT INTO `clerk_days` (`clerk`, `day`, `turnover`, `ks_mean_sum`, `ks_mean_count`)
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2)
FROM (
  (SELECT `s`.`clerk` AS k0, `s`.`sold_on` AS k1, `s`.`cents` AS c0, `s`.`cents` AS c1, 1 AS c2
  FROM `sales` `s` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1 AND `s`.`shop` = ? AND `s`.`number` = ? FOR SHARE)
  UNION ALL
  SELECT CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_general_ci AS k0, CAST(? AS DATE) AS k1, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS DECIMAL(41,0)) AS c1, CAST(? AS SIGNED) AS c2 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_days' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR SUM(delta.c2) <> 0 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_days`.`turnover` + VALUES(`turnover`),
  `ks_mean_sum` = `clerk_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `clerk_days`.`ks_mean_count` + VALUES(`ks_mean_count`);

-- clerk_totals: table
CREATE TABLE `clerk_totals` (
  `team` int NOT NULL,
  `turnover` DECIMAL(63,0) NOT NULL DEFAULT 0,
  `days` BIGINT NOT NULL DEFAULT 0,
  `mean` DECIMAL(47,4) NULL,
  PRIMARY KEY (`team`)
) ENGINE=InnoDB;

-- clerk_totals: trigger on clerk_days
CREATE TRIGGER `ks_clerk_totals$d_ins` AFTER INSERT ON `clerk_days` FOR EACH ROW
BEGIN
  INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
  SELECT `c`.`team`, NEW.`turnover`, 1, NEW.`mean`
  FROM `clerks` `c` WHERE ((NEW.`turnover` <> 0) OR (NEW.`mean` IS NOT NULL)) AND (`c`.`name` = NEW.`clerk`) FOR SHARE
  ON DUPLICATE KEY UPDATE
    `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
    `days` = `clerk_totals`.`days` + 1,
    `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;
END;

-- clerk_totals: trigger on clerk_days
CREATE TRIGGER `ks_clerk_totals$d_upd` AFTER UPDATE ON `clerk_days` FOR EACH ROW
BEGIN
  IF NOT (CAST(OLD.`clerk` AS BINARY) <=> CAST(NEW.`clerk` AS BINARY)) OR NOT (OLD.`turnover` <=> NEW.`turnover`) OR NOT (OLD.`mean` <=> NEW.`mean`) THEN
    INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
    SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
    FROM (
      (SELECT `c`.`team` AS k0, -(OLD.`turnover`) AS c0, -1 AS c1, NULL AS c2
      FROM `clerks` `c` WHERE ((OLD.`turnover` <> 0) OR (OLD.`mean` IS NOT NULL)) AND (`c`.`name` = OLD.`clerk`) FOR SHARE)
      UNION ALL
      (SELECT `c`.`team` AS k0, NEW.`turnover` AS c0, 1 AS c1, NEW.`mean` AS c2
      FROM `clerks` `c` WHERE ((NEW.`turnover` <> 0) OR (NEW.`mean` IS NOT NULL)) AND (`c`.`name` = NEW.`clerk`) FOR SHARE)
    ) AS delta
    WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
    ON DUPLICATE KEY UPDATE
      `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
      `days` = `clerk_totals`.`days` + VALUES(`days`),
      `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;
    UPDATE (
      SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
      FROM (SELECT `c`.`team` AS k0, OLD.`mean` AS m0
        FROM `clerks` `c` WHERE ((OLD.`turnover` <> 0) OR (OLD.`mean` IS NOT NULL)) AND (`c`.`name` = OLD.`clerk`) AND (NOT (CAST(OLD.`clerk` AS BINARY) <=> CAST(NEW.`clerk` AS BINARY)) OR NOT (OLD.`mean` <=> NEW.`mean`) OR NOT (OLD.`turnover` <=> NEW.`turnover`)) FOR SHARE) AS taken
      WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
    ) AS gone STRAIGHT_JOIN `clerk_totals` FORCE INDEX (PRIMARY) ON `clerk_totals`.`team` = gone.k0 AND (`clerk_totals`.`mean` IS NULL OR NOT (`clerk_totals`.`mean` > gone.m0))
    SET `clerk_totals`.`mean` = (
      SELECT MAX(`d`.`mean`)
      FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `c`.`team` = `clerk_totals`.`team` FOR SHARE);
  END IF;
END;

-- clerk_totals: trigger on clerk_days
CREATE TRIGGER `ks_clerk_totals$d_del` AFTER DELETE ON `clerk_days` FOR EACH ROW
BEGIN
  INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
  SELECT `c`.`team`, -(OLD.`turnover`), -1, NULL
  FROM `clerks` `c` WHERE ((OLD.`turnover` <> 0) OR (OLD.`mean` IS NOT NULL)) AND (`c`.`name` = OLD.`clerk`) FOR SHARE
  ON DUPLICATE KEY UPDATE
    `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
    `days` = `clerk_totals`.`days` - 1,
    `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;
  UPDATE (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT `c`.`team` AS k0, OLD.`mean` AS m0
      FROM `clerks` `c` WHERE ((OLD.`turnover` <> 0) OR (OLD.`mean` IS NOT NULL)) AND (`c`.`name` = OLD.`clerk`) FOR SHARE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone STRAIGHT_JOIN `clerk_totals` FORCE INDEX (PRIMARY) ON `clerk_totals`.`team` = gone.k0 AND (`clerk_totals`.`mean` IS NULL OR NOT (`clerk_totals`.`mean` > gone.m0))
  SET `clerk_totals`.`mean` = (
    SELECT MAX(`d`.`mean`)
    FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `c`.`team` = `clerk_totals`.`team` FOR SHARE);
END;

-- clerk_totals: trigger on clerks
CREATE TRIGGER `ks_clerk_totals$c_ins` AFTER INSERT ON `clerks` FOR EACH ROW
BEGIN
  INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT NEW.`team` AS k0, `d`.`turnover` AS c0, 1 AS c1, `d`.`mean` AS c2
    FROM `clerk_days` `d` WHERE (NEW.`name` = `d`.`clerk`) AND ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) FOR SHARE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
    `days` = `clerk_totals`.`days` + VALUES(`days`),
    `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;
END;

-- clerk_totals: trigger on clerks
CREATE TRIGGER `ks_clerk_totals$c_upd` AFTER UPDATE ON `clerks` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (CAST(OLD.`name` AS BINARY) <=> CAST(NEW.`name` AS BINARY)) OR NOT (OLD.`team` <=> NEW.`team`) THEN
    IF NOT (CAST(OLD.`name` AS BINARY) <=> CAST(NEW.`name` AS BINARY)) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `clerks` `c` WHERE `c`.`name` = OLD.`name` AND (CAST(`c`.`name` AS BINARY) <=> CAST(OLD.`name` AS BINARY)) FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
      FROM (
        (SELECT OLD.`team` AS k0, -(`d`.`turnover`) AS c0, -1 AS c1, NULL AS c2
        FROM `clerk_days` `d` WHERE (OLD.`name` = `d`.`clerk`) AND ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) FOR SHARE)
        UNION ALL
        (SELECT NEW.`team` AS k0, `d`.`turnover` AS c0, 1 AS c1, `d`.`mean` AS c2
        FROM `clerk_days` `d` WHERE (NEW.`name` = `d`.`clerk`) AND ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) FOR SHARE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
        `days` = `clerk_totals`.`days` + VALUES(`days`),
        `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;
      UPDATE (
        SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
        FROM (SELECT OLD.`team` AS k0, `d`.`mean` AS m0
          FROM `clerk_days` `d` WHERE (OLD.`name` = `d`.`clerk`) AND ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (NOT (CAST(OLD.`name` AS BINARY) <=> CAST(NEW.`name` AS BINARY)) OR NOT (OLD.`team` <=> NEW.`team`)) FOR SHARE) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
      ) AS gone STRAIGHT_JOIN `clerk_totals` FORCE INDEX (PRIMARY) ON `clerk_totals`.`team` = gone.k0 AND (`clerk_totals`.`mean` IS NULL OR NOT (`clerk_totals`.`mean` > gone.m0))
      SET `clerk_totals`.`mean` = (
        SELECT MAX(`d`.`mean`)
        FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `c`.`team` = OLD.`team` FOR SHARE);
    END IF;
  END IF;
END;

-- clerk_totals: trigger on clerks
CREATE TRIGGER `ks_clerk_totals$c_del` AFTER DELETE ON `clerks` FOR EACH ROW
BEGIN
  INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT OLD.`team` AS k0, -(`d`.`turnover`) AS c0, -1 AS c1, NULL AS c2
    FROM `clerk_days` `d` WHERE (OLD.`name` = `d`.`clerk`) AND ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) FOR SHARE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
    `days` = `clerk_totals`.`days` + VALUES(`days`),
    `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;
  UPDATE (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT OLD.`team` AS k0, `d`.`mean` AS m0
      FROM `clerk_days` `d` WHERE (OLD.`name` = `d`.`clerk`) AND ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) FOR SHARE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone STRAIGHT_JOIN `clerk_totals` FORCE INDEX (PRIMARY) ON `clerk_totals`.`team` = gone.k0 AND (`clerk_totals`.`mean` IS NULL OR NOT (`clerk_totals`.`mean` > gone.m0))
  SET `clerk_totals`.`mean` = (
    SELECT MAX(`d`.`mean`)
    FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `c`.`team` = OLD.`team` FOR SHARE);
END;

-- clerk_totals: hook after insert of a row of clerk_days
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
SELECT `c`.`team`, `d`.`turnover`, 1, `d`.`mean`
FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `d`.`clerk` = ? AND `d`.`day` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` + 1,
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: hook before update of a row of clerk_days
SELECT 1 FROM `clerk_days` WHERE `clerk` = ? AND `day` = ? FOR UPDATE;

-- clerk_totals: hook before update of a row of clerk_days
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
SELECT `c`.`team`, -(`d`.`turnover`), -1, NULL
FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `d`.`clerk` = ? AND `d`.`day` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` - 1,
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: hook before update of a row of clerk_days
UPDATE (
  SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
  FROM (SELECT `c`.`team` AS k0, `d`.`mean` AS m0
    FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `d`.`clerk` = ? AND `d`.`day` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `clerk_totals` FORCE INDEX (PRIMARY) ON `clerk_totals`.`team` = gone.k0 AND (`clerk_totals`.`mean` IS NULL OR NOT (`clerk_totals`.`mean` > gone.m0))
SET `clerk_totals`.`mean` = (
  SELECT MAX(`d`.`mean`)
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (`d`.`clerk` = ? AND `d`.`day` = ?) IS NOT TRUE AND `c`.`team` = `clerk_totals`.`team` FOR SHARE);

-- clerk_totals: hook after update of a row of clerk_days
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
SELECT `c`.`team`, `d`.`turnover`, 1, `d`.`mean`
FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `d`.`clerk` = ? AND `d`.`day` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` + 1,
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: hook before delete of a row of clerk_days
SELECT 1 FROM `clerk_days` WHERE `clerk` = ? AND `day` = ? FOR UPDATE;

-- clerk_totals: hook before delete of a row of clerk_days
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
SELECT `c`.`team`, -(`d`.`turnover`), -1, NULL
FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `d`.`clerk` = ? AND `d`.`day` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` - 1,
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: hook before delete of a row of clerk_days
UPDATE (
  SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
  FROM (SELECT `c`.`team` AS k0, `d`.`mean` AS m0
    FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `d`.`clerk` = ? AND `d`.`day` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `clerk_totals` FORCE INDEX (PRIMARY) ON `clerk_totals`.`team` = gone.k0 AND (`clerk_totals`.`mean` IS NULL OR NOT (`clerk_totals`.`mean` > gone.m0))
SET `clerk_totals`.`mean` = (
  SELECT MAX(`d`.`mean`)
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (`d`.`clerk` = ? AND `d`.`day` = ?) IS NOT TRUE AND `c`.`team` = `clerk_totals`.`team` FOR SHARE);

-- clerk_totals: hook after insert of a row of clerks
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `c`.`team` AS k0, `d`.`turnover` AS c0, 1 AS c1, `d`.`mean` AS c2
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `c`.`name` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` + VALUES(`days`),
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: hook before update of a row of clerks
SELECT 1 FROM `clerks` WHERE `name` = ? FOR UPDATE;

-- clerk_totals: hook before update of a row of clerks
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `c`.`team` AS k0, -(`d`.`turnover`) AS c0, -1 AS c1, NULL AS c2
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `c`.`name` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` + VALUES(`days`),
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: hook before update of a row of clerks
UPDATE (
  SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
  FROM (SELECT `c`.`team` AS k0, `d`.`mean` AS m0
    FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `c`.`name` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `clerk_totals` FORCE INDEX (PRIMARY) ON `clerk_totals`.`team` = gone.k0 AND (`clerk_totals`.`mean` IS NULL OR NOT (`clerk_totals`.`mean` > gone.m0))
SET `clerk_totals`.`mean` = (
  SELECT MAX(`d`.`mean`)
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (`c`.`name` = ?) IS NOT TRUE AND `c`.`team` = `clerk_totals`.`team` FOR SHARE);

-- clerk_totals: hook after update of a row of clerks
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `c`.`team` AS k0, `d`.`turnover` AS c0, 1 AS c1, `d`.`mean` AS c2
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `c`.`name` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` + VALUES(`days`),
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: hook before delete of a row of clerks
SELECT 1 FROM `clerks` WHERE `name` = ? FOR UPDATE;

-- clerk_totals: hook before delete of a row of clerks
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `c`.`team` AS k0, -(`d`.`turnover`) AS c0, -1 AS c1, NULL AS c2
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `c`.`name` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` + VALUES(`days`),
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: hook before delete of a row of clerks
UPDATE (
  SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
  FROM (SELECT `c`.`team` AS k0, `d`.`mean` AS m0
    FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `c`.`name` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `clerk_totals` FORCE INDEX (PRIMARY) ON `clerk_totals`.`team` = gone.k0 AND (`clerk_totals`.`mean` IS NULL OR NOT (`clerk_totals`.`mean` > gone.m0))
SET `clerk_totals`.`mean` = (
  SELECT MAX(`d`.`mean`)
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (`c`.`name` = ?) IS NOT TRUE AND `c`.`team` = `clerk_totals`.`team` FOR SHARE);

-- clerk_totals: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR NOT (MAX(e2) <=> MAX(s2)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), NULL FROM (SELECT `c`.`team` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`d`.`turnover`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1, MAX(`d`.`mean`) AS e2, NULL AS s2 FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `c`.`team` >= ? AND `c`.`team` < ? GROUP BY `c`.`team` UNION ALL SELECT `team`, 0, 1, 0, `turnover`, 0, `days`, NULL, `mean` FROM `clerk_totals` WHERE `team` >= ? AND `team` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- clerk_totals: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR NOT (MAX(e2) <=> MAX(s2)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), NULL FROM (SELECT `c`.`team` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`d`.`turnover`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1, MAX(`d`.`mean`) AS e2, NULL AS s2 FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `c`.`team` UNION ALL SELECT `team`, 0, 1, 0, `turnover`, 0, `days`, NULL, `mean` FROM `clerk_totals`) AS both_sides GROUP BY k0 ORDER BY k0;

-- clerk_totals: merge differences
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` + VALUES(`days`),
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: store extremes
UPDATE `clerk_totals` SET `mean` = (
  SELECT MAX(`d`.`mean`)
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `c`.`team` = ?) WHERE `team` = ?;

-- clerk_totals: prune
DELETE FROM `clerk_totals` WHERE `team` = ? AND `turnover` = 0 AND `days` = 0 AND `mean` IS NULL;

-- clerk_totals: read
SELECT `turnover`, `days`, `mean` FROM `clerk_totals` WHERE `team` = ?;

-- clerk_totals: read from the source
SELECT `turnover`, `days`, `mean` FROM (SELECT COALESCE(SUM(`d`.`turnover`), 0) AS `turnover`, COUNT(*) AS `days`, MAX(`d`.`mean`) AS `mean` FROM (SELECT `clerk`, `day`, `turnover`, CASE WHEN `ks_mean_count` = 0 THEN NULL ELSE ROUND(`ks_mean_sum` * 1.00000000 / `ks_mean_count`, 4) END AS `mean` FROM (SELECT `s`.`clerk` AS `clerk`, `s`.`sold_on` AS `day`, COALESCE(SUM(`s`.`cents`), 0) AS `turnover`, COALESCE(SUM(`s`.`cents`), 0) AS `ks_mean_sum`, COUNT(*) AS `ks_mean_count` FROM `sales` `s` GROUP BY `s`.`clerk`, `s`.`sold_on`) AS ks_groups) `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `c`.`team` = ?) AS source;

-- clerk_totals: explain
SELECT `d`.`clerk`, `d`.`day`, `c`.`name`, `d`.`turnover`, 1, `d`.`mean` FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `c`.`team` = ? ORDER BY `d`.`clerk`, `d`.`day`, `c`.`name`;

-- clerk_totals: unit of work: what two rows of clerk_days contribute
SELECT MIN(`c`.`team`), -(SUM(`d`.`turnover`)), -(SUM(1)), MAX(`d`.`mean`)
FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND ((`d`.`clerk` = ? AND `d`.`day` = ?) OR (`d`.`clerk` = ? AND `d`.`day` = ?)) AND NOT (`c`.`name` = ?) GROUP BY `c`.`team` ORDER BY `c`.`team` FOR SHARE;

-- clerk_totals: unit of work: merge
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), 0
FROM (
  (SELECT `c`.`team` AS k0, `d`.`turnover` AS c0, 1 AS c1, `d`.`mean` AS c2
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `d`.`clerk` = ? AND `d`.`day` = ? FOR SHARE)
  UNION ALL
  (SELECT `c`.`team` AS k0, `d`.`turnover` AS c0, 1 AS c1, `d`.`mean` AS c2
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `c`.`name` = ? AND NOT (`d`.`clerk` = ? AND `d`.`day` = ?) FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(63,0)) AS c0, CAST(? AS SIGNED) AS c1, NULL AS c2
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` + VALUES(`days`),
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: unit of work: merge, while capture moves
INSERT INTO `clerk_totals` (`team`, `turnover`, `days`, `mean`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  (SELECT `c`.`team` AS k0, `d`.`turnover` AS c0, 1 AS c1, `d`.`mean` AS c2
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `d`.`clerk` = ? AND `d`.`day` = ? FOR SHARE)
  UNION ALL
  (SELECT `c`.`team` AS k0, `d`.`turnover` AS c0, 1 AS c1, `d`.`mean` AS c2
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1 AND `c`.`name` = ? AND NOT (`d`.`clerk` = ? AND `d`.`day` = ?) FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(63,0)) AS c0, CAST(? AS SIGNED) AS c1, NULL AS c2 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'clerk_totals' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `turnover` = `clerk_totals`.`turnover` + VALUES(`turnover`),
  `days` = `clerk_totals`.`days` + VALUES(`days`),
  `mean` = CASE WHEN `clerk_totals`.`mean` IS NULL OR VALUES(`mean`) > `clerk_totals`.`mean` THEN VALUES(`mean`) ELSE `clerk_totals`.`mean` END;

-- clerk_totals: unit of work: read again mean
UPDATE `clerk_totals` SET `mean` = (
  SELECT MAX(`d`.`mean`)
  FROM `clerk_days` `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) AND `c`.`team` = CAST(? AS SIGNED) FOR SHARE)
WHERE `team` = CAST(? AS SIGNED) AND (`mean` IS NULL OR NOT (`mean` > CAST(? AS DECIMAL(47,4))));

-- all_teams: table
CREATE TABLE `all_teams` (
  `large` BIGINT NOT NULL,
  `teams` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`large`)
) ENGINE=InnoDB;

-- all_teams: trigger on clerk_totals
CREATE TRIGGER `ks_all_teams$t_ins` AFTER INSERT ON `clerk_totals` FOR EACH ROW
BEGIN
  INSERT INTO `all_teams` (`large`, `teams`)
  SELECT CASE WHEN (NEW.`turnover` > 100000) THEN 1 ELSE 0 END, 1
  FROM DUAL WHERE (((NEW.`turnover` <> 0) OR (NEW.`days` <> 0)) OR (NEW.`mean` IS NOT NULL))
  ON DUPLICATE KEY UPDATE
    `teams` = `all_teams`.`teams` + 1;
END;

-- all_teams: trigger on clerk_totals
CREATE TRIGGER `ks_all_teams$t_upd` AFTER UPDATE ON `clerk_totals` FOR EACH ROW
BEGIN
  IF NOT (OLD.`turnover` <=> NEW.`turnover`) OR NOT (OLD.`days` <=> NEW.`days`) OR NOT (OLD.`mean` <=> NEW.`mean`) THEN
    INSERT INTO `all_teams` (`large`, `teams`)
    SELECT delta.k0, SUM(delta.c0)
    FROM (
      (SELECT CASE WHEN (OLD.`turnover` > 100000) THEN 1 ELSE 0 END AS k0, -1 AS c0
      FROM DUAL WHERE (((OLD.`turnover` <> 0) OR (OLD.`days` <> 0)) OR (OLD.`mean` IS NOT NULL)))
      UNION ALL
      (SELECT CASE WHEN (NEW.`turnover` > 100000) THEN 1 ELSE 0 END AS k0, 1 AS c0
      FROM DUAL WHERE (((NEW.`turnover` <> 0) OR (NEW.`days` <> 0)) OR (NEW.`mean` IS NOT NULL)))
    ) AS delta
    WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
    ON DUPLICATE KEY UPDATE
      `teams` = `all_teams`.`teams` + VALUES(`teams`);
  END IF;
END;

-- all_teams: trigger on clerk_totals
CREATE TRIGGER `ks_all_teams$t_del` AFTER DELETE ON `clerk_totals` FOR EACH ROW
BEGIN
  INSERT INTO `all_teams` (`large`, `teams`)
  SELECT CASE WHEN (OLD.`turnover` > 100000) THEN 1 ELSE 0 END, -1
  FROM DUAL WHERE (((OLD.`turnover` <> 0) OR (OLD.`days` <> 0)) OR (OLD.`mean` IS NOT NULL))
  ON DUPLICATE KEY UPDATE
    `teams` = `all_teams`.`teams` - 1;
END;

-- all_teams: hook after insert of a row of clerk_totals
INSERT INTO `all_teams` (`large`, `teams`)
SELECT CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END, 1
FROM `clerk_totals` `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'all_teams' FOR SHARE) = 1 AND `t`.`team` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `teams` = `all_teams`.`teams` + 1;

-- all_teams: hook before update of a row of clerk_totals
SELECT 1 FROM `clerk_totals` WHERE `team` = ? FOR UPDATE;

-- all_teams: hook before update of a row of clerk_totals
INSERT INTO `all_teams` (`large`, `teams`)
SELECT CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END, -1
FROM `clerk_totals` `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'all_teams' FOR SHARE) = 1 AND `t`.`team` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `teams` = `all_teams`.`teams` - 1;

-- all_teams: hook after update of a row of clerk_totals
INSERT INTO `all_teams` (`large`, `teams`)
SELECT CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END, 1
FROM `clerk_totals` `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'all_teams' FOR SHARE) = 1 AND `t`.`team` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `teams` = `all_teams`.`teams` + 1;

-- all_teams: hook before delete of a row of clerk_totals
SELECT 1 FROM `clerk_totals` WHERE `team` = ? FOR UPDATE;

-- all_teams: hook before delete of a row of clerk_totals
INSERT INTO `all_teams` (`large`, `teams`)
SELECT CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END, -1
FROM `clerk_totals` `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'all_teams' FOR SHARE) = 1 AND `t`.`team` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `teams` = `all_teams`.`teams` - 1;

-- all_teams: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END AS k0, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `clerk_totals` `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END >= ? AND CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END < ? GROUP BY CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END UNION ALL SELECT `large`, 0, 1, 0, `teams` FROM `all_teams` WHERE `large` >= ? AND `large` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- all_teams: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END AS k0, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM `clerk_totals` `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END UNION ALL SELECT `large`, 0, 1, 0, `teams` FROM `all_teams`) AS both_sides GROUP BY k0 ORDER BY k0;

-- all_teams: merge differences
INSERT INTO `all_teams` (`large`, `teams`) VALUES (?, ?) ON DUPLICATE KEY UPDATE
  `teams` = `all_teams`.`teams` + VALUES(`teams`);

-- all_teams: prune
DELETE FROM `all_teams` WHERE `large` = ? AND `teams` = 0;

-- all_teams: read
SELECT `teams` FROM `all_teams` WHERE `large` = ?;

-- all_teams: read from the source
SELECT `teams` FROM (SELECT COUNT(*) AS `teams` FROM (SELECT `team`, `turnover`, `days`, `mean` FROM (SELECT `c`.`team` AS `team`, COALESCE(SUM(`d`.`turnover`), 0) AS `turnover`, COUNT(*) AS `days`, MAX(`d`.`mean`) AS `mean` FROM (SELECT `clerk`, `day`, `turnover`, CASE WHEN `ks_mean_count` = 0 THEN NULL ELSE ROUND(`ks_mean_sum` * 1.00000000 / `ks_mean_count`, 4) END AS `mean` FROM (SELECT `s`.`clerk` AS `clerk`, `s`.`sold_on` AS `day`, COALESCE(SUM(`s`.`cents`), 0) AS `turnover`, COALESCE(SUM(`s`.`cents`), 0) AS `ks_mean_sum`, COUNT(*) AS `ks_mean_count` FROM `sales` `s` GROUP BY `s`.`clerk`, `s`.`sold_on`) AS ks_groups) `d` JOIN `clerks` `c` ON (`c`.`name` = `d`.`clerk`) WHERE ((`d`.`turnover` <> 0) OR (`d`.`mean` IS NOT NULL)) GROUP BY `c`.`team`) AS ks_groups) `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END = ?) AS source;

-- all_teams: explain
SELECT `t`.`team`, 1 FROM `clerk_totals` `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END = ? ORDER BY `t`.`team`;

-- all_teams: unit of work: what two rows of clerk_totals contribute
SELECT MIN(CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END), -(SUM(1))
FROM `clerk_totals` `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND `t`.`team` IN (?, ?) GROUP BY CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END ORDER BY CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END FOR SHARE;

-- all_teams: unit of work: merge
INSERT INTO `all_teams` (`large`, `teams`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), 0
FROM (
  (SELECT CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END AS k0, 1 AS c0
  FROM `clerk_totals` `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND `t`.`team` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS SIGNED) AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `teams` = `all_teams`.`teams` + VALUES(`teams`);

-- all_teams: unit of work: merge, while capture moves
INSERT INTO `all_teams` (`large`, `teams`)
SELECT delta.k0, SUM(delta.c0)
FROM (
  (SELECT CASE WHEN (`t`.`turnover` > 100000) THEN 1 ELSE 0 END AS k0, 1 AS c0
  FROM `clerk_totals` `t` WHERE (((`t`.`turnover` <> 0) OR (`t`.`days` <> 0)) OR (`t`.`mean` IS NOT NULL)) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'all_teams' FOR SHARE) = 1 AND `t`.`team` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS SIGNED) AS c0 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'all_teams' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `teams` = `all_teams`.`teams` + VALUES(`teams`);
