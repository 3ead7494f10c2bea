-- aggregates on MariaDB 10.11

-- card_figures: table
CREATE TABLE `card_figures` (
  `card_id` bigint(20) NOT NULL,
  `total` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `total_paid` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `charges` BIGINT NOT NULL DEFAULT 0,
  `charges_paid` BIGINT NOT NULL DEFAULT 0,
  `fees` BIGINT NOT NULL DEFAULT 0,
  `fees_paid` BIGINT NOT NULL DEFAULT 0,
  `mean` DECIMAL(24,4) AS (CASE WHEN `ks_mean_count` = 0 THEN NULL ELSE ROUND(`ks_mean_sum` * 1.00000000 / `ks_mean_count`, 4) END) VIRTUAL,
  `mean_paid` DECIMAL(24,4) AS (CASE WHEN `ks_mean_paid_count` = 0 THEN NULL ELSE ROUND(`ks_mean_paid_sum` * 1.00000000 / `ks_mean_paid_count`, 4) END) VIRTUAL,
  `any_large` TINYINT AS (CASE WHEN `ks_any_large_count` > 0 THEN 1 ELSE 0 END) VIRTUAL,
  `any_large_paid` TINYINT AS (CASE WHEN `ks_any_large_paid_count` > 0 THEN 1 ELSE 0 END) VIRTUAL,
  `all_large` TINYINT AS (CASE WHEN `ks_all_large_false` > 0 THEN 0 WHEN `ks_all_large_true` > 0 THEN 1 END) VIRTUAL,
  `all_large_paid` TINYINT AS (CASE WHEN `ks_all_large_paid_false` > 0 THEN 0 WHEN `ks_all_large_paid_true` > 0 THEN 1 END) VIRTUAL,
  `ever_large` TINYINT NOT NULL DEFAULT 0,
  `ever_large_paid` TINYINT NOT NULL DEFAULT 0,
  `least` bigint(20) NULL,
  `least_paid` bigint(20) NULL,
  `greatest` bigint(20) NULL,
  `greatest_paid` bigint(20) NULL,
  `variance` DECIMAL(44,4) AS (CASE WHEN (`ks_variance_count` * CAST(`ks_variance_count` AS DECIMAL(20,0))) = 0 THEN NULL ELSE ROUND((`ks_variance_count` * `ks_variance_squares` - `ks_variance_sum` * `ks_variance_sum`) * 1.00000000 / (`ks_variance_count` * CAST(`ks_variance_count` AS DECIMAL(20,0))), 4) END) VIRTUAL,
  `variance_paid` DECIMAL(44,4) AS (CASE WHEN (`ks_variance_paid_count` * CAST(`ks_variance_paid_count` - 1 AS DECIMAL(20,0))) = 0 THEN NULL ELSE ROUND((`ks_variance_paid_count` * `ks_variance_paid_squares` - `ks_variance_paid_sum` * `ks_variance_paid_sum`) * 1.00000000 / (`ks_variance_paid_count` * CAST(`ks_variance_paid_count` - 1 AS DECIMAL(20,0))), 4) END) VIRTUAL,
  `ks_mean_sum` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `ks_mean_count` BIGINT NOT NULL DEFAULT 0,
  `ks_mean_paid_sum` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `ks_mean_paid_count` BIGINT NOT NULL DEFAULT 0,
  `ks_any_large_count` BIGINT NOT NULL DEFAULT 0,
  `ks_any_large_paid_count` BIGINT NOT NULL DEFAULT 0,
  `ks_all_large_true` BIGINT NOT NULL DEFAULT 0,
  `ks_all_large_false` BIGINT NOT NULL DEFAULT 0,
  `ks_all_large_paid_true` BIGINT NOT NULL DEFAULT 0,
  `ks_all_large_paid_false` BIGINT NOT NULL DEFAULT 0,
  `ks_variance_count` BIGINT NOT NULL DEFAULT 0,
  `ks_variance_sum` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `ks_variance_squares` DECIMAL(62,0) NOT NULL DEFAULT 0,
  `ks_variance_paid_count` BIGINT NOT NULL DEFAULT 0,
  `ks_variance_paid_sum` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `ks_variance_paid_squares` DECIMAL(62,0) NOT NULL DEFAULT 0,
  PRIMARY KEY (`card_id`)
) ENGINE=InnoDB;

