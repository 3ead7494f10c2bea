-- types on SQLite

-- account_days: table
CREATE TABLE "account_days" (
  "owner" TEXT COLLATE "NOCASE" NOT NULL,
  "day" TEXT NOT NULL,
  "net" INTEGER NOT NULL DEFAULT 0,
  "money" INTEGER NOT NULL DEFAULT 0,
  "mean" ANY AS (CASE WHEN "ks_mean_count" = 0 THEN NULL ELSE "ks_mean_sum" * 1.0 / "ks_mean_count" END) VIRTUAL,
  "highest" INTEGER,
  "last" TEXT,
  "named" INTEGER NOT NULL DEFAULT 0,
  "ks_mean_sum" INTEGER NOT NULL DEFAULT 0,
  "ks_mean_count" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("owner", "day")
) STRICT, WITHOUT ROWID;

-- account_days: trigger on bookings
CREATE TRIGGER "ks_account_days$b_ins" AFTER INSERT ON "bookings" FOR EACH ROW
BEGIN
  INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
  SELECT "a"."owner", date(NEW."booked_at"), (NEW."credit" - NEW."debit"), NEW."money", NEW."money", 1, NEW."credit", NEW."booked_at", (lower("a"."owner") GLOB lower('a*'))
  FROM "accounts" "a" WHERE (date(NEW."booked_at") IS NOT NULL) AND ("a"."id" = NEW."account_id")
  ON CONFLICT ("owner", "day") DO UPDATE SET
    "net" = "account_days"."net" + excluded."net",
    "money" = "account_days"."money" + excluded."money",
    "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
    "ks_mean_count" = "account_days"."ks_mean_count" + 1,
    "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
    "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
    "named" = "account_days"."named" + excluded."named";
END;

-- account_days: trigger on bookings
CREATE TRIGGER "ks_account_days$b_upd" AFTER UPDATE ON "bookings" FOR EACH ROW
WHEN NOT (OLD."account_id" COLLATE BINARY IS NEW."account_id" AND typeof(OLD."account_id") = typeof(NEW."account_id")) OR NOT (OLD."credit" COLLATE BINARY IS NEW."credit" AND typeof(OLD."credit") = typeof(NEW."credit")) OR NOT (OLD."debit" COLLATE BINARY IS NEW."debit" AND typeof(OLD."debit") = typeof(NEW."debit")) OR NOT (OLD."money" COLLATE BINARY IS NEW."money" AND typeof(OLD."money") = typeof(NEW."money")) OR NOT (OLD."booked_at" COLLATE BINARY IS NEW."booked_at" AND typeof(OLD."booked_at") = typeof(NEW."booked_at"))
BEGIN
  INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
  SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
  FROM (
    SELECT "a"."owner" AS k0, date(OLD."booked_at") AS k1, -((OLD."credit" - OLD."debit")) AS c0, -(OLD."money") AS c1, -(OLD."money") AS c2, -1 AS c3, NULL AS c4, NULL AS c5, -((lower("a"."owner") GLOB lower('a*'))) AS c6
    FROM "accounts" "a" WHERE (date(OLD."booked_at") IS NOT NULL) AND ("a"."id" = OLD."account_id")
    UNION ALL
    SELECT "a"."owner" AS k0, date(NEW."booked_at") AS k1, (NEW."credit" - NEW."debit") AS c0, NEW."money" AS c1, NEW."money" AS c2, 1 AS c3, NEW."credit" AS c4, NEW."booked_at" AS c5, (lower("a"."owner") GLOB lower('a*')) AS c6
    FROM "accounts" "a" WHERE (date(NEW."booked_at") IS NOT NULL) AND ("a"."id" = NEW."account_id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
  ON CONFLICT ("owner", "day") DO UPDATE SET
    "net" = "account_days"."net" + excluded."net",
    "money" = "account_days"."money" + excluded."money",
    "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
    "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
    "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
    "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
    "named" = "account_days"."named" + excluded."named";
  UPDATE "account_days" SET "highest" = (
    SELECT MAX("b"."credit")
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = date(OLD."booked_at"))
  FROM (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT "a"."owner" AS k0, date(OLD."booked_at") AS k1, OLD."credit" AS m0
      FROM "accounts" "a" WHERE (date(OLD."booked_at") IS NOT NULL) AND ("a"."id" = OLD."account_id") AND (NOT (OLD."account_id" COLLATE BINARY IS NEW."account_id" AND typeof(OLD."account_id") = typeof(NEW."account_id")) OR NOT (OLD."booked_at" COLLATE BINARY IS NEW."booked_at" AND typeof(OLD."booked_at") = typeof(NEW."booked_at")) OR NOT (OLD."credit" COLLATE BINARY IS NEW."credit" AND typeof(OLD."credit") = typeof(NEW."credit")))) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
  ) AS gone
  WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."highest" IS NULL OR NOT ("account_days"."highest" > gone.m0));
  UPDATE "account_days" SET "last" = (
    SELECT MAX("b"."booked_at")
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = date(OLD."booked_at"))
  FROM (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT "a"."owner" AS k0, date(OLD."booked_at") AS k1, OLD."booked_at" AS m0
      FROM "accounts" "a" WHERE (date(OLD."booked_at") IS NOT NULL) AND ("a"."id" = OLD."account_id") AND (NOT (OLD."account_id" COLLATE BINARY IS NEW."account_id" AND typeof(OLD."account_id") = typeof(NEW."account_id")) OR NOT (OLD."booked_at" COLLATE BINARY IS NEW."booked_at" AND typeof(OLD."booked_at") = typeof(NEW."booked_at")))) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
  ) AS gone
  WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."last" IS NULL OR NOT ("account_days"."last" > gone.m0));
