-- three_tables on MySQL 8.0 (not run here: no test has such a server)

-- card_activity: table
CREATE TABLE `card_activity` (
  `card_id` bigint NOT NULL,
  `total_spent` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `requests` BIGINT NOT NULL DEFAULT 0,
  `has_made_transactions` TINYINT NOT NULL DEFAULT 0,
  PRIMARY KEY (`card_id`)
) ENGINE=InnoDB;

-- card_activity: trigger on payments
CREATE TRIGGER `ks_card_activity$p_ins` AFTER INSERT ON `payments` FOR EACH ROW
BEGIN
  INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT NEW.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
    FROM `request_histories` `h` JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (NEW.`voided` = 0) AND (`h`.`payment_id` = NEW.`id`) FOR SHARE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
    `requests` = `card_activity`.`requests` + VALUES(`requests`),
    `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));
END;

-- card_activity: trigger on payments
CREATE TRIGGER `ks_card_activity$p_upd` AFTER UPDATE ON `payments` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`card_id` <=> NEW.`card_id`) OR NOT (OLD.`voided` <=> NEW.`voided`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `payments` `p` WHERE `p`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
      FROM (
        (SELECT OLD.`card_id` AS k0, -(`t`.`amount`) AS c0, -1 AS c1, 0 AS c2
        FROM `request_histories` `h` JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (OLD.`voided` = 0) AND (`h`.`payment_id` = OLD.`id`) FOR SHARE)
        UNION ALL
        (SELECT NEW.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
        FROM `request_histories` `h` JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (NEW.`voided` = 0) AND (`h`.`payment_id` = NEW.`id`) FOR SHARE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
        `requests` = `card_activity`.`requests` + VALUES(`requests`),
        `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));
    END IF;
  END IF;
END;

-- card_activity: trigger on payments
CREATE TRIGGER `ks_card_activity$p_del` AFTER DELETE ON `payments` FOR EACH ROW
BEGIN
  INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT OLD.`card_id` AS k0, -(`t`.`amount`) AS c0, -1 AS c1, 0 AS c2
    FROM `request_histories` `h` JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (OLD.`voided` = 0) AND (`h`.`payment_id` = OLD.`id`) FOR SHARE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
    `requests` = `card_activity`.`requests` + VALUES(`requests`),
    `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));
END;

-- card_activity: trigger on request_histories
CREATE TRIGGER `ks_card_activity$h_ins` AFTER INSERT ON `request_histories` FOR EACH ROW
BEGIN
  INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
  SELECT `p`.`card_id`, `t`.`amount`, 1, ((NEW.`approved` = 1) AND (NEW.`kind` = _utf8mb4'authorization'))
  FROM `payments` `p` JOIN `balance_transactions` `t` ON (`t`.`id` = NEW.`balance_transaction_id`) WHERE (NEW.`payment_id` = `p`.`id`) AND (`p`.`voided` = 0) FOR SHARE
  ON DUPLICATE KEY UPDATE
    `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
    `requests` = `card_activity`.`requests` + 1,
    `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));
END;

-- card_activity: trigger on request_histories
CREATE TRIGGER `ks_card_activity$h_upd` AFTER UPDATE ON `request_histories` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`payment_id` <=> NEW.`payment_id`) OR NOT (OLD.`balance_transaction_id` <=> NEW.`balance_transaction_id`) OR NOT (CAST(OLD.`kind` AS BINARY) <=> CAST(NEW.`kind` AS BINARY)) OR NOT (OLD.`approved` <=> NEW.`approved`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `request_histories` `h` WHERE `h`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
      FROM (
        (SELECT `p`.`card_id` AS k0, -(`t`.`amount`) AS c0, -1 AS c1, 0 AS c2
        FROM `payments` `p` JOIN `balance_transactions` `t` ON (`t`.`id` = OLD.`balance_transaction_id`) WHERE (OLD.`payment_id` = `p`.`id`) AND (`p`.`voided` = 0) FOR SHARE)
        UNION ALL
        (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((NEW.`approved` = 1) AND (NEW.`kind` = _utf8mb4'authorization')) AS c2
        FROM `payments` `p` JOIN `balance_transactions` `t` ON (`t`.`id` = NEW.`balance_transaction_id`) WHERE (NEW.`payment_id` = `p`.`id`) AND (`p`.`voided` = 0) FOR SHARE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
        `requests` = `card_activity`.`requests` + VALUES(`requests`),
        `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));
    END IF;
  END IF;
END;

