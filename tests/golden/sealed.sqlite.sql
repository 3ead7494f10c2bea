-- sealed on SQLite

-- card_activity: table
CREATE TABLE "card_activity" (
  "card_id" INTEGER NOT NULL,
  "total_spent" INTEGER NOT NULL DEFAULT 0,
  "has_made_transactions" INTEGER NOT NULL DEFAULT 0,
  "largest" INTEGER,
  "ks$touched" INTEGER NOT NULL DEFAULT -9223372036854775807,
  PRIMARY KEY ("card_id")
) STRICT, WITHOUT ROWID;

-- card_activity: trigger on payments
CREATE TRIGGER "ks_card_activity$p_ins" AFTER INSERT ON "payments" FOR EACH ROW
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "has_made_transactions", "largest", "ks$touched")
  SELECT delta.k0, SUM(delta.c0), MAX(delta.c1), MAX(delta.c2), MIN(delta.c3)
  FROM (
    SELECT NEW."card_id" AS k0, "t"."amount" AS c0, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c1, "t"."amount" AS c2, NEW."id" AS c3
    FROM "request_histories" "h" JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE (NEW."voided" = 0) AND ("h"."payment_id" = NEW."id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions"),
    "largest" = CASE WHEN "card_activity"."largest" IS NULL OR excluded."largest" > "card_activity"."largest" THEN excluded."largest" ELSE "card_activity"."largest" END,
    "ks$touched" = CASE WHEN excluded."ks$touched" < "card_activity"."ks$touched" THEN excluded."ks$touched" ELSE "card_activity"."ks$touched" END;
END;

-- card_activity: trigger on payments
CREATE TRIGGER "ks_card_activity$p_upd" AFTER UPDATE ON "payments" FOR EACH ROW
WHEN NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."card_id" COLLATE BINARY IS NEW."card_id" AND typeof(OLD."card_id") = typeof(NEW."card_id")) OR NOT (OLD."voided" COLLATE BINARY IS NEW."voided" AND typeof(OLD."voided") = typeof(NEW."voided"))
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "has_made_transactions", "largest", "ks$touched")
  SELECT delta.k0, SUM(delta.c0), MAX(delta.c1), MAX(delta.c2), MIN(delta.c3)
  FROM (
    SELECT OLD."card_id" AS k0, -("t"."amount") AS c0, 0 AS c1, NULL AS c2, OLD."id" AS c3
    FROM "request_histories" "h" JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE (OLD."voided" = 0) AND ("h"."payment_id" = OLD."id")
    UNION ALL
    SELECT NEW."card_id" AS k0, "t"."amount" AS c0, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c1, "t"."amount" AS c2, NEW."id" AS c3
    FROM "request_histories" "h" JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE (NEW."voided" = 0) AND ("h"."payment_id" = NEW."id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions"),
    "largest" = CASE WHEN "card_activity"."largest" IS NULL OR excluded."largest" > "card_activity"."largest" THEN excluded."largest" ELSE "card_activity"."largest" END,
    "ks$touched" = CASE WHEN excluded."ks$touched" < "card_activity"."ks$touched" THEN excluded."ks$touched" ELSE "card_activity"."ks$touched" END;
  UPDATE "card_activity" SET "largest" = (
    SELECT MAX("t"."amount")
    FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."card_id" = OLD."card_id")
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT OLD."card_id" AS k0, "t"."amount" AS m0
      FROM "request_histories" "h" JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE (OLD."voided" = 0) AND ("h"."payment_id" = OLD."id") AND (NOT (OLD."card_id" COLLATE BINARY IS NEW."card_id" AND typeof(OLD."card_id") = typeof(NEW."card_id")) OR NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."voided" COLLATE BINARY IS NEW."voided" AND typeof(OLD."voided") = typeof(NEW."voided")))) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "card_activity"."card_id" = gone.k0 AND ("card_activity"."largest" IS NULL OR NOT ("card_activity"."largest" > gone.m0));
END;

