-- types on MariaDB 10.11

-- account_days: table
CREATE TABLE `account_days` (
  `owner` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL,
  `day` DATE NOT NULL,
  `net` DECIMAL(43,0) NOT NULL DEFAULT 0,
  `money` DECIMAL(42,4) NOT NULL DEFAULT 0,
  `mean` DECIMAL(24,8) AS (CASE WHEN `ks_mean_count` = 0 THEN NULL ELSE ROUND(`ks_mean_sum` * 1.00000000 / `ks_mean_count`, 8) END) VIRTUAL,
  `highest` bigint(20) unsigned NULL,
  `last` DATETIME(6) NULL,
  `named` BIGINT NOT NULL DEFAULT 0,
  `ks_mean_sum` DECIMAL(42,4) NOT NULL DEFAULT 0,
  `ks_mean_count` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`owner`, `day`)
) ENGINE=InnoDB;

-- account_days: trigger on bookings
CREATE TRIGGER `ks_account_days$b_ins` AFTER INSERT ON `bookings` FOR EACH ROW
BEGIN
  INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
  SELECT `a`.`owner`, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`booked_at`) SECOND)), (CAST(NEW.`credit` AS DECIMAL(20,0)) - CAST(NEW.`debit` AS DECIMAL(20,0))), NEW.`money`, NEW.`money`, 1, NEW.`credit`, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`booked_at`) SECOND), (`a`.`owner` LIKE _utf8mb4'a%')
  FROM `accounts` `a` WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = NEW.`account_id`) LOCK IN SHARE MODE
  ON DUPLICATE KEY UPDATE
    `net` = `account_days`.`net` + VALUES(`net`),
    `money` = `account_days`.`money` + VALUES(`money`),
    `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
    `ks_mean_count` = `account_days`.`ks_mean_count` + 1,
    `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
    `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
    `named` = `account_days`.`named` + VALUES(`named`);
END;

-- account_days: trigger on bookings
CREATE TRIGGER `ks_account_days$b_upd` AFTER UPDATE ON `bookings` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`account_id` <=> NEW.`account_id`) OR NOT (OLD.`credit` <=> NEW.`credit`) OR NOT (OLD.`debit` <=> NEW.`debit`) OR NOT (OLD.`money` <=> NEW.`money`) OR NOT (UNIX_TIMESTAMP(OLD.`booked_at`) <=> UNIX_TIMESTAMP(NEW.`booked_at`)) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `bookings` `b` WHERE `b`.`id` = OLD.`id` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
      SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
      FROM (
        (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) AS k1, -((CAST(OLD.`credit` AS DECIMAL(20,0)) - CAST(OLD.`debit` AS DECIMAL(20,0)))) AS c0, -(OLD.`money`) AS c1, -(OLD.`money`) AS c2, -1 AS c3, NULL AS c4, NULL AS c5, -((`a`.`owner` LIKE _utf8mb4'a%')) AS c6
        FROM `accounts` `a` WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = OLD.`account_id`) LOCK IN SHARE MODE)
        UNION ALL
        (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`booked_at`) SECOND)) AS k1, (CAST(NEW.`credit` AS DECIMAL(20,0)) - CAST(NEW.`debit` AS DECIMAL(20,0))) AS c0, NEW.`money` AS c1, NEW.`money` AS c2, 1 AS c3, NEW.`credit` AS c4, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`booked_at`) SECOND) AS c5, (`a`.`owner` LIKE _utf8mb4'a%') AS c6
        FROM `accounts` `a` WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(NEW.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = NEW.`account_id`) LOCK IN SHARE MODE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
      ON DUPLICATE KEY UPDATE
        `net` = `account_days`.`net` + VALUES(`net`),
        `money` = `account_days`.`money` + VALUES(`money`),
        `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
        `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
        `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
        `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
        `named` = `account_days`.`named` + VALUES(`named`);
      UPDATE (
        SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
        FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) AS k1, OLD.`credit` AS m0
          FROM `accounts` `a` WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = OLD.`account_id`) AND (NOT (OLD.`account_id` <=> NEW.`account_id`) OR NOT (UNIX_TIMESTAMP(OLD.`booked_at`) <=> UNIX_TIMESTAMP(NEW.`booked_at`)) OR NOT (OLD.`credit` <=> NEW.`credit`)) LOCK IN SHARE MODE) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
      ) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`highest` IS NULL OR NOT (`account_days`.`highest` > gone.m0))
      SET `account_days`.`highest` = (
        SELECT MAX(`b`.`credit`)
        FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) LOCK IN SHARE MODE);
      UPDATE (
        SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
        FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) AS k1, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND) AS m0
          FROM `accounts` `a` WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = OLD.`account_id`) AND (NOT (OLD.`account_id` <=> NEW.`account_id`) OR NOT (UNIX_TIMESTAMP(OLD.`booked_at`) <=> UNIX_TIMESTAMP(NEW.`booked_at`))) LOCK IN SHARE MODE) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
      ) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`last` IS NULL OR NOT (`account_days`.`last` > gone.m0))
      SET `account_days`.`last` = (
        SELECT MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))
        FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) LOCK IN SHARE MODE);
    END IF;
  END IF;
END;

-- account_days: trigger on bookings
CREATE TRIGGER `ks_account_days$b_del` AFTER DELETE ON `bookings` FOR EACH ROW
BEGIN
  INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
  SELECT `a`.`owner`, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)), -((CAST(OLD.`credit` AS DECIMAL(20,0)) - CAST(OLD.`debit` AS DECIMAL(20,0)))), -(OLD.`money`), -(OLD.`money`), -1, NULL, NULL, -((`a`.`owner` LIKE _utf8mb4'a%'))
  FROM `accounts` `a` WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = OLD.`account_id`) LOCK IN SHARE MODE
  ON DUPLICATE KEY UPDATE
    `net` = `account_days`.`net` + VALUES(`net`),
    `money` = `account_days`.`money` + VALUES(`money`),
    `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
    `ks_mean_count` = `account_days`.`ks_mean_count` - 1,
    `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
    `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
    `named` = `account_days`.`named` + VALUES(`named`);
  UPDATE (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) AS k1, OLD.`credit` AS m0
      FROM `accounts` `a` WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = OLD.`account_id`) LOCK IN SHARE MODE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
  ) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`highest` IS NULL OR NOT (`account_days`.`highest` > gone.m0))
  SET `account_days`.`highest` = (
    SELECT MAX(`b`.`credit`)
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) LOCK IN SHARE MODE);
  UPDATE (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) AS k1, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND) AS m0
      FROM `accounts` `a` WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = OLD.`account_id`) LOCK IN SHARE MODE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
  ) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`last` IS NULL OR NOT (`account_days`.`last` > gone.m0))
  SET `account_days`.`last` = (
    SELECT MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(OLD.`booked_at`) SECOND)) LOCK IN SHARE MODE);
