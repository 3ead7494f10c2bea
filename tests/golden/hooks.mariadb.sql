-- hooks on MariaDB 10.11

-- card_activity: table
CREATE TABLE `card_activity` (
  `card_id` bigint(20) NOT NULL,
  `total_spent` DECIMAL(41,0) NOT NULL DEFAULT 0,
  `requests` BIGINT NOT NULL DEFAULT 0,
  `has_made_transactions` TINYINT NOT NULL DEFAULT 0,
  `refunded` DECIMAL(41,0) NOT NULL DEFAULT 0,
  PRIMARY KEY (`card_id`)
) ENGINE=InnoDB;

-- card_activity: hook before update of a row of payments
SELECT 1 FROM `payments` WHERE `id` = ? FOR UPDATE;

-- card_activity: hook before update of a row of payments
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), SUM(delta.c3)
FROM (
  SELECT `p`.`card_id` AS k0, -(`t`.`amount`) AS c0, -1 AS c1, 0 AS c2, -(CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END) AS c3
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `p`.`id` = ? LOCK IN SHARE MODE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 OR SUM(delta.c3) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: hook after update of a row of payments
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), SUM(delta.c3)
FROM (
  SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2, CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END AS c3
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `p`.`id` = ? LOCK IN SHARE MODE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 OR SUM(delta.c3) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: hook after insert of a row of request_histories
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`)
SELECT `p`.`card_id`, `t`.`amount`, 1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')), CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END
FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `h`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + 1,
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: hook before update of a row of request_histories
SELECT 1 FROM `request_histories` WHERE `id` = ? FOR UPDATE;

-- card_activity: hook before update of a row of request_histories
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`)
SELECT `p`.`card_id`, -(`t`.`amount`), -1, 0, -(CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END)
FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `h`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` - 1,
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: hook after update of a row of request_histories
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`)
SELECT `p`.`card_id`, `t`.`amount`, 1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')), CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END
FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `h`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + 1,
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: hook before delete of a row of request_histories
SELECT 1 FROM `request_histories` WHERE `id` = ? FOR UPDATE;

-- card_activity: hook before delete of a row of request_histories
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`)
SELECT `p`.`card_id`, -(`t`.`amount`), -1, 0, -(CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END)
FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `h`.`id` = ? LOCK IN SHARE MODE
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` - 1,
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: hook before update of a row of balance_transactions
SELECT 1 FROM `balance_transactions` WHERE `id` = ? FOR UPDATE;

-- card_activity: hook before update of a row of balance_transactions
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), SUM(delta.c3)
FROM (
  SELECT `p`.`card_id` AS k0, -(`t`.`amount`) AS c0, -1 AS c1, 0 AS c2, -(CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END) AS c3
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 OR SUM(delta.c3) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: hook after update of a row of balance_transactions
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), SUM(delta.c3)
FROM (
  SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2, CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END AS c3
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? LOCK IN SHARE MODE
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 OR SUM(delta.c3) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR MAX(e2) > MAX(s2) OR SUM(e3) <> SUM(s3) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), MAX(e2), SUM(e3), SUM(s3), SUM(e3) - SUM(s3) FROM (SELECT `p`.`card_id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`t`.`amount`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1, COALESCE(MAX(((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization'))), 0) AS e2, 0 AS s2, COALESCE(SUM(CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE NULL END), 0) AS e3, 0 AS s3 FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `p`.`card_id` >= ? AND `p`.`card_id` < ? GROUP BY `p`.`card_id` UNION ALL SELECT `card_id`, 0, 1, 0, `total_spent`, 0, `requests`, 0, `has_made_transactions`, 0, `refunded` FROM `card_activity` WHERE `card_id` >= ? AND `card_id` < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- card_activity: compare all, gently
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR MAX(e2) > MAX(s2) OR SUM(e3) <> SUM(s3) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), MAX(e2), SUM(e3), SUM(s3), SUM(e3) - SUM(s3) FROM (SELECT `p`.`card_id` AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(`t`.`amount`), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1, COALESCE(MAX(((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization'))), 0) AS e2, 0 AS s2, COALESCE(SUM(CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE NULL END), 0) AS e3, 0 AS s3 FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (RAND() >= 0.012500000 OR SLEEP(0.001750) >= 0) GROUP BY `p`.`card_id` UNION ALL SELECT `card_id`, 0, 1, 0, `total_spent`, 0, `requests`, 0, `has_made_transactions`, 0, `refunded` FROM `card_activity`) AS both_sides GROUP BY k0 ORDER BY k0;

-- card_activity: where the next range begins
SELECT `card_id` FROM `payments` WHERE `card_id` >= ? ORDER BY `card_id` LIMIT 1 OFFSET ?;

-- card_activity: merge differences
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`) VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: prune
DELETE FROM `card_activity` WHERE `card_id` = ? AND `total_spent` = 0 AND `requests` = 0 AND `has_made_transactions` = 0 AND `refunded` = 0;

-- card_activity: read
SELECT `total_spent`, `requests`, `has_made_transactions`, `refunded` FROM `card_activity` WHERE `card_id` = ?;