-- card_figures: trigger on charges
CREATE TRIGGER `ks_card_figures$t_ins` AFTER INSERT ON `charges` FOR EACH ROW
BEGIN
  INSERT INTO `card_figures` (`card_id`, `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `ks_mean_sum`, `ks_mean_count`, `ks_mean_paid_sum`, `ks_mean_paid_count`, `ks_any_large_count`, `ks_any_large_paid_count`, `ks_all_large_true`, `ks_all_large_false`, `ks_all_large_paid_true`, `ks_all_large_paid_false`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `ks_variance_count`, `ks_variance_sum`, `ks_variance_squares`, `ks_variance_paid_count`, `ks_variance_paid_sum`, `ks_variance_paid_squares`)
  VALUES (NEW.`card_id`, COALESCE(NEW.`cents`, 0), COALESCE(CASE WHEN (NEW.`paid` = 1) THEN NEW.`cents` ELSE 0 END, 0), 1, (NEW.`paid` = 1), (NEW.`fee` IS NOT NULL), (NEW.`fee` IS NOT NULL AND (NEW.`paid` = 1)), COALESCE(NEW.`cents`, 0), (NEW.`cents` IS NOT NULL), COALESCE(CASE WHEN (NEW.`paid` = 1) THEN NEW.`cents` ELSE 0 END, 0), (NEW.`cents` IS NOT NULL AND (NEW.`paid` = 1)), CASE WHEN (NEW.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (NEW.`cents` > 10000) AND (NEW.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (NEW.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (NOT (NEW.`cents` > 10000)) THEN 1 ELSE 0 END, CASE WHEN (NEW.`cents` > 10000) AND (NEW.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (NOT (NEW.`cents` > 10000)) AND (NEW.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (NEW.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (NEW.`cents` > 10000) AND (NEW.`paid` = 1) THEN 1 ELSE 0 END, NEW.`cents`, CASE WHEN (NEW.`paid` = 1) THEN NEW.`cents` ELSE NULL END, NEW.`cents`, CASE WHEN (NEW.`paid` = 1) THEN NEW.`cents` ELSE NULL END, (NEW.`cents` IS NOT NULL), COALESCE(NEW.`cents`, 0), COALESCE((CAST(NEW.`cents` AS DECIMAL(20,0)) * CAST(NEW.`cents` AS DECIMAL(20,0))), 0), (NEW.`cents` IS NOT NULL AND (NEW.`paid` = 1)), COALESCE(CASE WHEN (NEW.`paid` = 1) THEN NEW.`cents` ELSE 0 END, 0), COALESCE(CASE WHEN (NEW.`paid` = 1) THEN (CAST(NEW.`cents` AS DECIMAL(20,0)) * CAST(NEW.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0))
  ON DUPLICATE KEY UPDATE
    `total` = `card_figures`.`total` + VALUES(`total`),
    `total_paid` = `card_figures`.`total_paid` + VALUES(`total_paid`),
    `charges` = `card_figures`.`charges` + 1,
    `charges_paid` = `card_figures`.`charges_paid` + VALUES(`charges_paid`),
    `fees` = `card_figures`.`fees` + VALUES(`fees`),
    `fees_paid` = `card_figures`.`fees_paid` + VALUES(`fees_paid`),
    `ks_mean_sum` = `card_figures`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
    `ks_mean_count` = `card_figures`.`ks_mean_count` + VALUES(`ks_mean_count`),
    `ks_mean_paid_sum` = `card_figures`.`ks_mean_paid_sum` + VALUES(`ks_mean_paid_sum`),
    `ks_mean_paid_count` = `card_figures`.`ks_mean_paid_count` + VALUES(`ks_mean_paid_count`),
    `ks_any_large_count` = `card_figures`.`ks_any_large_count` + VALUES(`ks_any_large_count`),
    `ks_any_large_paid_count` = `card_figures`.`ks_any_large_paid_count` + VALUES(`ks_any_large_paid_count`),
    `ks_all_large_true` = `card_figures`.`ks_all_large_true` + VALUES(`ks_all_large_true`),
    `ks_all_large_false` = `card_figures`.`ks_all_large_false` + VALUES(`ks_all_large_false`),
    `ks_all_large_paid_true` = `card_figures`.`ks_all_large_paid_true` + VALUES(`ks_all_large_paid_true`),
    `ks_all_large_paid_false` = `card_figures`.`ks_all_large_paid_false` + VALUES(`ks_all_large_paid_false`),
    `ever_large` = GREATEST(`card_figures`.`ever_large`, VALUES(`ever_large`)),
    `ever_large_paid` = GREATEST(`card_figures`.`ever_large_paid`, VALUES(`ever_large_paid`)),
    `least` = CASE WHEN `card_figures`.`least` IS NULL OR VALUES(`least`) < `card_figures`.`least` THEN VALUES(`least`) ELSE `card_figures`.`least` END,
    `least_paid` = CASE WHEN `card_figures`.`least_paid` IS NULL OR VALUES(`least_paid`) < `card_figures`.`least_paid` THEN VALUES(`least_paid`) ELSE `card_figures`.`least_paid` END,
    `greatest` = CASE WHEN `card_figures`.`greatest` IS NULL OR VALUES(`greatest`) > `card_figures`.`greatest` THEN VALUES(`greatest`) ELSE `card_figures`.`greatest` END,
    `greatest_paid` = CASE WHEN `card_figures`.`greatest_paid` IS NULL OR VALUES(`greatest_paid`) > `card_figures`.`greatest_paid` THEN VALUES(`greatest_paid`) ELSE `card_figures`.`greatest_paid` END,
    `ks_variance_count` = `card_figures`.`ks_variance_count` + VALUES(`ks_variance_count`),
    `ks_variance_sum` = `card_figures`.`ks_variance_sum` + VALUES(`ks_variance_sum`),
    `ks_variance_squares` = `card_figures`.`ks_variance_squares` + VALUES(`ks_variance_squares`),
    `ks_variance_paid_count` = `card_figures`.`ks_variance_paid_count` + VALUES(`ks_variance_paid_count`),
    `ks_variance_paid_sum` = `card_figures`.`ks_variance_paid_sum` + VALUES(`ks_variance_paid_sum`),
    `ks_variance_paid_squares` = `card_figures`.`ks_variance_paid_squares` + VALUES(`ks_variance_paid_squares`);
END;

-- card_figures: trigger on charges
CREATE TRIGGER `ks_card_figures$t_upd` AFTER UPDATE ON `charges` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`card_id` <=> NEW.`card_id`) OR NOT (OLD.`cents` <=> NEW.`cents`) OR NOT (OLD.`fee` <=> NEW.`fee`) OR NOT (OLD.`paid` <=> NEW.`paid`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `charges` `t` WHERE `t`.`id` = OLD.`id` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `card_figures` (`card_id`, `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `ks_mean_sum`, `ks_mean_count`, `ks_mean_paid_sum`, `ks_mean_paid_count`, `ks_any_large_count`, `ks_any_large_paid_count`, `ks_all_large_true`, `ks_all_large_false`, `ks_all_large_paid_true`, `ks_all_large_paid_false`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `ks_variance_count`, `ks_variance_sum`, `ks_variance_squares`, `ks_variance_paid_count`, `ks_variance_paid_sum`, `ks_variance_paid_squares`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), SUM(delta.c4), SUM(delta.c5), SUM(delta.c6), SUM(delta.c7), SUM(delta.c8), SUM(delta.c9), SUM(delta.c10), SUM(delta.c11), SUM(delta.c12), SUM(delta.c13), SUM(delta.c14), SUM(delta.c15), MAX(delta.c16), MAX(delta.c17), MIN(delta.c18), MIN(delta.c19), MAX(delta.c20), MAX(delta.c21), SUM(delta.c22), SUM(delta.c23), SUM(delta.c24), SUM(delta.c25), SUM(delta.c26), SUM(delta.c27)
      FROM (
        (SELECT OLD.`card_id` AS k0, -(COALESCE(OLD.`cents`, 0)) AS c0, -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN OLD.`cents` ELSE 0 END, 0)) AS c1, -1 AS c2, -((OLD.`paid` = 1)) AS c3, -((OLD.`fee` IS NOT NULL)) AS c4, -((OLD.`fee` IS NOT NULL AND (OLD.`paid` = 1))) AS c5, -(COALESCE(OLD.`cents`, 0)) AS c6, -((OLD.`cents` IS NOT NULL)) AS c7, -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN OLD.`cents` ELSE 0 END, 0)) AS c8, -((OLD.`cents` IS NOT NULL AND (OLD.`paid` = 1))) AS c9, -(CASE WHEN (OLD.`cents` > 10000) THEN 1 ELSE 0 END) AS c10, -(CASE WHEN (OLD.`cents` > 10000) AND (OLD.`paid` = 1) THEN 1 ELSE 0 END) AS c11, -(CASE WHEN (OLD.`cents` > 10000) THEN 1 ELSE 0 END) AS c12, -(CASE WHEN (NOT (OLD.`cents` > 10000)) THEN 1 ELSE 0 END) AS c13, -(CASE WHEN (OLD.`cents` > 10000) AND (OLD.`paid` = 1) THEN 1 ELSE 0 END) AS c14, -(CASE WHEN (NOT (OLD.`cents` > 10000)) AND (OLD.`paid` = 1) THEN 1 ELSE 0 END) AS c15, 0 AS c16, 0 AS c17, NULL AS c18, NULL AS c19, NULL AS c20, NULL AS c21, -((OLD.`cents` IS NOT NULL)) AS c22, -(COALESCE(OLD.`cents`, 0)) AS c23, -(COALESCE((CAST(OLD.`cents` AS DECIMAL(20,0)) * CAST(OLD.`cents` AS DECIMAL(20,0))), 0)) AS c24, -((OLD.`cents` IS NOT NULL AND (OLD.`paid` = 1))) AS c25, -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN OLD.`cents` ELSE 0 END, 0)) AS c26, -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN (CAST(OLD.`cents` AS DECIMAL(20,0)) * CAST(OLD.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0)) AS c27
        FROM DUAL)
        UNION ALL
        (SELECT NEW.`card_id` AS k0, COALESCE(NEW.`cents`, 0) AS c0, COALESCE(CASE WHEN (NEW.`paid` = 1) THEN NEW.`cents` ELSE 0 END, 0) AS c1, 1 AS c2, (NEW.`paid` = 1) AS c3, (NEW.`fee` IS NOT NULL) AS c4, (NEW.`fee` IS NOT NULL AND (NEW.`paid` = 1)) AS c5, COALESCE(NEW.`cents`, 0) AS c6, (NEW.`cents` IS NOT NULL) AS c7, COALESCE(CASE WHEN (NEW.`paid` = 1) THEN NEW.`cents` ELSE 0 END, 0) AS c8, (NEW.`cents` IS NOT NULL AND (NEW.`paid` = 1)) AS c9, CASE WHEN (NEW.`cents` > 10000) THEN 1 ELSE 0 END AS c10, CASE WHEN (NEW.`cents` > 10000) AND (NEW.`paid` = 1) THEN 1 ELSE 0 END AS c11, CASE WHEN (NEW.`cents` > 10000) THEN 1 ELSE 0 END AS c12, CASE WHEN (NOT (NEW.`cents` > 10000)) THEN 1 ELSE 0 END AS c13, CASE WHEN (NEW.`cents` > 10000) AND (NEW.`paid` = 1) THEN 1 ELSE 0 END AS c14, CASE WHEN (NOT (NEW.`cents` > 10000)) AND (NEW.`paid` = 1) THEN 1 ELSE 0 END AS c15, CASE WHEN (NEW.`cents` > 10000) THEN 1 ELSE 0 END AS c16, CASE WHEN (NEW.`cents` > 10000) AND (NEW.`paid` = 1) THEN 1 ELSE 0 END AS c17, NEW.`cents` AS c18, CASE WHEN (NEW.`paid` = 1) THEN NEW.`cents` ELSE NULL END AS c19, NEW.`cents` AS c20, CASE WHEN (NEW.`paid` = 1) THEN NEW.`cents` ELSE NULL END AS c21, (NEW.`cents` IS NOT NULL) AS c22, COALESCE(NEW.`cents`, 0) AS c23, COALESCE((CAST(NEW.`cents` AS DECIMAL(20,0)) * CAST(NEW.`cents` AS DECIMAL(20,0))), 0) AS c24, (NEW.`cents` IS NOT NULL AND (NEW.`paid` = 1)) AS c25, COALESCE(CASE WHEN (NEW.`paid` = 1) THEN NEW.`cents` ELSE 0 END, 0) AS c26, COALESCE(CASE WHEN (NEW.`paid` = 1) THEN (CAST(NEW.`cents` AS DECIMAL(20,0)) * CAST(NEW.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0) AS c27
        FROM DUAL)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `total` = `card_figures`.`total` + VALUES(`total`),
        `total_paid` = `card_figures`.`total_paid` + VALUES(`total_paid`),
        `charges` = `card_figures`.`charges` + VALUES(`charges`),
        `charges_paid` = `card_figures`.`charges_paid` + VALUES(`charges_paid`),
        `fees` = `card_figures`.`fees` + VALUES(`fees`),
        `fees_paid` = `card_figures`.`fees_paid` + VALUES(`fees_paid`),
        `ks_mean_sum` = `card_figures`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
        `ks_mean_count` = `card_figures`.`ks_mean_count` + VALUES(`ks_mean_count`),
        `ks_mean_paid_sum` = `card_figures`.`ks_mean_paid_sum` + VALUES(`ks_mean_paid_sum`),
        `ks_mean_paid_count` = `card_figures`.`ks_mean_paid_count` + VALUES(`ks_mean_paid_count`),
        `ks_any_large_count` = `card_figures`.`ks_any_large_count` + VALUES(`ks_any_large_count`),
        `ks_any_large_paid_count` = `card_figures`.`ks_any_large_paid_count` + VALUES(`ks_any_large_paid_count`),
        `ks_all_large_true` = `card_figures`.`ks_all_large_true` + VALUES(`ks_all_large_true`),
        `ks_all_large_false` = `card_figures`.`ks_all_large_false` + VALUES(`ks_all_large_false`),
        `ks_all_large_paid_true` = `card_figures`.`ks_all_large_paid_true` + VALUES(`ks_all_large_paid_true`),
        `ks_all_large_paid_false` = `card_figures`.`ks_all_large_paid_false` + VALUES(`ks_all_large_paid_false`),
        `ever_large` = GREATEST(`card_figures`.`ever_large`, VALUES(`ever_large`)),
        `ever_large_paid` = GREATEST(`card_figures`.`ever_large_paid`, VALUES(`ever_large_paid`)),
        `least` = CASE WHEN `card_figures`.`least` IS NULL OR VALUES(`least`) < `card_figures`.`least` THEN VALUES(`least`) ELSE `card_figures`.`least` END,
        `least_paid` = CASE WHEN `card_figures`.`least_paid` IS NULL OR VALUES(`least_paid`) < `card_figures`.`least_paid` THEN VALUES(`least_paid`) ELSE `card_figures`.`least_paid` END,
        `greatest` = CASE WHEN `card_figures`.`greatest` IS NULL OR VALUES(`greatest`) > `card_figures`.`greatest` THEN VALUES(`greatest`) ELSE `card_figures`.`greatest` END,
        `greatest_paid` = CASE WHEN `card_figures`.`greatest_paid` IS NULL OR VALUES(`greatest_paid`) > `card_figures`.`greatest_paid` THEN VALUES(`greatest_paid`) ELSE `card_figures`.`greatest_paid` END,
        `ks_variance_count` = `card_figures`.`ks_variance_count` + VALUES(`ks_variance_count`),
        `ks_variance_sum` = `card_figures`.`ks_variance_sum` + VALUES(`ks_variance_sum`),
        `ks_variance_squares` = `card_figures`.`ks_variance_squares` + VALUES(`ks_variance_squares`),
        `ks_variance_paid_count` = `card_figures`.`ks_variance_paid_count` + VALUES(`ks_variance_paid_count`),
        `ks_variance_paid_sum` = `card_figures`.`ks_variance_paid_sum` + VALUES(`ks_variance_paid_sum`),
        `ks_variance_paid_squares` = `card_figures`.`ks_variance_paid_squares` + VALUES(`ks_variance_paid_squares`);
      UPDATE (
        SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
        FROM (SELECT OLD.`card_id` AS k0, OLD.`cents` AS m0
          FROM DUAL WHERE (NOT (OLD.`card_id` <=> NEW.`card_id`) OR NOT (OLD.`cents` <=> NEW.`cents`))) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
      ) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`least` IS NULL OR NOT (`card_figures`.`least` < gone.m0))
      SET `card_figures`.`least` = (
        SELECT `t`.`cents`
        FROM `charges` `t` WHERE `t`.`card_id` = OLD.`card_id` AND `t`.`cents` IS NOT NULL
        ORDER BY `t`.`cents` LIMIT 1 LOCK IN SHARE MODE);
      UPDATE (
        SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
        FROM (SELECT OLD.`card_id` AS k0, CASE WHEN (OLD.`paid` = 1) THEN OLD.`cents` ELSE NULL END AS m0
          FROM DUAL WHERE (NOT (OLD.`card_id` <=> NEW.`card_id`) OR NOT (OLD.`cents` <=> NEW.`cents`) OR NOT (OLD.`paid` <=> NEW.`paid`))) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
      ) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`least_paid` IS NULL OR NOT (`card_figures`.`least_paid` < gone.m0))
      SET `card_figures`.`least_paid` = (
        SELECT `t`.`cents`
        FROM `charges` `t` WHERE `t`.`card_id` = OLD.`card_id` AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
        ORDER BY `t`.`cents` LIMIT 1 LOCK IN SHARE MODE);
      UPDATE (
        SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
        FROM (SELECT OLD.`card_id` AS k0, OLD.`cents` AS m0
          FROM DUAL WHERE (NOT (OLD.`card_id` <=> NEW.`card_id`) OR NOT (OLD.`cents` <=> NEW.`cents`))) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
      ) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`greatest` IS NULL OR NOT (`card_figures`.`greatest` > gone.m0))
      SET `card_figures`.`greatest` = (
        SELECT `t`.`cents`
        FROM `charges` `t` WHERE `t`.`card_id` = OLD.`card_id` AND `t`.`cents` IS NOT NULL
        ORDER BY `t`.`cents` DESC LIMIT 1 LOCK IN SHARE MODE);
      UPDATE (
        SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
        FROM (SELECT OLD.`card_id` AS k0, CASE WHEN (OLD.`paid` = 1) THEN OLD.`cents` ELSE NULL END AS m0
          FROM DUAL WHERE (NOT (OLD.`card_id` <=> NEW.`card_id`) OR NOT (OLD.`cents` <=> NEW.`cents`) OR NOT (OLD.`paid` <=> NEW.`paid`))) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
      ) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`greatest_paid` IS NULL OR NOT (`card_figures`.`greatest_paid` > gone.m0))
      SET `card_figures`.`greatest_paid` = (
        SELECT `t`.`cents`
        FROM `charges` `t` WHERE `t`.`card_id` = OLD.`card_id` AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
        ORDER BY `t`.`cents` DESC LIMIT 1 LOCK IN SHARE MODE);
    END IF;
  END IF;
END;