END;

-- account_days: trigger on accounts
CREATE TRIGGER `ks_account_days$a_ins` AFTER INSERT ON `accounts` FOR EACH ROW
BEGIN
  INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
  SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
  FROM (
    SELECT NEW.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))) AS c0, `b`.`money` AS c1, `b`.`money` AS c2, 1 AS c3, `b`.`credit` AS c4, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS c5, (NEW.`owner` LIKE _utf8mb4'a%') AS c6
    FROM `bookings` `b` WHERE (NEW.`id` = `b`.`account_id`) AND (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) LOCK IN SHARE MODE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
  ON DUPLICATE KEY UPDATE
    `net` = `account_days`.`net` + VALUES(`net`),
    `money` = `account_days`.`money` + VALUES(`money`),
    `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
    `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
    `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
    `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
    `named` = `account_days`.`named` + VALUES(`named`);
END;

-- account_days: trigger on accounts
CREATE TRIGGER `ks_account_days$a_upd` AFTER UPDATE ON `accounts` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`id` <=> NEW.`id`) OR NOT (CAST(OLD.`owner` AS BINARY) <=> CAST(NEW.`owner` AS BINARY)) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `accounts` `a` WHERE `a`.`id` = OLD.`id` LOCK IN SHARE MODE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
      SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
      FROM (
        (SELECT OLD.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, -((CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0)))) AS c0, -(`b`.`money`) AS c1, -(`b`.`money`) AS c2, -1 AS c3, NULL AS c4, NULL AS c5, -((OLD.`owner` LIKE _utf8mb4'a%')) AS c6
        FROM `bookings` `b` WHERE (OLD.`id` = `b`.`account_id`) AND (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) LOCK IN SHARE MODE)
        UNION ALL
        (SELECT NEW.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))) AS c0, `b`.`money` AS c1, `b`.`money` AS c2, 1 AS c3, `b`.`credit` AS c4, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS c5, (NEW.`owner` LIKE _utf8mb4'a%') AS c6
        FROM `bookings` `b` WHERE (NEW.`id` = `b`.`account_id`) AND (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) LOCK IN SHARE MODE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
      ON DUPLICATE KEY UPDATE
        `net` = `account_days`.`net` + VALUES(`net`),
        `money` = `account_days`.`money` + VALUES(`money`),
        `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
        `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
        `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
        `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
        `named` = `account_days`.`named` + VALUES(`named`);
      UPDATE (
        SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
        FROM (SELECT OLD.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, `b`.`credit` AS m0
          FROM `bookings` `b` WHERE (OLD.`id` = `b`.`account_id`) AND (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (NOT (OLD.`id` <=> NEW.`id`) OR NOT (CAST(OLD.`owner` AS BINARY) <=> CAST(NEW.`owner` AS BINARY))) LOCK IN SHARE MODE) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
      ) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`highest` IS NULL OR NOT (`account_days`.`highest` > gone.m0))
      SET `account_days`.`highest` = (
        SELECT MAX(`b`.`credit`)
        FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = OLD.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);
      UPDATE (
        SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
        FROM (SELECT OLD.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS m0
          FROM `bookings` `b` WHERE (OLD.`id` = `b`.`account_id`) AND (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (NOT (OLD.`id` <=> NEW.`id`) OR NOT (CAST(OLD.`owner` AS BINARY) <=> CAST(NEW.`owner` AS BINARY))) LOCK IN SHARE MODE) AS taken
        WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
      ) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`last` IS NULL OR NOT (`account_days`.`last` > gone.m0))
      SET `account_days`.`last` = (
        SELECT MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))
        FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = OLD.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);
    END IF;
  END IF;
