-- latest on MySQL 8.0 (not run here: no test has such a server)

-- vehicles: table
CREATE TABLE `vehicles` (
  `vehicle_id` bigint NOT NULL,
  `last_place` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
  `last_speed` int NULL,
  `first_place` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
  `ks_last_place_order_1` datetime NULL,
  `ks_last_place_order_2` bigint NULL,
  `ks_first_place_order_1` datetime NULL,
  `ks_first_place_order_2` bigint NULL,
  PRIMARY KEY (`vehicle_id`)
) ENGINE=InnoDB;

-- vehicles: trigger on positions
CREATE TRIGGER `ks_vehicles$p_ins` AFTER INSERT ON `positions` FOR EACH ROW
BEGIN
  INSERT INTO `vehicles` (`vehicle_id`, `last_place`, `last_speed`, `first_place`, `ks_last_place_order_1`, `ks_last_place_order_2`, `ks_first_place_order_1`, `ks_first_place_order_2`)
  VALUES (NEW.`vehicle_id`, NEW.`place`, NEW.`speed`, CASE WHEN (NEW.`speed` > 0) THEN NEW.`place` ELSE NULL END, NEW.`seen_at`, NEW.`id`, CASE WHEN (NEW.`speed` > 0) THEN NEW.`seen_at` ELSE NULL END, CASE WHEN (NEW.`speed` > 0) THEN NEW.`id` ELSE NULL END)
  ON DUPLICATE KEY UPDATE
    `last_place` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_place`) ELSE `vehicles`.`last_place` END,
    `last_speed` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_speed`) ELSE `vehicles`.`last_speed` END,
    `ks_last_place_order_2` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_2`) ELSE `vehicles`.`ks_last_place_order_2` END,
    `ks_last_place_order_1` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_1`) ELSE `vehicles`.`ks_last_place_order_1` END,
    `first_place` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`first_place`) ELSE `vehicles`.`first_place` END,
    `ks_first_place_order_2` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_2`) ELSE `vehicles`.`ks_first_place_order_2` END,
    `ks_first_place_order_1` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_1`) ELSE `vehicles`.`ks_first_place_order_1` END;
END;

