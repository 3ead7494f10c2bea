-- ordinal on MySQL 8.0 (not run here: no test has such a server)

-- public_memos: table
CREATE TABLE `public_memos` (
  `owner_id` int NOT NULL,
  `memo_id` bigint NOT NULL,
  `place` BIGINT NOT NULL DEFAULT 0,
  `own_place` BIGINT AS ((`ks_own_place_place` * `ks_own_place_shown`)) VIRTUAL,
  `title` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL,
  `ks_own_place_place` BIGINT NOT NULL DEFAULT 0,
  `ks_own_place_shown` BIGINT NOT NULL DEFAULT 0,
  `ks_title_order_1` datetime NULL,
  `ks_title_order_2` bigint NULL,
  PRIMARY KEY (`owner_id`, `memo_id`),
  KEY `ks_public_memos_1` (`place`),
  KEY `ks_public_memos_2` (`owner_id`, `own_place`),
  KEY `ks_public_memos_3` (`owner_id`, `ks_own_place_place`)
) ENGINE=InnoDB;

-- public_memos: trigger on memos
CREATE TRIGGER `ks_public_memos$m_ins_turn` BEFORE INSERT ON `memos` FOR EACH ROW
BEGIN
  BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'public_memos')) % 256 AND (NEW.`secret` = 0) FOR UPDATE; END;
  BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'public_memos', NEW.`owner_id`)) % 256 AND (NEW.`secret` = 0) FOR UPDATE; END;
END;