END;

-- account_days: trigger on bookings
CREATE TRIGGER "ks_account_days$b_del" AFTER DELETE ON "bookings" FOR EACH ROW
BEGIN
  INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
  SELECT "a"."owner", date(OLD."booked_at"), -((OLD."credit" - OLD."debit")), -(OLD."money"), -(OLD."money"), -1, NULL, NULL, -((lower("a"."owner") GLOB lower('a*')))
  FROM "accounts" "a" WHERE (date(OLD."booked_at") IS NOT NULL) AND ("a"."id" = OLD."account_id")
  ON CONFLICT ("owner", "day") DO UPDATE SET
    "net" = "account_days"."net" + excluded."net",
    "money" = "account_days"."money" + excluded."money",
    "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
    "ks_mean_count" = "account_days"."ks_mean_count" - 1,
    "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
    "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
    "named" = "account_days"."named" + excluded."named";
  UPDATE "account_days" SET "highest" = (
    SELECT MAX("b"."credit")
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = date(OLD."booked_at"))
  FROM (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT "a"."owner" AS k0, date(OLD."booked_at") AS k1, OLD."credit" AS m0
      FROM "accounts" "a" WHERE (date(OLD."booked_at") IS NOT NULL) AND ("a"."id" = OLD."account_id")) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
  ) AS gone
  WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."highest" IS NULL OR NOT ("account_days"."highest" > gone.m0));
  UPDATE "account_days" SET "last" = (
    SELECT MAX("b"."booked_at")
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = date(OLD."booked_at"))
  FROM (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT "a"."owner" AS k0, date(OLD."booked_at") AS k1, OLD."booked_at" AS m0
      FROM "accounts" "a" WHERE (date(OLD."booked_at") IS NOT NULL) AND ("a"."id" = OLD."account_id")) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
  ) AS gone
  WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."last" IS NULL OR NOT ("account_days"."last" > gone.m0));
END;