-- vehicles: trigger on positions
CREATE TRIGGER `ks_vehicles$p_upd` AFTER UPDATE ON `positions` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`vehicle_id` <=> NEW.`vehicle_id`) OR NOT (OLD.`seen_at` <=> NEW.`seen_at`) OR NOT (CAST(OLD.`place` AS BINARY) <=> CAST(NEW.`place` AS BINARY)) OR NOT (OLD.`speed` <=> NEW.`speed`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `positions` `p` WHERE `p`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `vehicles` (`vehicle_id`, `last_place`, `last_speed`, `first_place`, `ks_last_place_order_1`, `ks_last_place_order_2`, `ks_first_place_order_1`, `ks_first_place_order_2`)
      SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c1 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c4 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c5 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c6 END)
      FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c3 IS NULL, delta.c3 DESC, delta.c4 DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c5 IS NULL, delta.c5, delta.c6) AS r1
      FROM (
        (SELECT OLD.`vehicle_id` AS k0, NULL AS c0, NULL AS c1, NULL AS c2, NULL AS c3, NULL AS c4, NULL AS c5, NULL AS c6
        FROM DUAL)
        UNION ALL
        (SELECT NEW.`vehicle_id` AS k0, NEW.`place` AS c0, NEW.`speed` AS c1, CASE WHEN (NEW.`speed` > 0) THEN NEW.`place` ELSE NULL END AS c2, NEW.`seen_at` AS c3, NEW.`id` AS c4, CASE WHEN (NEW.`speed` > 0) THEN NEW.`seen_at` ELSE NULL END AS c5, CASE WHEN (NEW.`speed` > 0) THEN NEW.`id` ELSE NULL END AS c6
        FROM DUAL)
      ) AS delta) AS delta
      WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `last_place` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_place`) ELSE `vehicles`.`last_place` END,
        `last_speed` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_speed`) ELSE `vehicles`.`last_speed` END,
        `ks_last_place_order_2` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_2`) ELSE `vehicles`.`ks_last_place_order_2` END,
        `ks_last_place_order_1` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_1`) ELSE `vehicles`.`ks_last_place_order_1` END,
        `first_place` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`first_place`) ELSE `vehicles`.`first_place` END,
        `ks_first_place_order_2` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_2`) ELSE `vehicles`.`ks_first_place_order_2` END,
        `ks_first_place_order_1` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_1`) ELSE `vehicles`.`ks_first_place_order_1` END;
      UPDATE (
        SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
        FROM (SELECT OLD.`vehicle_id` AS k0, OLD.`seen_at` AS m0, OLD.`id` AS m1
          FROM DUAL WHERE (NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`seen_at` <=> NEW.`seen_at`) OR NOT (OLD.`vehicle_id` <=> NEW.`vehicle_id`))) AS taken
        WHERE taken.m0 IS NOT NULL
      ) AS gone STRAIGHT_JOIN `vehicles` FORCE INDEX (PRIMARY) ON `vehicles`.`vehicle_id` = gone.k0 AND (`vehicles`.`ks_last_place_order_1` IS NULL OR (gone.m0 > `vehicles`.`ks_last_place_order_1` OR (gone.m0 = `vehicles`.`ks_last_place_order_1` AND gone.m1 >= `vehicles`.`ks_last_place_order_2`)))
      SET `vehicles`.`last_place` = (
        SELECT `p`.`place`
        FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id`
        ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`last_speed` = (
        SELECT `p`.`speed`
        FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id`
        ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`ks_last_place_order_1` = (
        SELECT `p`.`seen_at`
        FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id`
        ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`ks_last_place_order_2` = (
        SELECT `p`.`id`
        FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id`
        ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE);
      UPDATE (
        SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
        FROM (SELECT OLD.`vehicle_id` AS k0, CASE WHEN (OLD.`speed` > 0) THEN OLD.`seen_at` ELSE NULL END AS m0, CASE WHEN (OLD.`speed` > 0) THEN OLD.`id` ELSE NULL END AS m1
          FROM DUAL WHERE (NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`seen_at` <=> NEW.`seen_at`) OR NOT (OLD.`speed` <=> NEW.`speed`) OR NOT (OLD.`vehicle_id` <=> NEW.`vehicle_id`))) AS taken
        WHERE taken.m0 IS NOT NULL
      ) AS gone STRAIGHT_JOIN `vehicles` FORCE INDEX (PRIMARY) ON `vehicles`.`vehicle_id` = gone.k0 AND (`vehicles`.`ks_first_place_order_1` IS NULL OR (gone.m0 < `vehicles`.`ks_first_place_order_1` OR (gone.m0 = `vehicles`.`ks_first_place_order_1` AND gone.m1 <= `vehicles`.`ks_first_place_order_2`)))
      SET `vehicles`.`first_place` = (
        SELECT `p`.`place`
        FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id` AND (`p`.`speed` > 0)
        ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE), `vehicles`.`ks_first_place_order_1` = (
        SELECT `p`.`seen_at`
        FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id` AND (`p`.`speed` > 0)
        ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE), `vehicles`.`ks_first_place_order_2` = (
        SELECT `p`.`id`
        FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id` AND (`p`.`speed` > 0)
        ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE);
    END IF;
  END IF;
END;

-- vehicles: trigger on positions
CREATE TRIGGER `ks_vehicles$p_del` AFTER DELETE ON `positions` FOR EACH ROW
BEGIN
  INSERT INTO `vehicles` (`vehicle_id`, `last_place`, `last_speed`, `first_place`, `ks_last_place_order_1`, `ks_last_place_order_2`, `ks_first_place_order_1`, `ks_first_place_order_2`)
  VALUES (OLD.`vehicle_id`, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
  ON DUPLICATE KEY UPDATE
    `last_place` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_place`) ELSE `vehicles`.`last_place` END,
    `last_speed` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_speed`) ELSE `vehicles`.`last_speed` END,
    `ks_last_place_order_2` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_2`) ELSE `vehicles`.`ks_last_place_order_2` END,
    `ks_last_place_order_1` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_1`) ELSE `vehicles`.`ks_last_place_order_1` END,
    `first_place` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`first_place`) ELSE `vehicles`.`first_place` END,
    `ks_first_place_order_2` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_2`) ELSE `vehicles`.`ks_first_place_order_2` END,
    `ks_first_place_order_1` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_1`) ELSE `vehicles`.`ks_first_place_order_1` END;
  UPDATE (
    SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
    FROM (SELECT OLD.`vehicle_id` AS k0, OLD.`seen_at` AS m0, OLD.`id` AS m1
      FROM DUAL) AS taken
    WHERE taken.m0 IS NOT NULL
  ) AS gone STRAIGHT_JOIN `vehicles` FORCE INDEX (PRIMARY) ON `vehicles`.`vehicle_id` = gone.k0 AND (`vehicles`.`ks_last_place_order_1` IS NULL OR (gone.m0 > `vehicles`.`ks_last_place_order_1` OR (gone.m0 = `vehicles`.`ks_last_place_order_1` AND gone.m1 >= `vehicles`.`ks_last_place_order_2`)))
  SET `vehicles`.`last_place` = (
    SELECT `p`.`place`
    FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id`
    ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`last_speed` = (
    SELECT `p`.`speed`
    FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id`
    ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`ks_last_place_order_1` = (
    SELECT `p`.`seen_at`
    FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id`
    ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`ks_last_place_order_2` = (
    SELECT `p`.`id`
    FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id`
    ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE);
  UPDATE (
    SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
    FROM (SELECT OLD.`vehicle_id` AS k0, CASE WHEN (OLD.`speed` > 0) THEN OLD.`seen_at` ELSE NULL END AS m0, CASE WHEN (OLD.`speed` > 0) THEN OLD.`id` ELSE NULL END AS m1
      FROM DUAL) AS taken
    WHERE taken.m0 IS NOT NULL
  ) AS gone STRAIGHT_JOIN `vehicles` FORCE INDEX (PRIMARY) ON `vehicles`.`vehicle_id` = gone.k0 AND (`vehicles`.`ks_first_place_order_1` IS NULL OR (gone.m0 < `vehicles`.`ks_first_place_order_1` OR (gone.m0 = `vehicles`.`ks_first_place_order_1` AND gone.m1 <= `vehicles`.`ks_first_place_order_2`)))
  SET `vehicles`.`first_place` = (
    SELECT `p`.`place`
    FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id` AND (`p`.`speed` > 0)
    ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE), `vehicles`.`ks_first_place_order_1` = (
    SELECT `p`.`seen_at`
    FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id` AND (`p`.`speed` > 0)
    ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE), `vehicles`.`ks_first_place_order_2` = (
    SELECT `p`.`id`
    FROM `positions` `p` WHERE `p`.`vehicle_id` = OLD.`vehicle_id` AND (`p`.`speed` > 0)
    ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE);
END;

-- vehicles: hook after insert of a row of positions
INSERT INTO `vehicles` (`vehicle_id`, `last_place`, `last_speed`, `first_place`, `ks_last_place_order_1`, `ks_last_place_order_2`, `ks_first_place_order_1`, `ks_first_place_order_2`)
SELECT `p`.`vehicle_id`, `p`.`place`, `p`.`speed`, CASE WHEN (`p`.`speed` > 0) THEN `p`.`place` ELSE NULL END, `p`.`seen_at`, `p`.`id`, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END
FROM `positions` `p` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `last_place` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_place`) ELSE `vehicles`.`last_place` END,
  `last_speed` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_speed`) ELSE `vehicles`.`last_speed` END,
  `ks_last_place_order_2` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_2`) ELSE `vehicles`.`ks_last_place_order_2` END,
  `ks_last_place_order_1` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_1`) ELSE `vehicles`.`ks_last_place_order_1` END,
  `first_place` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`first_place`) ELSE `vehicles`.`first_place` END,
  `ks_first_place_order_2` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_2`) ELSE `vehicles`.`ks_first_place_order_2` END,
  `ks_first_place_order_1` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_1`) ELSE `vehicles`.`ks_first_place_order_1` END;

-- vehicles: hook before update of a row of positions
SELECT 1 FROM `positions` WHERE `id` = ? FOR UPDATE;

-- vehicles: hook before update of a row of positions
INSERT INTO `vehicles` (`vehicle_id`, `last_place`, `last_speed`, `first_place`, `ks_last_place_order_1`, `ks_last_place_order_2`, `ks_first_place_order_1`, `ks_first_place_order_2`)
SELECT `p`.`vehicle_id`, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM `positions` `p` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `last_place` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_place`) ELSE `vehicles`.`last_place` END,
  `last_speed` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_speed`) ELSE `vehicles`.`last_speed` END,
  `ks_last_place_order_2` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_2`) ELSE `vehicles`.`ks_last_place_order_2` END,
  `ks_last_place_order_1` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_1`) ELSE `vehicles`.`ks_last_place_order_1` END,
  `first_place` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`first_place`) ELSE `vehicles`.`first_place` END,
  `ks_first_place_order_2` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_2`) ELSE `vehicles`.`ks_first_place_order_2` END,
  `ks_first_place_order_1` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_1`) ELSE `vehicles`.`ks_first_place_order_1` END;

-- vehicles: hook before update of a row of positions
UPDATE (
  SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
  FROM (SELECT `p`.`vehicle_id` AS k0, `p`.`seen_at` AS m0, `p`.`id` AS m1
    FROM `positions` `p` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL
) AS gone STRAIGHT_JOIN `vehicles` FORCE INDEX (PRIMARY) ON `vehicles`.`vehicle_id` = gone.k0 AND (`vehicles`.`ks_last_place_order_1` IS NULL OR (gone.m0 > `vehicles`.`ks_last_place_order_1` OR (gone.m0 = `vehicles`.`ks_last_place_order_1` AND gone.m1 >= `vehicles`.`ks_last_place_order_2`)))
SET `vehicles`.`last_place` = (
  SELECT `p`.`place`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id`
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`last_speed` = (
  SELECT `p`.`speed`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id`
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`ks_last_place_order_1` = (
  SELECT `p`.`seen_at`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id`
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`ks_last_place_order_2` = (
  SELECT `p`.`id`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id`
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE);

-- vehicles: hook before update of a row of positions
UPDATE (
  SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
  FROM (SELECT `p`.`vehicle_id` AS k0, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END AS m0, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END AS m1
    FROM `positions` `p` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL
) AS gone STRAIGHT_JOIN `vehicles` FORCE INDEX (PRIMARY) ON `vehicles`.`vehicle_id` = gone.k0 AND (`vehicles`.`ks_first_place_order_1` IS NULL OR (gone.m0 < `vehicles`.`ks_first_place_order_1` OR (gone.m0 = `vehicles`.`ks_first_place_order_1` AND gone.m1 <= `vehicles`.`ks_first_place_order_2`)))
SET `vehicles`.`first_place` = (
  SELECT `p`.`place`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id` AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE), `vehicles`.`ks_first_place_order_1` = (
  SELECT `p`.`seen_at`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id` AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE), `vehicles`.`ks_first_place_order_2` = (
  SELECT `p`.`id`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id` AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE);

-- vehicles: hook after update of a row of positions
INSERT INTO `vehicles` (`vehicle_id`, `last_place`, `last_speed`, `first_place`, `ks_last_place_order_1`, `ks_last_place_order_2`, `ks_first_place_order_1`, `ks_first_place_order_2`)
SELECT `p`.`vehicle_id`, `p`.`place`, `p`.`speed`, CASE WHEN (`p`.`speed` > 0) THEN `p`.`place` ELSE NULL END, `p`.`seen_at`, `p`.`id`, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END
FROM `positions` `p` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `last_place` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_place`) ELSE `vehicles`.`last_place` END,
  `last_speed` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_speed`) ELSE `vehicles`.`last_speed` END,
  `ks_last_place_order_2` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_2`) ELSE `vehicles`.`ks_last_place_order_2` END,
  `ks_last_place_order_1` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_1`) ELSE `vehicles`.`ks_last_place_order_1` END,
  `first_place` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`first_place`) ELSE `vehicles`.`first_place` END,
  `ks_first_place_order_2` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_2`) ELSE `vehicles`.`ks_first_place_order_2` END,
  `ks_first_place_order_1` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_1`) ELSE `vehicles`.`ks_first_place_order_1` END;