-- card_activity: trigger on payments
CREATE TRIGGER "ks_card_activity$p_del" AFTER DELETE ON "payments" FOR EACH ROW
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "has_made_transactions", "largest", "ks$touched")
  SELECT delta.k0, SUM(delta.c0), MAX(delta.c1), MAX(delta.c2), MIN(delta.c3)
  FROM (
    SELECT OLD."card_id" AS k0, -("t"."amount") AS c0, 0 AS c1, NULL AS c2, OLD."id" AS c3
    FROM "request_histories" "h" JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE (OLD."voided" = 0) AND ("h"."payment_id" = OLD."id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions"),
    "largest" = CASE WHEN "card_activity"."largest" IS NULL OR excluded."largest" > "card_activity"."largest" THEN excluded."largest" ELSE "card_activity"."largest" END,
    "ks$touched" = CASE WHEN excluded."ks$touched" < "card_activity"."ks$touched" THEN excluded."ks$touched" ELSE "card_activity"."ks$touched" END;
  UPDATE "card_activity" SET "largest" = (
    SELECT MAX("t"."amount")
    FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."card_id" = OLD."card_id")
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT OLD."card_id" AS k0, "t"."amount" AS m0
      FROM "request_histories" "h" JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE (OLD."voided" = 0) AND ("h"."payment_id" = OLD."id")) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "card_activity"."card_id" = gone.k0 AND ("card_activity"."largest" IS NULL OR NOT ("card_activity"."largest" > gone.m0));
END;

-- card_activity: trigger on request_histories
CREATE TRIGGER "ks_card_activity$h_ins" AFTER INSERT ON "request_histories" FOR EACH ROW
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "has_made_transactions", "largest", "ks$touched")
  SELECT "p"."card_id", "t"."amount", ((NEW."approved" = 1) AND (NEW."kind" = 'authorization')), "t"."amount", "p"."id"
  FROM "payments" "p" JOIN "balance_transactions" "t" ON ("t"."id" = NEW."balance_transaction_id") WHERE (NEW."payment_id" = "p"."id") AND ("p"."voided" = 0)
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions"),
    "largest" = CASE WHEN "card_activity"."largest" IS NULL OR excluded."largest" > "card_activity"."largest" THEN excluded."largest" ELSE "card_activity"."largest" END,
    "ks$touched" = CASE WHEN excluded."ks$touched" < "card_activity"."ks$touched" THEN excluded."ks$touched" ELSE "card_activity"."ks$touched" END;
END;

-- card_activity: trigger on request_histories
CREATE TRIGGER "ks_card_activity$h_upd" AFTER UPDATE ON "request_histories" FOR EACH ROW
WHEN NOT (OLD."payment_id" COLLATE BINARY IS NEW."payment_id" AND typeof(OLD."payment_id") = typeof(NEW."payment_id")) OR NOT (OLD."balance_transaction_id" COLLATE BINARY IS NEW."balance_transaction_id" AND typeof(OLD."balance_transaction_id") = typeof(NEW."balance_transaction_id")) OR NOT (OLD."kind" COLLATE BINARY IS NEW."kind" AND typeof(OLD."kind") = typeof(NEW."kind")) OR NOT (OLD."approved" COLLATE BINARY IS NEW."approved" AND typeof(OLD."approved") = typeof(NEW."approved"))
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "has_made_transactions", "largest", "ks$touched")
  SELECT delta.k0, SUM(delta.c0), MAX(delta.c1), MAX(delta.c2), MIN(delta.c3)
  FROM (
    SELECT "p"."card_id" AS k0, -("t"."amount") AS c0, 0 AS c1, NULL AS c2, "p"."id" AS c3
    FROM "payments" "p" JOIN "balance_transactions" "t" ON ("t"."id" = OLD."balance_transaction_id") WHERE (OLD."payment_id" = "p"."id") AND ("p"."voided" = 0)
    UNION ALL
    SELECT "p"."card_id" AS k0, "t"."amount" AS c0, ((NEW."approved" = 1) AND (NEW."kind" = 'authorization')) AS c1, "t"."amount" AS c2, "p"."id" AS c3
    FROM "payments" "p" JOIN "balance_transactions" "t" ON ("t"."id" = NEW."balance_transaction_id") WHERE (NEW."payment_id" = "p"."id") AND ("p"."voided" = 0)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions"),
    "largest" = CASE WHEN "card_activity"."largest" IS NULL OR excluded."largest" > "card_activity"."largest" THEN excluded."largest" ELSE "card_activity"."largest" END,
    "ks$touched" = CASE WHEN excluded."ks$touched" < "card_activity"."ks$touched" THEN excluded."ks$touched" ELSE "card_activity"."ks$touched" END;
  UPDATE "card_activity" SET "largest" = (
    SELECT MAX("t"."amount")
    FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."card_id" = "card_activity"."card_id")
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT "p"."card_id" AS k0, "t"."amount" AS m0
      FROM "payments" "p" JOIN "balance_transactions" "t" ON ("t"."id" = OLD."balance_transaction_id") WHERE (OLD."payment_id" = "p"."id") AND ("p"."voided" = 0) AND (NOT (OLD."balance_transaction_id" COLLATE BINARY IS NEW."balance_transaction_id" AND typeof(OLD."balance_transaction_id") = typeof(NEW."balance_transaction_id")) OR NOT (OLD."payment_id" COLLATE BINARY IS NEW."payment_id" AND typeof(OLD."payment_id") = typeof(NEW."payment_id")))) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "card_activity"."card_id" = gone.k0 AND ("card_activity"."largest" IS NULL OR NOT ("card_activity"."largest" > gone.m0));