-- public_memos: trigger on memos
CREATE TRIGGER `ks_public_memos$m_ins_places` AFTER INSERT ON `memos` FOR EACH ROW
BEGIN
  BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'public_memos')) % 256 AND (NEW.`secret` = 0) FOR UPDATE; END;
  INSERT INTO `public_memos` (`owner_id`, `memo_id`, `place`)
  SELECT NEW.`owner_id`, NEW.`id`, (COALESCE((SELECT `ks$list`.`place` FROM `public_memos` AS `ks$list` WHERE `ks$list`.`owner_id` = `ks$before`.`owner_id` AND `ks$list`.`memo_id` = `ks$before`.`id` FOR SHARE), 0) + 1)
  FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `m`.`id`, `m`.`owner_id`, `m`.`made_at`, `m`.`secret`, `m`.`gone`, `m`.`title` FROM `memos` `m` WHERE (`m`.`secret` = 0) AND NOT (`m`.`id` = NEW.`id`) AND `m`.`made_at` <= NEW.`made_at` AND (`m`.`made_at` < NEW.`made_at` OR (`m`.`made_at` = NEW.`made_at` AND `m`.`id` < NEW.`id`)) ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE) AS `ks$before` ON TRUE WHERE (NEW.`secret` = 0)
  ON DUPLICATE KEY UPDATE
    `place` = VALUES(`place`);
  BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`place`) FROM `public_memos` WHERE `public_memos`.`owner_id` = NEW.`owner_id` AND `public_memos`.`memo_id` = NEW.`id` FOR UPDATE); UPDATE `public_memos` SET `place` = `place` + 1 WHERE (NEW.`secret` = 0) AND NOT (`public_memos`.`owner_id` = NEW.`owner_id` AND `public_memos`.`memo_id` = NEW.`id`) AND `place` >= `ks$k`; END;
  BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'public_memos', NEW.`owner_id`)) % 256 AND (NEW.`secret` = 0) FOR UPDATE; END;
  INSERT INTO `public_memos` (`owner_id`, `memo_id`, `ks_own_place_place`, `ks_own_place_shown`)
  SELECT NEW.`owner_id`, NEW.`id`, (COALESCE((SELECT `ks$list`.`ks_own_place_place` FROM `public_memos` AS `ks$list` WHERE `ks$list`.`owner_id` = `ks$before`.`owner_id` AND `ks$list`.`memo_id` = `ks$before`.`id` FOR SHARE), 0) + 1), CASE WHEN (NEW.`gone` = 0) THEN 1 ELSE 0 END
  FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `m`.`id`, `m`.`owner_id`, `m`.`made_at`, `m`.`secret`, `m`.`gone`, `m`.`title` FROM `memos` `m` WHERE `m`.`owner_id` <= NEW.`owner_id` AND `m`.`owner_id` >= NEW.`owner_id` AND (`m`.`secret` = 0) AND NOT (`m`.`id` = NEW.`id`) AND `m`.`made_at` <= NEW.`made_at` AND (`m`.`made_at` < NEW.`made_at` OR (`m`.`made_at` = NEW.`made_at` AND `m`.`id` < NEW.`id`)) ORDER BY `m`.`owner_id` DESC, `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE) AS `ks$before` ON TRUE WHERE (NEW.`secret` = 0)
  ON DUPLICATE KEY UPDATE
    `ks_own_place_place` = VALUES(`ks_own_place_place`),
    `ks_own_place_shown` = VALUES(`ks_own_place_shown`);
  BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`ks_own_place_place`) FROM `public_memos` WHERE `public_memos`.`owner_id` = NEW.`owner_id` AND `public_memos`.`memo_id` = NEW.`id` FOR UPDATE); UPDATE `public_memos` SET `ks_own_place_place` = `ks_own_place_place` + 1 WHERE (NEW.`secret` = 0) AND `owner_id` = NEW.`owner_id` AND NOT (`public_memos`.`owner_id` = NEW.`owner_id` AND `public_memos`.`memo_id` = NEW.`id`) AND `ks_own_place_place` >= `ks$k`; END;
END;

-- public_memos: trigger on memos
CREATE TRIGGER `ks_public_memos$m_ins` AFTER INSERT ON `memos` FOR EACH ROW
BEGIN
  INSERT INTO `public_memos` (`owner_id`, `memo_id`, `title`, `ks_title_order_1`, `ks_title_order_2`)
  SELECT NEW.`owner_id`, NEW.`id`, NEW.`title`, NEW.`made_at`, NEW.`id`
  FROM DUAL WHERE (NEW.`secret` = 0)
  ON DUPLICATE KEY UPDATE
    `title` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`title`) ELSE `public_memos`.`title` END,
    `ks_title_order_2` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_2`) ELSE `public_memos`.`ks_title_order_2` END,
    `ks_title_order_1` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_1`) ELSE `public_memos`.`ks_title_order_1` END;
END;

-- public_memos: trigger on memos
CREATE TRIGGER `ks_public_memos$m_upd_places` AFTER UPDATE ON `memos` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`gone` <=> NEW.`gone`) OR NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`made_at` <=> NEW.`made_at`) OR NOT (OLD.`owner_id` <=> NEW.`owner_id`) OR NOT (OLD.`secret` <=> NEW.`secret`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `memos` `m` WHERE `m`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'public_memos')) % 256 FOR UPDATE; END;
      BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`place`) FROM `public_memos` WHERE `public_memos`.`owner_id` = OLD.`owner_id` AND `public_memos`.`memo_id` = OLD.`id` FOR UPDATE); UPDATE `public_memos` SET `place` = `place` + -1 WHERE (OLD.`secret` = 0) AND ((OLD.`secret` = 0) AND (NEW.`secret` = 0) AND OLD.`owner_id` = NEW.`owner_id` AND OLD.`id` = NEW.`id`) IS NOT TRUE AND `ks$k` > 0 AND `place` > `ks$k`; END;
      UPDATE `public_memos` SET `place` = 0 WHERE (OLD.`secret` = 0) AND ((OLD.`secret` = 0) AND (NEW.`secret` = 0) AND OLD.`owner_id` = NEW.`owner_id` AND OLD.`id` = NEW.`id`) IS NOT TRUE AND `public_memos`.`owner_id` = OLD.`owner_id` AND `public_memos`.`memo_id` = OLD.`id`;
      BEGIN DECLARE `ks$k` BIGINT; DECLARE `ks$p` BIGINT; SET `ks$k` = (SELECT MAX(`place`) FROM `public_memos` WHERE `public_memos`.`owner_id` = OLD.`owner_id` AND `public_memos`.`memo_id` = OLD.`id` FOR UPDATE); SET `ks$p` = (SELECT COALESCE((SELECT `ks$list`.`place` FROM `public_memos` AS `ks$list` WHERE `ks$list`.`owner_id` = `ks$before`.`owner_id` AND `ks$list`.`memo_id` = `ks$before`.`id` FOR SHARE), 0) FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `m`.`id`, `m`.`owner_id`, `m`.`made_at`, `m`.`secret`, `m`.`gone`, `m`.`title` FROM `memos` `m` WHERE (`m`.`secret` = 0) AND NOT (`m`.`id` = NEW.`id`) AND `m`.`made_at` <= NEW.`made_at` AND (`m`.`made_at` < NEW.`made_at` OR (`m`.`made_at` = NEW.`made_at` AND `m`.`id` < NEW.`id`)) ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE) AS `ks$before` ON TRUE); UPDATE `public_memos` SET `place` = `place` + CASE WHEN `ks$p` > `ks$k` THEN -1 ELSE 1 END WHERE (OLD.`secret` = 0) AND (NEW.`secret` = 0) AND OLD.`owner_id` = NEW.`owner_id` AND OLD.`id` = NEW.`id` AND NOT (`public_memos`.`owner_id` = NEW.`owner_id` AND `public_memos`.`memo_id` = NEW.`id`) AND `place` >= LEAST(`ks$k`, `ks$p` + 1) AND `place` <= GREATEST(`ks$k`, `ks$p`); END;
      INSERT INTO `public_memos` (`owner_id`, `memo_id`, `place`)
      SELECT NEW.`owner_id`, NEW.`id`, (COALESCE((SELECT `ks$list`.`place` FROM `public_memos` AS `ks$list` WHERE `ks$list`.`owner_id` = `ks$before`.`owner_id` AND `ks$list`.`memo_id` = `ks$before`.`id` FOR SHARE), 0) + 1)
      FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `m`.`id`, `m`.`owner_id`, `m`.`made_at`, `m`.`secret`, `m`.`gone`, `m`.`title` FROM `memos` `m` WHERE (`m`.`secret` = 0) AND NOT (`m`.`id` = NEW.`id`) AND `m`.`made_at` <= NEW.`made_at` AND (`m`.`made_at` < NEW.`made_at` OR (`m`.`made_at` = NEW.`made_at` AND `m`.`id` < NEW.`id`)) ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE) AS `ks$before` ON TRUE WHERE (NEW.`secret` = 0)
      ON DUPLICATE KEY UPDATE
        `place` = VALUES(`place`);
      BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`place`) FROM `public_memos` WHERE `public_memos`.`owner_id` = NEW.`owner_id` AND `public_memos`.`memo_id` = NEW.`id` FOR UPDATE); UPDATE `public_memos` SET `place` = `place` + 1 WHERE (NEW.`secret` = 0) AND ((OLD.`secret` = 0) AND (NEW.`secret` = 0) AND OLD.`owner_id` = NEW.`owner_id` AND OLD.`id` = NEW.`id`) IS NOT TRUE AND NOT (`public_memos`.`owner_id` = NEW.`owner_id` AND `public_memos`.`memo_id` = NEW.`id`) AND `place` >= `ks$k`; END;
      BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = LEAST(CRC32(CONCAT_WS('/', _utf8mb4'public_memos', OLD.`owner_id`)) % 256, CRC32(CONCAT_WS('/', _utf8mb4'public_memos', NEW.`owner_id`)) % 256) FOR UPDATE; END;
      BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = GREATEST(CRC32(CONCAT_WS('/', _utf8mb4'public_memos', OLD.`owner_id`)) % 256, CRC32(CONCAT_WS('/', _utf8mb4'public_memos', NEW.`owner_id`)) % 256) FOR UPDATE; END;
      BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`ks_own_place_place`) FROM `public_memos` WHERE `public_memos`.`owner_id` = OLD.`owner_id` AND `public_memos`.`memo_id` = OLD.`id` FOR UPDATE); UPDATE `public_memos` SET `ks_own_place_place` = `ks_own_place_place` + -1 WHERE (OLD.`secret` = 0) AND ((OLD.`secret` = 0) AND (NEW.`secret` = 0) AND OLD.`owner_id` = NEW.`owner_id` AND OLD.`id` = NEW.`id`) IS NOT TRUE AND `owner_id` = OLD.`owner_id` AND `ks$k` > 0 AND `ks_own_place_place` > `ks$k`; END;
      UPDATE `public_memos` SET `ks_own_place_place` = 0, `ks_own_place_shown` = 0 WHERE (OLD.`secret` = 0) AND ((OLD.`secret` = 0) AND (NEW.`secret` = 0) AND OLD.`owner_id` = NEW.`owner_id` AND OLD.`id` = NEW.`id`) IS NOT TRUE AND `public_memos`.`owner_id` = OLD.`owner_id` AND `public_memos`.`memo_id` = OLD.`id`;
      BEGIN DECLARE `ks$k` BIGINT; DECLARE `ks$p` BIGINT; SET `ks$k` = (SELECT MAX(`ks_own_place_place`) FROM `public_memos` WHERE `public_memos`.`owner_id` = OLD.`owner_id` AND `public_memos`.`memo_id` = OLD.`id` FOR UPDATE); SET `ks$p` = (SELECT COALESCE((SELECT `ks$list`.`ks_own_place_place` FROM `public_memos` AS `ks$list` WHERE `ks$list`.`owner_id` = `ks$before`.`owner_id` AND `ks$list`.`memo_id` = `ks$before`.`id` FOR SHARE), 0) FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `m`.`id`, `m`.`owner_id`, `m`.`made_at`, `m`.`secret`, `m`.`gone`, `m`.`title` FROM `memos` `m` WHERE `m`.`owner_id` <= NEW.`owner_id` AND `m`.`owner_id` >= NEW.`owner_id` AND (`m`.`secret` = 0) AND NOT (`m`.`id` = NEW.`id`) AND `m`.`made_at` <= NEW.`made_at` AND (`m`.`made_at` < NEW.`made_at` OR (`m`.`made_at` = NEW.`made_at` AND `m`.`id` < NEW.`id`)) ORDER BY `m`.`owner_id` DESC, `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE) AS `ks$before` ON TRUE); UPDATE `public_memos` SET `ks_own_place_place` = `ks_own_place_place` + CASE WHEN `ks$p` > `ks$k` THEN -1 ELSE 1 END WHERE (OLD.`secret` = 0) AND (NEW.`secret` = 0) AND OLD.`owner_id` = NEW.`owner_id` AND OLD.`id` = NEW.`id` AND `owner_id` = NEW.`owner_id` AND NOT (`public_memos`.`owner_id` = NEW.`owner_id` AND `public_memos`.`memo_id` = NEW.`id`) AND `ks_own_place_place` >= LEAST(`ks$k`, `ks$p` + 1) AND `ks_own_place_place` <= GREATEST(`ks$k`, `ks$p`); END;
      INSERT INTO `public_memos` (`owner_id`, `memo_id`, `ks_own_place_place`, `ks_own_place_shown`)
      SELECT NEW.`owner_id`, NEW.`id`, (COALESCE((SELECT `ks$list`.`ks_own_place_place` FROM `public_memos` AS `ks$list` WHERE `ks$list`.`owner_id` = `ks$before`.`owner_id` AND `ks$list`.`memo_id` = `ks$before`.`id` FOR SHARE), 0) + 1), CASE WHEN (NEW.`gone` = 0) THEN 1 ELSE 0 END
      FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `m`.`id`, `m`.`owner_id`, `m`.`made_at`, `m`.`secret`, `m`.`gone`, `m`.`title` FROM `memos` `m` WHERE `m`.`owner_id` <= NEW.`owner_id` AND `m`.`owner_id` >= NEW.`owner_id` AND (`m`.`secret` = 0) AND NOT (`m`.`id` = NEW.`id`) AND `m`.`made_at` <= NEW.`made_at` AND (`m`.`made_at` < NEW.`made_at` OR (`m`.`made_at` = NEW.`made_at` AND `m`.`id` < NEW.`id`)) ORDER BY `m`.`owner_id` DESC, `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE) AS `ks$before` ON TRUE WHERE (NEW.`secret` = 0)
      ON DUPLICATE KEY UPDATE
        `ks_own_place_place` = VALUES(`ks_own_place_place`),
        `ks_own_place_shown` = VALUES(`ks_own_place_shown`);
      BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`ks_own_place_place`) FROM `public_memos` WHERE `public_memos`.`owner_id` = NEW.`owner_id` AND `public_memos`.`memo_id` = NEW.`id` FOR UPDATE); UPDATE `public_memos` SET `ks_own_place_place` = `ks_own_place_place` + 1 WHERE (NEW.`secret` = 0) AND ((OLD.`secret` = 0) AND (NEW.`secret` = 0) AND OLD.`owner_id` = NEW.`owner_id` AND OLD.`id` = NEW.`id`) IS NOT TRUE AND `owner_id` = NEW.`owner_id` AND NOT (`public_memos`.`owner_id` = NEW.`owner_id` AND `public_memos`.`memo_id` = NEW.`id`) AND `ks_own_place_place` >= `ks$k`; END;
    END IF;
  END IF;
END;

-- public_memos: trigger on memos
CREATE TRIGGER `ks_public_memos$m_upd` AFTER UPDATE ON `memos` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`owner_id` <=> NEW.`owner_id`) OR NOT (OLD.`made_at` <=> NEW.`made_at`) OR NOT (OLD.`secret` <=> NEW.`secret`) OR NOT (OLD.`gone` <=> NEW.`gone`) OR NOT (CAST(OLD.`title` AS BINARY) <=> CAST(NEW.`title` AS BINARY)) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `memos` `m` WHERE `m`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `public_memos` (`owner_id`, `memo_id`, `title`, `ks_title_order_1`, `ks_title_order_2`)
      SELECT delta.k0, delta.k1, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c1 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c2 END)
      FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0, delta.k1 ORDER BY delta.c1 IS NULL, delta.c1 DESC, delta.c2 DESC) AS r0
      FROM (
        (SELECT OLD.`owner_id` AS k0, OLD.`id` AS k1, NULL AS c0, NULL AS c1, NULL AS c2
        FROM DUAL WHERE (OLD.`secret` = 0))
        UNION ALL
        (SELECT NEW.`owner_id` AS k0, NEW.`id` AS k1, NEW.`title` AS c0, NEW.`made_at` AS c1, NEW.`id` AS c2
        FROM DUAL WHERE (NEW.`secret` = 0))
      ) AS delta) AS delta
      WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
      ON DUPLICATE KEY UPDATE
        `title` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`title`) ELSE `public_memos`.`title` END,
        `ks_title_order_2` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_2`) ELSE `public_memos`.`ks_title_order_2` END,
        `ks_title_order_1` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_1`) ELSE `public_memos`.`ks_title_order_1` END;
      UPDATE (
        SELECT taken.k0 AS k0, taken.k1 AS k1, taken.m0 AS m0, taken.m1 AS m1
        FROM (SELECT OLD.`owner_id` AS k0, OLD.`id` AS k1, OLD.`made_at` AS m0, OLD.`id` AS m1
          FROM DUAL WHERE (OLD.`secret` = 0) AND (NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`made_at` <=> NEW.`made_at`) OR NOT (OLD.`owner_id` <=> NEW.`owner_id`) OR NOT (OLD.`secret` <=> NEW.`secret`))) AS taken
        WHERE taken.m0 IS NOT NULL
      ) AS gone STRAIGHT_JOIN `public_memos` FORCE INDEX (PRIMARY) ON `public_memos`.`owner_id` = gone.k0 AND `public_memos`.`memo_id` = gone.k1 AND (`public_memos`.`ks_title_order_1` IS NULL OR (gone.m0 > `public_memos`.`ks_title_order_1` OR (gone.m0 = `public_memos`.`ks_title_order_1` AND gone.m1 >= `public_memos`.`ks_title_order_2`)))
      SET `public_memos`.`title` = (
        SELECT `m`.`title`
        FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = OLD.`owner_id` AND `m`.`id` = OLD.`id`
        ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE), `public_memos`.`ks_title_order_1` = (
        SELECT `m`.`made_at`
        FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = OLD.`owner_id` AND `m`.`id` = OLD.`id`
        ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE), `public_memos`.`ks_title_order_2` = (
        SELECT `m`.`id`
        FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = OLD.`owner_id` AND `m`.`id` = OLD.`id`
        ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE);
    END IF;
  END IF;
END;

-- public_memos: trigger on memos
CREATE TRIGGER `ks_public_memos$m_del_places` AFTER DELETE ON `memos` FOR EACH ROW
BEGIN
  BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'public_memos')) % 256 AND (OLD.`secret` = 0) FOR UPDATE; END;
  BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`place`) FROM `public_memos` WHERE `public_memos`.`owner_id` = OLD.`owner_id` AND `public_memos`.`memo_id` = OLD.`id` FOR UPDATE); UPDATE `public_memos` SET `place` = `place` + -1 WHERE (OLD.`secret` = 0) AND `ks$k` > 0 AND `place` > `ks$k`; END;
  UPDATE `public_memos` SET `place` = 0 WHERE (OLD.`secret` = 0) AND `public_memos`.`owner_id` = OLD.`owner_id` AND `public_memos`.`memo_id` = OLD.`id`;
  BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'public_memos', OLD.`owner_id`)) % 256 AND (OLD.`secret` = 0) FOR UPDATE; END;
  BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`ks_own_place_place`) FROM `public_memos` WHERE `public_memos`.`owner_id` = OLD.`owner_id` AND `public_memos`.`memo_id` = OLD.`id` FOR UPDATE); UPDATE `public_memos` SET `ks_own_place_place` = `ks_own_place_place` + -1 WHERE (OLD.`secret` = 0) AND `owner_id` = OLD.`owner_id` AND `ks$k` > 0 AND `ks_own_place_place` > `ks$k`; END;
  UPDATE `public_memos` SET `ks_own_place_place` = 0, `ks_own_place_shown` = 0 WHERE (OLD.`secret` = 0) AND `public_memos`.`owner_id` = OLD.`owner_id` AND `public_memos`.`memo_id` = OLD.`id`;
END;

-- public_memos: trigger on memos
CREATE TRIGGER `ks_public_memos$m_del` AFTER DELETE ON `memos` FOR EACH ROW
BEGIN
  INSERT INTO `public_memos` (`owner_id`, `memo_id`, `title`, `ks_title_order_1`, `ks_title_order_2`)
  SELECT OLD.`owner_id`, OLD.`id`, NULL, NULL, NULL
  FROM DUAL WHERE (OLD.`secret` = 0)
  ON DUPLICATE KEY UPDATE
    `title` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`title`) ELSE `public_memos`.`title` END,
    `ks_title_order_2` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_2`) ELSE `public_memos`.`ks_title_order_2` END,
    `ks_title_order_1` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_1`) ELSE `public_memos`.`ks_title_order_1` END;
  UPDATE (
    SELECT taken.k0 AS k0, taken.k1 AS k1, taken.m0 AS m0, taken.m1 AS m1
    FROM (SELECT OLD.`owner_id` AS k0, OLD.`id` AS k1, OLD.`made_at` AS m0, OLD.`id` AS m1
      FROM DUAL WHERE (OLD.`secret` = 0)) AS taken
    WHERE taken.m0 IS NOT NULL
  ) AS gone STRAIGHT_JOIN `public_memos` FORCE INDEX (PRIMARY) ON `public_memos`.`owner_id` = gone.k0 AND `public_memos`.`memo_id` = gone.k1 AND (`public_memos`.`ks_title_order_1` IS NULL OR (gone.m0 > `public_memos`.`ks_title_order_1` OR (gone.m0 = `public_memos`.`ks_title_order_1` AND gone.m1 >= `public_memos`.`ks_title_order_2`)))
  SET `public_memos`.`title` = (
    SELECT `m`.`title`
    FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = OLD.`owner_id` AND `m`.`id` = OLD.`id`
    ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE), `public_memos`.`ks_title_order_1` = (
    SELECT `m`.`made_at`
    FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = OLD.`owner_id` AND `m`.`id` = OLD.`id`
    ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE), `public_memos`.`ks_title_order_2` = (
    SELECT `m`.`id`
    FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = OLD.`owner_id` AND `m`.`id` = OLD.`id`
    ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE);
END;

-- public_memos: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR NOT (CAST(MAX(e3) AS BINARY) <=> CAST(MAX(s3) AS BINARY)) OR NOT (MAX(e4) <=> MAX(s4)) OR NOT (MAX(e5) <=> MAX(s5)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), MAX(e3), MAX(s3), NULL, MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL FROM (SELECT ranked.k0 AS k0, ranked.k1 AS k1, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(ranked.c0), 0) AS e0, 0 AS s0, COALESCE(SUM(ranked.c1), 0) AS e1, 0 AS s1, COALESCE(SUM(ranked.c2), 0) AS e2, 0 AS s2, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END) AS e3, NULL AS s3, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS e4, NULL AS s4, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c5 END) AS e5, NULL AS s5 FROM (SELECT `m`.`owner_id` AS k0, `m`.`id` AS k1, `m`.`ks$place_0` AS c0, `m`.`ks$place_1` AS c1, CASE WHEN (`m`.`gone` = 0) THEN 1 ELSE 0 END AS c2, `m`.`title` AS c3, `m`.`made_at` AS c4, `m`.`id` AS c5, ROW_NUMBER() OVER (PARTITION BY `m`.`owner_id`, `m`.`id` ORDER BY `m`.`made_at` IS NULL, `m`.`made_at` DESC, `m`.`id` DESC) AS r0 FROM (SELECT `m`.`id`, `m`.`owner_id`, `m`.`made_at`, `m`.`secret`, `m`.`gone`, `m`.`title`, ROW_NUMBER() OVER (ORDER BY `m`.`made_at`, `m`.`id`) AS `ks$place_0`, ROW_NUMBER() OVER (PARTITION BY `m`.`owner_id` ORDER BY `m`.`made_at`, `m`.`id`) AS `ks$place_1` FROM `memos` `m` WHERE (`m`.`secret` = 0)) AS `m` WHERE `m`.`owner_id` >= ? AND `m`.`owner_id` < ?) AS ranked GROUP BY ranked.k0, ranked.k1 UNION ALL SELECT `owner_id`, `memo_id`, 0, 1, 0, `place`, 0, `ks_own_place_place`, 0, `ks_own_place_shown`, NULL, `title`, NULL, `ks_title_order_1`, NULL, `ks_title_order_2` FROM `public_memos` WHERE `owner_id` >= ? AND `owner_id` < ?) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- public_memos: compare all, gently
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR NOT (CAST(MAX(e3) AS BINARY) <=> CAST(MAX(s3) AS BINARY)) OR NOT (MAX(e4) <=> MAX(s4)) OR NOT (MAX(e5) <=> MAX(s5)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), MAX(e3), MAX(s3), NULL, MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL FROM (SELECT ranked.k0 AS k0, ranked.k1 AS k1, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(ranked.c0), 0) AS e0, 0 AS s0, COALESCE(SUM(ranked.c1), 0) AS e1, 0 AS s1, COALESCE(SUM(ranked.c2), 0) AS e2, 0 AS s2, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END) AS e3, NULL AS s3, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS e4, NULL AS s4, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c5 END) AS e5, NULL AS s5 FROM (SELECT `m`.`owner_id` AS k0, `m`.`id` AS k1, `m`.`ks$place_0` AS c0, `m`.`ks$place_1` AS c1, CASE WHEN (`m`.`gone` = 0) THEN 1 ELSE 0 END AS c2, `m`.`title` AS c3, `m`.`made_at` AS c4, `m`.`id` AS c5, ROW_NUMBER() OVER (PARTITION BY `m`.`owner_id`, `m`.`id` ORDER BY `m`.`made_at` IS NULL, `m`.`made_at` DESC, `m`.`id` DESC) AS r0 FROM (SELECT `m`.`id`, `m`.`owner_id`, `m`.`made_at`, `m`.`secret`, `m`.`gone`, `m`.`title`, ROW_NUMBER() OVER (ORDER BY `m`.`made_at`, `m`.`id`) AS `ks$place_0`, ROW_NUMBER() OVER (PARTITION BY `m`.`owner_id` ORDER BY `m`.`made_at`, `m`.`id`) AS `ks$place_1` FROM `memos` `m` WHERE (`m`.`secret` = 0)) AS `m` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0)) AS ranked GROUP BY ranked.k0, ranked.k1 UNION ALL SELECT `owner_id`, `memo_id`, 0, 1, 0, `place`, 0, `ks_own_place_place`, 0, `ks_own_place_shown`, NULL, `title`, NULL, `ks_title_order_1`, NULL, `ks_title_order_2` FROM `public_memos`) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- public_memos: where the next range begins
SELECT `owner_id` FROM `memos` WHERE `owner_id` >= ? ORDER BY `owner_id` LIMIT 1 OFFSET ?;

-- public_memos: merge differences
INSERT INTO `public_memos` (`owner_id`, `memo_id`, `place`, `ks_own_place_place`, `ks_own_place_shown`, `title`, `ks_title_order_1`, `ks_title_order_2`) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `place` = `public_memos`.`place` + VALUES(`place`),
  `ks_own_place_place` = `public_memos`.`ks_own_place_place` + VALUES(`ks_own_place_place`),
  `ks_own_place_shown` = `public_memos`.`ks_own_place_shown` + VALUES(`ks_own_place_shown`),
  `title` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`title`) ELSE `public_memos`.`title` END,
  `ks_title_order_2` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_2`) ELSE `public_memos`.`ks_title_order_2` END,
  `ks_title_order_1` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_1`) ELSE `public_memos`.`ks_title_order_1` END;

-- public_memos: store extremes
UPDATE `public_memos` SET `title` = (
  SELECT `m`.`title`
  FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = ? AND `m`.`id` = ?
  ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1), `ks_title_order_1` = (
  SELECT `m`.`made_at`
  FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = ? AND `m`.`id` = ?
  ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1), `ks_title_order_2` = (
  SELECT `m`.`id`
  FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = ? AND `m`.`id` = ?
  ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1) WHERE `owner_id` = ? AND `memo_id` = ?;

-- public_memos: prune
DELETE FROM `public_memos` WHERE `owner_id` = ? AND `memo_id` = ? AND `place` = 0 AND `ks_own_place_place` = 0 AND `ks_own_place_shown` = 0 AND `title` IS NULL AND `ks_title_order_1` IS NULL AND `ks_title_order_2` IS NULL;

-- public_memos: read
SELECT `place`, `own_place`, `title` FROM `public_memos` WHERE `owner_id` = ? AND `memo_id` = ?;

-- public_memos: read from the source
SELECT `place`, (`ks_own_place_place` * `ks_own_place_shown`) AS `own_place`, `title` FROM (SELECT COALESCE(SUM(ranked.c0), 0) AS `place`, COALESCE(SUM(ranked.c1), 0) AS `ks_own_place_place`, COALESCE(SUM(ranked.c2), 0) AS `ks_own_place_shown`, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END) AS `title`, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS `ks_title_order_1`, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c5 END) AS `ks_title_order_2` FROM (SELECT `m`.`ks$place_0` AS c0, `m`.`ks$place_1` AS c1, CASE WHEN (`m`.`gone` = 0) THEN 1 ELSE 0 END AS c2, `m`.`title` AS c3, `m`.`made_at` AS c4, `m`.`id` AS c5, ROW_NUMBER() OVER (ORDER BY `m`.`made_at` IS NULL, `m`.`made_at` DESC, `m`.`id` DESC) AS r0 FROM (SELECT `m`.`id`, `m`.`owner_id`, `m`.`made_at`, `m`.`secret`, `m`.`gone`, `m`.`title`, ROW_NUMBER() OVER (ORDER BY `m`.`made_at`, `m`.`id`) AS `ks$place_0`, ROW_NUMBER() OVER (PARTITION BY `m`.`owner_id` ORDER BY `m`.`made_at`, `m`.`id`) AS `ks$place_1` FROM `memos` `m` WHERE (`m`.`secret` = 0)) AS `m` WHERE `m`.`owner_id` = ? AND `m`.`id` = ?) AS ranked) AS source;

-- public_memos: explain
SELECT `m`.`id`, `m`.`ks$place_0`, `m`.`ks$place_1`, CASE WHEN (`m`.`gone` = 0) THEN 1 ELSE 0 END, `m`.`title`, `m`.`made_at`, `m`.`id` FROM (SELECT `m`.`id`, `m`.`owner_id`, `m`.`made_at`, `m`.`secret`, `m`.`gone`, `m`.`title`, ROW_NUMBER() OVER (ORDER BY `m`.`made_at`, `m`.`id`) AS `ks$place_0`, ROW_NUMBER() OVER (PARTITION BY `m`.`owner_id` ORDER BY `m`.`made_at`, `m`.`id`) AS `ks$place_1` FROM `memos` `m` WHERE (`m`.`secret` = 0)) AS `m` WHERE `m`.`owner_id` = ? AND `m`.`id` = ? ORDER BY `m`.`id`;

-- public_memos: unit of work: what two rows of memos contribute
SELECT MIN(ranked.k0), MIN(ranked.k1), NULL, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c1 END), MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c2 END)
FROM (SELECT `m`.`owner_id` AS k0, `m`.`id` AS k1, `m`.`title` AS c0, `m`.`made_at` AS c1, `m`.`id` AS c2, ROW_NUMBER() OVER (PARTITION BY `m`.`owner_id`, `m`.`id` ORDER BY `m`.`made_at` IS NULL, `m`.`made_at` DESC, `m`.`id` DESC) AS r0
FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`id` IN (?, ?) FOR SHARE) AS ranked GROUP BY ranked.k0, ranked.k1 ORDER BY ranked.k0, ranked.k1;

-- public_memos: unit of work: merge
INSERT INTO `public_memos` (`owner_id`, `memo_id`, `title`, `ks_title_order_1`, `ks_title_order_2`, `ks$by_hooks`)
SELECT delta.k0, delta.k1, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c1 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c2 END), 0
FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0, delta.k1 ORDER BY delta.c1 IS NULL, delta.c1 DESC, delta.c2 DESC) AS r0
FROM (
  (SELECT `m`.`owner_id` AS k0, `m`.`id` AS k1, `m`.`title` AS c0, `m`.`made_at` AS c1, `m`.`id` AS c2
  FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS SIGNED) AS k1, NULL AS c0, NULL AS c1, NULL AS c2
) AS delta) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `title` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`title`) ELSE `public_memos`.`title` END,
  `ks_title_order_2` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_2`) ELSE `public_memos`.`ks_title_order_2` END,
  `ks_title_order_1` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_1`) ELSE `public_memos`.`ks_title_order_1` END;

-- public_memos: unit of work: merge, while capture moves
INSERT INTO `public_memos` (`owner_id`, `memo_id`, `title`, `ks_title_order_1`, `ks_title_order_2`)
SELECT delta.k0, delta.k1, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c1 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c2 END)
FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0, delta.k1 ORDER BY delta.c1 IS NULL, delta.c1 DESC, delta.c2 DESC) AS r0
FROM (
  (SELECT `m`.`owner_id` AS k0, `m`.`id` AS k1, `m`.`title` AS c0, `m`.`made_at` AS c1, `m`.`id` AS c2
  FROM `memos` `m` WHERE (`m`.`secret` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'public_memos' FOR SHARE) = 1 AND `m`.`id` = ? FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS SIGNED) AS k1, NULL AS c0, NULL AS c1, NULL AS c2 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'public_memos' FOR SHARE) = 1
) AS delta) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON DUPLICATE KEY UPDATE
  `title` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`title`) ELSE `public_memos`.`title` END,
  `ks_title_order_2` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_2`) ELSE `public_memos`.`ks_title_order_2` END,
  `ks_title_order_1` = CASE WHEN `public_memos`.`ks_title_order_1` IS NULL OR (VALUES(`ks_title_order_1`) > `public_memos`.`ks_title_order_1` OR (VALUES(`ks_title_order_1`) = `public_memos`.`ks_title_order_1` AND VALUES(`ks_title_order_2`) >= `public_memos`.`ks_title_order_2`)) THEN VALUES(`ks_title_order_1`) ELSE `public_memos`.`ks_title_order_1` END;