-- vehicles: hook before delete of a row of positions
SELECT 1 FROM `positions` WHERE `id` = ? FOR UPDATE;

-- vehicles: hook before delete of a row of positions
INSERT INTO `vehicles` (`vehicle_id`, `last_place`, `last_speed`, `first_place`, `ks_last_place_order_1`, `ks_last_place_order_2`, `ks_first_place_order_1`, `ks_first_place_order_2`)
SELECT `p`.`vehicle_id`, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM `positions` `p` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `last_place` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_place`) ELSE `vehicles`.`last_place` END,
  `last_speed` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_speed`) ELSE `vehicles`.`last_speed` END,
  `ks_last_place_order_2` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_2`) ELSE `vehicles`.`ks_last_place_order_2` END,
  `ks_last_place_order_1` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_1`) ELSE `vehicles`.`ks_last_place_order_1` END,
  `first_place` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`first_place`) ELSE `vehicles`.`first_place` END,
  `ks_first_place_order_2` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_2`) ELSE `vehicles`.`ks_first_place_order_2` END,
  `ks_first_place_order_1` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_1`) ELSE `vehicles`.`ks_first_place_order_1` END;

-- vehicles: hook before delete of a row of positions
UPDATE (
  SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
  FROM (SELECT `p`.`vehicle_id` AS k0, `p`.`seen_at` AS m0, `p`.`id` AS m1
    FROM `positions` `p` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL
) AS gone STRAIGHT_JOIN `vehicles` FORCE INDEX (PRIMARY) ON `vehicles`.`vehicle_id` = gone.k0 AND (`vehicles`.`ks_last_place_order_1` IS NULL OR (gone.m0 > `vehicles`.`ks_last_place_order_1` OR (gone.m0 = `vehicles`.`ks_last_place_order_1` AND gone.m1 >= `vehicles`.`ks_last_place_order_2`)))
SET `vehicles`.`last_place` = (
  SELECT `p`.`place`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id`
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`last_speed` = (
  SELECT `p`.`speed`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id`
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`ks_last_place_order_1` = (
  SELECT `p`.`seen_at`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id`
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `vehicles`.`ks_last_place_order_2` = (
  SELECT `p`.`id`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id`
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE);

-- vehicles: hook before delete of a row of positions
UPDATE (
  SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
  FROM (SELECT `p`.`vehicle_id` AS k0, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END AS m0, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END AS m1
    FROM `positions` `p` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE) AS taken
  WHERE taken.m0 IS NOT NULL
) AS gone STRAIGHT_JOIN `vehicles` FORCE INDEX (PRIMARY) ON `vehicles`.`vehicle_id` = gone.k0 AND (`vehicles`.`ks_first_place_order_1` IS NULL OR (gone.m0 < `vehicles`.`ks_first_place_order_1` OR (gone.m0 = `vehicles`.`ks_first_place_order_1` AND gone.m1 <= `vehicles`.`ks_first_place_order_2`)))
SET `vehicles`.`first_place` = (
  SELECT `p`.`place`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id` AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE), `vehicles`.`ks_first_place_order_1` = (
  SELECT `p`.`seen_at`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id` AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE), `vehicles`.`ks_first_place_order_2` = (
  SELECT `p`.`id`
  FROM `positions` `p` WHERE (`p`.`id` = ?) IS NOT TRUE AND `p`.`vehicle_id` = `vehicles`.`vehicle_id` AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE);

-- vehicles: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN NOT (CAST(MAX(e0) AS BINARY) <=> CAST(MAX(s0) AS BINARY)) OR NOT (MAX(e1) <=> MAX(s1)) OR NOT (CAST(MAX(e2) AS BINARY) <=> CAST(MAX(s2) AS BINARY)) OR NOT (MAX(e3) <=> MAX(s3)) OR NOT (MAX(e4) <=> MAX(s4)) OR NOT (MAX(e5) <=> MAX(s5)) OR NOT (MAX(e6) <=> MAX(s6)) THEN 1 ELSE 0 END, MAX(e0), MAX(s0), NULL, MAX(e1), MAX(s1), NULL, MAX(e2), MAX(s2), NULL, MAX(e3), MAX(s3), NULL, MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL, MAX(e6), MAX(s6), NULL FROM (SELECT ranked.k0 AS k0, 1 AS in_source, 0 AS in_summary, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c0 END) AS e0, NULL AS s0, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c1 END) AS e1, NULL AS s1, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c2 END) AS e2, NULL AS s2, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END) AS e3, NULL AS s3, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS e4, NULL AS s4, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c5 END) AS e5, NULL AS s5, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c6 END) AS e6, NULL AS s6 FROM (SELECT `p`.`vehicle_id` AS k0, `p`.`place` AS c0, `p`.`speed` AS c1, CASE WHEN (`p`.`speed` > 0) THEN `p`.`place` ELSE NULL END AS c2, `p`.`seen_at` AS c3, `p`.`id` AS c4, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END AS c5, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END AS c6, ROW_NUMBER() OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at` IS NULL, `p`.`seen_at` DESC, `p`.`id` DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY `p`.`vehicle_id` ORDER BY CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END IS NULL, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END) AS r1 FROM `positions` `p` WHERE `p`.`vehicle_id` >= ? AND `p`.`vehicle_id` < ?) AS ranked GROUP BY ranked.k0 UNION ALL SELECT `vehicle_id`, 0, 1, NULL, `last_place`, NULL, `last_speed`, NULL, `first_place`, NULL, `ks_last_place_order_1`, NULL, `ks_last_place_order_2`, NULL, `ks_first_place_order_1`, NULL, `ks_first_place_order_2` FROM `vehicles` WHERE `vehicle_id` >= ? AND `vehicle_id` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- vehicles: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN NOT (CAST(MAX(e0) AS BINARY) <=> CAST(MAX(s0) AS BINARY)) OR NOT (MAX(e1) <=> MAX(s1)) OR NOT (CAST(MAX(e2) AS BINARY) <=> CAST(MAX(s2) AS BINARY)) OR NOT (MAX(e3) <=> MAX(s3)) OR NOT (MAX(e4) <=> MAX(s4)) OR NOT (MAX(e5) <=> MAX(s5)) OR NOT (MAX(e6) <=> MAX(s6)) THEN 1 ELSE 0 END, MAX(e0), MAX(s0), NULL, MAX(e1), MAX(s1), NULL, MAX(e2), MAX(s2), NULL, MAX(e3), MAX(s3), NULL, MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL, MAX(e6), MAX(s6), NULL FROM (SELECT ranked.k0 AS k0, 1 AS in_source, 0 AS in_summary, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c0 END) AS e0, NULL AS s0, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c1 END) AS e1, NULL AS s1, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c2 END) AS e2, NULL AS s2, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END) AS e3, NULL AS s3, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS e4, NULL AS s4, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c5 END) AS e5, NULL AS s5, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c6 END) AS e6, NULL AS s6 FROM (SELECT `p`.`vehicle_id` AS k0, `p`.`place` AS c0, `p`.`speed` AS c1, CASE WHEN (`p`.`speed` > 0) THEN `p`.`place` ELSE NULL END AS c2, `p`.`seen_at` AS c3, `p`.`id` AS c4, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END AS c5, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END AS c6, ROW_NUMBER() OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at` IS NULL, `p`.`seen_at` DESC, `p`.`id` DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY `p`.`vehicle_id` ORDER BY CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END IS NULL, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END) AS r1 FROM `positions` `p` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0)) AS ranked GROUP BY ranked.k0 UNION ALL SELECT `vehicle_id`, 0, 1, NULL, `last_place`, NULL, `last_speed`, NULL, `first_place`, NULL, `ks_last_place_order_1`, NULL, `ks_last_place_order_2`, NULL, `ks_first_place_order_1`, NULL, `ks_first_place_order_2` FROM `vehicles`) AS both_sides GROUP BY k0 ORDER BY k0;