-- card_activity: trigger on request_histories
CREATE TRIGGER `ks_card_activity$h_del` AFTER DELETE ON `request_histories` FOR EACH ROW
BEGIN
  INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
  SELECT `p`.`card_id`, -(`t`.`amount`), -1, 0
  FROM `payments` `p` JOIN `balance_transactions` `t` ON (`t`.`id` = OLD.`balance_transaction_id`) WHERE (OLD.`payment_id` = `p`.`id`) AND (`p`.`voided` = 0) FOR SHARE
  ON DUPLICATE KEY UPDATE
    `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
    `requests` = `card_activity`.`requests` - 1,
    `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));
END;

-- card_activity: trigger on balance_transactions
CREATE TRIGGER `ks_card_activity$t_ins` AFTER INSERT ON `balance_transactions` FOR EACH ROW
BEGIN
  INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT `p`.`card_id` AS k0, NEW.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
    FROM `request_histories` `h` JOIN `payments` `p` ON (`h`.`payment_id` = `p`.`id`) AND (`p`.`voided` = 0) WHERE (NEW.`id` = `h`.`balance_transaction_id`) FOR SHARE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
    `requests` = `card_activity`.`requests` + VALUES(`requests`),
    `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));
END;

-- card_activity: trigger on balance_transactions
CREATE TRIGGER `ks_card_activity$t_upd` AFTER UPDATE ON `balance_transactions` FOR EACH ROW
BEGIN
  DECLARE `ks$refused` BIGINT DEFAULT 0;
  IF NOT (OLD.`id` <=> NEW.`id`) OR NOT (OLD.`amount` <=> NEW.`amount`) THEN
    IF NOT (OLD.`id` <=> NEW.`id`) THEN
      SELECT COUNT(*) INTO `ks$refused` FROM `balance_transactions` `t` WHERE `t`.`id` = OLD.`id` FOR SHARE;
    END IF;
    IF `ks$refused` = 0 THEN
      INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
      SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
      FROM (
        (SELECT `p`.`card_id` AS k0, -(OLD.`amount`) AS c0, -1 AS c1, 0 AS c2
        FROM `request_histories` `h` JOIN `payments` `p` ON (`h`.`payment_id` = `p`.`id`) AND (`p`.`voided` = 0) WHERE (OLD.`id` = `h`.`balance_transaction_id`) FOR SHARE)
        UNION ALL
        (SELECT `p`.`card_id` AS k0, NEW.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
        FROM `request_histories` `h` JOIN `payments` `p` ON (`h`.`payment_id` = `p`.`id`) AND (`p`.`voided` = 0) WHERE (NEW.`id` = `h`.`balance_transaction_id`) FOR SHARE)
      ) AS delta
      WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
      ON DUPLICATE KEY UPDATE
        `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
        `requests` = `card_activity`.`requests` + VALUES(`requests`),
        `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));
    END IF;
  END IF;
END;

-- card_activity: trigger on balance_transactions
CREATE TRIGGER `ks_card_activity$t_del` AFTER DELETE ON `balance_transactions` FOR EACH ROW
BEGIN
  INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT `p`.`card_id` AS k0, -(OLD.`amount`) AS c0, -1 AS c1, 0 AS c2
    FROM `request_histories` `h` JOIN `payments` `p` ON (`h`.`payment_id` = `p`.`id`) AND (`p`.`voided` = 0) WHERE (OLD.`id` = `h`.`balance_transaction_id`) FOR SHARE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
  ON DUPLICATE KEY UPDATE
    `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
    `requests` = `card_activity`.`requests` + VALUES(`requests`),
    `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));
END;

-- card_activity: hook after insert of a row of payments
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook before update of a row of payments
SELECT 1 FROM `payments` WHERE `id` = ? FOR UPDATE;

-- card_activity: hook before update of a row of payments
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `p`.`card_id` AS k0, -(`t`.`amount`) AS c0, -1 AS c1, 0 AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook after update of a row of payments
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook before delete of a row of payments
SELECT 1 FROM `payments` WHERE `id` = ? FOR UPDATE;

-- card_activity: hook before delete of a row of payments
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `p`.`card_id` AS k0, -(`t`.`amount`) AS c0, -1 AS c1, 0 AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook after insert of a row of request_histories
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT `p`.`card_id`, `t`.`amount`, 1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization'))
FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `h`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + 1,
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook before update of a row of request_histories
SELECT 1 FROM `request_histories` WHERE `id` = ? FOR UPDATE;

-- card_activity: hook before update of a row of request_histories
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT `p`.`card_id`, -(`t`.`amount`), -1, 0
FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `h`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` - 1,
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook after update of a row of request_histories
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT `p`.`card_id`, `t`.`amount`, 1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization'))
FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `h`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + 1,
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook before delete of a row of request_histories
SELECT 1 FROM `request_histories` WHERE `id` = ? FOR UPDATE;