-- card_figures: trigger on charges
CREATE TRIGGER `ks_card_figures$t_del` AFTER DELETE ON `charges` FOR EACH ROW
BEGIN
  INSERT INTO `card_figures` (`card_id`, `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `ks_mean_sum`, `ks_mean_count`, `ks_mean_paid_sum`, `ks_mean_paid_count`, `ks_any_large_count`, `ks_any_large_paid_count`, `ks_all_large_true`, `ks_all_large_false`, `ks_all_large_paid_true`, `ks_all_large_paid_false`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `ks_variance_count`, `ks_variance_sum`, `ks_variance_squares`, `ks_variance_paid_count`, `ks_variance_paid_sum`, `ks_variance_paid_squares`)
  VALUES (OLD.`card_id`, -(COALESCE(OLD.`cents`, 0)), -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN OLD.`cents` ELSE 0 END, 0)), -1, -((OLD.`paid` = 1)), -((OLD.`fee` IS NOT NULL)), -((OLD.`fee` IS NOT NULL AND (OLD.`paid` = 1))), -(COALESCE(OLD.`cents`, 0)), -((OLD.`cents` IS NOT NULL)), -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN OLD.`cents` ELSE 0 END, 0)), -((OLD.`cents` IS NOT NULL AND (OLD.`paid` = 1))), -(CASE WHEN (OLD.`cents` > 10000) THEN 1 ELSE 0 END), -(CASE WHEN (OLD.`cents` > 10000) AND (OLD.`paid` = 1) THEN 1 ELSE 0 END), -(CASE WHEN (OLD.`cents` > 10000) THEN 1 ELSE 0 END), -(CASE WHEN (NOT (OLD.`cents` > 10000)) THEN 1 ELSE 0 END), -(CASE WHEN (OLD.`cents` > 10000) AND (OLD.`paid` = 1) THEN 1 ELSE 0 END), -(CASE WHEN (NOT (OLD.`cents` > 10000)) AND (OLD.`paid` = 1) THEN 1 ELSE 0 END), 0, 0, NULL, NULL, NULL, NULL, -((OLD.`cents` IS NOT NULL)), -(COALESCE(OLD.`cents`, 0)), -(COALESCE((CAST(OLD.`cents` AS DECIMAL(20,0)) * CAST(OLD.`cents` AS DECIMAL(20,0))), 0)), -((OLD.`cents` IS NOT NULL AND (OLD.`paid` = 1))), -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN OLD.`cents` ELSE 0 END, 0)), -(COALESCE(CASE WHEN (OLD.`paid` = 1) THEN (CAST(OLD.`cents` AS DECIMAL(20,0)) * CAST(OLD.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0)))
  ON DUPLICATE KEY UPDATE
    `total` = `card_figures`.`total` + VALUES(`total`),
    `total_paid` = `card_figures`.`total_paid` + VALUES(`total_paid`),
    `charges` = `card_figures`.`charges` - 1,
    `charges_paid` = `card_figures`.`charges_paid` + VALUES(`charges_paid`),
    `fees` = `card_figures`.`fees` + VALUES(`fees`),
    `fees_paid` = `card_figures`.`fees_paid` + VALUES(`fees_paid`),
    `ks_mean_sum` = `card_figures`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
    `ks_mean_count` = `card_figures`.`ks_mean_count` + VALUES(`ks_mean_count`),
    `ks_mean_paid_sum` = `card_figures`.`ks_mean_paid_sum` + VALUES(`ks_mean_paid_sum`),
    `ks_mean_paid_count` = `card_figures`.`ks_mean_paid_count` + VALUES(`ks_mean_paid_count`),
    `ks_any_large_count` = `card_figures`.`ks_any_large_count` + VALUES(`ks_any_large_count`),
    `ks_any_large_paid_count` = `card_figures`.`ks_any_large_paid_count` + VALUES(`ks_any_large_paid_count`),
    `ks_all_large_true` = `card_figures`.`ks_all_large_true` + VALUES(`ks_all_large_true`),
    `ks_all_large_false` = `card_figures`.`ks_all_large_false` + VALUES(`ks_all_large_false`),
    `ks_all_large_paid_true` = `card_figures`.`ks_all_large_paid_true` + VALUES(`ks_all_large_paid_true`),
    `ks_all_large_paid_false` = `card_figures`.`ks_all_large_paid_false` + VALUES(`ks_all_large_paid_false`),
    `ever_large` = GREATEST(`card_figures`.`ever_large`, VALUES(`ever_large`)),
    `ever_large_paid` = GREATEST(`card_figures`.`ever_large_paid`, VALUES(`ever_large_paid`)),
    `least` = CASE WHEN `card_figures`.`least` IS NULL OR VALUES(`least`) < `card_figures`.`least` THEN VALUES(`least`) ELSE `card_figures`.`least` END,
    `least_paid` = CASE WHEN `card_figures`.`least_paid` IS NULL OR VALUES(`least_paid`) < `card_figures`.`least_paid` THEN VALUES(`least_paid`) ELSE `card_figures`.`least_paid` END,
    `greatest` = CASE WHEN `card_figures`.`greatest` IS NULL OR VALUES(`greatest`) > `card_figures`.`greatest` THEN VALUES(`greatest`) ELSE `card_figures`.`greatest` END,
    `greatest_paid` = CASE WHEN `card_figures`.`greatest_paid` IS NULL OR VALUES(`greatest_paid`) > `card_figures`.`greatest_paid` THEN VALUES(`greatest_paid`) ELSE `card_figures`.`greatest_paid` END,
    `ks_variance_count` = `card_figures`.`ks_variance_count` + VALUES(`ks_variance_count`),
    `ks_variance_sum` = `card_figures`.`ks_variance_sum` + VALUES(`ks_variance_sum`),
    `ks_variance_squares` = `card_figures`.`ks_variance_squares` + VALUES(`ks_variance_squares`),
    `ks_variance_paid_count` = `card_figures`.`ks_variance_paid_count` + VALUES(`ks_variance_paid_count`),
    `ks_variance_paid_sum` = `card_figures`.`ks_variance_paid_sum` + VALUES(`ks_variance_paid_sum`),
    `ks_variance_paid_squares` = `card_figures`.`ks_variance_paid_squares` + VALUES(`ks_variance_paid_squares`);
  UPDATE (
    SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
    FROM (SELECT OLD.`card_id` AS k0, OLD.`cents` AS m0
      FROM DUAL) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`least` IS NULL OR NOT (`card_figures`.`least` < gone.m0))
  SET `card_figures`.`least` = (
    SELECT `t`.`cents`
    FROM `charges` `t` WHERE `t`.`card_id` = OLD.`card_id` AND `t`.`cents` IS NOT NULL
    ORDER BY `t`.`cents` LIMIT 1 LOCK IN SHARE MODE);
  UPDATE (
    SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
    FROM (SELECT OLD.`card_id` AS k0, CASE WHEN (OLD.`paid` = 1) THEN OLD.`cents` ELSE NULL END AS m0
      FROM DUAL) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`least_paid` IS NULL OR NOT (`card_figures`.`least_paid` < gone.m0))
  SET `card_figures`.`least_paid` = (
    SELECT `t`.`cents`
    FROM `charges` `t` WHERE `t`.`card_id` = OLD.`card_id` AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
    ORDER BY `t`.`cents` LIMIT 1 LOCK IN SHARE MODE);
  UPDATE (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT OLD.`card_id` AS k0, OLD.`cents` AS m0
      FROM DUAL) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`greatest` IS NULL OR NOT (`card_figures`.`greatest` > gone.m0))
  SET `card_figures`.`greatest` = (
    SELECT `t`.`cents`
    FROM `charges` `t` WHERE `t`.`card_id` = OLD.`card_id` AND `t`.`cents` IS NOT NULL
    ORDER BY `t`.`cents` DESC LIMIT 1 LOCK IN SHARE MODE);
  UPDATE (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT OLD.`card_id` AS k0, CASE WHEN (OLD.`paid` = 1) THEN OLD.`cents` ELSE NULL END AS m0
      FROM DUAL) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`greatest_paid` IS NULL OR NOT (`card_figures`.`greatest_paid` > gone.m0))
  SET `card_figures`.`greatest_paid` = (
    SELECT `t`.`cents`
    FROM `charges` `t` WHERE `t`.`card_id` = OLD.`card_id` AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
    ORDER BY `t`.`cents` DESC LIMIT 1 LOCK IN SHARE MODE);
END;

-- card_figures: hook after insert of a row of charges
INSERT INTO `card_figures` (`card_id`, `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `ks_mean_sum`, `ks_mean_count`, `ks_mean_paid_sum`, `ks_mean_paid_count`, `ks_any_large_count`, `ks_any_large_paid_count`, `ks_all_large_true`, `ks_all_large_false`, `ks_all_large_paid_true`, `ks_all_large_paid_false`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `ks_variance_count`, `ks_variance_sum`, `ks_variance_squares`, `ks_variance_paid_count`, `ks_variance_paid_sum`, `ks_variance_paid_squares`)
SELECT `t`.`card_id`, COALESCE(`t`.`cents`, 0), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0), 1, (`t`.`paid` = 1), (`t`.`fee` IS NOT NULL), (`t`.`fee` IS NOT NULL AND (`t`.`paid` = 1)), COALESCE(`t`.`cents`, 0), (`t`.`cents` IS NOT NULL), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0), (`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)), CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, `t`.`cents`, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END, `t`.`cents`, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END, (`t`.`cents` IS NOT NULL), COALESCE(`t`.`cents`, 0), COALESCE((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))), 0), (`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0)
FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `total` = `card_figures`.`total` + VALUES(`total`),
  `total_paid` = `card_figures`.`total_paid` + VALUES(`total_paid`),
  `charges` = `card_figures`.`charges` + 1,
  `charges_paid` = `card_figures`.`charges_paid` + VALUES(`charges_paid`),
  `fees` = `card_figures`.`fees` + VALUES(`fees`),
  `fees_paid` = `card_figures`.`fees_paid` + VALUES(`fees_paid`),
  `ks_mean_sum` = `card_figures`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `card_figures`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `ks_mean_paid_sum` = `card_figures`.`ks_mean_paid_sum` + VALUES(`ks_mean_paid_sum`),
  `ks_mean_paid_count` = `card_figures`.`ks_mean_paid_count` + VALUES(`ks_mean_paid_count`),
  `ks_any_large_count` = `card_figures`.`ks_any_large_count` + VALUES(`ks_any_large_count`),
  `ks_any_large_paid_count` = `card_figures`.`ks_any_large_paid_count` + VALUES(`ks_any_large_paid_count`),
  `ks_all_large_true` = `card_figures`.`ks_all_large_true` + VALUES(`ks_all_large_true`),
  `ks_all_large_false` = `card_figures`.`ks_all_large_false` + VALUES(`ks_all_large_false`),
  `ks_all_large_paid_true` = `card_figures`.`ks_all_large_paid_true` + VALUES(`ks_all_large_paid_true`),
  `ks_all_large_paid_false` = `card_figures`.`ks_all_large_paid_false` + VALUES(`ks_all_large_paid_false`),
  `ever_large` = GREATEST(`card_figures`.`ever_large`, VALUES(`ever_large`)),
  `ever_large_paid` = GREATEST(`card_figures`.`ever_large_paid`, VALUES(`ever_large_paid`)),
  `least` = CASE WHEN `card_figures`.`least` IS NULL OR VALUES(`least`) < `card_figures`.`least` THEN VALUES(`least`) ELSE `card_figures`.`least` END,
  `least_paid` = CASE WHEN `card_figures`.`least_paid` IS NULL OR VALUES(`least_paid`) < `card_figures`.`least_paid` THEN VALUES(`least_paid`) ELSE `card_figures`.`least_paid` END,
  `greatest` = CASE WHEN `card_figures`.`greatest` IS NULL OR VALUES(`greatest`) > `card_figures`.`greatest` THEN VALUES(`greatest`) ELSE `card_figures`.`greatest` END,
  `greatest_paid` = CASE WHEN `card_figures`.`greatest_paid` IS NULL OR VALUES(`greatest_paid`) > `card_figures`.`greatest_paid` THEN VALUES(`greatest_paid`) ELSE `card_figures`.`greatest_paid` END,
  `ks_variance_count` = `card_figures`.`ks_variance_count` + VALUES(`ks_variance_count`),
  `ks_variance_sum` = `card_figures`.`ks_variance_sum` + VALUES(`ks_variance_sum`),
  `ks_variance_squares` = `card_figures`.`ks_variance_squares` + VALUES(`ks_variance_squares`),
  `ks_variance_paid_count` = `card_figures`.`ks_variance_paid_count` + VALUES(`ks_variance_paid_count`),
  `ks_variance_paid_sum` = `card_figures`.`ks_variance_paid_sum` + VALUES(`ks_variance_paid_sum`),
  `ks_variance_paid_squares` = `card_figures`.`ks_variance_paid_squares` + VALUES(`ks_variance_paid_squares`);