-- vehicles: where the next range begins
SELECT `vehicle_id` FROM `positions` WHERE `vehicle_id` >= ? ORDER BY `vehicle_id` LIMIT 1 OFFSET ?;

-- vehicles: merge differences
INSERT INTO `vehicles` (`vehicle_id`, `last_place`, `last_speed`, `first_place`, `ks_last_place_order_1`, `ks_last_place_order_2`, `ks_first_place_order_1`, `ks_first_place_order_2`) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `last_place` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_place`) ELSE `vehicles`.`last_place` END,
  `last_speed` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_speed`) ELSE `vehicles`.`last_speed` END,
  `ks_last_place_order_2` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_2`) ELSE `vehicles`.`ks_last_place_order_2` END,
  `ks_last_place_order_1` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_1`) ELSE `vehicles`.`ks_last_place_order_1` END,
  `first_place` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`first_place`) ELSE `vehicles`.`first_place` END,
  `ks_first_place_order_2` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_2`) ELSE `vehicles`.`ks_first_place_order_2` END,
  `ks_first_place_order_1` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_1`) ELSE `vehicles`.`ks_first_place_order_1` END;

-- vehicles: store extremes
UPDATE `vehicles` SET `last_place` = (
  SELECT `p`.`place`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = ?
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1), `last_speed` = (
  SELECT `p`.`speed`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = ?
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1), `first_place` = (
  SELECT `p`.`place`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = ? AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1), `ks_last_place_order_1` = (
  SELECT `p`.`seen_at`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = ?
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1), `ks_last_place_order_2` = (
  SELECT `p`.`id`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = ?
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1), `ks_first_place_order_1` = (
  SELECT `p`.`seen_at`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = ? AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1), `ks_first_place_order_2` = (
  SELECT `p`.`id`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = ? AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1) WHERE `vehicle_id` = ?;