END;

-- account_days: trigger on accounts
CREATE TRIGGER `ks_account_days$a_del` AFTER DELETE ON `accounts` FOR EACH ROW
BEGIN
  INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
  SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
  FROM (
    SELECT OLD.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, -((CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0)))) AS c0, -(`b`.`money`) AS c1, -(`b`.`money`) AS c2, -1 AS c3, NULL AS c4, NULL AS c5, -((OLD.`owner` LIKE _utf8mb4'a%')) AS c6
    FROM `bookings` `b` WHERE (OLD.`id` = `b`.`account_id`) AND (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) LOCK IN SHARE MODE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
  ON DUPLICATE KEY UPDATE
    `net` = `account_days`.`net` + VALUES(`net`),
    `money` = `account_days`.`money` + VALUES(`money`),
    `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
    `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
    `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
    `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
    `named` = `account_days`.`named` + VALUES(`named`);
  UPDATE (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT OLD.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, `b`.`credit` AS m0
      FROM `bookings` `b` WHERE (OLD.`id` = `b`.`account_id`) AND (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) LOCK IN SHARE MODE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
  ) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`highest` IS NULL OR NOT (`account_days`.`highest` > gone.m0))
  SET `account_days`.`highest` = (
    SELECT MAX(`b`.`credit`)
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = OLD.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);
  UPDATE (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT OLD.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS m0
      FROM `bookings` `b` WHERE (OLD.`id` = `b`.`account_id`) AND (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) LOCK IN SHARE MODE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
  ) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`last` IS NULL OR NOT (`account_days`.`last` > gone.m0))
  SET `account_days`.`last` = (
    SELECT MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = OLD.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);