-- card_activity: read from the source
SELECT `total_spent`, `requests`, `has_made_transactions`, `refunded` FROM (SELECT COALESCE(SUM(`t`.`amount`), 0) AS `total_spent`, COUNT(*) AS `requests`, COALESCE(MAX(((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization'))), 0) AS `has_made_transactions`, COALESCE(SUM(CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE NULL END), 0) AS `refunded` FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `p`.`card_id` = ?) AS source;

-- card_activity: explain
SELECT `p`.`id`, `h`.`id`, `t`.`id`, `t`.`amount`, 1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')), CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `p`.`card_id` = ? ORDER BY `p`.`id`, `h`.`id`, `t`.`id`;

-- card_activity: unit of work: what two rows of payments contribute
SELECT MIN(`p`.`card_id`), -(SUM(`t`.`amount`)), -(SUM(1)), 0, -(SUM(CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END))
FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `p`.`id` IN (?, ?) AND NOT (`h`.`id` = ?) AND NOT (`t`.`id` = ?) GROUP BY `p`.`card_id` ORDER BY `p`.`card_id` LOCK IN SHARE MODE;

-- card_activity: unit of work: merge
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), SUM(delta.c3), 0
FROM (
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2, CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END AS c3
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `p`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2, CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END AS c3
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `h`.`id` = ? AND NOT (`p`.`id` = ?) LOCK IN SHARE MODE)
  UNION ALL
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2, CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END AS c3
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND `t`.`id` = ? AND NOT (`p`.`id` = ?) AND NOT (`h`.`id` = ?) LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS SIGNED) AS c1, 0 AS c2, CAST(? AS DECIMAL(41,0)) AS c3
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 OR SUM(delta.c3) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: unit of work: merge, while capture moves
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), SUM(delta.c3)
FROM (
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2, CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END AS c3
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `p`.`id` = ? LOCK IN SHARE MODE)
  UNION ALL
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2, CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END AS c3
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `h`.`id` = ? AND NOT (`p`.`id` = ?) LOCK IN SHARE MODE)
  UNION ALL
  (SELECT `p`.`card_id` AS k0, `t`.`amount` AS c0, 1 AS c1, ((`h`.`approved` = 1) AND (`h`.`kind` = _utf8mb4'authorization')) AS c2, CASE WHEN ((`h`.`kind` = _utf8mb4'refund') AND (`t`.`amount` < 0)) THEN `t`.`amount` ELSE 0 END AS c3
  FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`) JOIN `balance_transactions` `t` ON (`t`.`id` = `h`.`balance_transaction_id`) WHERE (`p`.`voided` = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1 AND `t`.`id` = ? AND NOT (`p`.`id` = ?) AND NOT (`h`.`id` = ?) LOCK IN SHARE MODE)
  UNION ALL
  SELECT CAST(? AS SIGNED) AS k0, CAST(? AS DECIMAL(41,0)) AS c0, CAST(? AS SIGNED) AS c1, 0 AS c2, CAST(? AS DECIMAL(41,0)) AS c3 FROM DUAL WHERE (SELECT hooks FROM keepsum_captures WHERE summary = _utf8mb4'card_activity' LOCK IN SHARE MODE) = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 OR SUM(delta.c3) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: unit of work: one joined row, given
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`, `ks$by_hooks`)
VALUES (?, ?, 1, ((CAST(? AS SIGNED) = 1) AND (CONVERT(CAST(? AS BINARY) USING ascii) COLLATE ascii_bin = _utf8mb4'authorization')), CASE WHEN ((CONVERT(CAST(? AS BINARY) USING ascii) COLLATE ascii_bin = _utf8mb4'refund') AND (CAST(? AS SIGNED) < 0)) THEN CAST(? AS SIGNED) ELSE 0 END, 0)
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + 1,
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: unit of work: one joined row, given, its terms hold
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`, `ks$by_hooks`)
VALUES (?, ?, 1, 1, CASE WHEN (CAST(? AS SIGNED) < 0) THEN CAST(? AS SIGNED) ELSE 0 END, 0)
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + 1,
  `has_made_transactions` = 1,
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);

-- card_activity: unit of work: one joined row, given, its terms fail
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `ks$by_hooks`)
VALUES (?, ?, 1, 0)
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + 1;

-- card_activity: unit of work: two joined rows, given
INSERT INTO `card_activity` (`card_id`, `total_spent`, `requests`, `has_made_transactions`, `refunded`, `ks$by_hooks`)
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), SUM(delta.c3), 0
FROM (
  (SELECT CAST(? AS SIGNED) AS k0, CAST(? AS SIGNED) AS c0, 1 AS c1, ((CAST(? AS SIGNED) = 1) AND (CONVERT(CAST(? AS BINARY) USING ascii) COLLATE ascii_bin = _utf8mb4'authorization')) AS c2, CASE WHEN ((CONVERT(CAST(? AS BINARY) USING ascii) COLLATE ascii_bin = _utf8mb4'refund') AND (CAST(? AS SIGNED) < 0)) THEN CAST(? AS SIGNED) ELSE 0 END AS c3
  FROM DUAL)
  UNION ALL
  (SELECT CAST(? AS SIGNED) AS k0, CAST(? AS SIGNED) AS c0, 1 AS c1, ((CAST(? AS SIGNED) = 1) AND (CONVERT(CAST(? AS BINARY) USING ascii) COLLATE ascii_bin = _utf8mb4'authorization')) AS c2, CASE WHEN ((CONVERT(CAST(? AS BINARY) USING ascii) COLLATE ascii_bin = _utf8mb4'refund') AND (CAST(? AS SIGNED) < 0)) THEN CAST(? AS SIGNED) ELSE 0 END AS c3
  FROM DUAL)
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 OR SUM(delta.c3) <> 0 ORDER BY delta.k0
ON DUPLICATE KEY UPDATE
  `total_spent` = `card_activity`.`total_spent` + VALUES(`total_spent`),
  `requests` = `card_activity`.`requests` + VALUES(`requests`),
  `has_made_transactions` = GREATEST(`card_activity`.`has_made_transactions`, VALUES(`has_made_transactions`)),
  `refunded` = `card_activity`.`refunded` + VALUES(`refunded`);
