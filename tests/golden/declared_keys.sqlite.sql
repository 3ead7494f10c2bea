-- declared_keys on SQLite

-- card_activity: table
CREATE TABLE "card_activity" (
  "card_id" INTEGER NOT NULL,
  "total_spent" INTEGER NOT NULL DEFAULT 0,
  "requests" INTEGER NOT NULL DEFAULT 0,
  "has_made_transactions" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("card_id")
) STRICT, WITHOUT ROWID;

-- card_activity: trigger on payments
CREATE TRIGGER "ks_card_activity$p_upd" AFTER UPDATE ON "payments" FOR EACH ROW
WHEN NOT (OLD."card_id" COLLATE BINARY IS NEW."card_id" AND typeof(OLD."card_id") = typeof(NEW."card_id")) OR NOT (OLD."voided" COLLATE BINARY IS NEW."voided" AND typeof(OLD."voided") = typeof(NEW."voided"))
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT OLD."card_id" AS k0, -("t"."amount") AS c0, -1 AS c1, 0 AS c2
    FROM "request_histories" "h" JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE (OLD."voided" = 0) AND ("h"."payment_id" = OLD."id")
    UNION ALL
    SELECT NEW."card_id" AS k0, "t"."amount" AS c0, 1 AS c1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c2
    FROM "request_histories" "h" JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE (NEW."voided" = 0) AND ("h"."payment_id" = NEW."id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "requests" = "card_activity"."requests" + excluded."requests",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");
END;

-- card_activity: trigger on request_histories
CREATE TRIGGER "ks_card_activity$h_ins" AFTER INSERT ON "request_histories" FOR EACH ROW
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
  SELECT "p"."card_id", "t"."amount", 1, ((NEW."approved" = 1) AND (NEW."kind" = 'authorization'))
  FROM "payments" "p" JOIN "balance_transactions" "t" ON ("t"."id" = NEW."balance_transaction_id") WHERE (NEW."payment_id" = "p"."id") AND ("p"."voided" = 0)
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "requests" = "card_activity"."requests" + 1,
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");
END;

-- card_activity: trigger on request_histories
CREATE TRIGGER "ks_card_activity$h_upd" AFTER UPDATE ON "request_histories" FOR EACH ROW
WHEN NOT (OLD."payment_id" COLLATE BINARY IS NEW."payment_id" AND typeof(OLD."payment_id") = typeof(NEW."payment_id")) OR NOT (OLD."balance_transaction_id" COLLATE BINARY IS NEW."balance_transaction_id" AND typeof(OLD."balance_transaction_id") = typeof(NEW."balance_transaction_id")) OR NOT (OLD."kind" COLLATE BINARY IS NEW."kind" AND typeof(OLD."kind") = typeof(NEW."kind")) OR NOT (OLD."approved" COLLATE BINARY IS NEW."approved" AND typeof(OLD."approved") = typeof(NEW."approved"))
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT "p"."card_id" AS k0, -("t"."amount") AS c0, -1 AS c1, 0 AS c2
    FROM "payments" "p" JOIN "balance_transactions" "t" ON ("t"."id" = OLD."balance_transaction_id") WHERE (OLD."payment_id" = "p"."id") AND ("p"."voided" = 0)
    UNION ALL
    SELECT "p"."card_id" AS k0, "t"."amount" AS c0, 1 AS c1, ((NEW."approved" = 1) AND (NEW."kind" = 'authorization')) AS c2
    FROM "payments" "p" JOIN "balance_transactions" "t" ON ("t"."id" = NEW."balance_transaction_id") WHERE (NEW."payment_id" = "p"."id") AND ("p"."voided" = 0)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "requests" = "card_activity"."requests" + excluded."requests",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");
END;

-- card_activity: trigger on request_histories
CREATE TRIGGER "ks_card_activity$h_del" AFTER DELETE ON "request_histories" FOR EACH ROW
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
  SELECT "p"."card_id", -("t"."amount"), -1, 0
  FROM "payments" "p" JOIN "balance_transactions" "t" ON ("t"."id" = OLD."balance_transaction_id") WHERE (OLD."payment_id" = "p"."id") AND ("p"."voided" = 0)
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "requests" = "card_activity"."requests" - 1,
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");
END;

-- card_activity: trigger on balance_transactions
CREATE TRIGGER "ks_card_activity$t_upd" AFTER UPDATE ON "balance_transactions" FOR EACH ROW
WHEN NOT (OLD."amount" COLLATE BINARY IS NEW."amount" AND typeof(OLD."amount") = typeof(NEW."amount"))
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT "p"."card_id" AS k0, -(OLD."amount") AS c0, -1 AS c1, 0 AS c2
    FROM "request_histories" "h" JOIN "payments" "p" ON ("h"."payment_id" = "p"."id") AND ("p"."voided" = 0) WHERE (OLD."id" = "h"."balance_transaction_id")
    UNION ALL
    SELECT "p"."card_id" AS k0, NEW."amount" AS c0, 1 AS c1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c2
    FROM "request_histories" "h" JOIN "payments" "p" ON ("h"."payment_id" = "p"."id") AND ("p"."voided" = 0) WHERE (NEW."id" = "h"."balance_transaction_id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "requests" = "card_activity"."requests" + excluded."requests",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");
END;

-- card_activity: hook before update of a row of payments
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT "p"."card_id" AS k0, -("t"."amount") AS c0, -1 AS c1, 0 AS c2
  FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "p"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" + excluded."requests",
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");

-- card_activity: hook after update of a row of payments
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT "p"."card_id" AS k0, "t"."amount" AS c0, 1 AS c1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c2
  FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "p"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" + excluded."requests",
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");