END;

-- account_days: hook after insert of a row of bookings
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
SELECT `a`.`owner`, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)), (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))), `b`.`money`, `b`.`money`, 1, `b`.`credit`, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND), (`a`.`owner` LIKE _utf8mb4'a%')
FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `b`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` + 1,
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: hook before update of a row of bookings
SELECT 1 FROM `bookings` WHERE `id` = ? FOR UPDATE;

-- account_days: hook before update of a row of bookings
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
SELECT `a`.`owner`, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)), -((CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0)))), -(`b`.`money`), -(`b`.`money`), -1, NULL, NULL, -((`a`.`owner` LIKE _utf8mb4'a%'))
FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `b`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` - 1,
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: hook before update of a row of bookings
UPDATE (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, `b`.`credit` AS m0
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `b`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`highest` IS NULL OR NOT (`account_days`.`highest` > gone.m0))
SET `account_days`.`highest` = (
  SELECT MAX(`b`.`credit`)
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (`b`.`id` = ?) IS NOT TRUE AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);

-- account_days: hook before update of a row of bookings
UPDATE (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS m0
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `b`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`last` IS NULL OR NOT (`account_days`.`last` > gone.m0))
SET `account_days`.`last` = (
  SELECT MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (`b`.`id` = ?) IS NOT TRUE AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);

-- account_days: hook after update of a row of bookings
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
SELECT `a`.`owner`, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)), (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))), `b`.`money`, `b`.`money`, 1, `b`.`credit`, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND), (`a`.`owner` LIKE _utf8mb4'a%')
FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `b`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` + 1,
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: hook before delete of a row of bookings
SELECT 1 FROM `bookings` WHERE `id` = ? FOR UPDATE;

-- account_days: hook before delete of a row of bookings
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
SELECT `a`.`owner`, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)), -((CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0)))), -(`b`.`money`), -(`b`.`money`), -1, NULL, NULL, -((`a`.`owner` LIKE _utf8mb4'a%'))
FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `b`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` - 1,
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: hook before delete of a row of bookings
UPDATE (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, `b`.`credit` AS m0
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `b`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`highest` IS NULL OR NOT (`account_days`.`highest` > gone.m0))
SET `account_days`.`highest` = (
  SELECT MAX(`b`.`credit`)
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (`b`.`id` = ?) IS NOT TRUE AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);

-- account_days: hook before delete of a row of bookings
UPDATE (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS m0
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `b`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`last` IS NULL OR NOT (`account_days`.`last` > gone.m0))
SET `account_days`.`last` = (
  SELECT MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (`b`.`id` = ?) IS NOT TRUE AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);

-- account_days: hook after insert of a row of accounts
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
FROM (
  SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))) AS c0, `b`.`money` AS c1, `b`.`money` AS c2, 1 AS c3, `b`.`credit` AS c4, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS c5, (`a`.`owner` LIKE _utf8mb4'a%') AS c6
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `a`.`id` = ? LOCK IN SHARE MODE
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: hook before update of a row of accounts
SELECT 1 FROM `accounts` WHERE `id` = ? FOR UPDATE;

-- account_days: hook before update of a row of accounts
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
FROM (
  SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, -((CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0)))) AS c0, -(`b`.`money`) AS c1, -(`b`.`money`) AS c2, -1 AS c3, NULL AS c4, NULL AS c5, -((`a`.`owner` LIKE _utf8mb4'a%')) AS c6
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `a`.`id` = ? LOCK IN SHARE MODE
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: hook before update of a row of accounts
UPDATE (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, `b`.`credit` AS m0
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `a`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`highest` IS NULL OR NOT (`account_days`.`highest` > gone.m0))
SET `account_days`.`highest` = (
  SELECT MAX(`b`.`credit`)
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = ?) IS NOT TRUE AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);