-- public_memos: unit of work: read again title.order_1
UPDATE `public_memos` SET `title` = (
  SELECT `m`.`title`
  FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = CAST(? AS SIGNED) AND `m`.`id` = CAST(? AS SIGNED)
  ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE), `ks_title_order_1` = (
  SELECT `m`.`made_at`
  FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = CAST(? AS SIGNED) AND `m`.`id` = CAST(? AS SIGNED)
  ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE), `ks_title_order_2` = (
  SELECT `m`.`id`
  FROM `memos` `m` WHERE (`m`.`secret` = 0) AND `m`.`owner_id` = CAST(? AS SIGNED) AND `m`.`id` = CAST(? AS SIGNED)
  ORDER BY `m`.`made_at` DESC, `m`.`id` DESC LIMIT 1 FOR SHARE)
WHERE `owner_id` = CAST(? AS SIGNED) AND `memo_id` = CAST(? AS SIGNED) AND (`ks_title_order_1` IS NULL OR (CAST(? AS DATETIME(0)) > `ks_title_order_1` OR (CAST(? AS DATETIME(0)) = `ks_title_order_1` AND CAST(? AS SIGNED) >= `ks_title_order_2`)));

-- newest: table
CREATE TABLE `newest` (
  `memo_id` bigint NOT NULL,
  `place` BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`memo_id`),
  KEY `ks_newest_1` (`place`)
) ENGINE=InnoDB;