-- card_figures: hook before update of a row of charges
SELECT 1 FROM `charges` WHERE `id` = ? FOR UPDATE;

-- card_figures: hook before update of a row of charges
INSERT INTO `card_figures` (`card_id`, `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `ks_mean_sum`, `ks_mean_count`, `ks_mean_paid_sum`, `ks_mean_paid_count`, `ks_any_large_count`, `ks_any_large_paid_count`, `ks_all_large_true`, `ks_all_large_false`, `ks_all_large_paid_true`, `ks_all_large_paid_false`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `ks_variance_count`, `ks_variance_sum`, `ks_variance_squares`, `ks_variance_paid_count`, `ks_variance_paid_sum`, `ks_variance_paid_squares`)
SELECT `t`.`card_id`, -(COALESCE(`t`.`cents`, 0)), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0)), -1, -((`t`.`paid` = 1)), -((`t`.`fee` IS NOT NULL)), -((`t`.`fee` IS NOT NULL AND (`t`.`paid` = 1))), -(COALESCE(`t`.`cents`, 0)), -((`t`.`cents` IS NOT NULL)), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0)), -((`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1))), -(CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END), -(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END), -(CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END), -(CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 ELSE 0 END), -(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END), -(CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END), 0, 0, NULL, NULL, NULL, NULL, -((`t`.`cents` IS NOT NULL)), -(COALESCE(`t`.`cents`, 0)), -(COALESCE((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))), 0)), -((`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1))), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0)), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0))
FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `total` = `card_figures`.`total` + VALUES(`total`),
  `total_paid` = `card_figures`.`total_paid` + VALUES(`total_paid`),
  `charges` = `card_figures`.`charges` - 1,
  `charges_paid` = `card_figures`.`charges_paid` + VALUES(`charges_paid`),
  `fees` = `card_figures`.`fees` + VALUES(`fees`),
  `fees_paid` = `card_figures`.`fees_paid` + VALUES(`fees_paid`),
  `ks_mean_sum` = `card_figures`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `card_figures`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `ks_mean_paid_sum` = `card_figures`.`ks_mean_paid_sum` + VALUES(`ks_mean_paid_sum`),
  `ks_mean_paid_count` = `card_figures`.`ks_mean_paid_count` + VALUES(`ks_mean_paid_count`),
  `ks_any_large_count` = `card_figures`.`ks_any_large_count` + VALUES(`ks_any_large_count`),
  `ks_any_large_paid_count` = `card_figures`.`ks_any_large_paid_count` + VALUES(`ks_any_large_paid_count`),
  `ks_all_large_true` = `card_figures`.`ks_all_large_true` + VALUES(`ks_all_large_true`),
  `ks_all_large_false` = `card_figures`.`ks_all_large_false` + VALUES(`ks_all_large_false`),
  `ks_all_large_paid_true` = `card_figures`.`ks_all_large_paid_true` + VALUES(`ks_all_large_paid_true`),
  `ks_all_large_paid_false` = `card_figures`.`ks_all_large_paid_false` + VALUES(`ks_all_large_paid_false`),
  `ever_large` = GREATEST(`card_figures`.`ever_large`, VALUES(`ever_large`)),
  `ever_large_paid` = GREATEST(`card_figures`.`ever_large_paid`, VALUES(`ever_large_paid`)),
  `least` = CASE WHEN `card_figures`.`least` IS NULL OR VALUES(`least`) < `card_figures`.`least` THEN VALUES(`least`) ELSE `card_figures`.`least` END,
  `least_paid` = CASE WHEN `card_figures`.`least_paid` IS NULL OR VALUES(`least_paid`) < `card_figures`.`least_paid` THEN VALUES(`least_paid`) ELSE `card_figures`.`least_paid` END,
  `greatest` = CASE WHEN `card_figures`.`greatest` IS NULL OR VALUES(`greatest`) > `card_figures`.`greatest` THEN VALUES(`greatest`) ELSE `card_figures`.`greatest` END,
  `greatest_paid` = CASE WHEN `card_figures`.`greatest_paid` IS NULL OR VALUES(`greatest_paid`) > `card_figures`.`greatest_paid` THEN VALUES(`greatest_paid`) ELSE `card_figures`.`greatest_paid` END,
  `ks_variance_count` = `card_figures`.`ks_variance_count` + VALUES(`ks_variance_count`),
  `ks_variance_sum` = `card_figures`.`ks_variance_sum` + VALUES(`ks_variance_sum`),
  `ks_variance_squares` = `card_figures`.`ks_variance_squares` + VALUES(`ks_variance_squares`),
  `ks_variance_paid_count` = `card_figures`.`ks_variance_paid_count` + VALUES(`ks_variance_paid_count`),
  `ks_variance_paid_sum` = `card_figures`.`ks_variance_paid_sum` + VALUES(`ks_variance_paid_sum`),
  `ks_variance_paid_squares` = `card_figures`.`ks_variance_paid_squares` + VALUES(`ks_variance_paid_squares`);

-- card_figures: hook before update of a row of charges
UPDATE (
  SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
  FROM (SELECT `t`.`card_id` AS k0, `t`.`cents` AS m0
    FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`least` IS NULL OR NOT (`card_figures`.`least` < gone.m0))
SET `card_figures`.`least` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE (`t`.`id` = ?) IS NOT TRUE AND `t`.`card_id` = `card_figures`.`card_id` AND `t`.`cents` IS NOT NULL
  ORDER BY `t`.`cents` LIMIT 1 LOCK IN SHARE MODE);

-- card_figures: hook before update of a row of charges
UPDATE (
  SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
  FROM (SELECT `t`.`card_id` AS k0, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END AS m0
    FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`least_paid` IS NULL OR NOT (`card_figures`.`least_paid` < gone.m0))
SET `card_figures`.`least_paid` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE (`t`.`id` = ?) IS NOT TRUE AND `t`.`card_id` = `card_figures`.`card_id` AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
  ORDER BY `t`.`cents` LIMIT 1 LOCK IN SHARE MODE);

-- card_figures: hook before update of a row of charges
UPDATE (
  SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
  FROM (SELECT `t`.`card_id` AS k0, `t`.`cents` AS m0
    FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`greatest` IS NULL OR NOT (`card_figures`.`greatest` > gone.m0))
SET `card_figures`.`greatest` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE (`t`.`id` = ?) IS NOT TRUE AND `t`.`card_id` = `card_figures`.`card_id` AND `t`.`cents` IS NOT NULL
  ORDER BY `t`.`cents` DESC LIMIT 1 LOCK IN SHARE MODE);

-- card_figures: hook before update of a row of charges
UPDATE (
  SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
  FROM (SELECT `t`.`card_id` AS k0, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END AS m0
    FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`greatest_paid` IS NULL OR NOT (`card_figures`.`greatest_paid` > gone.m0))
SET `card_figures`.`greatest_paid` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE (`t`.`id` = ?) IS NOT TRUE AND `t`.`card_id` = `card_figures`.`card_id` AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
  ORDER BY `t`.`cents` DESC LIMIT 1 LOCK IN SHARE MODE);

-- card_figures: hook after update of a row of charges
INSERT INTO `card_figures` (`card_id`, `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `ks_mean_sum`, `ks_mean_count`, `ks_mean_paid_sum`, `ks_mean_paid_count`, `ks_any_large_count`, `ks_any_large_paid_count`, `ks_all_large_true`, `ks_all_large_false`, `ks_all_large_paid_true`, `ks_all_large_paid_false`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `ks_variance_count`, `ks_variance_sum`, `ks_variance_squares`, `ks_variance_paid_count`, `ks_variance_paid_sum`, `ks_variance_paid_squares`)
SELECT `t`.`card_id`, COALESCE(`t`.`cents`, 0), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0), 1, (`t`.`paid` = 1), (`t`.`fee` IS NOT NULL), (`t`.`fee` IS NOT NULL AND (`t`.`paid` = 1)), COALESCE(`t`.`cents`, 0), (`t`.`cents` IS NOT NULL), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0), (`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)), CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, `t`.`cents`, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END, `t`.`cents`, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END, (`t`.`cents` IS NOT NULL), COALESCE(`t`.`cents`, 0), COALESCE((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))), 0), (`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0)
FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `total` = `card_figures`.`total` + VALUES(`total`),
  `total_paid` = `card_figures`.`total_paid` + VALUES(`total_paid`),
  `charges` = `card_figures`.`charges` + 1,
  `charges_paid` = `card_figures`.`charges_paid` + VALUES(`charges_paid`),
  `fees` = `card_figures`.`fees` + VALUES(`fees`),
  `fees_paid` = `card_figures`.`fees_paid` + VALUES(`fees_paid`),
  `ks_mean_sum` = `card_figures`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `card_figures`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `ks_mean_paid_sum` = `card_figures`.`ks_mean_paid_sum` + VALUES(`ks_mean_paid_sum`),
  `ks_mean_paid_count` = `card_figures`.`ks_mean_paid_count` + VALUES(`ks_mean_paid_count`),
  `ks_any_large_count` = `card_figures`.`ks_any_large_count` + VALUES(`ks_any_large_count`),
  `ks_any_large_paid_count` = `card_figures`.`ks_any_large_paid_count` + VALUES(`ks_any_large_paid_count`),
  `ks_all_large_true` = `card_figures`.`ks_all_large_true` + VALUES(`ks_all_large_true`),
  `ks_all_large_false` = `card_figures`.`ks_all_large_false` + VALUES(`ks_all_large_false`),
  `ks_all_large_paid_true` = `card_figures`.`ks_all_large_paid_true` + VALUES(`ks_all_large_paid_true`),
  `ks_all_large_paid_false` = `card_figures`.`ks_all_large_paid_false` + VALUES(`ks_all_large_paid_false`),
  `ever_large` = GREATEST(`card_figures`.`ever_large`, VALUES(`ever_large`)),
  `ever_large_paid` = GREATEST(`card_figures`.`ever_large_paid`, VALUES(`ever_large_paid`)),
  `least` = CASE WHEN `card_figures`.`least` IS NULL OR VALUES(`least`) < `card_figures`.`least` THEN VALUES(`least`) ELSE `card_figures`.`least` END,
  `least_paid` = CASE WHEN `card_figures`.`least_paid` IS NULL OR VALUES(`least_paid`) < `card_figures`.`least_paid` THEN VALUES(`least_paid`) ELSE `card_figures`.`least_paid` END,
  `greatest` = CASE WHEN `card_figures`.`greatest` IS NULL OR VALUES(`greatest`) > `card_figures`.`greatest` THEN VALUES(`greatest`) ELSE `card_figures`.`greatest` END,
  `greatest_paid` = CASE WHEN `card_figures`.`greatest_paid` IS NULL OR VALUES(`greatest_paid`) > `card_figures`.`greatest_paid` THEN VALUES(`greatest_paid`) ELSE `card_figures`.`greatest_paid` END,
  `ks_variance_count` = `card_figures`.`ks_variance_count` + VALUES(`ks_variance_count`),
  `ks_variance_sum` = `card_figures`.`ks_variance_sum` + VALUES(`ks_variance_sum`),
  `ks_variance_squares` = `card_figures`.`ks_variance_squares` + VALUES(`ks_variance_squares`),
  `ks_variance_paid_count` = `card_figures`.`ks_variance_paid_count` + VALUES(`ks_variance_paid_count`),
  `ks_variance_paid_sum` = `card_figures`.`ks_variance_paid_sum` + VALUES(`ks_variance_paid_sum`),
  `ks_variance_paid_squares` = `card_figures`.`ks_variance_paid_squares` + VALUES(`ks_variance_paid_squares`);