END;

-- card_activity: trigger on request_histories
CREATE TRIGGER "ks_card_activity$h_del" AFTER DELETE ON "request_histories" FOR EACH ROW
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "has_made_transactions", "largest", "ks$touched")
  SELECT "p"."card_id", -("t"."amount"), 0, NULL, "p"."id"
  FROM "payments" "p" JOIN "balance_transactions" "t" ON ("t"."id" = OLD."balance_transaction_id") WHERE (OLD."payment_id" = "p"."id") AND ("p"."voided" = 0)
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions"),
    "largest" = CASE WHEN "card_activity"."largest" IS NULL OR excluded."largest" > "card_activity"."largest" THEN excluded."largest" ELSE "card_activity"."largest" END,
    "ks$touched" = CASE WHEN excluded."ks$touched" < "card_activity"."ks$touched" THEN excluded."ks$touched" ELSE "card_activity"."ks$touched" END;
  UPDATE "card_activity" SET "largest" = (
    SELECT MAX("t"."amount")
    FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."card_id" = "card_activity"."card_id")
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT "p"."card_id" AS k0, "t"."amount" AS m0
      FROM "payments" "p" JOIN "balance_transactions" "t" ON ("t"."id" = OLD."balance_transaction_id") WHERE (OLD."payment_id" = "p"."id") AND ("p"."voided" = 0)) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "card_activity"."card_id" = gone.k0 AND ("card_activity"."largest" IS NULL OR NOT ("card_activity"."largest" > gone.m0));
END;