-- account_days: trigger on accounts
CREATE TRIGGER "ks_account_days$a_ins" AFTER INSERT ON "accounts" FOR EACH ROW
BEGIN
  INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
  SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
  FROM (
    SELECT NEW."owner" AS k0, date("b"."booked_at") AS k1, ("b"."credit" - "b"."debit") AS c0, "b"."money" AS c1, "b"."money" AS c2, 1 AS c3, "b"."credit" AS c4, "b"."booked_at" AS c5, (lower(NEW."owner") GLOB lower('a*')) AS c6
    FROM "bookings" "b" WHERE (NEW."id" = "b"."account_id") AND (date("b"."booked_at") IS NOT NULL)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
  ON CONFLICT ("owner", "day") DO UPDATE SET
    "net" = "account_days"."net" + excluded."net",
    "money" = "account_days"."money" + excluded."money",
    "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
    "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
    "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
    "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
    "named" = "account_days"."named" + excluded."named";
END;

-- account_days: trigger on accounts
CREATE TRIGGER "ks_account_days$a_upd" AFTER UPDATE ON "accounts" FOR EACH ROW
WHEN NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."owner" COLLATE BINARY IS NEW."owner" AND typeof(OLD."owner") = typeof(NEW."owner"))
BEGIN
  INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
  SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
  FROM (
    SELECT OLD."owner" AS k0, date("b"."booked_at") AS k1, -(("b"."credit" - "b"."debit")) AS c0, -("b"."money") AS c1, -("b"."money") AS c2, -1 AS c3, NULL AS c4, NULL AS c5, -((lower(OLD."owner") GLOB lower('a*'))) AS c6
    FROM "bookings" "b" WHERE (OLD."id" = "b"."account_id") AND (date("b"."booked_at") IS NOT NULL)
    UNION ALL
    SELECT NEW."owner" AS k0, date("b"."booked_at") AS k1, ("b"."credit" - "b"."debit") AS c0, "b"."money" AS c1, "b"."money" AS c2, 1 AS c3, "b"."credit" AS c4, "b"."booked_at" AS c5, (lower(NEW."owner") GLOB lower('a*')) AS c6
    FROM "bookings" "b" WHERE (NEW."id" = "b"."account_id") AND (date("b"."booked_at") IS NOT NULL)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
  ON CONFLICT ("owner", "day") DO UPDATE SET
    "net" = "account_days"."net" + excluded."net",
    "money" = "account_days"."money" + excluded."money",
    "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
    "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
    "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
    "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
    "named" = "account_days"."named" + excluded."named";
  UPDATE "account_days" SET "highest" = (
    SELECT MAX("b"."credit")
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" = OLD."owner" AND date("b"."booked_at") = "account_days"."day")
  FROM (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT OLD."owner" AS k0, date("b"."booked_at") AS k1, "b"."credit" AS m0
      FROM "bookings" "b" WHERE (OLD."id" = "b"."account_id") AND (date("b"."booked_at") IS NOT NULL) AND (NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."owner" COLLATE BINARY IS NEW."owner" AND typeof(OLD."owner") = typeof(NEW."owner")))) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
  ) AS gone
  WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."highest" IS NULL OR NOT ("account_days"."highest" > gone.m0));
  UPDATE "account_days" SET "last" = (
    SELECT MAX("b"."booked_at")
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" = OLD."owner" AND date("b"."booked_at") = "account_days"."day")
  FROM (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT OLD."owner" AS k0, date("b"."booked_at") AS k1, "b"."booked_at" AS m0
      FROM "bookings" "b" WHERE (OLD."id" = "b"."account_id") AND (date("b"."booked_at") IS NOT NULL) AND (NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."owner" COLLATE BINARY IS NEW."owner" AND typeof(OLD."owner") = typeof(NEW."owner")))) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
  ) AS gone
  WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."last" IS NULL OR NOT ("account_days"."last" > gone.m0));
END;