-- card_figures: hook before delete of a row of charges
SELECT 1 FROM `charges` WHERE `id` = ? FOR UPDATE;

-- card_figures: hook before delete of a row of charges
INSERT INTO `card_figures` (`card_id`, `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `ks_mean_sum`, `ks_mean_count`, `ks_mean_paid_sum`, `ks_mean_paid_count`, `ks_any_large_count`, `ks_any_large_paid_count`, `ks_all_large_true`, `ks_all_large_false`, `ks_all_large_paid_true`, `ks_all_large_paid_false`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `ks_variance_count`, `ks_variance_sum`, `ks_variance_squares`, `ks_variance_paid_count`, `ks_variance_paid_sum`, `ks_variance_paid_squares`)
SELECT `t`.`card_id`, -(COALESCE(`t`.`cents`, 0)), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0)), -1, -((`t`.`paid` = 1)), -((`t`.`fee` IS NOT NULL)), -((`t`.`fee` IS NOT NULL AND (`t`.`paid` = 1))), -(COALESCE(`t`.`cents`, 0)), -((`t`.`cents` IS NOT NULL)), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0)), -((`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1))), -(CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END), -(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END), -(CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END), -(CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 ELSE 0 END), -(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END), -(CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END), 0, 0, NULL, NULL, NULL, NULL, -((`t`.`cents` IS NOT NULL)), -(COALESCE(`t`.`cents`, 0)), -(COALESCE((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))), 0)), -((`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1))), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0)), -(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0))
FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `total` = `card_figures`.`total` + VALUES(`total`),
  `total_paid` = `card_figures`.`total_paid` + VALUES(`total_paid`),
  `charges` = `card_figures`.`charges` - 1,
  `charges_paid` = `card_figures`.`charges_paid` + VALUES(`charges_paid`),
  `fees` = `card_figures`.`fees` + VALUES(`fees`),
  `fees_paid` = `card_figures`.`fees_paid` + VALUES(`fees_paid`),
  `ks_mean_sum` = `card_figures`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `card_figures`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `ks_mean_paid_sum` = `card_figures`.`ks_mean_paid_sum` + VALUES(`ks_mean_paid_sum`),
  `ks_mean_paid_count` = `card_figures`.`ks_mean_paid_count` + VALUES(`ks_mean_paid_count`),
  `ks_any_large_count` = `card_figures`.`ks_any_large_count` + VALUES(`ks_any_large_count`),
  `ks_any_large_paid_count` = `card_figures`.`ks_any_large_paid_count` + VALUES(`ks_any_large_paid_count`),
  `ks_all_large_true` = `card_figures`.`ks_all_large_true` + VALUES(`ks_all_large_true`),
  `ks_all_large_false` = `card_figures`.`ks_all_large_false` + VALUES(`ks_all_large_false`),
  `ks_all_large_paid_true` = `card_figures`.`ks_all_large_paid_true` + VALUES(`ks_all_large_paid_true`),
  `ks_all_large_paid_false` = `card_figures`.`ks_all_large_paid_false` + VALUES(`ks_all_large_paid_false`),
  `ever_large` = GREATEST(`card_figures`.`ever_large`, VALUES(`ever_large`)),
  `ever_large_paid` = GREATEST(`card_figures`.`ever_large_paid`, VALUES(`ever_large_paid`)),
  `least` = CASE WHEN `card_figures`.`least` IS NULL OR VALUES(`least`) < `card_figures`.`least` THEN VALUES(`least`) ELSE `card_figures`.`least` END,
  `least_paid` = CASE WHEN `card_figures`.`least_paid` IS NULL OR VALUES(`least_paid`) < `card_figures`.`least_paid` THEN VALUES(`least_paid`) ELSE `card_figures`.`least_paid` END,
  `greatest` = CASE WHEN `card_figures`.`greatest` IS NULL OR VALUES(`greatest`) > `card_figures`.`greatest` THEN VALUES(`greatest`) ELSE `card_figures`.`greatest` END,
  `greatest_paid` = CASE WHEN `card_figures`.`greatest_paid` IS NULL OR VALUES(`greatest_paid`) > `card_figures`.`greatest_paid` THEN VALUES(`greatest_paid`) ELSE `card_figures`.`greatest_paid` END,
  `ks_variance_count` = `card_figures`.`ks_variance_count` + VALUES(`ks_variance_count`),
  `ks_variance_sum` = `card_figures`.`ks_variance_sum` + VALUES(`ks_variance_sum`),
  `ks_variance_squares` = `card_figures`.`ks_variance_squares` + VALUES(`ks_variance_squares`),
  `ks_variance_paid_count` = `card_figures`.`ks_variance_paid_count` + VALUES(`ks_variance_paid_count`),
  `ks_variance_paid_sum` = `card_figures`.`ks_variance_paid_sum` + VALUES(`ks_variance_paid_sum`),
  `ks_variance_paid_squares` = `card_figures`.`ks_variance_paid_squares` + VALUES(`ks_variance_paid_squares`);

-- card_figures: hook before delete of a row of charges
UPDATE (
  SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
  FROM (SELECT `t`.`card_id` AS k0, `t`.`cents` AS m0
    FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`least` IS NULL OR NOT (`card_figures`.`least` < gone.m0))
SET `card_figures`.`least` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE (`t`.`id` = ?) IS NOT TRUE AND `t`.`card_id` = `card_figures`.`card_id` AND `t`.`cents` IS NOT NULL
  ORDER BY `t`.`cents` LIMIT 1 LOCK IN SHARE MODE);

-- card_figures: hook before delete of a row of charges
UPDATE (
  SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
  FROM (SELECT `t`.`card_id` AS k0, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END AS m0
    FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`least_paid` IS NULL OR NOT (`card_figures`.`least_paid` < gone.m0))
SET `card_figures`.`least_paid` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE (`t`.`id` = ?) IS NOT TRUE AND `t`.`card_id` = `card_figures`.`card_id` AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
  ORDER BY `t`.`cents` LIMIT 1 LOCK IN SHARE MODE);

-- card_figures: hook before delete of a row of charges
UPDATE (
  SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
  FROM (SELECT `t`.`card_id` AS k0, `t`.`cents` AS m0
    FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`greatest` IS NULL OR NOT (`card_figures`.`greatest` > gone.m0))
SET `card_figures`.`greatest` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE (`t`.`id` = ?) IS NOT TRUE AND `t`.`card_id` = `card_figures`.`card_id` AND `t`.`cents` IS NOT NULL
  ORDER BY `t`.`cents` DESC LIMIT 1 LOCK IN SHARE MODE);

-- card_figures: hook before delete of a row of charges
UPDATE (
  SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
  FROM (SELECT `t`.`card_id` AS k0, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END AS m0
    FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone STRAIGHT_JOIN `card_figures` FORCE INDEX (PRIMARY) ON `card_figures`.`card_id` = gone.k0 AND (`card_figures`.`greatest_paid` IS NULL OR NOT (`card_figures`.`greatest_paid` > gone.m0))
SET `card_figures`.`greatest_paid` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE (`t`.`id` = ?) IS NOT TRUE AND `t`.`card_id` = `card_figures`.`card_id` AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
  ORDER BY `t`.`cents` DESC LIMIT 1 LOCK IN SHARE MODE);

-- card_figures: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR SUM(e3) <> SUM(s3) OR SUM(e4) <> SUM(s4) OR SUM(e5) <> SUM(s5) OR SUM(e6) <> SUM(s6) OR SUM(e7) <> SUM(s7) OR SUM(e8) <> SUM(s8) OR SUM(e9) <> SUM(s9) OR SUM(e10) <> SUM(s10) OR SUM(e11) <> SUM(s11) OR SUM(e12) <> SUM(s12) OR SUM(e13) <> SUM(s13) OR SUM(e14) <> SUM(s14) OR SUM(e15) <> SUM(s15) OR MAX(e16) > MAX(s16) OR MAX(e17) > MAX(s17) OR NOT (MIN(e18) <=> MIN(s18)) OR NOT (MIN(e19) <=> MIN(s19)) OR NOT (MAX(e20) <=> MAX(s20)) OR NOT (MAX(e21) <=> MAX(s21)) OR SUM(e22) <> SUM(s22) OR SUM(e23) <> SUM(s23) OR SUM(e24) <> SUM(s24) OR SUM(e25) <> SUM(s25) OR SUM(e26) <> SUM(s26) OR SUM(e27) <> SUM(s27) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), SUM(e3), SUM(s3), SUM(e3) - SUM(s3), SUM(e4), SUM(s4), SUM(e4) - SUM(s4), SUM(e5), SUM(s5), SUM(e5) - SUM(s5), SUM(e6), SUM(s6), SUM(e6) - SUM(s6), SUM(e7), SUM(s7), SUM(e7) - SUM(s7), SUM(e8), SUM(s8), SUM(e8) - SUM(s8), SUM(e9), SUM(s9), SUM(e9) - SUM(s9), SUM(e10), SUM(s10), SUM(e10) - SUM(s10), SUM(e11), SUM(s11), SUM(e11) - SUM(s11), SUM(e12), SUM(s12), SUM(e12) - SUM(s12), SUM(e13), SUM(s13), SUM(e13) - SUM(s13), SUM(e14), SUM(s14), SUM(e14) - SUM(s14), SUM(e15), SUM(s15), SUM(e15) - SUM(s15), MAX(e16), MAX(s16), MAX(e16), MAX(e17), MAX(s17), MAX(e17), MIN(e18), MIN(s18), NULL, MIN(e19), MIN(s19), NULL, MAX(e20), MAX(s20), NULL, MAX(e21), MAX(s21), NULL, SUM(e22), SUM(s22), SUM(e22) - SUM(s22), SUM(e23), SUM(s23), SUM(e23) - SUM(s23), SUM(e24), SUM(s24), SUM(e24) - SUM(s24), SUM(e25), SUM(s25), SUM(e25) - SUM(s25), SUM(e26), SUM(s26), SUM(e26) - SUM(s26), SUM(e27), SUM(s27), SUM(e27) - SUM(s27) FROM (SELECT `t`.`card_id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`t`.`cents`), 0) AS e0, 0 AS s0, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), 0) AS e1, 0 AS s1, COUNT(*) AS e2, 0 AS s2, COUNT(CASE WHEN (`t`.`paid` = 1) THEN 1 END) AS e3, 0 AS s3, COUNT(CASE WHEN `t`.`fee` IS NOT NULL THEN 1 END) AS e4, 0 AS s4, COUNT(CASE WHEN `t`.`fee` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS e5, 0 AS s5, COALESCE(SUM(`t`.`cents`), 0) AS e6, 0 AS s6, COUNT(CASE WHEN `t`.`cents` IS NOT NULL THEN 1 END) AS e7, 0 AS s7, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), 0) AS e8, 0 AS s8, COUNT(CASE WHEN `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS e9, 0 AS s9, COUNT(CASE WHEN (`t`.`cents` > 10000) THEN 1 END) AS e10, 0 AS s10, COUNT(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 END) AS e11, 0 AS s11, COUNT(CASE WHEN (`t`.`cents` > 10000) THEN 1 END) AS e12, 0 AS s12, COUNT(CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 END) AS e13, 0 AS s13, COUNT(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 END) AS e14, 0 AS s14, COUNT(CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 END) AS e15, 0 AS s15, COALESCE(MAX(CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END), 0) AS e16, 0 AS s16, COALESCE(MAX(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END), 0) AS e17, 0 AS s17, MIN(`t`.`cents`) AS e18, NULL AS s18, MIN(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END) AS e19, NULL AS s19, MAX(`t`.`cents`) AS e20, NULL AS s20, MAX(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END) AS e21, NULL AS s21, COUNT(CASE WHEN `t`.`cents` IS NOT NULL THEN 1 END) AS e22, 0 AS s22, COALESCE(SUM(`t`.`cents`), 0) AS e23, 0 AS s23, COALESCE(SUM((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0)))), 0) AS e24, 0 AS s24, COUNT(CASE WHEN `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS e25, 0 AS s25, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), 0) AS e26, 0 AS s26, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE NULL END), 0) AS e27, 0 AS s27 FROM `charges` `t` WHERE `t`.`card_id` >= ? AND `t`.`card_id` < ? GROUP BY `t`.`card_id` UNION ALL SELECT `card_id`, 0, 1, 0, `total`, 0, `total_paid`, 0, `charges`, 0, `charges_paid`, 0, `fees`, 0, `fees_paid`, 0, `ks_mean_sum`, 0, `ks_mean_count`, 0, `ks_mean_paid_sum`, 0, `ks_mean_paid_count`, 0, `ks_any_large_count`, 0, `ks_any_large_paid_count`, 0, `ks_all_large_true`, 0, `ks_all_large_false`, 0, `ks_all_large_paid_true`, 0, `ks_all_large_paid_false`, 0, `ever_large`, 0, `ever_large_paid`, NULL, `least`, NULL, `least_paid`, NULL, `greatest`, NULL, `greatest_paid`, 0, `ks_variance_count`, 0, `ks_variance_sum`, 0, `ks_variance_squares`, 0, `ks_variance_paid_count`, 0, `ks_variance_paid_sum`, 0, `ks_variance_paid_squares` FROM `card_figures` WHERE `card_id` >= ? AND `card_id` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- card_figures: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR SUM(e3) <> SUM(s3) OR SUM(e4) <> SUM(s4) OR SUM(e5) <> SUM(s5) OR SUM(e6) <> SUM(s6) OR SUM(e7) <> SUM(s7) OR SUM(e8) <> SUM(s8) OR SUM(e9) <> SUM(s9) OR SUM(e10) <> SUM(s10) OR SUM(e11) <> SUM(s11) OR SUM(e12) <> SUM(s12) OR SUM(e13) <> SUM(s13) OR SUM(e14) <> SUM(s14) OR SUM(e15) <> SUM(s15) OR MAX(e16) > MAX(s16) OR MAX(e17) > MAX(s17) OR NOT (MIN(e18) <=> MIN(s18)) OR NOT (MIN(e19) <=> MIN(s19)) OR NOT (MAX(e20) <=> MAX(s20)) OR NOT (MAX(e21) <=> MAX(s21)) OR SUM(e22) <> SUM(s22) OR SUM(e23) <> SUM(s23) OR SUM(e24) <> SUM(s24) OR SUM(e25) <> SUM(s25) OR SUM(e26) <> SUM(s26) OR SUM(e27) <> SUM(s27) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), SUM(e3), SUM(s3), SUM(e3) - SUM(s3), SUM(e4), SUM(s4), SUM(e4) - SUM(s4), SUM(e5), SUM(s5), SUM(e5) - SUM(s5), SUM(e6), SUM(s6), SUM(e6) - SUM(s6), SUM(e7), SUM(s7), SUM(e7) - SUM(s7), SUM(e8), SUM(s8), SUM(e8) - SUM(s8), SUM(e9), SUM(s9), SUM(e9) - SUM(s9), SUM(e10), SUM(s10), SUM(e10) - SUM(s10), SUM(e11), SUM(s11), SUM(e11) - SUM(s11), SUM(e12), SUM(s12), SUM(e12) - SUM(s12), SUM(e13), SUM(s13), SUM(e13) - SUM(s13), SUM(e14), SUM(s14), SUM(e14) - SUM(s14), SUM(e15), SUM(s15), SUM(e15) - SUM(s15), MAX(e16), MAX(s16), MAX(e16), MAX(e17), MAX(s17), MAX(e17), MIN(e18), MIN(s18), NULL, MIN(e19), MIN(s19), NULL, MAX(e20), MAX(s20), NULL, MAX(e21), MAX(s21), NULL, SUM(e22), SUM(s22), SUM(e22) - SUM(s22), SUM(e23), SUM(s23), SUM(e23) - SUM(s23), SUM(e24), SUM(s24), SUM(e24) - SUM(s24), SUM(e25), SUM(s25), SUM(e25) - SUM(s25), SUM(e26), SUM(s26), SUM(e26) - SUM(s26), SUM(e27), SUM(s27), SUM(e27) - SUM(s27) FROM (SELECT `t`.`card_id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`t`.`cents`), 0) AS e0, 0 AS s0, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), 0) AS e1, 0 AS s1, COUNT(*) AS e2, 0 AS s2, COUNT(CASE WHEN (`t`.`paid` = 1) THEN 1 END) AS e3, 0 AS s3, COUNT(CASE WHEN `t`.`fee` IS NOT NULL THEN 1 END) AS e4, 0 AS s4, COUNT(CASE WHEN `t`.`fee` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS e5, 0 AS s5, COALESCE(SUM(`t`.`cents`), 0) AS e6, 0 AS s6, COUNT(CASE WHEN `t`.`cents` IS NOT NULL THEN 1 END) AS e7, 0 AS s7, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), 0) AS e8, 0 AS s8, COUNT(CASE WHEN `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS e9, 0 AS s9, COUNT(CASE WHEN (`t`.`cents` > 10000) THEN 1 END) AS e10, 0 AS s10, COUNT(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 END) AS e11, 0 AS s11, COUNT(CASE WHEN (`t`.`cents` > 10000) THEN 1 END) AS e12, 0 AS s12, COUNT(CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 END) AS e13, 0 AS s13, COUNT(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 END) AS e14, 0 AS s14, COUNT(CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 END) AS e15, 0 AS s15, COALESCE(MAX(CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END), 0) AS e16, 0 AS s16, COALESCE(MAX(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END), 0) AS e17, 0 AS s17, MIN(`t`.`cents`) AS e18, NULL AS s18, MIN(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END) AS e19, NULL AS s19, MAX(`t`.`cents`) AS e20, NULL AS s20, MAX(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END) AS e21, NULL AS s21, COUNT(CASE WHEN `t`.`cents` IS NOT NULL THEN 1 END) AS e22, 0 AS s22, COALESCE(SUM(`t`.`cents`), 0) AS e23, 0 AS s23, COALESCE(SUM((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0)))), 0) AS e24, 0 AS s24, COUNT(CASE WHEN `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS e25, 0 AS s25, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), 0) AS e26, 0 AS s26, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE NULL END), 0) AS e27, 0 AS s27 FROM `charges` `t` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `t`.`card_id` UNION ALL SELECT `card_id`, 0, 1, 0, `total`, 0, `total_paid`, 0, `charges`, 0, `charges_paid`, 0, `fees`, 0, `fees_paid`, 0, `ks_mean_sum`, 0, `ks_mean_count`, 0, `ks_mean_paid_sum`, 0, `ks_mean_paid_count`, 0, `ks_any_large_count`, 0, `ks_any_large_paid_count`, 0, `ks_all_large_true`, 0, `ks_all_large_false`, 0, `ks_all_large_paid_true`, 0, `ks_all_large_paid_false`, 0, `ever_large`, 0, `ever_large_paid`, NULL, `least`, NULL, `least_paid`, NULL, `greatest`, NULL, `greatest_paid`, 0, `ks_variance_count`, 0, `ks_variance_sum`, 0, `ks_variance_squares`, 0, `ks_variance_paid_count`, 0, `ks_variance_paid_sum`, 0, `ks_variance_paid_squares` FROM `card_figures`) AS both_sides GROUP BY k0 ORDER BY k0;

-- card_figures: where the next range begins
SELECT `card_id` FROM `charges` WHERE `card_id` >= ? ORDER BY `card_id` LIMIT 1 OFFSET ?;

-- card_figures: merge differences
INSERT INTO `card_figures` (`card_id`, `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `ks_mean_sum`, `ks_mean_count`, `ks_mean_paid_sum`, `ks_mean_paid_count`, `ks_any_large_count`, `ks_any_large_paid_count`, `ks_all_large_true`, `ks_all_large_false`, `ks_all_large_paid_true`, `ks_all_large_paid_false`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `ks_variance_count`, `ks_variance_sum`, `ks_variance_squares`, `ks_variance_paid_count`, `ks_variance_paid_sum`, `ks_variance_paid_squares`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `total` = `card_figures`.`total` + VALUES(`total`),
  `total_paid` = `card_figures`.`total_paid` + VALUES(`total_paid`),
  `charges` = `card_figures`.`charges` + VALUES(`charges`),
  `charges_paid` = `card_figures`.`charges_paid` + VALUES(`charges_paid`),
  `fees` = `card_figures`.`fees` + VALUES(`fees`),
  `fees_paid` = `card_figures`.`fees_paid` + VALUES(`fees_paid`),
  `ks_mean_sum` = `card_figures`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `card_figures`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `ks_mean_paid_sum` = `card_figures`.`ks_mean_paid_sum` + VALUES(`ks_mean_paid_sum`),
  `ks_mean_paid_count` = `card_figures`.`ks_mean_paid_count` + VALUES(`ks_mean_paid_count`),
  `ks_any_large_count` = `card_figures`.`ks_any_large_count` + VALUES(`ks_any_large_count`),
  `ks_any_large_paid_count` = `card_figures`.`ks_any_large_paid_count` + VALUES(`ks_any_large_paid_count`),
  `ks_all_large_true` = `card_figures`.`ks_all_large_true` + VALUES(`ks_all_large_true`),
  `ks_all_large_false` = `card_figures`.`ks_all_large_false` + VALUES(`ks_all_large_false`),
  `ks_all_large_paid_true` = `card_figures`.`ks_all_large_paid_true` + VALUES(`ks_all_large_paid_true`),
  `ks_all_large_paid_false` = `card_figures`.`ks_all_large_paid_false` + VALUES(`ks_all_large_paid_false`),
  `ever_large` = GREATEST(`card_figures`.`ever_large`, VALUES(`ever_large`)),
  `ever_large_paid` = GREATEST(`card_figures`.`ever_large_paid`, VALUES(`ever_large_paid`)),
  `least` = CASE WHEN `card_figures`.`least` IS NULL OR VALUES(`least`) < `card_figures`.`least` THEN VALUES(`least`) ELSE `card_figures`.`least` END,
  `least_paid` = CASE WHEN `card_figures`.`least_paid` IS NULL OR VALUES(`least_paid`) < `card_figures`.`least_paid` THEN VALUES(`least_paid`) ELSE `card_figures`.`least_paid` END,
  `greatest` = CASE WHEN `card_figures`.`greatest` IS NULL OR VALUES(`greatest`) > `card_figures`.`greatest` THEN VALUES(`greatest`) ELSE `card_figures`.`greatest` END,
  `greatest_paid` = CASE WHEN `card_figures`.`greatest_paid` IS NULL OR VALUES(`greatest_paid`) > `card_figures`.`greatest_paid` THEN VALUES(`greatest_paid`) ELSE `card_figures`.`greatest_paid` END,
  `ks_variance_count` = `card_figures`.`ks_variance_count` + VALUES(`ks_variance_count`),
  `ks_variance_sum` = `card_figures`.`ks_variance_sum` + VALUES(`ks_variance_sum`),
  `ks_variance_squares` = `card_figures`.`ks_variance_squares` + VALUES(`ks_variance_squares`),
  `ks_variance_paid_count` = `card_figures`.`ks_variance_paid_count` + VALUES(`ks_variance_paid_count`),
  `ks_variance_paid_sum` = `card_figures`.`ks_variance_paid_sum` + VALUES(`ks_variance_paid_sum`),
  `ks_variance_paid_squares` = `card_figures`.`ks_variance_paid_squares` + VALUES(`ks_variance_paid_squares`);

-- card_figures: store extremes
UPDATE `card_figures` SET `least` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE `t`.`card_id` = ? AND `t`.`cents` IS NOT NULL
  ORDER BY `t`.`cents` LIMIT 1), `least_paid` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE `t`.`card_id` = ? AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
  ORDER BY `t`.`cents` LIMIT 1), `greatest` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE `t`.`card_id` = ? AND `t`.`cents` IS NOT NULL
  ORDER BY `t`.`cents` DESC LIMIT 1), `greatest_paid` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE `t`.`card_id` = ? AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
  ORDER BY `t`.`cents` DESC LIMIT 1) WHERE `card_id` = ?;