-- account_days: hook before update of a row of accounts
UPDATE (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS m0
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `a`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`last` IS NULL OR NOT (`account_days`.`last` > gone.m0))
SET `account_days`.`last` = (
  SELECT MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = ?) IS NOT TRUE AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);

-- account_days: hook after update of a row of accounts
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
FROM (
  SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))) AS c0, `b`.`money` AS c1, `b`.`money` AS c2, 1 AS c3, `b`.`credit` AS c4, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS c5, (`a`.`owner` LIKE _utf8mb4'a%') AS c6
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `a`.`id` = ? LOCK IN SHARE MODE
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: hook before delete of a row of accounts
SELECT 1 FROM `accounts` WHERE `id` = ? FOR UPDATE;

-- account_days: hook before delete of a row of accounts
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
FROM (
  SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, -((CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0)))) AS c0, -(`b`.`money`) AS c1, -(`b`.`money`) AS c2, -1 AS c3, NULL AS c4, NULL AS c5, -((`a`.`owner` LIKE _utf8mb4'a%')) AS c6
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `a`.`id` = ? LOCK IN SHARE MODE
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: hook before delete of a row of accounts
UPDATE (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, `b`.`credit` AS m0
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `a`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`highest` IS NULL OR NOT (`account_days`.`highest` > gone.m0))
SET `account_days`.`highest` = (
  SELECT MAX(`b`.`credit`)
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = ?) IS NOT TRUE AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);

-- account_days: hook before delete of a row of accounts
UPDATE (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS m0
    FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `a`.`id` = ? LOCK IN SHARE MODE) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone STRAIGHT_JOIN `account_days` FORCE INDEX (PRIMARY) ON `account_days`.`owner` = gone.k0 AND `account_days`.`day` = gone.k1 AND (`account_days`.`last` IS NULL OR NOT (`account_days`.`last` > gone.m0))
SET `account_days`.`last` = (
  SELECT MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (`a`.`id` = ?) IS NOT TRUE AND `a`.`owner` = `account_days`.`owner` AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = `account_days`.`day` LOCK IN SHARE MODE);