-- vehicles: prune
DELETE FROM `vehicles` WHERE `vehicle_id` = ? AND `last_place` IS NULL AND `last_speed` IS NULL AND `first_place` IS NULL AND `ks_last_place_order_1` IS NULL AND `ks_last_place_order_2` IS NULL AND `ks_first_place_order_1` IS NULL AND `ks_first_place_order_2` IS NULL;

-- vehicles: read
SELECT `last_place`, `last_speed`, `first_place` FROM `vehicles` WHERE `vehicle_id` = ?;

-- vehicles: read from the source
SELECT `last_place`, `last_speed`, `first_place` FROM (SELECT MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c0 END) AS `last_place`, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c1 END) AS `last_speed`, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c2 END) AS `first_place`, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END) AS `ks_last_place_order_1`, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS `ks_last_place_order_2`, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c5 END) AS `ks_first_place_order_1`, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c6 END) AS `ks_first_place_order_2` FROM (SELECT `p`.`place` AS c0, `p`.`speed` AS c1, CASE WHEN (`p`.`speed` > 0) THEN `p`.`place` ELSE NULL END AS c2, `p`.`seen_at` AS c3, `p`.`id` AS c4, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END AS c5, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END AS c6, ROW_NUMBER() OVER (ORDER BY `p`.`seen_at` IS NULL, `p`.`seen_at` DESC, `p`.`id` DESC) AS r0, ROW_NUMBER() OVER (ORDER BY CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END IS NULL, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END) AS r1 FROM `positions` `p` WHERE `p`.`vehicle_id` = ?) AS ranked) AS source;