-- card_figures: prune
DELETE FROM `card_figures` WHERE `card_id` = ? AND `total` = 0 AND `total_paid` = 0 AND `charges` = 0 AND `charges_paid` = 0 AND `fees` = 0 AND `fees_paid` = 0 AND `ks_mean_sum` = 0 AND `ks_mean_count` = 0 AND `ks_mean_paid_sum` = 0 AND `ks_mean_paid_count` = 0 AND `ks_any_large_count` = 0 AND `ks_any_large_paid_count` = 0 AND `ks_all_large_true` = 0 AND `ks_all_large_false` = 0 AND `ks_all_large_paid_true` = 0 AND `ks_all_large_paid_false` = 0 AND `ever_large` = 0 AND `ever_large_paid` = 0 AND `least` IS NULL AND `least_paid` IS NULL AND `greatest` IS NULL AND `greatest_paid` IS NULL AND `ks_variance_count` = 0 AND `ks_variance_sum` = 0 AND `ks_variance_squares` = 0 AND `ks_variance_paid_count` = 0 AND `ks_variance_paid_sum` = 0 AND `ks_variance_paid_squares` = 0;

-- card_figures: read
SELECT `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `mean`, `mean_paid`, `any_large`, `any_large_paid`, `all_large`, `all_large_paid`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `variance`, `variance_paid` FROM `card_figures` WHERE `card_id` = ?;

-- card_figures: read from the source
SELECT `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, CASE WHEN `ks_mean_count` = 0 THEN NULL ELSE ROUND(`ks_mean_sum` * 1.00000000 / `ks_mean_count`, 4) END AS `mean`, CASE WHEN `ks_mean_paid_count` = 0 THEN NULL ELSE ROUND(`ks_mean_paid_sum` * 1.00000000 / `ks_mean_paid_count`, 4) END AS `mean_paid`, CASE WHEN `ks_any_large_count` > 0 THEN 1 ELSE 0 END AS `any_large`, CASE WHEN `ks_any_large_paid_count` > 0 THEN 1 ELSE 0 END AS `any_large_paid`, CASE WHEN `ks_all_large_false` > 0 THEN 0 WHEN `ks_all_large_true` > 0 THEN 1 END AS `all_large`, CASE WHEN `ks_all_large_paid_false` > 0 THEN 0 WHEN `ks_all_large_paid_true` > 0 THEN 1 END AS `all_large_paid`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, CASE WHEN (`ks_variance_count` * CAST(`ks_variance_count` AS DECIMAL(20,0))) = 0 THEN NULL ELSE ROUND((`ks_variance_count` * `ks_variance_squares` - `ks_variance_sum` * `ks_variance_sum`) * 1.00000000 / (`ks_variance_count` * CAST(`ks_variance_count` AS DECIMAL(20,0))), 4) END AS `variance`, CASE WHEN (`ks_variance_paid_count` * CAST(`ks_variance_paid_count` - 1 AS DECIMAL(20,0))) = 0 THEN NULL ELSE ROUND((`ks_variance_paid_count` * `ks_variance_paid_squares` - `ks_variance_paid_sum` * `ks_variance_paid_sum`) * 1.00000000 / (`ks_variance_paid_count` * CAST(`ks_variance_paid_count` - 1 AS DECIMAL(20,0))), 4) END AS `variance_paid` FROM (SELECT COALESCE(SUM(`t`.`cents`), 0) AS `total`, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), 0) AS `total_paid`, COUNT(*) AS `charges`, COUNT(CASE WHEN (`t`.`paid` = 1) THEN 1 END) AS `charges_paid`, COUNT(CASE WHEN `t`.`fee` IS NOT NULL THEN 1 END) AS `fees`, COUNT(CASE WHEN `t`.`fee` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS `fees_paid`, COALESCE(SUM(`t`.`cents`), 0) AS `ks_mean_sum`, COUNT(CASE WHEN `t`.`cents` IS NOT NULL THEN 1 END) AS `ks_mean_count`, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), 0) AS `ks_mean_paid_sum`, COUNT(CASE WHEN `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS `ks_mean_paid_count`, COUNT(CASE WHEN (`t`.`cents` > 10000) THEN 1 END) AS `ks_any_large_count`, COUNT(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 END) AS `ks_any_large_paid_count`, COUNT(CASE WHEN (`t`.`cents` > 10000) THEN 1 END) AS `ks_all_large_true`, COUNT(CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 END) AS `ks_all_large_false`, COUNT(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 END) AS `ks_all_large_paid_true`, COUNT(CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 END) AS `ks_all_large_paid_false`, COALESCE(MAX(CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END), 0) AS `ever_large`, COALESCE(MAX(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END), 0) AS `ever_large_paid`, MIN(`t`.`cents`) AS `least`, MIN(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END) AS `least_paid`, MAX(`t`.`cents`) AS `greatest`, MAX(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END) AS `greatest_paid`, COUNT(CASE WHEN `t`.`cents` IS NOT NULL THEN 1 END) AS `ks_variance_count`, COALESCE(SUM(`t`.`cents`), 0) AS `ks_variance_sum`, COALESCE(SUM((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0)))), 0) AS `ks_variance_squares`, COUNT(CASE WHEN `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1) THEN 1 END) AS `ks_variance_paid_count`, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), 0) AS `ks_variance_paid_sum`, COALESCE(SUM(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE NULL END), 0) AS `ks_variance_paid_squares` FROM `charges` `t` WHERE `t`.`card_id` = ?) AS source;

