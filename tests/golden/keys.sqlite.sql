-- keys on SQLite

-- clerk_days: table
CREATE TABLE "clerk_days" (
  "day" TEXT NOT NULL,
  "clerk" TEXT COLLATE "NOCASE" NOT NULL,
  "size" TEXT NOT NULL,
  "turnover" INTEGER NOT NULL DEFAULT 0,
  "sales" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("day", "clerk", "size")
) STRICT, WITHOUT ROWID;

-- clerk_days: table
CREATE INDEX "ks_clerk_days_1" ON "clerk_days" ("clerk", "day");

-- clerk_days: trigger on sales
CREATE TRIGGER "ks_clerk_days$s_ins" AFTER INSERT ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "clerk_days" ("day", "clerk", "size", "turnover", "sales")
  SELECT date(NEW."sold_at"), NEW."clerk", CASE WHEN (NEW."cents" >= 10000) THEN 'large' ELSE 'small' END, NEW."cents", 1
  WHERE (date(NEW."sold_at") IS NOT NULL)
  ON CONFLICT ("day", "clerk", "size") DO UPDATE SET
    "turnover" = "clerk_days"."turnover" + excluded."turnover",
    "sales" = "clerk_days"."sales" + 1;
END;

-- clerk_days: trigger on sales
CREATE TRIGGER "ks_clerk_days$s_upd" AFTER UPDATE ON "sales" FOR EACH ROW
WHEN NOT (OLD."clerk" COLLATE BINARY IS NEW."clerk" AND typeof(OLD."clerk") = typeof(NEW."clerk")) OR NOT (OLD."sold_at" COLLATE BINARY IS NEW."sold_at" AND typeof(OLD."sold_at") = typeof(NEW."sold_at")) OR NOT (OLD."cents" COLLATE BINARY IS NEW."cents" AND typeof(OLD."cents") = typeof(NEW."cents"))
BEGIN
  INSERT INTO "clerk_days" ("day", "clerk", "size", "turnover", "sales")
  SELECT delta.k0, delta.k1, delta.k2, SUM(delta.c0), SUM(delta.c1)
  FROM (
    SELECT date(OLD."sold_at") AS k0, OLD."clerk" AS k1, CASE WHEN (OLD."cents" >= 10000) THEN 'large' ELSE 'small' END AS k2, -(OLD."cents") AS c0, -1 AS c1
    WHERE (date(OLD."sold_at") IS NOT NULL)
    UNION ALL
    SELECT date(NEW."sold_at") AS k0, NEW."clerk" AS k1, CASE WHEN (NEW."cents" >= 10000) THEN 'large' ELSE 'small' END AS k2, NEW."cents" AS c0, 1 AS c1
    WHERE (date(NEW."sold_at") IS NOT NULL)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0, delta.k1 COLLATE "NOCASE", delta.k2 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0, delta.k1 COLLATE "NOCASE", delta.k2
  ON CONFLICT ("day", "clerk", "size") DO UPDATE SET
    "turnover" = "clerk_days"."turnover" + excluded."turnover",
    "sales" = "clerk_days"."sales" + excluded."sales";
END;

-- clerk_days: trigger on sales
CREATE TRIGGER "ks_clerk_days$s_del" AFTER DELETE ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "clerk_days" ("day", "clerk", "size", "turnover", "sales")
  SELECT date(OLD."sold_at"), OLD."clerk", CASE WHEN (OLD."cents" >= 10000) THEN 'large' ELSE 'small' END, -(OLD."cents"), -1
  WHERE (date(OLD."sold_at") IS NOT NULL)
  ON CONFLICT ("day", "clerk", "size") DO UPDATE SET
    "turnover" = "clerk_days"."turnover" + excluded."turnover",
    "sales" = "clerk_days"."sales" - 1;
END;

-- clerk_days: hook after insert of a row of sales
INSERT INTO "clerk_days" ("day", "clerk", "size", "turnover", "sales")
SELECT date("s"."sold_at"), "s"."clerk", CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END, "s"."cents", 1
FROM "sales" "s" WHERE (date("s"."sold_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'clerk_days') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("day", "clerk", "size") DO UPDATE SET
  "turnover" = "clerk_days"."turnover" + excluded."turnover",
  "sales" = "clerk_days"."sales" + 1;

-- clerk_days: hook before update of a row of sales
INSERT INTO "clerk_days" ("day", "clerk", "size", "turnover", "sales")
SELECT date("s"."sold_at"), "s"."clerk", CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END, -("s"."cents"), -1
FROM "sales" "s" WHERE (date("s"."sold_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'clerk_days') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("day", "clerk", "size") DO UPDATE SET
  "turnover" = "clerk_days"."turnover" + excluded."turnover",
  "sales" = "clerk_days"."sales" - 1;

-- clerk_days: hook after update of a row of sales
INSERT INTO "clerk_days" ("day", "clerk", "size", "turnover", "sales")
SELECT date("s"."sold_at"), "s"."clerk", CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END, "s"."cents", 1
FROM "sales" "s" WHERE (date("s"."sold_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'clerk_days') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("day", "clerk", "size") DO UPDATE SET
  "turnover" = "clerk_days"."turnover" + excluded."turnover",
  "sales" = "clerk_days"."sales" + 1;

-- clerk_days: hook before delete of a row of sales
INSERT INTO "clerk_days" ("day", "clerk", "size", "turnover", "sales")
SELECT date("s"."sold_at"), "s"."clerk", CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END, -("s"."cents"), -1
FROM "sales" "s" WHERE (date("s"."sold_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'clerk_days') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("day", "clerk", "size") DO UPDATE SET
  "turnover" = "clerk_days"."turnover" + excluded."turnover",
  "sales" = "clerk_days"."sales" - 1;

-- clerk_days: compare a range of keys
SELECT k0, k1, k2, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT date("s"."sold_at") AS k0, "s"."clerk" AS k1, CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END AS k2, 1 AS in_source, 0 AS in_summary, COALESCE(SUM("s"."cents"), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1 FROM "sales" "s" WHERE (date("s"."sold_at") IS NOT NULL) AND date("s"."sold_at") >= ? AND date("s"."sold_at") < ? GROUP BY date("s"."sold_at"), "s"."clerk" COLLATE "NOCASE", CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END UNION ALL SELECT "day", "clerk", "size", 0, 1, 0, "turnover", 0, "sales" FROM "clerk_days" WHERE "day" >= ? AND "day" < ?) AS both_sides GROUP BY k0, k1 COLLATE "NOCASE", k2 ORDER BY k0, k1 COLLATE "NOCASE", k2;

-- clerk_days: merge differences
INSERT INTO "clerk_days" ("day", "clerk", "size", "turnover", "sales") VALUES (?, ?, ?, ?, ?) ON CONFLICT ("day", "clerk", "size") DO UPDATE SET
  "turnover" = "clerk_days"."turnover" + excluded."turnover",
  "sales" = "clerk_days"."sales" + excluded."sales";

-- clerk_days: prune
DELETE FROM "clerk_days" WHERE "day" = ? AND "clerk" = ? AND "size" = ? AND "turnover" = 0 AND "sales" = 0;

-- clerk_days: read
SELECT "turnover", "sales" FROM "clerk_days" WHERE "day" = ? AND "clerk" = ? AND "size" = ?;

-- clerk_days: read from the source
SELECT "turnover", "sales" FROM (SELECT COALESCE(SUM("s"."cents"), 0) AS "turnover", COUNT(*) AS "sales" FROM "sales" "s" WHERE (date("s"."sold_at") IS NOT NULL) AND date("s"."sold_at") = ? AND "s"."clerk" COLLATE "NOCASE" = ? AND CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END = ?) AS source;

-- clerk_days: explain
SELECT "s"."shop", "s"."number", "s"."cents", 1 FROM "sales" "s" WHERE (date("s"."sold_at") IS NOT NULL) AND date("s"."sold_at") = ? AND "s"."clerk" COLLATE "NOCASE" = ? AND CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END = ? ORDER BY "s"."shop", "s"."number";

-- clerk_days: unit of work: what two rows of sales contribute
SELECT MIN(date("s"."sold_at")), MIN("s"."clerk"), MIN(CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END), -(SUM("s"."cents")), -(SUM(1))
FROM "sales" "s" WHERE (date("s"."sold_at") IS NOT NULL) AND (("s"."shop" = ? AND "s"."number" = ?) OR ("s"."shop" = ? AND "s"."number" = ?)) GROUP BY date("s"."sold_at"), "s"."clerk" COLLATE "NOCASE", CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END ORDER BY date("s"."sold_at"), "s"."clerk" COLLATE "NOCASE", CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END;

-- clerk_days: unit of work: merge
INSERT INTO "clerk_days" ("day", "clerk", "size", "turnover", "sales", "ks$by_hooks")
SELECT delta.k0, delta.k1, delta.k2, SUM(delta.c0), SUM(delta.c1), 0
FROM (
  SELECT date("s"."sold_at") AS k0, "s"."clerk" AS k1, CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END AS k2, "s"."cents" AS c0, 1 AS c1
  FROM "sales" "s" WHERE (date("s"."sold_at") IS NOT NULL) AND "s"."shop" = ? AND "s"."number" = ?
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS k2, ? AS c0, ? AS c1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 COLLATE "NOCASE", delta.k2 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0, delta.k1 COLLATE "NOCASE", delta.k2
ON CONFLICT ("day", "clerk", "size") DO UPDATE SET
  "turnover" = "clerk_days"."turnover" + excluded."turnover",
  "sales" = "clerk_days"."sales" + excluded."sales";

-- clerk_days: unit of work: merge, while capture moves
INSERT INTO "clerk_days" ("day", "clerk", "size", "turnover", "sales")
SELECT delta.k0, delta.k1, delta.k2, SUM(delta.c0), SUM(delta.c1)
FROM (
  SELECT date("s"."sold_at") AS k0, "s"."clerk" AS k1, CASE WHEN ("s"."cents" >= 10000) THEN 'large' ELSE 'small' END AS k2, "s"."cents" AS c0, 1 AS c1
  FROM "sales" "s" WHERE (date("s"."sold_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'clerk_days') = 1 AND "s"."shop" = ? AND "s"."number" = ?
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS k2, ? AS c0, ? AS c1 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'clerk_days') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 COLLATE "NOCASE", delta.k2 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0, delta.k1 COLLATE "NOCASE", delta.k2
ON CONFLICT ("day", "clerk", "size") DO UPDATE SET
  "turnover" = "clerk_days"."turnover" + excluded."turnover",
  "sales" = "clerk_days"."sales" + excluded."sales";