-- card_activity: hook before delete of a row of request_histories
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT `p`.`card_id`, -(`t`.`amount`), -1, 0
FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `h`.`id` = ? FOR SHARE
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` - 1,
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook after insert of a row of balance_transactions
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `t`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook before update of a row of balance_transactions
SELECT 1 FROM `balance_transactions` WHERE `id` = ? FOR UPDATE;

-- card_activity: hook before update of a row of balance_transactions
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `p`.`card_id` AS k0, -(`t`.`amount`) AS c0, -1 AS c1, 0 AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `t`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook after update of a row of balance_transactions
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `t`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: hook before delete of a row of balance_transactions
SELECT 1 FROM `balance_transactions` WHERE `id` = ? FOR UPDATE;

-- card_activity: hook before delete of a row of balance_transactions
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT `p`.`card_id` AS k0, -(`t`.`amount`) AS c0, -1 AS c1, 0 AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `t`.`id` = ? FOR SHARE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR MAX(e2) > MAX(s2) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), MAX(e2) FROM (SELECT `p`.`card_id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`t`.`amount`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1, COALESCE(MAX(((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization'))), 0) AS e2, 0 AS s2 FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `p`.`card_id` >= ? AND `p`.`card_id` < ? GROUP BY `p`.`card_id` UNION ALL SELECT `card_id`, 0, 1, 0, `total_spent`, 0, `requests`, 0, `has_made_transactions` FROM `card_activity` WHERE `card_id` >= ? AND `card_id` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- card_activity: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR MAX(e2) > MAX(s2) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), MAX(e2) FROM (SELECT `p`.`card_id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`t`.`amount`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1, COALESCE(MAX(((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization'))), 0) AS e2, 0 AS s2 FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `p`.`card_id` UNION ALL SELECT `card_id`, 0, 1, 0, `total_spent`, 0, `requests`, 0, `has_made_transactions` FROM `card_activity`) AS both_sides GROUP BY k0 ORDER BY k0;

-- card_activity: where the next range begins
SELECT `card_id` FROM `payments` WHERE `card_id` >= ? ORDER BY `card_id` LIMIT 1 OFFSET ?;

-- card_activity: merge differences
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: prune
DELETE FROM `card_activity` WHERE `card_id` = ? AND `total_spent` = 0 AND `requests` = 0 AND `has_made_transactions` = 0;

-- card_activity: read
SELECT `total_spent`, `requests`, `has_made_transactions` FROM `card_activity` WHERE `card_id` = ?;

-- card_activity: read from the source
SELECT `total_spent`, `requests`, `has_made_transactions` FROM (SELECT COALESCE(SUM(`t`.`amount`), 0) AS `total_spent`, COUNT(*) AS `requests`, COALESCE(MAX(((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization'))), 0) AS `has_made_transactions` FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `p`.`card_id` = ?) AS source;

-- card_activity: explain
SELECT `p`.`id`, `h`.`id`, `t`.`id`, `t`.`amount`, 1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `p`.`card_id` = ? ORDER BY `p`.`id`, `h`.`id`, `t`.`id`;

-- card_activity: unit of work: what two rows of payments contribute
SELECT MIN(`p`.`card_id`), -(SUM(`t`.`amount`)), -(SUM(1)), 0
FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `p`.`id` IN (?, ?) AND NOT (`h`.`id` = ?) AND NOT (`t`.`id` = ?) GROUP BY `p`.`card_id` ORDER BY `p`.`card_id` FOR SHARE;

-- card_activity: unit of work: merge
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), 0
FROM (
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `p`.`id` = ? FOR SHARE)
  UNION ALL
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `h`.`id` = ? AND NOT (`p`.`id` = ?) FOR SHARE)
  UNION ALL
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `t`.`id` = ? AND NOT (`p`.`id` = ?) AND NOT (`h`.`id` = ?) FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS SIGNED) AS c1, 0 AS c2
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));

-- card_activity: unit of work: merge, while capture moves
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `p`.`id` = ? FOR SHARE)
  UNION ALL
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `h`.`id` = ? AND NOT (`p`.`id` = ?) FOR SHARE)
  UNION ALL
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1 AND `t`.`id` = ? AND NOT (`p`.`id` = ?) AND NOT (`h`.`id` = ?) FOR SHARE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS SIGNED) AS c1, 0 AS c2 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' FOR SHARE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`));