-- card_activity: hook after insert of a row of request_histories
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
SELECT "p"."card_id", "t"."amount", 1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization'))
FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "h"."id" = ?
ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" + 1,
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");

-- card_activity: hook before update of a row of request_histories
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
SELECT "p"."card_id", -("t"."amount"), -1, 0
FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "h"."id" = ?
ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" - 1,
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");

-- card_activity: hook after update of a row of request_histories
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
SELECT "p"."card_id", "t"."amount", 1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization'))
FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "h"."id" = ?
ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" + 1,
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");

-- card_activity: hook before delete of a row of request_histories
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
SELECT "p"."card_id", -("t"."amount"), -1, 0
FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "h"."id" = ?
ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" - 1,
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");

-- card_activity: hook before update of a row of balance_transactions
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT "p"."card_id" AS k0, -("t"."amount") AS c0, -1 AS c1, 0 AS c2
  FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "t"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" + excluded."requests",
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");

-- card_activity: hook after update of a row of balance_transactions
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT "p"."card_id" AS k0, "t"."amount" AS c0, 1 AS c1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c2
  FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "t"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" + excluded."requests",
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");

-- card_activity: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR MAX(e2) > MAX(s2) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), MAX(e2) FROM (SELECT "p"."card_id" AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM("t"."amount"), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1, COALESCE(MAX((("h"."approved" = 1) AND ("h"."kind" = 'authorization'))), 0) AS e2, 0 AS s2 FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."card_id" >= ? AND "p"."card_id" < ? GROUP BY "p"."card_id" UNION ALL SELECT "card_id", 0, 1, 0, "total_spent", 0, "requests", 0, "has_made_transactions" FROM "card_activity" WHERE "card_id" >= ? AND "card_id" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- card_activity: where the next range begins
SELECT "card_id" FROM "payments" WHERE "card_id" >= ? ORDER BY "card_id" LIMIT 1 OFFSET ?;

-- card_activity: rows of h that break a declared key
SELECT COUNT(*) - COUNT(parent."id") FROM "request_histories" child LEFT JOIN "payments" parent ON parent."id" = child."payment_id" WHERE child."id" >= ? AND child."id" < ? AND child."payment_id" IS NOT NULL;

-- card_activity: rows of h that break a declared key
SELECT COUNT(*) - COUNT(parent."id") FROM "request_histories" child LEFT JOIN "balance_transactions" parent ON parent."id" = child."balance_transaction_id" WHERE child."id" >= ? AND child."id" < ? AND child."balance_transaction_id" IS NOT NULL;

-- card_activity: merge differences
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions") VALUES (?, ?, ?, ?) ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" + excluded."requests",
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");

-- card_activity: prune
DELETE FROM "card_activity" WHERE "card_id" = ? AND "total_spent" = 0 AND "requests" = 0 AND "has_made_transactions" = 0;

-- card_activity: read
SELECT "total_spent", "requests", "has_made_transactions" FROM "card_activity" WHERE "card_id" = ?;

-- card_activity: read from the source
SELECT "total_spent", "requests", "has_made_transactions" FROM (SELECT COALESCE(SUM("t"."amount"), 0) AS "total_spent", COUNT(*) AS "requests", COALESCE(MAX((("h"."approved" = 1) AND ("h"."kind" = 'authorization'))), 0) AS "has_made_transactions" FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."card_id" = ?) AS source;

-- card_activity: explain
SELECT "p"."id", "h"."id", "t"."id", "t"."amount", 1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."card_id" = ? ORDER BY "p"."id", "h"."id", "t"."id";

-- card_activity: unit of work: what two rows of payments contribute
SELECT MIN("p"."card_id"), -(SUM("t"."amount")), -(SUM(1)), 0
FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."id" IN (?, ?) AND NOT ("h"."id" = ?) AND NOT ("t"."id" = ?) GROUP BY "p"."card_id" ORDER BY "p"."card_id";

-- card_activity: unit of work: merge
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions", "ks$by_hooks")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), 0
FROM (
  SELECT "p"."card_id" AS k0, "t"."amount" AS c0, 1 AS c1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c2
  FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."id" = ?
  UNION ALL
  SELECT "p"."card_id" AS k0, "t"."amount" AS c0, 1 AS c1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c2
  FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "h"."id" = ? AND NOT ("p"."id" = ?)
  UNION ALL
  SELECT "p"."card_id" AS k0, "t"."amount" AS c0, 1 AS c1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c2
  FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "t"."id" = ? AND NOT ("p"."id" = ?) AND NOT ("h"."id" = ?)
  UNION ALL
  SELECT ? AS k0, ? AS c0, ? AS c1, 0 AS c2
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" + excluded."requests",
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");

-- card_activity: unit of work: merge, while capture moves
INSERT INTO "card_activity" ("card_id", "total_spent", "requests", "has_made_transactions")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT "p"."card_id" AS k0, "t"."amount" AS c0, 1 AS c1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c2
  FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "p"."id" = ?
  UNION ALL
  SELECT "p"."card_id" AS k0, "t"."amount" AS c0, 1 AS c1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c2
  FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "h"."id" = ? AND NOT ("p"."id" = ?)
  UNION ALL
  SELECT "p"."card_id" AS k0, "t"."amount" AS c0, 1 AS c1, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c2
  FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1 AND "t"."id" = ? AND NOT ("p"."id" = ?) AND NOT ("h"."id" = ?)
  UNION ALL
  SELECT ? AS k0, ? AS c0, ? AS c1, 0 AS c2 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'card_activity') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 OR MAX(delta.c2) <> 0 ORDER BY delta.k0
ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
  "requests" = "card_activity"."requests" + excluded."requests",
  "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions");