-- account_days: trigger on accounts
CREATE TRIGGER "ks_account_days$a_del" AFTER DELETE ON "accounts" FOR EACH ROW
BEGIN
  INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
  SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
  FROM (
    SELECT OLD."owner" AS k0, date("b"."booked_at") AS k1, -(("b"."credit" - "b"."debit")) AS c0, -("b"."money") AS c1, -("b"."money") AS c2, -1 AS c3, NULL AS c4, NULL AS c5, -((lower(OLD."owner") GLOB lower('a*'))) AS c6
    FROM "bookings" "b" WHERE (OLD."id" = "b"."account_id") AND (date("b"."booked_at") IS NOT NULL)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
  ON CONFLICT ("owner", "day") DO UPDATE SET
    "net" = "account_days"."net" + excluded."net",
    "money" = "account_days"."money" + excluded."money",
    "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
    "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
    "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
    "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
    "named" = "account_days"."named" + excluded."named";
  UPDATE "account_days" SET "highest" = (
    SELECT MAX("b"."credit")
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" = OLD."owner" AND date("b"."booked_at") = "account_days"."day")
  FROM (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT OLD."owner" AS k0, date("b"."booked_at") AS k1, "b"."credit" AS m0
      FROM "bookings" "b" WHERE (OLD."id" = "b"."account_id") AND (date("b"."booked_at") IS NOT NULL)) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
  ) AS gone
  WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."highest" IS NULL OR NOT ("account_days"."highest" > gone.m0));
  UPDATE "account_days" SET "last" = (
    SELECT MAX("b"."booked_at")
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" = OLD."owner" AND date("b"."booked_at") = "account_days"."day")
  FROM (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT OLD."owner" AS k0, date("b"."booked_at") AS k1, "b"."booked_at" AS m0
      FROM "bookings" "b" WHERE (OLD."id" = "b"."account_id") AND (date("b"."booked_at") IS NOT NULL)) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
  ) AS gone
  WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."last" IS NULL OR NOT ("account_days"."last" > gone.m0));
END;

-- account_days: hook after insert of a row of bookings
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
SELECT "a"."owner", date("b"."booked_at"), ("b"."credit" - "b"."debit"), "b"."money", "b"."money", 1, "b"."credit", "b"."booked_at", (lower("a"."owner") GLOB lower('a*'))
FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "b"."id" = ?
ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" + 1,
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: hook before update of a row of bookings
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
SELECT "a"."owner", date("b"."booked_at"), -(("b"."credit" - "b"."debit")), -("b"."money"), -("b"."money"), -1, NULL, NULL, -((lower("a"."owner") GLOB lower('a*')))
FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "b"."id" = ?
ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" - 1,
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: hook before update of a row of bookings
UPDATE "account_days" SET "highest" = (
  SELECT MAX("b"."credit")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND ("b"."id" = ?) IS NOT TRUE AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = "account_days"."day")
FROM (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, "b"."credit" AS m0
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "b"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
) AS gone
WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."highest" IS NULL OR NOT ("account_days"."highest" > gone.m0));

-- account_days: hook before update of a row of bookings
UPDATE "account_days" SET "last" = (
  SELECT MAX("b"."booked_at")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND ("b"."id" = ?) IS NOT TRUE AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = "account_days"."day")
FROM (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, "b"."booked_at" AS m0
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "b"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
) AS gone
WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."last" IS NULL OR NOT ("account_days"."last" > gone.m0));

-- account_days: hook after update of a row of bookings
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
SELECT "a"."owner", date("b"."booked_at"), ("b"."credit" - "b"."debit"), "b"."money", "b"."money", 1, "b"."credit", "b"."booked_at", (lower("a"."owner") GLOB lower('a*'))
FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "b"."id" = ?
ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" + 1,
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: hook before delete of a row of bookings
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
SELECT "a"."owner", date("b"."booked_at"), -(("b"."credit" - "b"."debit")), -("b"."money"), -("b"."money"), -1, NULL, NULL, -((lower("a"."owner") GLOB lower('a*')))
FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "b"."id" = ?
ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" - 1,
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: hook before delete of a row of bookings
UPDATE "account_days" SET "highest" = (
  SELECT MAX("b"."credit")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND ("b"."id" = ?) IS NOT TRUE AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = "account_days"."day")