-- card_figures: explain
SELECT `t`.`id`, COALESCE(`t`.`cents`, 0), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0), 1, (`t`.`paid` = 1), (`t`.`fee` IS NOT NULL), (`t`.`fee` IS NOT NULL AND (`t`.`paid` = 1)), COALESCE(`t`.`cents`, 0), (`t`.`cents` IS NOT NULL), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0), (`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)), CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END, `t`.`cents`, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END, `t`.`cents`, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END, (`t`.`cents` IS NOT NULL), COALESCE(`t`.`cents`, 0), COALESCE((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))), 0), (`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0), COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0) FROM `charges` `t` WHERE `t`.`card_id` = ? ORDER BY `t`.`id`;

-- card_figures: unit of work: what two rows of charges contribute
SELECT MIN(`t`.`card_id`), -(SUM(COALESCE(`t`.`cents`, 0))), -(SUM(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0))), -(SUM(1)), -(SUM((`t`.`paid` = 1))), -(SUM((`t`.`fee` IS NOT NULL))), -(SUM((`t`.`fee` IS NOT NULL AND (`t`.`paid` = 1)))), -(SUM(COALESCE(`t`.`cents`, 0))), -(SUM((`t`.`cents` IS NOT NULL))), -(SUM(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0))), -(SUM((`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)))), -(SUM(CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END)), -(SUM(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END)), -(SUM(CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END)), -(SUM(CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 ELSE 0 END)), -(SUM(CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END)), -(SUM(CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END)), 0, 0, MIN(`t`.`cents`), MIN(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), MAX(`t`.`cents`), MAX(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END), -(SUM((`t`.`cents` IS NOT NULL))), -(SUM(COALESCE(`t`.`cents`, 0))), -(SUM(COALESCE((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))), 0))), -(SUM((`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)))), -(SUM(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0))), -(SUM(COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0)))
FROM `charges` `t` WHERE `t`.`id` IN (?, ?) GROUP BY `t`.`card_id` ORDER BY `t`.`card_id` LOCK IN SHARE MODE;

