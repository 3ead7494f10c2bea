-- steps on MariaDB 10.11

-- vehicles: table
CREATE TABLE `vehicles` (
  `vehicle_id` bigint(20) NOT NULL,
  `distance` DECIMAL(43,0) NOT NULL DEFAULT 0,
  `opened` DECIMAL(23,0) NOT NULL DEFAULT 0,
  `last_x` bigint(20) NULL,
  `positions` BIGINT NOT NULL DEFAULT 0,
  `ks_last_x_order_1` datetime NULL,
  `ks_last_x_order_2` bigint(20) NULL,
  PRIMARY KEY (`vehicle_id`)
) ENGINE=InnoDB;

-- vehicles: trigger on positions
CREATE TRIGGER `ks_vehicles$p_ins` AFTER INSERT ON `positions` FOR EACH ROW
BEGIN
  INSERT INTO `vehicles` (`vehicle_id`, `last_x`, `positions`, `ks_last_x_order_1`, `ks_last_x_order_2`)
  SELECT NEW.`vehicle_id`, NEW.`x`, 1, NEW.`seen_at`, NEW.`id`
  FROM DUAL WHERE (NEW.`valid` = 1)
  ON DUPLICATE KEY UPDATE
    `positions` = `vehicles`.`positions` + 1,
    `last_x` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`last_x`) ELSE `vehicles`.`last_x` END,
    `ks_last_x_order_2` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_2`) ELSE `vehicles`.`ks_last_x_order_2` END,
    `ks_last_x_order_1` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_1`) ELSE `vehicles`.`ks_last_x_order_1` END;
  INSERT INTO `vehicles` (`vehicle_id`, `distance`, `opened`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    (SELECT NEW.`vehicle_id` AS k0, COALESCE((ABS((NEW.`x` - `ks$before`.`x`)) + ABS((NEW.`y` - `ks$before`.`y`))), 0) AS c0, CASE WHEN (NEW.`x` > 0) THEN CASE WHEN (NEW.`door` > `ks$before`.`door`) THEN 1 ELSE 0 END ELSE 0 END AS c1
    FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= NEW.`seen_at` AND (`p`.`seen_at` < NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` < NEW.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE WHERE (NEW.`valid` = 1))
    UNION ALL
    (SELECT `p`.`vehicle_id` AS k0, COALESCE((ABS((`p`.`x` - NEW.`x`)) + ABS((`p`.`y` - NEW.`y`))), 0) AS c0, CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > NEW.`door`) THEN 1 ELSE 0 END ELSE 0 END AS c1
    FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= NEW.`seen_at` AND (`p`.`seen_at` > NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` > NEW.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `p` WHERE (NEW.`valid` = 1))
    UNION ALL
    (SELECT `p`.`vehicle_id` AS k0, -(COALESCE((ABS((`p`.`x` - `ks$before`.`x`)) + ABS((`p`.`y` - `ks$before`.`y`))), 0)) AS c0, -(CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > `ks$before`.`door`) THEN 1 ELSE 0 END ELSE 0 END) AS c1
    FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= NEW.`seen_at` AND (`p`.`seen_at` > NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` > NEW.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `p` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= NEW.`seen_at` AND (`p`.`seen_at` < NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` < NEW.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE WHERE (NEW.`valid` = 1))
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `distance` = `vehicles`.`distance` + VALUES(`distance`),
    `opened` = `vehicles`.`opened` + VALUES(`opened`);
END;

-- vehicles: trigger on positions
CREATE TRIGGER `ks_vehicles$p_upd` AFTER UPDATE ON `positions` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`vehicle_id` <=> NEW.`vehicle_id`) OR NOT (OLD.`seen_at` <=> NEW.`seen_at`) OR NOT (OLD.`x` <=> NEW.`x`) OR NOT (OLD.`y` <=> NEW.`y`) OR NOT (OLD.`door` <=> NEW.`door`) OR NOT (OLD.`valid` <=> NEW.`valid`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `positions` `p` WHERE `p`.`id` = OLD.`id` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `vehicles` (`vehicle_id`, `last_x`, `positions`, `ks_last_x_order_1`, `ks_last_x_order_2`)
      SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), SUM(delta.c1), MAX(CASE WHEN delta.r0 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END)
      FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c2 IS NULL, delta.c2 DESC, delta.c3 DESC) AS r0
      FROM (
        (SELECT OLD.`vehicle_id` AS k0, NULL AS c0, -1 AS c1, NULL AS c2, NULL AS c3
        FROM DUAL WHERE (OLD.`valid` = 1))
        UNION ALL
        (SELECT NEW.`vehicle_id` AS k0, NEW.`x` AS c0, 1 AS c1, NEW.`seen_at` AS c2, NEW.`id` AS c3
        FROM DUAL WHERE (NEW.`valid` = 1))
      ) AS delta) AS delta
      WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `positions` = `vehicles`.`positions` + VALUES(`positions`),
        `last_x` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`last_x`) ELSE `vehicles`.`last_x` END,
        `ks_last_x_order_2` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_2`) ELSE `vehicles`.`ks_last_x_order_2` END,
        `ks_last_x_order_1` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_1`) ELSE `vehicles`.`ks_last_x_order_1` END;
      UPDATE (
        SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
        FROM (SELECT OLD.`vehicle_id` AS k0, OLD.`seen_at` AS m0, OLD.`id` AS m1
          FROM DUAL WHERE (OLD.`valid` = 1) AND (NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`seen_at` <=> NEW.`seen_at`) OR NOT (OLD.`valid` <=> NEW.`valid`) OR NOT (OLD.`vehicle_id` <=> NEW.`vehicle_id`))) AS taken
        WHERE taken.m0 IS NOT NULL
      ) AS gone STRAIGHT_JOIN `vehicles` FORCE INDEX (PRIMARY) ON `vehicles`.`vehicle_id` = gone.k0 AND (`vehicles`.`ks_last_x_order_1` IS NULL OR (gone.m0 > `vehicles`.`ks_last_x_order_1` OR (gone.m0 = `vehicles`.`ks_last_x_order_1` AND gone.m1 >= `vehicles`.`ks_last_x_order_2`)))
      SET `vehicles`.`last_x` = (
        SELECT `p`.`x`
        FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = OLD.`vehicle_id`
        ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE), `vehicles`.`ks_last_x_order_1` = (
        SELECT `p`.`seen_at`
        FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = OLD.`vehicle_id`
        ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE), `vehicles`.`ks_last_x_order_2` = (
        SELECT `p`.`id`
        FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = OLD.`vehicle_id`
        ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE);
      INSERT INTO `vehicles` (`vehicle_id`, `distance`, `opened`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
      FROM (
        (SELECT OLD.`vehicle_id` AS k0, -(COALESCE((ABS((OLD.`x` - `ks$before`.`x`)) + ABS((OLD.`y` - `ks$before`.`y`))), 0)) AS c0, -(CASE WHEN (OLD.`x` > 0) THEN CASE WHEN (OLD.`door` > `ks$before`.`door`) THEN 1 ELSE 0 END ELSE 0 END) AS c1
        FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= OLD.`seen_at` AND (`p`.`seen_at` < OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` < OLD.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE WHERE (OLD.`valid` = 1))
        UNION ALL
        (SELECT `p`.`vehicle_id` AS k0, -(COALESCE((ABS((`p`.`x` - OLD.`x`)) + ABS((`p`.`y` - OLD.`y`))), 0)) AS c0, -(CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > OLD.`door`) THEN 1 ELSE 0 END ELSE 0 END) AS c1
        FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= OLD.`seen_at` AND (`p`.`seen_at` > OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` > OLD.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `p` WHERE (OLD.`valid` = 1))
        UNION ALL
        (SELECT `p`.`vehicle_id` AS k0, COALESCE((ABS((`p`.`x` - `ks$before`.`x`)) + ABS((`p`.`y` - `ks$before`.`y`))), 0) AS c0, CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > `ks$before`.`door`) THEN 1 ELSE 0 END ELSE 0 END AS c1
        FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= OLD.`seen_at` AND (`p`.`seen_at` > OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` > OLD.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `p` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= OLD.`seen_at` AND (`p`.`seen_at` < OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` < OLD.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE WHERE (OLD.`valid` = 1))
        UNION ALL
        (SELECT NEW.`vehicle_id` AS k0, COALESCE((ABS((NEW.`x` - `ks$before`.`x`)) + ABS((NEW.`y` - `ks$before`.`y`))), 0) AS c0, CASE WHEN (NEW.`x` > 0) THEN CASE WHEN (NEW.`door` > `ks$before`.`door`) THEN 1 ELSE 0 END ELSE 0 END AS c1
        FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= NEW.`seen_at` AND (`p`.`seen_at` < NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` < NEW.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE WHERE (NEW.`valid` = 1))
        UNION ALL
        (SELECT `p`.`vehicle_id` AS k0, COALESCE((ABS((`p`.`x` - NEW.`x`)) + ABS((`p`.`y` - NEW.`y`))), 0) AS c0, CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > NEW.`door`) THEN 1 ELSE 0 END ELSE 0 END AS c1
        FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= NEW.`seen_at` AND (`p`.`seen_at` > NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` > NEW.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `p` WHERE (NEW.`valid` = 1))
        UNION ALL
        (SELECT `p`.`vehicle_id` AS k0, -(COALESCE((ABS((`p`.`x` - `ks$before`.`x`)) + ABS((`p`.`y` - `ks$before`.`y`))), 0)) AS c0, -(CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > `ks$before`.`door`) THEN 1 ELSE 0 END ELSE 0 END) AS c1
        FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= NEW.`seen_at` AND (`p`.`seen_at` > NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` > NEW.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `p` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND (`p`.`valid` = 1) AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= NEW.`seen_at` AND (`p`.`seen_at` < NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` < NEW.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE WHERE (NEW.`valid` = 1))
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `distance` = `vehicles`.`distance` + VALUES(`distance`),
        `opened` = `vehicles`.`opened` + VALUES(`opened`);
    END IF;
  END IF;
END;

-- vehicles: trigger on positions
CREATE TRIGGER `ks_vehicles$p_del` AFTER DELETE ON `positions` FOR EACH ROW
BEGIN
  INSERT INTO `vehicles` (`vehicle_id`, `last_x`, `positions`, `ks_last_x_order_1`, `ks_last_x_order_2`)
  SELECT OLD.`vehicle_id`, NULL, -1, NULL, NULL
  FROM DUAL WHERE (OLD.`valid` = 1)
  ON DUPLICATE KEY UPDATE
    `positions` = `vehicles`.`positions` - 1,
    `last_x` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`last_x`) ELSE `vehicles`.`last_x` END,
    `ks_last_x_order_2` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_2`) ELSE `vehicles`.`ks_last_x_order_2` END,
    `ks_last_x_order_1` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_1`) ELSE `vehicles`.`ks_last_x_order_1` END;
  UPDATE (
    SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
    FROM (SELECT OLD.`vehicle_id` AS k0, OLD.`seen_at` AS m0, OLD.`id` AS m1
      FROM DUAL WHERE (OLD.`valid` = 1)) AS taken
    WHERE taken.m0 IS NOT NULL
  ) AS gone STRAIGHT_JOIN `vehicles` FORCE INDEX (PRIMARY) ON `vehicles`.`vehicle_id` = gone.k0 AND (`vehicles`.`ks_last_x_order_1` IS NULL OR (gone.m0 > `vehicles`.`ks_last_x_order_1` OR (gone.m0 = `vehicles`.`ks_last_x_order_1` AND gone.m1 >= `vehicles`.`ks_last_x_order_2`)))
  SET `vehicles`.`last_x` = (
    SELECT `p`.`x`
    FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = OLD.`vehicle_id`
    ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE), `vehicles`.`ks_last_x_order_1` = (
    SELECT `p`.`seen_at`
    FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = OLD.`vehicle_id`
    ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE), `vehicles`.`ks_last_x_order_2` = (
    SELECT `p`.`id`
    FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = OLD.`vehicle_id`
    ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE);
  INSERT INTO `vehicles` (`vehicle_id`, `distance`, `opened`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    (SELECT OLD.`vehicle_id` AS k0, -(COALESCE((ABS((OLD.`x` - `ks$before`.`x`)) + ABS((OLD.`y` - `ks$before`.`y`))), 0)) AS c0, -(CASE WHEN (OLD.`x` > 0) THEN CASE WHEN (OLD.`door` > `ks$before`.`door`) THEN 1 ELSE 0 END ELSE 0 END) AS c1
    FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND (`p`.`valid` = 1) AND `p`.`seen_at` <= OLD.`seen_at` AND (`p`.`seen_at` < OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` < OLD.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE WHERE (OLD.`valid` = 1))
    UNION ALL
    (SELECT `p`.`vehicle_id` AS k0, -(COALESCE((ABS((`p`.`x` - OLD.`x`)) + ABS((`p`.`y` - OLD.`y`))), 0)) AS c0, -(CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > OLD.`door`) THEN 1 ELSE 0 END ELSE 0 END) AS c1
    FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND (`p`.`valid` = 1) AND `p`.`seen_at` >= OLD.`seen_at` AND (`p`.`seen_at` > OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` > OLD.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `p` WHERE (OLD.`valid` = 1))
    UNION ALL
    (SELECT `p`.`vehicle_id` AS k0, COALESCE((ABS((`p`.`x` - `ks$before`.`x`)) + ABS((`p`.`y` - `ks$before`.`y`))), 0) AS c0, CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > `ks$before`.`door`) THEN 1 ELSE 0 END ELSE 0 END AS c1
    FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND (`p`.`valid` = 1) AND `p`.`seen_at` >= OLD.`seen_at` AND (`p`.`seen_at` > OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` > OLD.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `p` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND (`p`.`valid` = 1) AND `p`.`seen_at` <= OLD.`seen_at` AND (`p`.`seen_at` < OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` < OLD.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE WHERE (OLD.`valid` = 1))
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `distance` = `vehicles`.`distance` + VALUES(`distance`),
    `opened` = `vehicles`.`opened` + VALUES(`opened`);
END;

-- vehicles: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR NOT (MAX(e2) <=> MAX(s2)) OR SUM(e3) <> SUM(s3) OR NOT (MAX(e4) <=> MAX(s4)) OR NOT (MAX(e5) <=> MAX(s5)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), NULL, SUM(e3), SUM(s3), SUM(e3) - SUM(s3), MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL FROM (SELECT ranked.k0 AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(ranked.c0), 0) AS e0, 0 AS s0, COALESCE(SUM(ranked.c1), 0) AS e1, 0 AS s1, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c2 END) AS e2, NULL AS s2, COALESCE(SUM(ranked.c3), 0) AS e3, 0 AS s3, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS e4, NULL AS s4, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c5 END) AS e5, NULL AS s5 FROM (SELECT `p`.`vehicle_id` AS k0, COALESCE((ABS((`p`.`x` - `p`.`ks$prev_0_3`)) + ABS((`p`.`y` - `p`.`ks$prev_0_4`))), 0) AS c0, CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > `p`.`ks$prev_0_5`) THEN 1 ELSE 0 END ELSE 0 END AS c1, `p`.`x` AS c2, 1 AS c3, `p`.`seen_at` AS c4, `p`.`id` AS c5, ROW_NUMBER() OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at` IS NULL, `p`.`seen_at` DESC, `p`.`id` DESC) AS r0 FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid`, LAG(`p`.`door`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_5`, LAG(`p`.`x`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_3`, LAG(`p`.`y`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_4` FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` >= ? AND `p`.`vehicle_id` < ?) AS `p`) AS ranked GROUP BY ranked.k0 UNION ALL SELECT `vehicle_id`, 0, 1, 0, `distance`, 0, `opened`, NULL, `last_x`, 0, `positions`, NULL, `ks_last_x_order_1`, NULL, `ks_last_x_order_2` FROM `vehicles` WHERE `vehicle_id` >= ? AND `vehicle_id` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- vehicles: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR NOT (MAX(e2) <=> MAX(s2)) OR SUM(e3) <> SUM(s3) OR NOT (MAX(e4) <=> MAX(s4)) OR NOT (MAX(e5) <=> MAX(s5)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), NULL, SUM(e3), SUM(s3), SUM(e3) - SUM(s3), MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL FROM (SELECT ranked.k0 AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(ranked.c0), 0) AS e0, 0 AS s0, COALESCE(SUM(ranked.c1), 0) AS e1, 0 AS s1, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c2 END) AS e2, NULL AS s2, COALESCE(SUM(ranked.c3), 0) AS e3, 0 AS s3, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS e4, NULL AS s4, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c5 END) AS e5, NULL AS s5 FROM (SELECT `p`.`vehicle_id` AS k0, COALESCE((ABS((`p`.`x` - `p`.`ks$prev_0_3`)) + ABS((`p`.`y` - `p`.`ks$prev_0_4`))), 0) AS c0, CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > `p`.`ks$prev_0_5`) THEN 1 ELSE 0 END ELSE 0 END AS c1, `p`.`x` AS c2, 1 AS c3, `p`.`seen_at` AS c4, `p`.`id` AS c5, ROW_NUMBER() OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at` IS NULL, `p`.`seen_at` DESC, `p`.`id` DESC) AS r0 FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid`, LAG(`p`.`door`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_5`, LAG(`p`.`x`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_3`, LAG(`p`.`y`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_4` FROM `positions` `p` WHERE (`p`.`valid` = 1) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0)) AS `p`) AS ranked GROUP BY ranked.k0 UNION ALL SELECT `vehicle_id`, 0, 1, 0, `distance`, 0, `opened`, NULL, `last_x`, 0, `positions`, NULL, `ks_last_x_order_1`, NULL, `ks_last_x_order_2` FROM `vehicles`) AS both_sides GROUP BY k0 ORDER BY k0;

-- vehicles: where the next range begins
SELECT `vehicle_id` FROM `positions` WHERE `vehicle_id` >= ? ORDER BY `vehicle_id` LIMIT 1 OFFSET ?;

-- vehicles: merge differences
INSERT INTO `vehicles` (`vehicle_id`, `distance`, `opened`, `last_x`, `positions`, `ks_last_x_order_1`, `ks_last_x_order_2`) VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `distance` = `vehicles`.`distance` + VALUES(`distance`),
  `opened` = `vehicles`.`opened` + VALUES(`opened`),
  `positions` = `vehicles`.`positions` + VALUES(`positions`),
  `last_x` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`last_x`) ELSE `vehicles`.`last_x` END,
  `ks_last_x_order_2` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_2`) ELSE `vehicles`.`ks_last_x_order_2` END,
  `ks_last_x_order_1` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_1`) ELSE `vehicles`.`ks_last_x_order_1` END;

-- vehicles: store extremes
UPDATE `vehicles` SET `last_x` = (
  SELECT `p`.`x`
  FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = ?
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1), `ks_last_x_order_1` = (
  SELECT `p`.`seen_at`
  FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = ?
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1), `ks_last_x_order_2` = (
  SELECT `p`.`id`
  FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = ?
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1) WHERE `vehicle_id` = ?;

-- vehicles: prune
DELETE FROM `vehicles` WHERE `vehicle_id` = ? AND `distance` = 0 AND `opened` = 0 AND `last_x` IS NULL AND `positions` = 0 AND `ks_last_x_order_1` IS NULL AND `ks_last_x_order_2` IS NULL;

-- vehicles: read
SELECT `distance`, `opened`, `last_x`, `positions` FROM `vehicles` WHERE `vehicle_id` = ?;

-- vehicles: read from the source
SELECT `distance`, `opened`, `last_x`, `positions` FROM (SELECT COALESCE(SUM(ranked.c0), 0) AS `distance`, COALESCE(SUM(ranked.c1), 0) AS `opened`, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c2 END) AS `last_x`, COALESCE(SUM(ranked.c3), 0) AS `positions`, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS `ks_last_x_order_1`, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c5 END) AS `ks_last_x_order_2` FROM (SELECT COALESCE((ABS((`p`.`x` - `p`.`ks$prev_0_3`)) + ABS((`p`.`y` - `p`.`ks$prev_0_4`))), 0) AS c0, CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > `p`.`ks$prev_0_5`) THEN 1 ELSE 0 END ELSE 0 END AS c1, `p`.`x` AS c2, 1 AS c3, `p`.`seen_at` AS c4, `p`.`id` AS c5, ROW_NUMBER() OVER (ORDER BY `p`.`seen_at` IS NULL, `p`.`seen_at` DESC, `p`.`id` DESC) AS r0 FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid`, LAG(`p`.`door`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_5`, LAG(`p`.`x`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_3`, LAG(`p`.`y`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_4` FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = ?) AS `p`) AS ranked) AS source;

-- vehicles: explain
SELECT `p`.`id`, COALESCE((ABS((`p`.`x` - `p`.`ks$prev_0_3`)) + ABS((`p`.`y` - `p`.`ks$prev_0_4`))), 0), CASE WHEN (`p`.`x` > 0) THEN CASE WHEN (`p`.`door` > `p`.`ks$prev_0_5`) THEN 1 ELSE 0 END ELSE 0 END, `p`.`x`, 1, `p`.`seen_at`, `p`.`id` FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`x`, `p`.`y`, `p`.`door`, `p`.`valid`, LAG(`p`.`door`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_5`, LAG(`p`.`x`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_3`, LAG(`p`.`y`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at`, `p`.`id`) AS `ks$prev_0_4` FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = ?) AS `p` ORDER BY `p`.`id`;

-- vehicles: unit of work: what two rows of positions contribute
SELECT MIN(ranked.k0), NULL, -(SUM(ranked.c1)), MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c2 END), MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END)
FROM (SELECT `p`.`vehicle_id` AS k0, `p`.`x` AS c0, 1 AS c1, `p`.`seen_at` AS c2, `p`.`id` AS c3, ROW_NUMBER() OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at` IS NULL, `p`.`seen_at` DESC, `p`.`id` DESC) AS r0
FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`id` IN (?, ?) LOCK IN SHARE MODE) AS ranked GROUP BY ranked.k0 ORDER BY ranked.k0;

-- vehicles: unit of work: merge
INSERT INTO `vehicles` (`vehicle_id`, `last_x`, `positions`, `ks_last_x_order_1`, `ks_last_x_order_2`, `ks$by_hooks`)
SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), SUM(delta.c1), MAX(CASE WHEN delta.r0 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END), 0
FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c2 IS NULL, delta.c2 DESC, delta.c3 DESC) AS r0
FROM (
  (SELECT `p`.`vehicle_id` AS k0, `p`.`x` AS c0, 1 AS c1, `p`.`seen_at` AS c2, `p`.`id` AS c3
  FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, NULL AS c0, CAST(? AS SIGNED) AS c1, NULL AS c2, NULL AS c3
) AS delta) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `positions` = `vehicles`.`positions` + VALUES(`positions`),
  `last_x` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`last_x`) ELSE `vehicles`.`last_x` END,
  `ks_last_x_order_2` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_2`) ELSE `vehicles`.`ks_last_x_order_2` END,
  `ks_last_x_order_1` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_1`) ELSE `vehicles`.`ks_last_x_order_1` END;

-- vehicles: unit of work: merge, while capture moves
INSERT INTO `vehicles` (`vehicle_id`, `last_x`, `positions`, `ks_last_x_order_1`, `ks_last_x_order_2`)
SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), SUM(delta.c1), MAX(CASE WHEN delta.r0 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END)
FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c2 IS NULL, delta.c2 DESC, delta.c3 DESC) AS r0
FROM (
  (SELECT `p`.`vehicle_id` AS k0, `p`.`x` AS c0, 1 AS c1, `p`.`seen_at` AS c2, `p`.`id` AS c3
  FROM `positions` `p` WHERE (`p`.`valid` = 1) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' LOCK IN SHARE MODE) = 1 AND `p`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, NULL AS c0, CAST(? AS SIGNED) AS c1, NULL AS c2, NULL AS c3 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' LOCK IN SHARE MODE) = 1
) AS delta) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `positions` = `vehicles`.`positions` + VALUES(`positions`),
  `last_x` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`last_x`) ELSE `vehicles`.`last_x` END,
  `ks_last_x_order_2` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_2`) ELSE `vehicles`.`ks_last_x_order_2` END,
  `ks_last_x_order_1` = CASE WHEN `vehicles`.`ks_last_x_order_1` IS NULL OR (VALUES(`ks_last_x_order_1`) > `vehicles`.`ks_last_x_order_1` OR (VALUES(`ks_last_x_order_1`) = `vehicles`.`ks_last_x_order_1` AND VALUES(`ks_last_x_order_2`) >= `vehicles`.`ks_last_x_order_2`)) THEN VALUES(`ks_last_x_order_1`) ELSE `vehicles`.`ks_last_x_order_1` END;