-- newest: trigger on memos
CREATE TRIGGER `ks_newest$m_ins_turn` BEFORE INSERT ON `memos` FOR EACH ROW
BEGIN
  BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'newest')) % 256 FOR UPDATE; END;
END;

-- newest: trigger on memos
CREATE TRIGGER `ks_newest$m_ins_places` AFTER INSERT ON `memos` FOR EACH ROW
BEGIN
  BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'newest')) % 256 FOR UPDATE; END;
  INSERT INTO `newest` (`memo_id`, `place`)
  SELECT NEW.`id`, (COALESCE((SELECT `ks$list`.`place` FROM `newest` AS `ks$list` WHERE `ks$list`.`memo_id` = `ks$before`.`id` FOR SHARE), 0) + 1)
  FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `m`.`id` FROM `memos` `m` WHERE NOT (`m`.`id` = NEW.`id`) AND `m`.`id` > NEW.`id` ORDER BY `m`.`id` LIMIT 1 FOR SHARE) AS `ks$before` ON TRUE WHERE TRUE
  ON DUPLICATE KEY UPDATE
    `place` = VALUES(`place`);
  BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`place`) FROM `newest` WHERE `newest`.`memo_id` = NEW.`id` FOR UPDATE); UPDATE `newest` SET `place` = `place` + 1 WHERE NOT (`newest`.`memo_id` = NEW.`id`) AND `place` >= `ks$k`; END;