-- vehicles: explain
SELECT `p`.`id`, `p`.`place`, `p`.`speed`, CASE WHEN (`p`.`speed` > 0) THEN `p`.`place` ELSE NULL END, `p`.`seen_at`, `p`.`id`, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END FROM `positions` `p` WHERE `p`.`vehicle_id` = ? ORDER BY `p`.`id`;

-- vehicles: unit of work: what two rows of positions contribute
SELECT MIN(ranked.k0), NULL, NULL, NULL, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END), MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END), MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c5 END), MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c6 END)
FROM (SELECT `p`.`vehicle_id` AS k0, `p`.`place` AS c0, `p`.`speed` AS c1, CASE WHEN (`p`.`speed` > 0) THEN `p`.`place` ELSE NULL END AS c2, `p`.`seen_at` AS c3, `p`.`id` AS c4, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END AS c5, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END AS c6, ROW_NUMBER() OVER (PARTITION BY `p`.`vehicle_id` ORDER BY `p`.`seen_at` IS NULL, `p`.`seen_at` DESC, `p`.`id` DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY `p`.`vehicle_id` ORDER BY CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END IS NULL, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END) AS r1
FROM `positions` `p` WHERE `p`.`id` IN (?, ?) FOR SHARE) AS ranked GROUP BY ranked.k0 ORDER BY ranked.k0;