-- card_activity: trigger on balance_transactions
CREATE TRIGGER "ks_card_activity$t_ins" AFTER INSERT ON "balance_transactions" FOR EACH ROW
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "has_made_transactions", "largest", "ks$touched")
  SELECT delta.k0, SUM(delta.c0), MAX(delta.c1), MAX(delta.c2), MIN(delta.c3)
  FROM (
    SELECT "p"."card_id" AS k0, NEW."amount" AS c0, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c1, NEW."amount" AS c2, "p"."id" AS c3
    FROM "request_histories" "h" JOIN "payments" "p" ON ("h"."payment_id" = "p"."id") AND ("p"."voided" = 0) WHERE (NEW."id" = "h"."balance_transaction_id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions"),
    "largest" = CASE WHEN "card_activity"."largest" IS NULL OR excluded."largest" > "card_activity"."largest" THEN excluded."largest" ELSE "card_activity"."largest" END,
    "ks$touched" = CASE WHEN excluded."ks$touched" < "card_activity"."ks$touched" THEN excluded."ks$touched" ELSE "card_activity"."ks$touched" END;
END;

-- card_activity: trigger on balance_transactions
CREATE TRIGGER "ks_card_activity$t_upd" AFTER UPDATE ON "balance_transactions" FOR EACH ROW
WHEN NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."amount" COLLATE BINARY IS NEW."amount" AND typeof(OLD."amount") = typeof(NEW."amount"))
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "has_made_transactions", "largest", "ks$touched")
  SELECT delta.k0, SUM(delta.c0), MAX(delta.c1), MAX(delta.c2), MIN(delta.c3)
  FROM (
    SELECT "p"."card_id" AS k0, -(OLD."amount") AS c0, 0 AS c1, NULL AS c2, "p"."id" AS c3
    FROM "request_histories" "h" JOIN "payments" "p" ON ("h"."payment_id" = "p"."id") AND ("p"."voided" = 0) WHERE (OLD."id" = "h"."balance_transaction_id")
    UNION ALL
    SELECT "p"."card_id" AS k0, NEW."amount" AS c0, (("h"."approved" = 1) AND ("h"."kind" = 'authorization')) AS c1, NEW."amount" AS c2, "p"."id" AS c3
    FROM "request_histories" "h" JOIN "payments" "p" ON ("h"."payment_id" = "p"."id") AND ("p"."voided" = 0) WHERE (NEW."id" = "h"."balance_transaction_id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions"),
    "largest" = CASE WHEN "card_activity"."largest" IS NULL OR excluded."largest" > "card_activity"."largest" THEN excluded."largest" ELSE "card_activity"."largest" END,
    "ks$touched" = CASE WHEN excluded."ks$touched" < "card_activity"."ks$touched" THEN excluded."ks$touched" ELSE "card_activity"."ks$touched" END;
  UPDATE "card_activity" SET "largest" = (
    SELECT MAX("t"."amount")
    FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."card_id" = "card_activity"."card_id")
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT "p"."card_id" AS k0, OLD."amount" AS m0
      FROM "request_histories" "h" JOIN "payments" "p" ON ("h"."payment_id" = "p"."id") AND ("p"."voided" = 0) WHERE (OLD."id" = "h"."balance_transaction_id") AND (NOT (OLD."amount" COLLATE BINARY IS NEW."amount" AND typeof(OLD."amount") = typeof(NEW."amount")) OR NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")))) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "card_activity"."card_id" = gone.k0 AND ("card_activity"."largest" IS NULL OR NOT ("card_activity"."largest" > gone.m0));
END;

-- card_activity: trigger on balance_transactions
CREATE TRIGGER "ks_card_activity$t_del" AFTER DELETE ON "balance_transactions" FOR EACH ROW
BEGIN
  INSERT INTO "card_activity" ("card_id", "total_spent", "has_made_transactions", "largest", "ks$touched")
  SELECT delta.k0, SUM(delta.c0), MAX(delta.c1), MAX(delta.c2), MIN(delta.c3)
  FROM (
    SELECT "p"."card_id" AS k0, -(OLD."amount") AS c0, 0 AS c1, NULL AS c2, "p"."id" AS c3
    FROM "request_histories" "h" JOIN "payments" "p" ON ("h"."payment_id" = "p"."id") AND ("p"."voided" = 0) WHERE (OLD."id" = "h"."balance_transaction_id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("card_id") DO UPDATE SET
    "total_spent" = "card_activity"."total_spent" + excluded."total_spent",
    "has_made_transactions" = max("card_activity"."has_made_transactions", excluded."has_made_transactions"),
    "largest" = CASE WHEN "card_activity"."largest" IS NULL OR excluded."largest" > "card_activity"."largest" THEN excluded."largest" ELSE "card_activity"."largest" END,
    "ks$touched" = CASE WHEN excluded."ks$touched" < "card_activity"."ks$touched" THEN excluded."ks$touched" ELSE "card_activity"."ks$touched" END;
  UPDATE "card_activity" SET "largest" = (
    SELECT MAX("t"."amount")
    FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."card_id" = "card_activity"."card_id")
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT "p"."card_id" AS k0, OLD."amount" AS m0
      FROM "request_histories" "h" JOIN "payments" "p" ON ("h"."payment_id" = "p"."id") AND ("p"."voided" = 0) WHERE (OLD."id" = "h"."balance_transaction_id")) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "card_activity"."card_id" = gone.k0 AND ("card_activity"."largest" IS NULL OR NOT ("card_activity"."largest" > gone.m0));
END;

-- card_activity: table of totals
CREATE TABLE "ks_card_activity$sealed" (
  "card_id" INTEGER NOT NULL,
  "ks$sealed_to" INTEGER NOT NULL,
  "ks$open" INTEGER NOT NULL DEFAULT 0,
  "ks$rows" INTEGER NOT NULL DEFAULT 0,
  "total_spent" INTEGER NOT NULL DEFAULT 0,
  "has_made_transactions" INTEGER NOT NULL DEFAULT 0,
  "largest" INTEGER,
  PRIMARY KEY ("card_id")
) STRICT, WITHOUT ROWID;

-- card_activity: keys that are not as their totals say
SELECT k0, is_open, CASE WHEN e0 <> s0 OR e1 > s1 OR NOT (e2 IS s2) THEN 1 ELSE 0 END, has_total FROM (SELECT "card_activity"."card_id" AS k0, CASE WHEN "card_activity"."ks$touched" <= ? OR "ks_card_activity$sealed"."ks$open" = 1 THEN 1 ELSE 0 END AS is_open, CASE WHEN "ks_card_activity$sealed"."ks$open" IS NULL THEN 0 ELSE 1 END AS has_total, COALESCE("ks_card_activity$sealed"."total_spent", 0) + COALESCE("ks$since".e0, 0) AS e0, "card_activity"."total_spent" AS s0, CASE WHEN "ks_card_activity$sealed"."has_made_transactions" = 1 OR "ks$since".e1 = 1 THEN 1 ELSE 0 END AS e1, "card_activity"."has_made_transactions" AS s1, CASE WHEN "ks_card_activity$sealed"."largest" IS NULL OR "ks$since".e2 > "ks_card_activity$sealed"."largest" THEN "ks$since".e2 ELSE "ks_card_activity$sealed"."largest" END AS e2, "card_activity"."largest" AS s2 FROM "card_activity" LEFT JOIN "ks_card_activity$sealed" ON "ks_card_activity$sealed"."card_id" = "card_activity"."card_id" LEFT JOIN (SELECT "p"."card_id" AS k0, COUNT(*), COALESCE(SUM("t"."amount"), 0) AS e0, 0 AS s0, COALESCE(MAX((("h"."approved" = 1) AND ("h"."kind" = 'authorization'))), 0) AS e1, 0 AS s1, MAX("t"."amount") AS e2, NULL AS s2 FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."id" > ? GROUP BY "p"."card_id") AS "ks$since" ON "card_activity"."card_id" = "ks$since".k0) AS sealed WHERE (is_open = 1 OR has_total = 0 OR e0 <> s0 OR e1 > s1 OR NOT (e2 IS s2)) IS TRUE UNION ALL SELECT "ks$since".k0, 0, 1, 1 FROM (SELECT "p"."card_id" AS k0, COUNT(*), COALESCE(SUM("t"."amount"), 0) AS e0, 0 AS s0, COALESCE(MAX((("h"."approved" = 1) AND ("h"."kind" = 'authorization'))), 0) AS e1, 0 AS s1, MAX("t"."amount") AS e2, NULL AS s2 FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."id" > ? AND NOT EXISTS (SELECT 1 FROM "card_activity" WHERE "card_activity"."card_id" = "p"."card_id") GROUP BY "p"."card_id") AS "ks$since" WHERE ("ks$since".e0 <> 0 OR "ks$since".e1 <> 0 OR "ks$since".e2 IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM "ks_card_activity$sealed" WHERE "ks_card_activity$sealed"."card_id" = "ks$since".k0 AND ("ks_card_activity$sealed"."total_spent" <> 0 OR "ks_card_activity$sealed"."has_made_transactions" <> 0 OR "ks_card_activity$sealed"."largest" IS NOT NULL));

-- card_activity: totals of no key
SELECT "ks_card_activity$sealed"."card_id" FROM "ks_card_activity$sealed" WHERE ("ks_card_activity$sealed"."total_spent" <> 0 OR "ks_card_activity$sealed"."has_made_transactions" <> 0 OR "ks_card_activity$sealed"."largest" IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM "card_activity" WHERE "ks_card_activity$sealed"."card_id" = "card_activity"."card_id");

-- card_activity: rows above the seal
SELECT COUNT(*) FROM "payments" WHERE "id" > ?;

-- card_activity: whether history is gone
SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM "payments" WHERE "id" <= ?) OR NOT EXISTS (SELECT 1 FROM "payments") OR NOT EXISTS (SELECT 1 FROM "request_histories") OR NOT EXISTS (SELECT 1 FROM "balance_transactions") THEN 1 ELSE 0 END;

-- card_activity: totals of a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR MAX(e1) > MAX(s1) OR NOT (MAX(e2) IS MAX(s2)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), MAX(e1), MAX(s1), MAX(e1), MAX(e2), MAX(s2), NULL FROM (SELECT "p"."card_id" AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM("t"."amount"), 0) AS e0, 0 AS s0, COALESCE(MAX((("h"."approved" = 1) AND ("h"."kind" = 'authorization'))), 0) AS e1, 0 AS s1, MAX("t"."amount") AS e2, NULL AS s2 FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."id" <= ? AND "p"."card_id" >= ? AND "p"."card_id" < ? GROUP BY "p"."card_id" UNION ALL SELECT "card_activity"."card_id", 0, 1, 0, COALESCE("ks_card_activity$sealed"."total_spent", 0), 0, COALESCE("ks_card_activity$sealed"."has_made_transactions", 0), NULL, "ks_card_activity$sealed"."largest" FROM "card_activity" LEFT JOIN "ks_card_activity$sealed" ON "ks_card_activity$sealed"."card_id" = "card_activity"."card_id" WHERE "card_activity"."ks$touched" > ? AND COALESCE("ks_card_activity$sealed"."ks$open", 0) = 0 AND "card_activity"."card_id" >= ? AND "card_activity"."card_id" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- card_activity: the total of a key
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR MAX(e1) > MAX(s1) OR NOT (MAX(e2) IS MAX(s2)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), MAX(e1), MAX(s1), MAX(e1), MAX(e2), MAX(s2), NULL FROM (SELECT "p"."card_id" AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM("t"."amount"), 0) AS e0, 0 AS s0, COALESCE(MAX((("h"."approved" = 1) AND ("h"."kind" = 'authorization'))), 0) AS e1, 0 AS s1, MAX("t"."amount") AS e2, NULL AS s2 FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."id" <= ? AND "p"."card_id" = ? GROUP BY "p"."card_id" UNION ALL SELECT "card_activity"."card_id", 0, 1, 0, COALESCE("ks_card_activity$sealed"."total_spent", 0), 0, COALESCE("ks_card_activity$sealed"."has_made_transactions", 0), NULL, "ks_card_activity$sealed"."largest" FROM "card_activity" LEFT JOIN "ks_card_activity$sealed" ON "ks_card_activity$sealed"."card_id" = "card_activity"."card_id" WHERE "card_activity"."ks$touched" > ? AND COALESCE("ks_card_activity$sealed"."ks$open", 0) = 0 AND "card_activity"."card_id" = ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- card_activity: keys touched since
SELECT "card_id" FROM "card_activity" WHERE "ks$touched" <= ? AND "ks$touched" > ? AND NOT EXISTS (SELECT 1 FROM "ks_card_activity$sealed" WHERE "ks_card_activity$sealed"."card_id" = "card_activity"."card_id" AND "ks_card_activity$sealed"."ks$sealed_to" >= ?) AND "card_id" >= ? ORDER BY "card_id" LIMIT 10000;

-- card_activity: reset one
UPDATE "card_activity" SET "ks$touched" = 9223372036854775807 WHERE "card_id" = ? AND "ks$touched" <= ? AND "ks$touched" > ? AND NOT EXISTS (SELECT 1 FROM "ks_card_activity$sealed" WHERE "ks_card_activity$sealed"."card_id" = "card_activity"."card_id" AND "ks_card_activity$sealed"."ks$sealed_to" >= ?);

-- card_activity: totals since
SELECT "p"."card_id" AS k0, COUNT(*), COALESCE(SUM("t"."amount"), 0) AS e0, 0 AS s0, COALESCE(MAX((("h"."approved" = 1) AND ("h"."kind" = 'authorization'))), 0) AS e1, 0 AS s1, MAX("t"."amount") AS e2, NULL AS s2 FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."id" <= ? AND "p"."id" > ? AND "p"."card_id" >= ? AND "p"."card_id" < ? AND NOT EXISTS (SELECT 1 FROM "ks_card_activity$sealed" WHERE "ks_card_activity$sealed"."card_id" = "p"."card_id" AND "ks_card_activity$sealed"."ks$sealed_to" >= ?) GROUP BY "p"."card_id" ORDER BY k0;

-- card_activity: first totals
SELECT "p"."card_id" AS k0, COUNT(*), COALESCE(SUM("t"."amount"), 0) AS e0, 0 AS s0, COALESCE(MAX((("h"."approved" = 1) AND ("h"."kind" = 'authorization'))), 0) AS e1, 0 AS s1, MAX("t"."amount") AS e2, NULL AS s2 FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."id" <= ? GROUP BY "p"."card_id" ORDER BY k0;

-- card_activity: add totals
INSERT INTO "ks_card_activity$sealed" ("card_id", "ks$sealed_to", "ks$rows", "total_spent", "has_made_transactions", "largest") VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT ("card_id") DO UPDATE SET
  "total_spent" = "ks_card_activity$sealed"."total_spent" + excluded."total_spent",
  "has_made_transactions" = max("ks_card_activity$sealed"."has_made_transactions", excluded."has_made_transactions"),
  "largest" = CASE WHEN "ks_card_activity$sealed"."largest" IS NULL OR excluded."largest" > "ks_card_activity$sealed"."largest" THEN excluded."largest" ELSE "ks_card_activity$sealed"."largest" END,
  "ks$rows" = "ks_card_activity$sealed"."ks$rows" + excluded."ks$rows",
  "ks$sealed_to" = excluded."ks$sealed_to";

-- card_activity: the last that was added
SELECT "card_id" FROM "ks_card_activity$sealed" WHERE "ks$sealed_to" >= ? ORDER BY "card_id" DESC LIMIT 1;

-- card_activity: rows sealed
SELECT COALESCE(SUM("ks$rows"), 0) FROM "ks_card_activity$sealed";

-- card_activity: seal a key anew: open
INSERT INTO "ks_card_activity$sealed" ("card_id", "ks$sealed_to", "ks$open") VALUES (?, ?, 1) ON CONFLICT ("card_id") DO UPDATE SET
  "ks$open" = 1;

-- card_activity: seal a key anew: reset
UPDATE "card_activity" SET "ks$touched" = 9223372036854775807 WHERE "card_id" = ?;

-- card_activity: seal a key anew: read
SELECT COUNT(*), COALESCE(SUM("t"."amount"), 0), COALESCE(MAX((("h"."approved" = 1) AND ("h"."kind" = 'authorization'))), 0), MAX("t"."amount") FROM "payments" "p" JOIN "request_histories" "h" ON ("h"."payment_id" = "p"."id") JOIN "balance_transactions" "t" ON ("t"."id" = "h"."balance_transaction_id") WHERE ("p"."voided" = 0) AND "p"."card_id" = ? AND "p"."id" <= ?;

-- card_activity: seal a key anew: close
UPDATE "ks_card_activity$sealed" SET "ks$sealed_to" = ?, "ks$rows" = ?, "total_spent" = ?, "has_made_transactions" = ?, "largest" = ?, "ks$open" = 0 WHERE "card_id" = ?;

-- card_activity: where a first part of the totals ends
SELECT "card_id" FROM "ks_card_activity$sealed" ORDER BY "card_id" LIMIT 1 OFFSET 1000;

-- card_activity: delete them
DELETE FROM "ks_card_activity$sealed" WHERE "card_id" < ?;