END;

-- newest: trigger on memos
CREATE TRIGGER `ks_newest$m_upd_places` AFTER UPDATE ON `memos` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`id` <=> NEW.`id`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `memos` `m` WHERE `m`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'newest')) % 256 FOR UPDATE; END;
      BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`place`) FROM `newest` WHERE `newest`.`memo_id` = OLD.`id` FOR UPDATE); UPDATE `newest` SET `place` = `place` + -1 WHERE (OLD.`id` = NEW.`id`) IS NOT TRUE AND `ks$k` > 0 AND `place` > `ks$k`; END;
      UPDATE `newest` SET `place` = 0 WHERE (OLD.`id` = NEW.`id`) IS NOT TRUE AND `newest`.`memo_id` = OLD.`id`;
      BEGIN DECLARE `ks$k` BIGINT; DECLARE `ks$p` BIGINT; SET `ks$k` = (SELECT MAX(`place`) FROM `newest` WHERE `newest`.`memo_id` = OLD.`id` FOR UPDATE); SET `ks$p` = (SELECT COALESCE((SELECT `ks$list`.`place` FROM `newest` AS `ks$list` WHERE `ks$list`.`memo_id` = `ks$before`.`id` FOR SHARE), 0) FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `m`.`id` FROM `memos` `m` WHERE NOT (`m`.`id` = NEW.`id`) AND `m`.`id` > NEW.`id` ORDER BY `m`.`id` LIMIT 1 FOR SHARE) AS `ks$before` ON TRUE); UPDATE `newest` SET `place` = `place` + CASE WHEN `ks$p` > `ks$k` THEN -1 ELSE 1 END WHERE OLD.`id` = NEW.`id` AND NOT (`newest`.`memo_id` = NEW.`id`) AND `place` >= LEAST(`ks$k`, `ks$p` + 1) AND `place` <= GREATEST(`ks$k`, `ks$p`); END;
      INSERT INTO `newest` (`memo_id`, `place`)
      SELECT NEW.`id`, (COALESCE((SELECT `ks$list`.`place` FROM `newest` AS `ks$list` WHERE `ks$list`.`memo_id` = `ks$before`.`id` FOR SHARE), 0) + 1)
      FROM (SELECT 1 AS `ks$one`) AS `ks$one` LEFT JOIN (SELECT `m`.`id` FROM `memos` `m` WHERE NOT (`m`.`id` = NEW.`id`) AND `m`.`id` > NEW.`id` ORDER BY `m`.`id` LIMIT 1 FOR SHARE) AS `ks$before` ON TRUE WHERE TRUE
      ON DUPLICATE KEY UPDATE
        `place` = VALUES(`place`);
      BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`place`) FROM `newest` WHERE `newest`.`memo_id` = NEW.`id` FOR UPDATE); UPDATE `newest` SET `place` = `place` + 1 WHERE (OLD.`id` = NEW.`id`) IS NOT TRUE AND NOT (`newest`.`memo_id` = NEW.`id`) AND `place` >= `ks$k`; END;
    END IF;
  END IF;