-- vehicles: unit of work: merge
INSERT INTO `vehicles` (`vehicle_id`, `last_place`, `last_speed`, `first_place`, `ks_last_place_order_1`, `ks_last_place_order_2`, `ks_first_place_order_1`, `ks_first_place_order_2`, `ks$by_hooks`)
SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c1 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c4 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c5 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c6 END), 0
FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c3 IS NULL, delta.c3 DESC, delta.c4 DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c5 IS NULL, delta.c5, delta.c6) AS r1
FROM (
  (SELECT `p`.`vehicle_id` AS k0, `p`.`place` AS c0, `p`.`speed` AS c1, CASE WHEN (`p`.`speed` > 0) THEN `p`.`place` ELSE NULL END AS c2, `p`.`seen_at` AS c3, `p`.`id` AS c4, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END AS c5, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END AS c6
  FROM `positions` `p` WHERE `p`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, NULL AS c0, NULL AS c1, NULL AS c2, NULL AS c3, NULL AS c4, NULL AS c5, NULL AS c6
) AS delta) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `last_place` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_place`) ELSE `vehicles`.`last_place` END,
  `last_speed` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_speed`) ELSE `vehicles`.`last_speed` END,
  `ks_last_place_order_2` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_2`) ELSE `vehicles`.`ks_last_place_order_2` END,
  `ks_last_place_order_1` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_1`) ELSE `vehicles`.`ks_last_place_order_1` END,
  `first_place` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`first_place`) ELSE `vehicles`.`first_place` END,
  `ks_first_place_order_2` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_2`) ELSE `vehicles`.`ks_first_place_order_2` END,
  `ks_first_place_order_1` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_1`) ELSE `vehicles`.`ks_first_place_order_1` END;