-- vehicles: unit of work: read again last_x.order_1
UPDATE `vehicles` SET `last_x` = (
  SELECT `p`.`x`
  FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = CAST(? AS SIGNED)
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE), `ks_last_x_order_1` = (
  SELECT `p`.`seen_at`
  FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = CAST(? AS SIGNED)
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE), `ks_last_x_order_2` = (
  SELECT `p`.`id`
  FROM `positions` `p` WHERE (`p`.`valid` = 1) AND `p`.`vehicle_id` = CAST(? AS SIGNED)
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE)
WHERE `vehicle_id` = CAST(? AS SIGNED) AND (`ks_last_x_order_1` IS NULL OR (CAST(? AS DATETIME(0)) > `ks_last_x_order_1` OR (CAST(? AS DATETIME(0)) = `ks_last_x_order_1` AND CAST(? AS SIGNED) >= `ks_last_x_order_2`)));

-- falls: table
CREATE TABLE `falls` (
  `vehicle_id` bigint(20) NOT NULL,
  `fall` DECIMAL(42,0) NOT NULL DEFAULT 0,
  PRIMARY KEY (`vehicle_id`)
) ENGINE=InnoDB;

-- falls: trigger on positions
CREATE TRIGGER `ks_falls$p_ins` AFTER INSERT ON `positions` FOR EACH ROW
BEGIN
  INSERT INTO `falls` (`vehicle_id`, `fall`)
  SELECT delta.k0, SUM(delta.c0)
  FROM (
    (SELECT NEW.`vehicle_id` AS k0, COALESCE((NEW.`y` - `ks$before`.`y`), 0) AS c0
    FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= NEW.`seen_at` AND (`p`.`seen_at` > NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` > NEW.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE)
    UNION ALL
    (SELECT `p`.`vehicle_id` AS k0, COALESCE((`p`.`y` - NEW.`y`), 0) AS c0
    FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= NEW.`seen_at` AND (`p`.`seen_at` < NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` < NEW.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `p`)
    UNION ALL
    (SELECT `p`.`vehicle_id` AS k0, -(COALESCE((`p`.`y` - `ks$before`.`y`), 0)) AS c0
    FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= NEW.`seen_at` AND (`p`.`seen_at` < NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` < NEW.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `p` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= NEW.`seen_at` AND (`p`.`seen_at` > NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` > NEW.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `fall` = `falls`.`fall` + VALUES(`fall`);
END;

-- falls: trigger on positions
CREATE TRIGGER `ks_falls$p_upd` AFTER UPDATE ON `positions` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`vehicle_id` <=> NEW.`vehicle_id`) OR NOT (OLD.`seen_at` <=> NEW.`seen_at`) OR NOT (OLD.`y` <=> NEW.`y`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `positions` `p` WHERE `p`.`id` = OLD.`id` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `falls` (`vehicle_id`, `fall`)
      SELECT delta.k0, SUM(delta.c0)
      FROM (
        (SELECT OLD.`vehicle_id` AS k0, -(COALESCE((OLD.`y` - `ks$before`.`y`), 0)) AS c0
        FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= OLD.`seen_at` AND (`p`.`seen_at` > OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` > OLD.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE)
        UNION ALL
        (SELECT `p`.`vehicle_id` AS k0, -(COALESCE((`p`.`y` - OLD.`y`), 0)) AS c0
        FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= OLD.`seen_at` AND (`p`.`seen_at` < OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` < OLD.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `p`)
        UNION ALL
        (SELECT `p`.`vehicle_id` AS k0, COALESCE((`p`.`y` - `ks$before`.`y`), 0) AS c0
        FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= OLD.`seen_at` AND (`p`.`seen_at` < OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` < OLD.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `p` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= OLD.`seen_at` AND (`p`.`seen_at` > OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` > OLD.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE)
        UNION ALL
        (SELECT NEW.`vehicle_id` AS k0, COALESCE((NEW.`y` - `ks$before`.`y`), 0) AS c0
        FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= NEW.`seen_at` AND (`p`.`seen_at` > NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` > NEW.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE)
        UNION ALL
        (SELECT `p`.`vehicle_id` AS k0, COALESCE((`p`.`y` - NEW.`y`), 0) AS c0
        FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= NEW.`seen_at` AND (`p`.`seen_at` < NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` < NEW.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `p`)
        UNION ALL
        (SELECT `p`.`vehicle_id` AS k0, -(COALESCE((`p`.`y` - `ks$before`.`y`), 0)) AS c0
        FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` <= NEW.`seen_at` AND (`p`.`seen_at` < NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` < NEW.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `p` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= NEW.`vehicle_id` AND `p`.`vehicle_id` >= NEW.`vehicle_id` AND NOT (`p`.`id` = NEW.`id`) AND `p`.`seen_at` >= NEW.`seen_at` AND (`p`.`seen_at` > NEW.`seen_at` OR (`p`.`seen_at` = NEW.`seen_at` AND `p`.`id` > NEW.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `fall` = `falls`.`fall` + VALUES(`fall`);
    END IF;
  END IF;
END;

-- falls: trigger on positions
CREATE TRIGGER `ks_falls$p_del` AFTER DELETE ON `positions` FOR EACH ROW
BEGIN
  INSERT INTO `falls` (`vehicle_id`, `fall`)
  SELECT delta.k0, SUM(delta.c0)
  FROM (
    (SELECT OLD.`vehicle_id` AS k0, -(COALESCE((OLD.`y` - `ks$before`.`y`), 0)) AS c0
    FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND `p`.`seen_at` >= OLD.`seen_at` AND (`p`.`seen_at` > OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` > OLD.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE)
    UNION ALL
    (SELECT `p`.`vehicle_id` AS k0, -(COALESCE((`p`.`y` - OLD.`y`), 0)) AS c0
    FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND `p`.`seen_at` <= OLD.`seen_at` AND (`p`.`seen_at` < OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` < OLD.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `p`)
    UNION ALL
    (SELECT `p`.`vehicle_id` AS k0, COALESCE((`p`.`y` - `ks$before`.`y`), 0) AS c0
    FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND `p`.`seen_at` <= OLD.`seen_at` AND (`p`.`seen_at` < OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` < OLD.`id`)) ORDER BY `p`.`vehicle_id` DESC, `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 LOCK IN SHARE MODE) AS `p` LEFT JOIN (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y` FROM `positions` `p` WHERE `p`.`vehicle_id` <= OLD.`vehicle_id` AND `p`.`vehicle_id` >= OLD.`vehicle_id` AND `p`.`seen_at` >= OLD.`seen_at` AND (`p`.`seen_at` > OLD.`seen_at` OR (`p`.`seen_at` = OLD.`seen_at` AND `p`.`id` > OLD.`id`)) ORDER BY `p`.`vehicle_id`, `p`.`seen_at`, `p`.`id` LIMIT 1 LOCK IN SHARE MODE) AS `ks$before` ON TRUE)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `fall` = `falls`.`fall` + VALUES(`fall`);
END;

-- falls: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `p`.`vehicle_id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM((`p`.`y` - `p`.`ks$prev_0_3`)), 0) AS e0, 0 AS s0 FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y`, LAG(`p`.`y`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC) AS `ks$prev_0_3` FROM `positions` `p` WHERE `p`.`vehicle_id` >= ? AND `p`.`vehicle_id` < ?) AS `p` GROUP BY `p`.`vehicle_id` UNION ALL SELECT `vehicle_id`, 0, 1, 0, `fall` FROM `falls` WHERE `vehicle_id` >= ? AND `vehicle_id` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- falls: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `p`.`vehicle_id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM((`p`.`y` - `p`.`ks$prev_0_3`)), 0) AS e0, 0 AS s0 FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y`, LAG(`p`.`y`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC) AS `ks$prev_0_3` FROM `positions` `p` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0)) AS `p` GROUP BY `p`.`vehicle_id` UNION ALL SELECT `vehicle_id`, 0, 1, 0, `fall` FROM `falls`) AS both_sides GROUP BY k0 ORDER BY k0;

-- falls: where the next range begins
SELECT `vehicle_id` FROM `positions` WHERE `vehicle_id` >= ? ORDER BY `vehicle_id` LIMIT 1 OFFSET ?;

-- falls: merge differences
INSERT INTO `falls` (`vehicle_id`, `fall`) VALUES (?, ?) ON DUPLICATE KEY UPDATE
  `fall` = `falls`.`fall` + VALUES(`fall`);

-- falls: prune
DELETE FROM `falls` WHERE `vehicle_id` = ? AND `fall` = 0;

-- falls: read
SELECT `fall` FROM `falls` WHERE `vehicle_id` = ?;

-- falls: read from the source
SELECT `fall` FROM (SELECT COALESCE(SUM((`p`.`y` - `p`.`ks$prev_0_3`)), 0) AS `fall` FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y`, LAG(`p`.`y`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC) AS `ks$prev_0_3` FROM `positions` `p` WHERE `p`.`vehicle_id` = ?) AS `p`) AS source;

-- falls: explain
SELECT `p`.`id`, COALESCE((`p`.`y` - `p`.`ks$prev_0_3`), 0) FROM (SELECT `p`.`id`, `p`.`vehicle_id`, `p`.`seen_at`, `p`.`y`, LAG(`p`.`y`) OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC) AS `ks$prev_0_3` FROM `positions` `p` WHERE `p`.`vehicle_id` = ?) AS `p` ORDER BY `p`.`id`;