-- account_days: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR SUM(e3) <> SUM(s3) OR NOT (MAX(e4) <=> MAX(s4)) OR NOT (MAX(e5) <=> MAX(s5)) OR SUM(e6) <> SUM(s6) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), SUM(e3), SUM(s3), SUM(e3) - SUM(s3), MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL, SUM(e6), SUM(s6), SUM(e6) - SUM(s6) FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, 1 AS in_source, 0 AS in_summary, COALESCE(SUM((CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0)))), 0) AS e0, 0 AS s0, COALESCE(SUM(`b`.`money`), 0) AS e1, 0 AS s1, COALESCE(SUM(`b`.`money`), 0) AS e2, 0 AS s2, COUNT(*) AS e3, 0 AS s3, MAX(`b`.`credit`) AS e4, NULL AS s4, MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS e5, NULL AS s5, COUNT(CASE WHEN (`a`.`owner` LIKE _utf8mb4'a%') THEN 1 END) AS e6, 0 AS s6 FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` >= ? AND `a`.`owner` < ? GROUP BY `a`.`owner`, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) UNION ALL SELECT `owner`, `day`, 0, 1, 0, `net`, 0, `money`, 0, `ks_mean_sum`, 0, `ks_mean_count`, NULL, `highest`, NULL, `last`, 0, `named` FROM `account_days` WHERE `owner` >= ? AND `owner` < ?) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- account_days: compare all, gently
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR SUM(e3) <> SUM(s3) OR NOT (MAX(e4) <=> MAX(s4)) OR NOT (MAX(e5) <=> MAX(s5)) OR SUM(e6) <> SUM(s6) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), SUM(e3), SUM(s3), SUM(e3) - SUM(s3), MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL, SUM(e6), SUM(s6), SUM(e6) - SUM(s6) FROM (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, 1 AS in_source, 0 AS in_summary, COALESCE(SUM((CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0)))), 0) AS e0, 0 AS s0, COALESCE(SUM(`b`.`money`), 0) AS e1, 0 AS s1, COALESCE(SUM(`b`.`money`), 0) AS e2, 0 AS s2, COUNT(*) AS e3, 0 AS s3, MAX(`b`.`credit`) AS e4, NULL AS s4, MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS e5, NULL AS s5, COUNT(CASE WHEN (`a`.`owner` LIKE _utf8mb4'a%') THEN 1 END) AS e6, 0 AS s6 FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `a`.`owner`, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) UNION ALL SELECT `owner`, `day`, 0, 1, 0, `net`, 0, `money`, 0, `ks_mean_sum`, 0, `ks_mean_count`, NULL, `highest`, NULL, `last`, 0, `named` FROM `account_days`) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- account_days: merge differences
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: store extremes
UPDATE `account_days` SET `highest` = (
  SELECT MAX(`b`.`credit`)
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = ? AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = ?), `last` = (
  SELECT MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = ? AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = ?) WHERE `owner` = ? AND `day` = ?;

-- account_days: prune
DELETE FROM `account_days` WHERE `owner` = ? AND `day` = ? AND `net` = 0 AND `money` = 0 AND `ks_mean_sum` = 0 AND `ks_mean_count` = 0 AND `highest` IS NULL AND `last` IS NULL AND `named` = 0;

-- account_days: read
SELECT `net`, `money`, `mean`, `highest`, `last`, `named` FROM `account_days` WHERE `owner` = ? AND `day` = ?;

-- account_days: read from the source
SELECT `net`, `money`, CASE WHEN `ks_mean_count` = 0 THEN NULL ELSE ROUND(`ks_mean_sum` * 1.00000000 / `ks_mean_count`, 8) END AS `mean`, `highest`, `last`, `named` FROM (SELECT COALESCE(SUM((CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0)))), 0) AS `net`, COALESCE(SUM(`b`.`money`), 0) AS `money`, COALESCE(SUM(`b`.`money`), 0) AS `ks_mean_sum`, COUNT(*) AS `ks_mean_count`, MAX(`b`.`credit`) AS `highest`, MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS `last`, COUNT(CASE WHEN (`a`.`owner` LIKE _utf8mb4'a%') THEN 1 END) AS `named` FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = ? AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = ?) AS source;

-- account_days: explain
SELECT `b`.`id`, `a`.`id`, (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))), `b`.`money`, `b`.`money`, 1, `b`.`credit`, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND), (`a`.`owner` LIKE _utf8mb4'a%') FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = ? AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = ? ORDER BY `b`.`id`, `a`.`id`;

-- account_days: unit of work: what two rows of bookings contribute
SELECT CAST(MIN(`a`.`owner`) AS BINARY), MIN(DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))), -(SUM((CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))))), -(SUM(`b`.`money`)), -(SUM(`b`.`money`)), -(SUM(1)), MAX(`b`.`credit`), MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)), -(SUM((`a`.`owner` LIKE _utf8mb4'a%')))
FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `b`.`id` IN (?, ?) AND NOT (`a`.`id` = ?) GROUP BY `a`.`owner`, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) ORDER BY `a`.`owner`, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) LOCK IN SHARE MODE;

-- account_days: unit of work: merge
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`, `ks$by_hooks`)
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6), 0
FROM (
  (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))) AS c0, `b`.`money` AS c1, `b`.`money` AS c2, 1 AS c3, `b`.`credit` AS c4, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS c5, (`a`.`owner` LIKE _utf8mb4'a%') AS c6
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `b`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))) AS c0, `b`.`money` AS c1, `b`.`money` AS c2, 1 AS c3, `b`.`credit` AS c4, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS c5, (`a`.`owner` LIKE _utf8mb4'a%') AS c6
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`id` = ? AND NOT (`b`.`id` = ?) LOCK IN SHARE MODE)
  UNION ALL
  SELECT CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_unicode_ci AS k0, CAST(? AS DATE) AS k1, CAST(? AS DECIMAL(43,0)) AS c0, CAST(? AS DECIMAL(42,4)) AS c1, CAST(? AS DECIMAL(42,4)) AS c2, CAST(? AS SIGNED) AS c3, NULL AS c4, NULL AS c5, CAST(? AS SIGNED) AS c6
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: unit of work: merge, while capture moves
INSERT INTO `account_days` (`owner`, `day`, `net`, `money`, `ks_mean_sum`, `ks_mean_count`, `highest`, `last`, `named`)
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
FROM (
  (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))) AS c0, `b`.`money` AS c1, `b`.`money` AS c2, 1 AS c3, `b`.`credit` AS c4, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS c5, (`a`.`owner` LIKE _utf8mb4'a%') AS c6
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `b`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  (SELECT `a`.`owner` AS k0, DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) AS k1, (CAST(`b`.`credit` AS DECIMAL(20,0)) - CAST(`b`.`debit` AS DECIMAL(20,0))) AS c0, `b`.`money` AS c1, `b`.`money` AS c2, 1 AS c3, `b`.`credit` AS c4, (TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND) AS c5, (`a`.`owner` LIKE _utf8mb4'a%') AS c6
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1 AND `a`.`id` = ? AND NOT (`b`.`id` = ?) LOCK IN SHARE MODE)
  UNION ALL
  SELECT CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_unicode_ci AS k0, CAST(? AS DATE) AS k1, CAST(? AS DECIMAL(43,0)) AS c0, CAST(? AS DECIMAL(42,4)) AS c1, CAST(? AS DECIMAL(42,4)) AS c2, CAST(? AS SIGNED) AS c3, NULL AS c4, NULL AS c5, CAST(? AS SIGNED) AS c6 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'account_days' LOCK IN SHARE MODE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `net` = `account_days`.`net` + VALUES(`net`),
  `money` = `account_days`.`money` + VALUES(`money`),
  `ks_mean_sum` = `account_days`.`ks_mean_sum` + VALUES(`ks_mean_sum`),
  `ks_mean_count` = `account_days`.`ks_mean_count` + VALUES(`ks_mean_count`),
  `highest` = CASE WHEN `account_days`.`highest` IS NULL OR VALUES(`highest`) > `account_days`.`highest` THEN VALUES(`highest`) ELSE `account_days`.`highest` END,
  `last` = CASE WHEN `account_days`.`last` IS NULL OR VALUES(`last`) > `account_days`.`last` THEN VALUES(`last`) ELSE `account_days`.`last` END,
  `named` = `account_days`.`named` + VALUES(`named`);

-- account_days: unit of work: read again highest
UPDATE `account_days` SET `highest` = (
  SELECT MAX(`b`.`credit`)
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_unicode_ci AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = CAST(? AS DATE) LOCK IN SHARE MODE)
WHERE `owner` = CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_unicode_ci AND `day` = CAST(? AS DATE) AND (`highest` IS NULL OR NOT (`highest` > CAST(? AS UNSIGNED)));

-- account_days: unit of work: read again last
UPDATE `account_days` SET `last` = (
  SELECT MAX((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND))
  FROM `bookings` `b` JOIN `accounts` `a` ON (`a`.`id` = `b`.`account_id`) WHERE (DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) IS NOT NULL) AND `a`.`owner` = CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_unicode_ci AND DATE((TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(`b`.`booked_at`) SECOND)) = CAST(? AS DATE) LOCK IN SHARE MODE)
WHERE `owner` = CONVERT(CAST(? AS BINARY) USING utf8mb4) COLLATE utf8mb4_unicode_ci AND `day` = CAST(? AS DATE) AND (`last` IS NULL OR NOT (`last` > CAST(? AS DATETIME(6))));