END;

-- newest: trigger on memos
CREATE TRIGGER `ks_newest$m_del_places` AFTER DELETE ON `memos` FOR EACH ROW
BEGIN
  BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM keepsum_slots WHERE slot = CRC32(CONCAT_WS('/', _utf8mb4'newest')) % 256 FOR UPDATE; END;
  BEGIN DECLARE `ks$k` BIGINT; SET `ks$k` = (SELECT MAX(`place`) FROM `newest` WHERE `newest`.`memo_id` = OLD.`id` FOR UPDATE); UPDATE `newest` SET `place` = `place` + -1 WHERE `ks$k` > 0 AND `place` > `ks$k`; END;
  UPDATE `newest` SET `place` = 0 WHERE `newest`.`memo_id` = OLD.`id`;
END;

-- newest: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `m`.`id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(MAX(`m`.`ks$place_0`), 0) AS e0, 0 AS s0 FROM (SELECT `m`.`id`, ROW_NUMBER() OVER (ORDER BY `m`.`id` DESC) AS `ks$place_0` FROM `memos` `m`) AS `m` WHERE `m`.`id` >= ? AND `m`.`id` < ? GROUP BY `m`.`id` UNION ALL SELECT `memo_id`, 0, 1, 0, `place` FROM `newest` WHERE `memo_id` >= ? AND `memo_id` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- newest: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT `m`.`id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(MAX(`m`.`ks$place_0`), 0) AS e0, 0 AS s0 FROM (SELECT `m`.`id`, ROW_NUMBER() OVER (ORDER BY `m`.`id` DESC) AS `ks$place_0` FROM `memos` `m`) AS `m` WHERE (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `m`.`id` UNION ALL SELECT `memo_id`, 0, 1, 0, `place` FROM `newest`) AS both_sides GROUP BY k0 ORDER BY k0;

-- newest: where the next range begins
SELECT `id` FROM `memos` WHERE `id` >= ? ORDER BY `id` LIMIT 1 OFFSET ?;

-- newest: merge differences
INSERT INTO `newest` (`memo_id`, `place`) VALUES (?, ?) ON DUPLICATE KEY UPDATE
  `place` = `newest`.`place` + VALUES(`place`);

-- newest: prune
DELETE FROM `newest` WHERE `memo_id` = ? AND `place` = 0;

-- newest: read
SELECT `place` FROM `newest` WHERE `memo_id` = ?;

-- newest: read from the source
SELECT `place` FROM (SELECT COALESCE(MAX(`m`.`ks$place_0`), 0) AS `place` FROM (SELECT `m`.`id`, ROW_NUMBER() OVER (ORDER BY `m`.`id` DESC) AS `ks$place_0` FROM `memos` `m`) AS `m` WHERE `m`.`id` = ?) AS source;

-- newest: explain
SELECT `m`.`id`, `m`.`ks$place_0` FROM (SELECT `m`.`id`, ROW_NUMBER() OVER (ORDER BY `m`.`id` DESC) AS `ks$place_0` FROM `memos` `m`) AS `m` WHERE `m`.`id` = ? ORDER BY `m`.`id`;