FROM (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, "b"."credit" AS m0
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "b"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
) AS gone
WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."highest" IS NULL OR NOT ("account_days"."highest" > gone.m0));

-- account_days: hook before delete of a row of bookings
UPDATE "account_days" SET "last" = (
  SELECT MAX("b"."booked_at")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND ("b"."id" = ?) IS NOT TRUE AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = "account_days"."day")
FROM (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, "b"."booked_at" AS m0
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "b"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
) AS gone
WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."last" IS NULL OR NOT ("account_days"."last" > gone.m0));

-- account_days: hook after insert of a row of accounts
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
FROM (
  SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, ("b"."credit" - "b"."debit") AS c0, "b"."money" AS c1, "b"."money" AS c2, 1 AS c3, "b"."credit" AS c4, "b"."booked_at" AS c5, (lower("a"."owner") GLOB lower('a*')) AS c6
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "a"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: hook before update of a row of accounts
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
FROM (
  SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, -(("b"."credit" - "b"."debit")) AS c0, -("b"."money") AS c1, -("b"."money") AS c2, -1 AS c3, NULL AS c4, NULL AS c5, -((lower("a"."owner") GLOB lower('a*'))) AS c6
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "a"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: hook before update of a row of accounts
UPDATE "account_days" SET "highest" = (
  SELECT MAX("b"."credit")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND ("a"."id" = ?) IS NOT TRUE AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = "account_days"."day")
FROM (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, "b"."credit" AS m0
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "a"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
) AS gone
WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."highest" IS NULL OR NOT ("account_days"."highest" > gone.m0));

-- account_days: hook before update of a row of accounts
UPDATE "account_days" SET "last" = (
  SELECT MAX("b"."booked_at")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND ("a"."id" = ?) IS NOT TRUE AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = "account_days"."day")
FROM (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, "b"."booked_at" AS m0
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "a"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
) AS gone
WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."last" IS NULL OR NOT ("account_days"."last" > gone.m0));

-- account_days: hook after update of a row of accounts
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
FROM (
  SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, ("b"."credit" - "b"."debit") AS c0, "b"."money" AS c1, "b"."money" AS c2, 1 AS c3, "b"."credit" AS c4, "b"."booked_at" AS c5, (lower("a"."owner") GLOB lower('a*')) AS c6
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "a"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: hook before delete of a row of accounts
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
FROM (
  SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, -(("b"."credit" - "b"."debit")) AS c0, -("b"."money") AS c1, -("b"."money") AS c2, -1 AS c3, NULL AS c4, NULL AS c5, -((lower("a"."owner") GLOB lower('a*'))) AS c6
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "a"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: hook before delete of a row of accounts
UPDATE "account_days" SET "highest" = (
  SELECT MAX("b"."credit")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND ("a"."id" = ?) IS NOT TRUE AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = "account_days"."day")
FROM (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, "b"."credit" AS m0
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "a"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
) AS gone
WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."highest" IS NULL OR NOT ("account_days"."highest" > gone.m0));

-- account_days: hook before delete of a row of accounts
UPDATE "account_days" SET "last" = (
  SELECT MAX("b"."booked_at")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND ("a"."id" = ?) IS NOT TRUE AND "a"."owner" = "account_days"."owner" AND date("b"."booked_at") = "account_days"."day")
FROM (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, "b"."booked_at" AS m0
    FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "a"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0 COLLATE "NOCASE", taken.k1
) AS gone
WHERE "account_days"."owner" = gone.k0 AND "account_days"."day" = gone.k1 AND ("account_days"."last" IS NULL OR NOT ("account_days"."last" > gone.m0));

-- account_days: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR SUM(e3) <> SUM(s3) OR NOT (MAX(e4) IS MAX(s4)) OR NOT (MAX(e5) IS MAX(s5)) OR SUM(e6) <> SUM(s6) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), SUM(e3), SUM(s3), SUM(e3) - SUM(s3), MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL, SUM(e6), SUM(s6), SUM(e6) - SUM(s6) FROM (SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(("b"."credit" - "b"."debit")), 0) AS e0, 0 AS s0, COALESCE(SUM("b"."money"), 0) AS e1, 0 AS s1, COALESCE(SUM("b"."money"), 0) AS e2, 0 AS s2, COUNT(*) AS e3, 0 AS s3, MAX("b"."credit") AS e4, NULL AS s4, MAX("b"."booked_at") AS e5, NULL AS s5, COUNT(CASE WHEN (lower("a"."owner") GLOB lower('a*')) THEN 1 END) AS e6, 0 AS s6 FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" >= ? AND "a"."owner" < ? GROUP BY "a"."owner" COLLATE "NOCASE", date("b"."booked_at") UNION ALL SELECT "owner", "day", 0, 1, 0, "net", 0, "money", 0, "ks_mean_sum", 0, "ks_mean_count", NULL, "highest", NULL, "last", 0, "named" FROM "account_days" WHERE "owner" >= ? AND "owner" < ?) AS both_sides GROUP BY k0 COLLATE "NOCASE", k1 ORDER BY k0 COLLATE "NOCASE", k1;