-- card_figures: unit of work: merge
INSERT INTO `card_figures` (`card_id`, `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `ks_mean_sum`, `ks_mean_count`, `ks_mean_paid_sum`, `ks_mean_paid_count`, `ks_any_large_count`, `ks_any_large_paid_count`, `ks_all_large_true`, `ks_all_large_false`, `ks_all_large_paid_true`, `ks_all_large_paid_false`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `ks_variance_count`, `ks_variance_sum`, `ks_variance_squares`, `ks_variance_paid_count`, `ks_variance_paid_sum`, `ks_variance_paid_squares`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), SUM(delta.c4), SUM(delta.c5), SUM(delta.c6), SUM(delta.c7), SUM(delta.c8), SUM(delta.c9), SUM(delta.c10), SUM(delta.c11), SUM(delta.c12), SUM(delta.c13), SUM(delta.c14), SUM(delta.c15), MAX(delta.c16), MAX(delta.c17), MIN(delta.c18), MIN(delta.c19), MAX(delta.c20), MAX(delta.c21), SUM(delta.c22), SUM(delta.c23), SUM(delta.c24), SUM(delta.c25), SUM(delta.c26), SUM(delta.c27), 0
FROM (
  (SELECT `t`.`card_id` AS k0, COALESCE(`t`.`cents`, 0) AS c0, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0) AS c1, 1 AS c2, (`t`.`paid` = 1) AS c3, (`t`.`fee` IS NOT NULL) AS c4, (`t`.`fee` IS NOT NULL AND (`t`.`paid` = 1)) AS c5, COALESCE(`t`.`cents`, 0) AS c6, (`t`.`cents` IS NOT NULL) AS c7, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0) AS c8, (`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)) AS c9, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END AS c10, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END AS c11, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END AS c12, CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 ELSE 0 END AS c13, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END AS c14, CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END AS c15, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END AS c16, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END AS c17, `t`.`cents` AS c18, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END AS c19, `t`.`cents` AS c20, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END AS c21, (`t`.`cents` IS NOT NULL) AS c22, COALESCE(`t`.`cents`, 0) AS c23, COALESCE((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))), 0) AS c24, (`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)) AS c25, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0) AS c26, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0) AS c27
  FROM `charges` `t` WHERE `t`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS DECIMAL(41,0)) AS c1, CAST(? AS SIGNED) AS c2, CAST(? AS SIGNED) AS c3, CAST(? AS SIGNED) AS c4, CAST(? AS SIGNED) AS c5, CAST(? AS DECIMAL(41,0)) AS c6, CAST(? AS SIGNED) AS c7, CAST(? AS DECIMAL(41,0)) AS c8, CAST(? AS SIGNED) AS c9, CAST(? AS SIGNED) AS c10, CAST(? AS SIGNED) AS c11, CAST(? AS SIGNED) AS c12, CAST(? AS SIGNED) AS c13, CAST(? AS SIGNED) AS c14, CAST(? AS SIGNED) AS c15, 0 AS c16, 0 AS c17, NULL AS c18, NULL AS c19, NULL AS c20, NULL AS c21, CAST(? AS SIGNED) AS c22, CAST(? AS DECIMAL(41,0)) AS c23, CAST(? AS DECIMAL(62,0)) AS c24, CAST(? AS SIGNED) AS c25, CAST(? AS DECIMAL(41,0)) AS c26, CAST(? AS DECIMAL(62,0)) AS c27
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total` = `card_figures`.`total` + VALUES(`total`),
  `total_paid` = `card_figures`.`total_paid` + VALUES(`total_paid`),
  `charges` = `card_figures`.`charges` + VALUES(`charges`),
  `charges_paid` = `card_figures`.`charges_paid` + VALUES(`charges_paid`),
  `fees` = `card_figures`.`fees` + VALUES(`fees`),
  `fees_paid` = `card_figures`.`fees_paid` + VALUES(`fees_paid`),
  `ks_mean_sum` = `card_figures`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `card_figures`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `ks_mean_paid_sum` = `card_figures`.`ks_mean_paid_sum` + VALUES(`ks_mean_paid_sum`),
  `ks_mean_paid_count` = `card_figures`.`ks_mean_paid_count` + VALUES(`ks_mean_paid_count`),
  `ks_any_large_count` = `card_figures`.`ks_any_large_count` + VALUES(`ks_any_large_count`),
  `ks_any_large_paid_count` = `card_figures`.`ks_any_large_paid_count` + VALUES(`ks_any_large_paid_count`),
  `ks_all_large_true` = `card_figures`.`ks_all_large_true` + VALUES(`ks_all_large_true`),
  `ks_all_large_false` = `card_figures`.`ks_all_large_false` + VALUES(`ks_all_large_false`),
  `ks_all_large_paid_true` = `card_figures`.`ks_all_large_paid_true` + VALUES(`ks_all_large_paid_true`),
  `ks_all_large_paid_false` = `card_figures`.`ks_all_large_paid_false` + VALUES(`ks_all_large_paid_false`),
  `ever_large` = GREATEST(`card_figures`.`ever_large`, VALUES(`ever_large`)),
  `ever_large_paid` = GREATEST(`card_figures`.`ever_large_paid`, VALUES(`ever_large_paid`)),
  `least` = CASE WHEN `card_figures`.`least` IS NULL OR VALUES(`least`) < `card_figures`.`least` THEN VALUES(`least`) ELSE `card_figures`.`least` END,
  `least_paid` = CASE WHEN `card_figures`.`least_paid` IS NULL OR VALUES(`least_paid`) < `card_figures`.`least_paid` THEN VALUES(`least_paid`) ELSE `card_figures`.`least_paid` END,
  `greatest` = CASE WHEN `card_figures`.`greatest` IS NULL OR VALUES(`greatest`) > `card_figures`.`greatest` THEN VALUES(`greatest`) ELSE `card_figures`.`greatest` END,
  `greatest_paid` = CASE WHEN `card_figures`.`greatest_paid` IS NULL OR VALUES(`greatest_paid`) > `card_figures`.`greatest_paid` THEN VALUES(`greatest_paid`) ELSE `card_figures`.`greatest_paid` END,
  `ks_variance_count` = `card_figures`.`ks_variance_count` + VALUES(`ks_variance_count`),
  `ks_variance_sum` = `card_figures`.`ks_variance_sum` + VALUES(`ks_variance_sum`),
  `ks_variance_squares` = `card_figures`.`ks_variance_squares` + VALUES(`ks_variance_squares`),
  `ks_variance_paid_count` = `card_figures`.`ks_variance_paid_count` + VALUES(`ks_variance_paid_count`),
  `ks_variance_paid_sum` = `card_figures`.`ks_variance_paid_sum` + VALUES(`ks_variance_paid_sum`),
  `ks_variance_paid_squares` = `card_figures`.`ks_variance_paid_squares` + VALUES(`ks_variance_paid_squares`);

-- card_figures: unit of work: merge, while capture moves
INSERT INTO `card_figures` (`card_id`, `total`, `total_paid`, `charges`, `charges_paid`, `fees`, `fees_paid`, `ks_mean_sum`, `ks_mean_count`, `ks_mean_paid_sum`, `ks_mean_paid_count`, `ks_any_large_count`, `ks_any_large_paid_count`, `ks_all_large_true`, `ks_all_large_false`, `ks_all_large_paid_true`, `ks_all_large_paid_false`, `ever_large`, `ever_large_paid`, `least`, `least_paid`, `greatest`, `greatest_paid`, `ks_variance_count`, `ks_variance_sum`, `ks_variance_squares`, `ks_variance_paid_count`, `ks_variance_paid_sum`, `ks_variance_paid_squares`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), SUM(delta.c4), SUM(delta.c5), SUM(delta.c6), SUM(delta.c7), SUM(delta.c8), SUM(delta.c9), SUM(delta.c10), SUM(delta.c11), SUM(delta.c12), SUM(delta.c13), SUM(delta.c14), SUM(delta.c15), MAX(delta.c16), MAX(delta.c17), MIN(delta.c18), MIN(delta.c19), MAX(delta.c20), MAX(delta.c21), SUM(delta.c22), SUM(delta.c23), SUM(delta.c24), SUM(delta.c25), SUM(delta.c26), SUM(delta.c27)
FROM (
  (SELECT `t`.`card_id` AS k0, COALESCE(`t`.`cents`, 0) AS c0, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0) AS c1, 1 AS c2, (`t`.`paid` = 1) AS c3, (`t`.`fee` IS NOT NULL) AS c4, (`t`.`fee` IS NOT NULL AND (`t`.`paid` = 1)) AS c5, COALESCE(`t`.`cents`, 0) AS c6, (`t`.`cents` IS NOT NULL) AS c7, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0) AS c8, (`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)) AS c9, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END AS c10, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END AS c11, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END AS c12, CASE WHEN (NOT (`t`.`cents` > 10000)) THEN 1 ELSE 0 END AS c13, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END AS c14, CASE WHEN (NOT (`t`.`cents` > 10000)) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END AS c15, CASE WHEN (`t`.`cents` > 10000) THEN 1 ELSE 0 END AS c16, CASE WHEN (`t`.`cents` > 10000) AND (`t`.`paid` = 1) THEN 1 ELSE 0 END AS c17, `t`.`cents` AS c18, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END AS c19, `t`.`cents` AS c20, CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE NULL END AS c21, (`t`.`cents` IS NOT NULL) AS c22, COALESCE(`t`.`cents`, 0) AS c23, COALESCE((CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))), 0) AS c24, (`t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)) AS c25, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN `t`.`cents` ELSE 0 END, 0) AS c26, COALESCE(CASE WHEN (`t`.`paid` = 1) THEN (CAST(`t`.`cents` AS DECIMAL(20,0)) * CAST(`t`.`cents` AS DECIMAL(20,0))) ELSE 0 END, 0) AS c27
  FROM `charges` `t` WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS DECIMAL(41,0)) AS c1, CAST(? AS SIGNED) AS c2, CAST(? AS SIGNED) AS c3, CAST(? AS SIGNED) AS c4, CAST(? AS SIGNED) AS c5, CAST(? AS DECIMAL(41,0)) AS c6, CAST(? AS SIGNED) AS c7, CAST(? AS DECIMAL(41,0)) AS c8, CAST(? AS SIGNED) AS c9, CAST(? AS SIGNED) AS c10, CAST(? AS SIGNED) AS c11, CAST(? AS SIGNED) AS c12, CAST(? AS SIGNED) AS c13, CAST(? AS SIGNED) AS c14, CAST(? AS SIGNED) AS c15, 0 AS c16, 0 AS c17, NULL AS c18, NULL AS c19, NULL AS c20, NULL AS c21, CAST(? AS SIGNED) AS c22, CAST(? AS DECIMAL(41,0)) AS c23, CAST(? AS DECIMAL(62,0)) AS c24, CAST(? AS SIGNED) AS c25, CAST(? AS DECIMAL(41,0)) AS c26, CAST(? AS DECIMAL(62,0)) AS c27 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_figures' LOCK IN SHARE MODE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total` = `card_figures`.`total` + VALUES(`total`),
  `total_paid` = `card_figures`.`total_paid` + VALUES(`total_paid`),
  `charges` = `card_figures`.`charges` + VALUES(`charges`),
  `charges_paid` = `card_figures`.`charges_paid` + VALUES(`charges_paid`),
  `fees` = `card_figures`.`fees` + VALUES(`fees`),
  `fees_paid` = `card_figures`.`fees_paid` + VALUES(`fees_paid`),
  `ks_mean_sum` = `card_figures`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `card_figures`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `ks_mean_paid_sum` = `card_figures`.`ks_mean_paid_sum` + VALUES(`ks_mean_paid_sum`),
  `ks_mean_paid_count` = `card_figures`.`ks_mean_paid_count` + VALUES(`ks_mean_paid_count`),
  `ks_any_large_count` = `card_figures`.`ks_any_large_count` + VALUES(`ks_any_large_count`),
  `ks_any_large_paid_count` = `card_figures`.`ks_any_large_paid_count` + VALUES(`ks_any_large_paid_count`),
  `ks_all_large_true` = `card_figures`.`ks_all_large_true` + VALUES(`ks_all_large_true`),
  `ks_all_large_false` = `card_figures`.`ks_all_large_false` + VALUES(`ks_all_large_false`),
  `ks_all_large_paid_true` = `card_figures`.`ks_all_large_paid_true` + VALUES(`ks_all_large_paid_true`),
  `ks_all_large_paid_false` = `card_figures`.`ks_all_large_paid_false` + VALUES(`ks_all_large_paid_false`),
  `ever_large` = GREATEST(`card_figures`.`ever_large`, VALUES(`ever_large`)),
  `ever_large_paid` = GREATEST(`card_figures`.`ever_large_paid`, VALUES(`ever_large_paid`)),
  `least` = CASE WHEN `card_figures`.`least` IS NULL OR VALUES(`least`) < `card_figures`.`least` THEN VALUES(`least`) ELSE `card_figures`.`least` END,
  `least_paid` = CASE WHEN `card_figures`.`least_paid` IS NULL OR VALUES(`least_paid`) < `card_figures`.`least_paid` THEN VALUES(`least_paid`) ELSE `card_figures`.`least_paid` END,
  `greatest` = CASE WHEN `card_figures`.`greatest` IS NULL OR VALUES(`greatest`) > `card_figures`.`greatest` THEN VALUES(`greatest`) ELSE `card_figures`.`greatest` END,
  `greatest_paid` = CASE WHEN `card_figures`.`greatest_paid` IS NULL OR VALUES(`greatest_paid`) > `card_figures`.`greatest_paid` THEN VALUES(`greatest_paid`) ELSE `card_figures`.`greatest_paid` END,
  `ks_variance_count` = `card_figures`.`ks_variance_count` + VALUES(`ks_variance_count`),
  `ks_variance_sum` = `card_figures`.`ks_variance_sum` + VALUES(`ks_variance_sum`),
  `ks_variance_squares` = `card_figures`.`ks_variance_squares` + VALUES(`ks_variance_squares`),
  `ks_variance_paid_count` = `card_figures`.`ks_variance_paid_count` + VALUES(`ks_variance_paid_count`),
  `ks_variance_paid_sum` = `card_figures`.`ks_variance_paid_sum` + VALUES(`ks_variance_paid_sum`),
  `ks_variance_paid_squares` = `card_figures`.`ks_variance_paid_squares` + VALUES(`ks_variance_paid_squares`);

-- card_figures: unit of work: read again least
UPDATE `card_figures` SET `least` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE `t`.`card_id` = CAST(? AS SIGNED) AND `t`.`cents` IS NOT NULL
  ORDER BY `t`.`cents` LIMIT 1 LOCK IN SHARE MODE)
WHERE `card_id` = CAST(? AS SIGNED) AND (`least` IS NULL OR NOT (`least` < CAST(? AS SIGNED)));

-- card_figures: unit of work: read again least_paid
UPDATE `card_figures` SET `least_paid` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE `t`.`card_id` = CAST(? AS SIGNED) AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
  ORDER BY `t`.`cents` LIMIT 1 LOCK IN SHARE MODE)
WHERE `card_id` = CAST(? AS SIGNED) AND (`least_paid` IS NULL OR NOT (`least_paid` < CAST(? AS SIGNED)));

-- card_figures: unit of work: read again greatest
UPDATE `card_figures` SET `greatest` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE `t`.`card_id` = CAST(? AS SIGNED) AND `t`.`cents` IS NOT NULL
  ORDER BY `t`.`cents` DESC LIMIT 1 LOCK IN SHARE MODE)
WHERE `card_id` = CAST(? AS SIGNED) AND (`greatest` IS NULL OR NOT (`greatest` > CAST(? AS SIGNED)));

-- card_figures: unit of work: read again greatest_paid
UPDATE `card_figures` SET `greatest_paid` = (
  SELECT `t`.`cents`
  FROM `charges` `t` WHERE `t`.`card_id` = CAST(? AS SIGNED) AND `t`.`cents` IS NOT NULL AND (`t`.`paid` = 1)
  ORDER BY `t`.`cents` DESC LIMIT 1 LOCK IN SHARE MODE)
WHERE `card_id` = CAST(? AS SIGNED) AND (`greatest_paid` IS NULL OR NOT (`greatest_paid` > CAST(? AS SIGNED)));