-- vehicles: unit of work: merge, while capture moves
INSERT INTO `vehicles` (`vehicle_id`, `last_place`, `last_speed`, `first_place`, `ks_last_place_order_1`, `ks_last_place_order_2`, `ks_first_place_order_1`, `ks_first_place_order_2`)
SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c1 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c4 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c5 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c6 END)
FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c3 IS NULL, delta.c3 DESC, delta.c4 DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c5 IS NULL, delta.c5, delta.c6) AS r1
FROM (
  (SELECT `p`.`vehicle_id` AS k0, `p`.`place` AS c0, `p`.`speed` AS c1, CASE WHEN (`p`.`speed` > 0) THEN `p`.`place` ELSE NULL END AS c2, `p`.`seen_at` AS c3, `p`.`id` AS c4, CASE WHEN (`p`.`speed` > 0) THEN `p`.`seen_at` ELSE NULL END AS c5, CASE WHEN (`p`.`speed` > 0) THEN `p`.`id` ELSE NULL END AS c6
  FROM `positions` `p` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, NULL AS c0, NULL AS c1, NULL AS c2, NULL AS c3, NULL AS c4, NULL AS c5, NULL AS c6 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'vehicles' FOR SHARE) = 1
) AS delta) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `last_place` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_place`) ELSE `vehicles`.`last_place` END,
  `last_speed` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`last_speed`) ELSE `vehicles`.`last_speed` END,
  `ks_last_place_order_2` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_2`) ELSE `vehicles`.`ks_last_place_order_2` END,
  `ks_last_place_order_1` = CASE WHEN `vehicles`.`ks_last_place_order_1` IS NULL OR (VALUES(`ks_last_place_order_1`) > `vehicles`.`ks_last_place_order_1` OR (VALUES(`ks_last_place_order_1`) = `vehicles`.`ks_last_place_order_1` AND VALUES(`ks_last_place_order_2`) >= `vehicles`.`ks_last_place_order_2`)) THEN VALUES(`ks_last_place_order_1`) ELSE `vehicles`.`ks_last_place_order_1` END,
  `first_place` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`first_place`) ELSE `vehicles`.`first_place` END,
  `ks_first_place_order_2` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_2`) ELSE `vehicles`.`ks_first_place_order_2` END,
  `ks_first_place_order_1` = CASE WHEN `vehicles`.`ks_first_place_order_1` IS NULL OR (VALUES(`ks_first_place_order_1`) < `vehicles`.`ks_first_place_order_1` OR (VALUES(`ks_first_place_order_1`) = `vehicles`.`ks_first_place_order_1` AND VALUES(`ks_first_place_order_2`) <= `vehicles`.`ks_first_place_order_2`)) THEN VALUES(`ks_first_place_order_1`) ELSE `vehicles`.`ks_first_place_order_1` END;

-- vehicles: unit of work: read again last_place.order_1
UPDATE `vehicles` SET `last_place` = (
  SELECT `p`.`place`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = CAST(? AS SIGNED)
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `last_speed` = (
  SELECT `p`.`speed`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = CAST(? AS SIGNED)
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `ks_last_place_order_1` = (
  SELECT `p`.`seen_at`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = CAST(? AS SIGNED)
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE), `ks_last_place_order_2` = (
  SELECT `p`.`id`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = CAST(? AS SIGNED)
  ORDER BY `p`.`seen_at` DESC, `p`.`id` DESC LIMIT 1 FOR SHARE)
WHERE `vehicle_id` = CAST(? AS SIGNED) AND (`ks_last_place_order_1` IS NULL OR (CAST(? AS DATETIME(0)) > `ks_last_place_order_1` OR (CAST(? AS DATETIME(0)) = `ks_last_place_order_1` AND CAST(? AS SIGNED) >= `ks_last_place_order_2`)));

-- vehicles: unit of work: read again first_place.order_1
UPDATE `vehicles` SET `first_place` = (
  SELECT `p`.`place`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = CAST(? AS SIGNED) AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE), `ks_first_place_order_1` = (
  SELECT `p`.`seen_at`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = CAST(? AS SIGNED) AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE), `ks_first_place_order_2` = (
  SELECT `p`.`id`
  FROM `positions` `p` WHERE `p`.`vehicle_id` = CAST(? AS SIGNED) AND (`p`.`speed` > 0)
  ORDER BY `p`.`seen_at`, `p`.`id` LIMIT 1 FOR SHARE)
WHERE `vehicle_id` = CAST(? AS SIGNED) AND (`ks_first_place_order_1` IS NULL OR (CAST(? AS DATETIME(0)) < `ks_first_place_order_1` OR (CAST(? AS DATETIME(0)) = `ks_first_place_order_1` AND CAST(? AS SIGNED) <= `ks_first_place_order_2`)));