-- account_days: merge differences
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: store extremes
UPDATE "account_days" SET "highest" = (
  SELECT MAX("b"."credit")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" COLLATE "NOCASE" = ? AND date("b"."booked_at") = ?), "last" = (
  SELECT MAX("b"."booked_at")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" COLLATE "NOCASE" = ? AND date("b"."booked_at") = ?) WHERE "owner" = ? AND "day" = ?;

-- account_days: prune
DELETE FROM "account_days" WHERE "owner" = ? AND "day" = ? AND "net" = 0 AND "money" = 0 AND "ks_mean_sum" = 0 AND "ks_mean_count" = 0 AND "highest" IS NULL AND "last" IS NULL AND "named" = 0;

-- account_days: read
SELECT "net", "money", "mean", "highest", "last", "named" FROM "account_days" WHERE "owner" = ? AND "day" = ?;

-- account_days: read from the source
SELECT "net", "money", CASE WHEN "ks_mean_count" = 0 THEN NULL ELSE "ks_mean_sum" * 1.0 / "ks_mean_count" END AS "mean", "highest", "last", "named" FROM (SELECT COALESCE(SUM(("b"."credit" - "b"."debit")), 0) AS "net", COALESCE(SUM("b"."money"), 0) AS "money", COALESCE(SUM("b"."money"), 0) AS "ks_mean_sum", COUNT(*) AS "ks_mean_count", MAX("b"."credit") AS "highest", MAX("b"."booked_at") AS "last", COUNT(CASE WHEN (lower("a"."owner") GLOB lower('a*')) THEN 1 END) AS "named" FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" COLLATE "NOCASE" = ? AND date("b"."booked_at") = ?) AS source;

-- account_days: explain
SELECT "b"."id", "a"."id", ("b"."credit" - "b"."debit"), "b"."money", "b"."money", 1, "b"."credit", "b"."booked_at", (lower("a"."owner") GLOB lower('a*')) FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" COLLATE "NOCASE" = ? AND date("b"."booked_at") = ? ORDER BY "b"."id", "a"."id";

-- account_days: unit of work: what two rows of bookings contribute
SELECT MIN("a"."owner"), MIN(date("b"."booked_at")), -(SUM(("b"."credit" - "b"."debit"))), -(SUM("b"."money")), -(SUM("b"."money")), -(SUM(1)), MAX("b"."credit"), MAX("b"."booked_at"), -(SUM((lower("a"."owner") GLOB lower('a*'))))
FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "b"."id" IN (?, ?) AND NOT ("a"."id" = ?) GROUP BY "a"."owner" COLLATE "NOCASE", date("b"."booked_at") ORDER BY "a"."owner" COLLATE "NOCASE", date("b"."booked_at");

-- account_days: unit of work: merge
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named", "ks$by_hooks")
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6), 0
FROM (
  SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, ("b"."credit" - "b"."debit") AS c0, "b"."money" AS c1, "b"."money" AS c2, 1 AS c3, "b"."credit" AS c4, "b"."booked_at" AS c5, (lower("a"."owner") GLOB lower('a*')) AS c6
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "b"."id" = ?
  UNION ALL
  SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, ("b"."credit" - "b"."debit") AS c0, "b"."money" AS c1, "b"."money" AS c2, 1 AS c3, "b"."credit" AS c4, "b"."booked_at" AS c5, (lower("a"."owner") GLOB lower('a*')) AS c6
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."id" = ? AND NOT ("b"."id" = ?)
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS c0, ? AS c1, ? AS c2, ? AS c3, NULL AS c4, NULL AS c5, ? AS c6
) AS delta
WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: unit of work: merge, while capture moves
INSERT INTO "account_days" ("owner", "day", "net", "money", "ks_mean_sum", "ks_mean_count", "highest", "last", "named")
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), SUM(delta.c3), MAX(delta.c4), MAX(delta.c5), SUM(delta.c6)
FROM (
  SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, ("b"."credit" - "b"."debit") AS c0, "b"."money" AS c1, "b"."money" AS c2, 1 AS c3, "b"."credit" AS c4, "b"."booked_at" AS c5, (lower("a"."owner") GLOB lower('a*')) AS c6
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "b"."id" = ?
  UNION ALL
  SELECT "a"."owner" AS k0, date("b"."booked_at") AS k1, ("b"."credit" - "b"."debit") AS c0, "b"."money" AS c1, "b"."money" AS c2, 1 AS c3, "b"."credit" AS c4, "b"."booked_at" AS c5, (lower("a"."owner") GLOB lower('a*')) AS c6
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1 AND "a"."id" = ? AND NOT ("b"."id" = ?)
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS c0, ? AS c1, ? AS c2, ? AS c3, NULL AS c4, NULL AS c5, ? AS c6 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'account_days') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
ON CONFLICT ("owner", "day") DO UPDATE SET
  "net" = "account_days"."net" + excluded."net",
  "money" = "account_days"."money" + excluded."money",
  "ks_mean_sum" = "account_days"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "account_days"."ks_mean_count" + excluded."ks_mean_count",
  "highest" = CASE WHEN "account_days"."highest" IS NULL OR excluded."highest" > "account_days"."highest" THEN excluded."highest" ELSE "account_days"."highest" END,
  "last" = CASE WHEN "account_days"."last" IS NULL OR excluded."last" > "account_days"."last" THEN excluded."last" ELSE "account_days"."last" END,
  "named" = "account_days"."named" + excluded."named";

-- account_days: unit of work: read again highest
UPDATE "account_days" SET "highest" = (
  SELECT MAX("b"."credit")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" = ? AND date("b"."booked_at") = ?)
WHERE "owner" = ? AND "day" = ? AND ("highest" IS NULL OR NOT ("highest" > ?));

-- account_days: unit of work: read again last
UPDATE "account_days" SET "last" = (
  SELECT MAX("b"."booked_at")
  FROM "bookings" "b" JOIN "accounts" "a" ON ("a"."id" = "b"."account_id") WHERE (date("b"."booked_at") IS NOT NULL) AND "a"."owner" = ? AND date("b"."booked_at") = ?)
WHERE "owner" = ? AND "day" = ? AND ("last" IS NULL OR NOT ("last" > ?));
