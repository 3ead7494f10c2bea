-- distinct on SQLite

-- ks_shops$clerks: table
CREATE TABLE "ks_shops$clerks" (
  "shop" INTEGER NOT NULL,
  "ks_value" TEXT COLLATE "NOCASE" NOT NULL,
  "ks_rows" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("shop", "ks_value")
) STRICT, WITHOUT ROWID;

-- ks_shops$clerks: trigger on sales
CREATE TRIGGER "ks_ks_shops$clerks$s_ins" AFTER INSERT ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "ks_shops$clerks" ("shop", "ks_value", "ks_rows")
  SELECT NEW."shop", NEW."clerk", 1
  WHERE (NEW."cents" <> 0) AND (NEW."clerk" IS NOT NULL)
  ON CONFLICT ("shop", "ks_value") DO UPDATE SET
    "ks_rows" = "ks_shops$clerks"."ks_rows" + 1;
END;

-- ks_shops$clerks: trigger on sales
CREATE TRIGGER "ks_ks_shops$clerks$s_upd" AFTER UPDATE ON "sales" FOR EACH ROW
WHEN NOT (OLD."shop" COLLATE BINARY IS NEW."shop" AND typeof(OLD."shop") = typeof(NEW."shop")) OR NOT (OLD."clerk" COLLATE BINARY IS NEW."clerk" AND typeof(OLD."clerk") = typeof(NEW."clerk")) OR NOT (OLD."cents" COLLATE BINARY IS NEW."cents" AND typeof(OLD."cents") = typeof(NEW."cents"))
BEGIN
  INSERT INTO "ks_shops$clerks" ("shop", "ks_value", "ks_rows")
  SELECT delta.k0, delta.k1, SUM(delta.c0)
  FROM (
    SELECT OLD."shop" AS k0, OLD."clerk" AS k1, -1 AS c0
    WHERE (OLD."cents" <> 0) AND (OLD."clerk" IS NOT NULL)
    UNION ALL
    SELECT NEW."shop" AS k0, NEW."clerk" AS k1, 1 AS c0
    WHERE (NEW."cents" <> 0) AND (NEW."clerk" IS NOT NULL)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0, delta.k1 COLLATE "NOCASE" HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1 COLLATE "NOCASE"
  ON CONFLICT ("shop", "ks_value") DO UPDATE SET
    "ks_rows" = "ks_shops$clerks"."ks_rows" + excluded."ks_rows";
END;

-- ks_shops$clerks: trigger on sales
CREATE TRIGGER "ks_ks_shops$clerks$s_del" AFTER DELETE ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "ks_shops$clerks" ("shop", "ks_value", "ks_rows")
  SELECT OLD."shop", OLD."clerk", -1
  WHERE (OLD."cents" <> 0) AND (OLD."clerk" IS NOT NULL)
  ON CONFLICT ("shop", "ks_value") DO UPDATE SET
    "ks_rows" = "ks_shops$clerks"."ks_rows" - 1;
END;

-- ks_shops$clerks: hook after insert of a row of sales
INSERT INTO "ks_shops$clerks" ("shop", "ks_value", "ks_rows")
SELECT "s"."shop", "s"."clerk", 1
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."clerk" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$clerks') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$clerks"."ks_rows" + 1;

-- ks_shops$clerks: hook before update of a row of sales
INSERT INTO "ks_shops$clerks" ("shop", "ks_value", "ks_rows")
SELECT "s"."shop", "s"."clerk", -1
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."clerk" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$clerks') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$clerks"."ks_rows" - 1;

-- ks_shops$clerks: hook after update of a row of sales
INSERT INTO "ks_shops$clerks" ("shop", "ks_value", "ks_rows")
SELECT "s"."shop", "s"."clerk", 1
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."clerk" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$clerks') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$clerks"."ks_rows" + 1;

-- ks_shops$clerks: hook before delete of a row of sales
INSERT INTO "ks_shops$clerks" ("shop", "ks_value", "ks_rows")
SELECT "s"."shop", "s"."clerk", -1
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."clerk" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$clerks') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$clerks"."ks_rows" - 1;

-- ks_shops$clerks: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT "s"."shop" AS k0, "s"."clerk" AS k1, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."clerk" IS NOT NULL) AND "s"."shop" >= ? AND "s"."shop" < ? GROUP BY "s"."shop", "s"."clerk" COLLATE "NOCASE" UNION ALL SELECT "shop", "ks_value", 0, 1, 0, "ks_rows" FROM "ks_shops$clerks" WHERE "shop" >= ? AND "shop" < ?) AS both_sides GROUP BY k0, k1 COLLATE "NOCASE" ORDER BY k0, k1 COLLATE "NOCASE";

-- ks_shops$clerks: where the next range begins
SELECT "shop" FROM "sales" WHERE "shop" >= ? ORDER BY "shop" LIMIT 1 OFFSET ?;

-- ks_shops$clerks: merge differences
INSERT INTO "ks_shops$clerks" ("shop", "ks_value", "ks_rows") VALUES (?, ?, ?) ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$clerks"."ks_rows" + excluded."ks_rows";

-- ks_shops$clerks: prune
DELETE FROM "ks_shops$clerks" WHERE "shop" = ? AND "ks_value" = ? AND "ks_rows" = 0;

-- ks_shops$clerks: read
SELECT "ks_rows" FROM "ks_shops$clerks" WHERE "shop" = ? AND "ks_value" = ?;

-- ks_shops$clerks: read from the source
SELECT "ks_rows" FROM (SELECT COUNT(*) AS "ks_rows" FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."clerk" IS NOT NULL) AND "s"."shop" = ? AND "s"."clerk" COLLATE "NOCASE" = ?) AS source;

-- ks_shops$clerks: explain
SELECT "s"."shop", "s"."number", 1 FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."clerk" IS NOT NULL) AND "s"."shop" = ? AND "s"."clerk" COLLATE "NOCASE" = ? ORDER BY "s"."shop", "s"."number";

-- ks_shops$clerks: unit of work: what two rows of sales contribute
SELECT MIN("s"."shop"), MIN("s"."clerk"), -(SUM(1))
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."clerk" IS NOT NULL) AND (("s"."shop" = ? AND "s"."number" = ?) OR ("s"."shop" = ? AND "s"."number" = ?)) GROUP BY "s"."shop", "s"."clerk" COLLATE "NOCASE" ORDER BY "s"."shop", "s"."clerk" COLLATE "NOCASE";

-- ks_shops$clerks: unit of work: merge
INSERT INTO "ks_shops$clerks" ("shop", "ks_value", "ks_rows", "ks$by_hooks")
SELECT delta.k0, delta.k1, SUM(delta.c0), 0
FROM (
  SELECT "s"."shop" AS k0, "s"."clerk" AS k1, 1 AS c0
  FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."clerk" IS NOT NULL) AND "s"."shop" = ? AND "s"."number" = ?
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 COLLATE "NOCASE" HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1 COLLATE "NOCASE"
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$clerks"."ks_rows" + excluded."ks_rows";

-- ks_shops$clerks: unit of work: merge, while capture moves
INSERT INTO "ks_shops$clerks" ("shop", "ks_value", "ks_rows")
SELECT delta.k0, delta.k1, SUM(delta.c0)
FROM (
  SELECT "s"."shop" AS k0, "s"."clerk" AS k1, 1 AS c0
  FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."clerk" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$clerks') = 1 AND "s"."shop" = ? AND "s"."number" = ?
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS c0 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$clerks') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 COLLATE "NOCASE" HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1 COLLATE "NOCASE"
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$clerks"."ks_rows" + excluded."ks_rows";

-- ks_shops$large_days: table
CREATE TABLE "ks_shops$large_days" (
  "shop" INTEGER NOT NULL,
  "ks_value" TEXT NOT NULL,
  "ks_rows" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("shop", "ks_value")
) STRICT, WITHOUT ROWID;

-- ks_shops$large_days: trigger on sales
CREATE TRIGGER "ks_ks_shops$large_days$s_ins" AFTER INSERT ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "ks_shops$large_days" ("shop", "ks_value", "ks_rows")
  SELECT NEW."shop", date(NEW."sold_at"), 1
  WHERE (NEW."cents" <> 0) AND (NEW."cents" >= 10000) AND (date(NEW."sold_at") IS NOT NULL)
  ON CONFLICT ("shop", "ks_value") DO UPDATE SET
    "ks_rows" = "ks_shops$large_days"."ks_rows" + 1;
END;

-- ks_shops$large_days: trigger on sales
CREATE TRIGGER "ks_ks_shops$large_days$s_upd" AFTER UPDATE ON "sales" FOR EACH ROW
WHEN NOT (OLD."shop" COLLATE BINARY IS NEW."shop" AND typeof(OLD."shop") = typeof(NEW."shop")) OR NOT (OLD."sold_at" COLLATE BINARY IS NEW."sold_at" AND typeof(OLD."sold_at") = typeof(NEW."sold_at")) OR NOT (OLD."cents" COLLATE BINARY IS NEW."cents" AND typeof(OLD."cents") = typeof(NEW."cents"))
BEGIN
  INSERT INTO "ks_shops$large_days" ("shop", "ks_value", "ks_rows")
  SELECT delta.k0, delta.k1, SUM(delta.c0)
  FROM (
    SELECT OLD."shop" AS k0, date(OLD."sold_at") AS k1, -1 AS c0
    WHERE (OLD."cents" <> 0) AND (OLD."cents" >= 10000) AND (date(OLD."sold_at") IS NOT NULL)
    UNION ALL
    SELECT NEW."shop" AS k0, date(NEW."sold_at") AS k1, 1 AS c0
    WHERE (NEW."cents" <> 0) AND (NEW."cents" >= 10000) AND (date(NEW."sold_at") IS NOT NULL)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
  ON CONFLICT ("shop", "ks_value") DO UPDATE SET
    "ks_rows" = "ks_shops$large_days"."ks_rows" + excluded."ks_rows";
END;

-- ks_shops$large_days: trigger on sales
CREATE TRIGGER "ks_ks_shops$large_days$s_del" AFTER DELETE ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "ks_shops$large_days" ("shop", "ks_value", "ks_rows")
  SELECT OLD."shop", date(OLD."sold_at"), -1
  WHERE (OLD."cents" <> 0) AND (OLD."cents" >= 10000) AND (date(OLD."sold_at") IS NOT NULL)
  ON CONFLICT ("shop", "ks_value") DO UPDATE SET
    "ks_rows" = "ks_shops$large_days"."ks_rows" - 1;
END;

-- ks_shops$large_days: hook after insert of a row of sales
INSERT INTO "ks_shops$large_days" ("shop", "ks_value", "ks_rows")
SELECT "s"."shop", date("s"."sold_at"), 1
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."cents" >= 10000) AND (date("s"."sold_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$large_days') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$large_days"."ks_rows" + 1;

-- ks_shops$large_days: hook before update of a row of sales
INSERT INTO "ks_shops$large_days" ("shop", "ks_value", "ks_rows")
SELECT "s"."shop", date("s"."sold_at"), -1
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."cents" >= 10000) AND (date("s"."sold_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$large_days') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$large_days"."ks_rows" - 1;

-- ks_shops$large_days: hook after update of a row of sales
INSERT INTO "ks_shops$large_days" ("shop", "ks_value", "ks_rows")
SELECT "s"."shop", date("s"."sold_at"), 1
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."cents" >= 10000) AND (date("s"."sold_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$large_days') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$large_days"."ks_rows" + 1;

-- ks_shops$large_days: hook before delete of a row of sales
INSERT INTO "ks_shops$large_days" ("shop", "ks_value", "ks_rows")
SELECT "s"."shop", date("s"."sold_at"), -1
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."cents" >= 10000) AND (date("s"."sold_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$large_days') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$large_days"."ks_rows" - 1;

-- ks_shops$large_days: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT "s"."shop" AS k0, date("s"."sold_at") AS k1, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."cents" >= 10000) AND (date("s"."sold_at") IS NOT NULL) AND "s"."shop" >= ? AND "s"."shop" < ? GROUP BY "s"."shop", date("s"."sold_at") UNION ALL SELECT "shop", "ks_value", 0, 1, 0, "ks_rows" FROM "ks_shops$large_days" WHERE "shop" >= ? AND "shop" < ?) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- ks_shops$large_days: where the next range begins
SELECT "shop" FROM "sales" WHERE "shop" >= ? ORDER BY "shop" LIMIT 1 OFFSET ?;

-- ks_shops$large_days: merge differences
INSERT INTO "ks_shops$large_days" ("shop", "ks_value", "ks_rows") VALUES (?, ?, ?) ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$large_days"."ks_rows" + excluded."ks_rows";

-- ks_shops$large_days: prune
DELETE FROM "ks_shops$large_days" WHERE "shop" = ? AND "ks_value" = ? AND "ks_rows" = 0;

-- ks_shops$large_days: read
SELECT "ks_rows" FROM "ks_shops$large_days" WHERE "shop" = ? AND "ks_value" = ?;

-- ks_shops$large_days: read from the source
SELECT "ks_rows" FROM (SELECT COUNT(*) AS "ks_rows" FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."cents" >= 10000) AND (date("s"."sold_at") IS NOT NULL) AND "s"."shop" = ? AND date("s"."sold_at") = ?) AS source;

-- ks_shops$large_days: explain
SELECT "s"."shop", "s"."number", 1 FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."cents" >= 10000) AND (date("s"."sold_at") IS NOT NULL) AND "s"."shop" = ? AND date("s"."sold_at") = ? ORDER BY "s"."shop", "s"."number";

-- ks_shops$large_days: unit of work: what two rows of sales contribute
SELECT MIN("s"."shop"), MIN(date("s"."sold_at")), -(SUM(1))
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."cents" >= 10000) AND (date("s"."sold_at") IS NOT NULL) AND (("s"."shop" = ? AND "s"."number" = ?) OR ("s"."shop" = ? AND "s"."number" = ?)) GROUP BY "s"."shop", date("s"."sold_at") ORDER BY "s"."shop", date("s"."sold_at");

-- ks_shops$large_days: unit of work: merge
INSERT INTO "ks_shops$large_days" ("shop", "ks_value", "ks_rows", "ks$by_hooks")
SELECT delta.k0, delta.k1, SUM(delta.c0), 0
FROM (
  SELECT "s"."shop" AS k0, date("s"."sold_at") AS k1, 1 AS c0
  FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."cents" >= 10000) AND (date("s"."sold_at") IS NOT NULL) AND "s"."shop" = ? AND "s"."number" = ?
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$large_days"."ks_rows" + excluded."ks_rows";

-- ks_shops$large_days: unit of work: merge, while capture moves
INSERT INTO "ks_shops$large_days" ("shop", "ks_value", "ks_rows")
SELECT delta.k0, delta.k1, SUM(delta.c0)
FROM (
  SELECT "s"."shop" AS k0, date("s"."sold_at") AS k1, 1 AS c0
  FROM "sales" "s" WHERE ("s"."cents" <> 0) AND ("s"."cents" >= 10000) AND (date("s"."sold_at") IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$large_days') = 1 AND "s"."shop" = ? AND "s"."number" = ?
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS c0 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_shops$large_days') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0, delta.k1
ON CONFLICT ("shop", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_shops$large_days"."ks_rows" + excluded."ks_rows";

-- shops: table
CREATE TABLE "shops" (
  "shop" INTEGER NOT NULL,
  "turnover" INTEGER NOT NULL DEFAULT 0,
  "clerks" INTEGER NOT NULL DEFAULT 0,
  "large_days" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("shop")
) STRICT, WITHOUT ROWID;

-- shops: trigger on sales
CREATE TRIGGER "ks_shops$s_ins" AFTER INSERT ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "shops" ("shop", "turnover")
  SELECT NEW."shop", NEW."cents"
  WHERE (NEW."cents" <> 0)
  ON CONFLICT ("shop") DO UPDATE SET
    "turnover" = "shops"."turnover" + excluded."turnover";
END;

-- shops: trigger on sales
CREATE TRIGGER "ks_shops$s_upd" AFTER UPDATE ON "sales" FOR EACH ROW
WHEN NOT (OLD."shop" COLLATE BINARY IS NEW."shop" AND typeof(OLD."shop") = typeof(NEW."shop")) OR NOT (OLD."cents" COLLATE BINARY IS NEW."cents" AND typeof(OLD."cents") = typeof(NEW."cents"))
BEGIN
  INSERT INTO "shops" ("shop", "turnover")
  SELECT delta.k0, SUM(delta.c0)
  FROM (
    SELECT OLD."shop" AS k0, -(OLD."cents") AS c0
    WHERE (OLD."cents" <> 0)
    UNION ALL
    SELECT NEW."shop" AS k0, NEW."cents" AS c0
    WHERE (NEW."cents" <> 0)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
  ON CONFLICT ("shop") DO UPDATE SET
    "turnover" = "shops"."turnover" + excluded."turnover";
END;

-- shops: trigger on sales
CREATE TRIGGER "ks_shops$s_del" AFTER DELETE ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "shops" ("shop", "turnover")
  SELECT OLD."shop", -(OLD."cents")
  WHERE (OLD."cents" <> 0)
  ON CONFLICT ("shop") DO UPDATE SET
    "turnover" = "shops"."turnover" + excluded."turnover";
END;

-- shops: trigger on ks_shops$clerks
CREATE TRIGGER "ks_shops$clerks$ins" AFTER INSERT ON "ks_shops$clerks" FOR EACH ROW
WHEN NEW."ks_rows" > 0
BEGIN
  INSERT INTO "shops" ("shop", "clerks")
  VALUES (NEW."shop", 1)
  ON CONFLICT ("shop") DO UPDATE SET
    "clerks" = "shops"."clerks" + excluded."clerks";
END;

-- shops: trigger on ks_shops$clerks
CREATE TRIGGER "ks_shops$clerks$upd" AFTER UPDATE ON "ks_shops$clerks" FOR EACH ROW
WHEN (OLD."ks_rows" > 0) <> (NEW."ks_rows" > 0)
BEGIN
  INSERT INTO "shops" ("shop", "clerks")
  VALUES (NEW."shop", CASE WHEN NEW."ks_rows" > 0 THEN 1 ELSE -1 END)
  ON CONFLICT ("shop") DO UPDATE SET
    "clerks" = "shops"."clerks" + excluded."clerks";
END;

-- shops: trigger on ks_shops$clerks
CREATE TRIGGER "ks_shops$clerks$del" AFTER DELETE ON "ks_shops$clerks" FOR EACH ROW
WHEN OLD."ks_rows" > 0
BEGIN
  INSERT INTO "shops" ("shop", "clerks")
  VALUES (OLD."shop", -1)
  ON CONFLICT ("shop") DO UPDATE SET
    "clerks" = "shops"."clerks" + excluded."clerks";
END;

-- shops: trigger on ks_shops$large_days
CREATE TRIGGER "ks_shops$large_days$ins" AFTER INSERT ON "ks_shops$large_days" FOR EACH ROW
WHEN NEW."ks_rows" > 0
BEGIN
  INSERT INTO "shops" ("shop", "large_days")
  VALUES (NEW."shop", 1)
  ON CONFLICT ("shop") DO UPDATE SET
    "large_days" = "shops"."large_days" + excluded."large_days";
END;

-- shops: trigger on ks_shops$large_days
CREATE TRIGGER "ks_shops$large_days$upd" AFTER UPDATE ON "ks_shops$large_days" FOR EACH ROW
WHEN (OLD."ks_rows" > 0) <> (NEW."ks_rows" > 0)
BEGIN
  INSERT INTO "shops" ("shop", "large_days")
  VALUES (NEW."shop", CASE WHEN NEW."ks_rows" > 0 THEN 1 ELSE -1 END)
  ON CONFLICT ("shop") DO UPDATE SET
    "large_days" = "shops"."large_days" + excluded."large_days";
END;

-- shops: trigger on ks_shops$large_days
CREATE TRIGGER "ks_shops$large_days$del" AFTER DELETE ON "ks_shops$large_days" FOR EACH ROW
WHEN OLD."ks_rows" > 0
BEGIN
  INSERT INTO "shops" ("shop", "large_days")
  VALUES (OLD."shop", -1)
  ON CONFLICT ("shop") DO UPDATE SET
    "large_days" = "shops"."large_days" + excluded."large_days";
END;

-- shops: hook after insert of a row of sales
INSERT INTO "shops" ("shop", "turnover")
SELECT "s"."shop", "s"."cents"
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'shops') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop") DO UPDATE SET
  "turnover" = "shops"."turnover" + excluded."turnover";

-- shops: hook before update of a row of sales
INSERT INTO "shops" ("shop", "turnover")
SELECT "s"."shop", -("s"."cents")
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'shops') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop") DO UPDATE SET
  "turnover" = "shops"."turnover" + excluded."turnover";

-- shops: hook after update of a row of sales
INSERT INTO "shops" ("shop", "turnover")
SELECT "s"."shop", "s"."cents"
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'shops') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop") DO UPDATE SET
  "turnover" = "shops"."turnover" + excluded."turnover";

-- shops: hook before delete of a row of sales
INSERT INTO "shops" ("shop", "turnover")
SELECT "s"."shop", -("s"."cents")
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'shops') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("shop") DO UPDATE SET
  "turnover" = "shops"."turnover" + excluded."turnover";

-- shops: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2) FROM (SELECT "s"."shop" AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM("s"."cents"), 0) AS e0, 0 AS s0, COUNT(DISTINCT "s"."clerk" COLLATE "NOCASE") AS e1, 0 AS s1, COUNT(DISTINCT CASE WHEN ("s"."cents" >= 10000) THEN date("s"."sold_at") ELSE NULL END) AS e2, 0 AS s2 FROM "sales" "s" WHERE ("s"."cents" <> 0) AND "s"."shop" >= ? AND "s"."shop" < ? GROUP BY "s"."shop" UNION ALL SELECT "shop", 0, 1, 0, "turnover", 0, "clerks", 0, "large_days" FROM "shops" WHERE "shop" >= ? AND "shop" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- shops: where the next range begins
SELECT "shop" FROM "sales" WHERE "shop" >= ? ORDER BY "shop" LIMIT 1 OFFSET ?;

-- shops: merge differences
INSERT INTO "shops" ("shop", "turnover", "clerks", "large_days") VALUES (?, ?, ?, ?) ON CONFLICT ("shop") DO UPDATE SET
  "turnover" = "shops"."turnover" + excluded."turnover",
  "clerks" = "shops"."clerks" + excluded."clerks",
  "large_days" = "shops"."large_days" + excluded."large_days";

-- shops: prune
DELETE FROM "shops" WHERE "shop" = ? AND "turnover" = 0 AND "clerks" = 0 AND "large_days" = 0;

-- shops: read
SELECT "turnover", "clerks", "large_days" FROM "shops" WHERE "shop" = ?;

-- shops: read from the source
SELECT "turnover", "clerks", "large_days" FROM (SELECT COALESCE(SUM("s"."cents"), 0) AS "turnover", COUNT(DISTINCT "s"."clerk" COLLATE "NOCASE") AS "clerks", COUNT(DISTINCT CASE WHEN ("s"."cents" >= 10000) THEN date("s"."sold_at") ELSE NULL END) AS "large_days" FROM "sales" "s" WHERE ("s"."cents" <> 0) AND "s"."shop" = ?) AS source;

-- shops: explain
SELECT "s"."shop", "s"."number", "s"."cents", CASE WHEN "s"."clerk" IS NOT NULL THEN 1 ELSE 0 END, CASE WHEN date("s"."sold_at") IS NOT NULL AND ("s"."cents" >= 10000) THEN 1 ELSE 0 END FROM "sales" "s" WHERE ("s"."cents" <> 0) AND "s"."shop" = ? ORDER BY "s"."shop", "s"."number";

-- shops: unit of work: what two rows of sales contribute
SELECT MIN("s"."shop"), -(SUM("s"."cents"))
FROM "sales" "s" WHERE ("s"."cents" <> 0) AND (("s"."shop" = ? AND "s"."number" = ?) OR ("s"."shop" = ? AND "s"."number" = ?)) GROUP BY "s"."shop" ORDER BY "s"."shop";

-- shops: unit of work: merge
INSERT INTO "shops" ("shop", "turnover", "ks$by_hooks")
SELECT delta.k0, SUM(delta.c0), 0
FROM (
  SELECT "s"."shop" AS k0, "s"."cents" AS c0
  FROM "sales" "s" WHERE ("s"."cents" <> 0) AND "s"."shop" = ? AND "s"."number" = ?
  UNION ALL
  SELECT ? AS k0, ? AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON CONFLICT ("shop") DO UPDATE SET
  "turnover" = "shops"."turnover" + excluded."turnover";

-- shops: unit of work: merge, while capture moves
INSERT INTO "shops" ("shop", "turnover")
SELECT delta.k0, SUM(delta.c0)
FROM (
  SELECT "s"."shop" AS k0, "s"."cents" AS c0
  FROM "sales" "s" WHERE ("s"."cents" <> 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'shops') = 1 AND "s"."shop" = ? AND "s"."number" = ?
  UNION ALL
  SELECT ? AS k0, ? AS c0 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shops') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON CONFLICT ("shop") DO UPDATE SET
  "turnover" = "shops"."turnover" + excluded."turnover";

-- ks_clerks$shops: table
CREATE TABLE "ks_clerks$shops" (
  "clerk" TEXT COLLATE "NOCASE" NOT NULL,
  "ks_value" INTEGER NOT NULL,
  "ks_rows" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("clerk", "ks_value")
) STRICT, WITHOUT ROWID;

-- ks_clerks$shops: hook after insert of a row of sales
INSERT INTO "ks_clerks$shops" ("clerk", "ks_value", "ks_rows")
SELECT "s"."clerk", "s"."shop", 1
FROM "sales" "s" WHERE ("s"."shop" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_clerks$shops') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("clerk", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_clerks$shops"."ks_rows" + 1;

-- ks_clerks$shops: hook before update of a row of sales
INSERT INTO "ks_clerks$shops" ("clerk", "ks_value", "ks_rows")
SELECT "s"."clerk", "s"."shop", -1
FROM "sales" "s" WHERE ("s"."shop" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_clerks$shops') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("clerk", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_clerks$shops"."ks_rows" - 1;

-- ks_clerks$shops: hook after update of a row of sales
INSERT INTO "ks_clerks$shops" ("clerk", "ks_value", "ks_rows")
SELECT "s"."clerk", "s"."shop", 1
FROM "sales" "s" WHERE ("s"."shop" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_clerks$shops') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("clerk", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_clerks$shops"."ks_rows" + 1;

-- ks_clerks$shops: hook before delete of a row of sales
INSERT INTO "ks_clerks$shops" ("clerk", "ks_value", "ks_rows")
SELECT "s"."clerk", "s"."shop", -1
FROM "sales" "s" WHERE ("s"."shop" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_clerks$shops') = 1 AND "s"."shop" = ? AND "s"."number" = ?
ON CONFLICT ("clerk", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_clerks$shops"."ks_rows" - 1;

-- ks_clerks$shops: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT "s"."clerk" AS k0, "s"."shop" AS k1, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM "sales" "s" WHERE ("s"."shop" IS NOT NULL) AND "s"."clerk" >= ? AND "s"."clerk" < ? GROUP BY "s"."clerk" COLLATE "NOCASE", "s"."shop" UNION ALL SELECT "clerk", "ks_value", 0, 1, 0, "ks_rows" FROM "ks_clerks$shops" WHERE "clerk" >= ? AND "clerk" < ?) AS both_sides GROUP BY k0 COLLATE "NOCASE", k1 ORDER BY k0 COLLATE "NOCASE", k1;

-- ks_clerks$shops: merge differences
INSERT INTO "ks_clerks$shops" ("clerk", "ks_value", "ks_rows") VALUES (?, ?, ?) ON CONFLICT ("clerk", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_clerks$shops"."ks_rows" + excluded."ks_rows";

-- ks_clerks$shops: prune
DELETE FROM "ks_clerks$shops" WHERE "clerk" = ? AND "ks_value" = ? AND "ks_rows" = 0;

-- ks_clerks$shops: read
SELECT "ks_rows" FROM "ks_clerks$shops" WHERE "clerk" = ? AND "ks_value" = ?;

-- ks_clerks$shops: read from the source
SELECT "ks_rows" FROM (SELECT COUNT(*) AS "ks_rows" FROM "sales" "s" WHERE ("s"."shop" IS NOT NULL) AND "s"."clerk" COLLATE "NOCASE" = ? AND "s"."shop" = ?) AS source;

-- ks_clerks$shops: explain
SELECT "s"."shop", "s"."number", 1 FROM "sales" "s" WHERE ("s"."shop" IS NOT NULL) AND "s"."clerk" COLLATE "NOCASE" = ? AND "s"."shop" = ? ORDER BY "s"."shop", "s"."number";

-- ks_clerks$shops: unit of work: what two rows of sales contribute
SELECT MIN("s"."clerk"), MIN("s"."shop"), -(SUM(1))
FROM "sales" "s" WHERE ("s"."shop" IS NOT NULL) AND (("s"."shop" = ? AND "s"."number" = ?) OR ("s"."shop" = ? AND "s"."number" = ?)) GROUP BY "s"."clerk" COLLATE "NOCASE", "s"."shop" ORDER BY "s"."clerk" COLLATE "NOCASE", "s"."shop";

-- ks_clerks$shops: unit of work: merge
INSERT INTO "ks_clerks$shops" ("clerk", "ks_value", "ks_rows", "ks$by_hooks")
SELECT delta.k0, delta.k1, SUM(delta.c0), 0
FROM (
  SELECT "s"."clerk" AS k0, "s"."shop" AS k1, 1 AS c0
  FROM "sales" "s" WHERE ("s"."shop" IS NOT NULL) AND "s"."shop" = ? AND "s"."number" = ?
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
ON CONFLICT ("clerk", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_clerks$shops"."ks_rows" + excluded."ks_rows";

-- ks_clerks$shops: unit of work: merge, while capture moves
INSERT INTO "ks_clerks$shops" ("clerk", "ks_value", "ks_rows")
SELECT delta.k0, delta.k1, SUM(delta.c0)
FROM (
  SELECT "s"."clerk" AS k0, "s"."shop" AS k1, 1 AS c0
  FROM "sales" "s" WHERE ("s"."shop" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_clerks$shops') = 1 AND "s"."shop" = ? AND "s"."number" = ?
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS c0 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'ks_clerks$shops') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
ON CONFLICT ("clerk", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_clerks$shops"."ks_rows" + excluded."ks_rows";

-- ks_clerks$shops: unit of work: one joined row, given
INSERT INTO "ks_clerks$shops" ("clerk", "ks_value", "ks_rows", "ks$by_hooks")
VALUES (? COLLATE NOCASE, ?, CASE WHEN (? IS NOT NULL) THEN 1 ELSE 0 END, 0)
ON CONFLICT ("clerk", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_clerks$shops"."ks_rows" + excluded."ks_rows";

-- ks_clerks$shops: unit of work: two joined rows, given
INSERT INTO "ks_clerks$shops" ("clerk", "ks_value", "ks_rows", "ks$by_hooks")
SELECT delta.k0, delta.k1, SUM(delta.c0), 0
FROM (
  SELECT ? COLLATE NOCASE AS k0, ? AS k1, 1 AS c0
  WHERE (? IS NOT NULL)
  UNION ALL
  SELECT ? COLLATE NOCASE AS k0, ? AS k1, 1 AS c0
  WHERE (? IS NOT NULL)
) AS delta
WHERE TRUE GROUP BY delta.k0 COLLATE "NOCASE", delta.k1 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0 COLLATE "NOCASE", delta.k1
ON CONFLICT ("clerk", "ks_value") DO UPDATE SET
  "ks_rows" = "ks_clerks$shops"."ks_rows" + excluded."ks_rows";

-- clerks: table
CREATE TABLE "clerks" (
  "clerk" TEXT COLLATE "NOCASE" NOT NULL,
  "shops" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("clerk")
) STRICT, WITHOUT ROWID;

-- clerks: trigger on ks_clerks$shops
CREATE TRIGGER "ks_clerks$shops$ins" AFTER INSERT ON "ks_clerks$shops" FOR EACH ROW
WHEN NEW."ks_rows" > 0
BEGIN
  INSERT INTO "clerks" ("clerk", "shops")
  VALUES (NEW."clerk", 1)
  ON CONFLICT ("clerk") DO UPDATE SET
    "shops" = "clerks"."shops" + excluded."shops";
END;

-- clerks: trigger on ks_clerks$shops
CREATE TRIGGER "ks_clerks$shops$upd" AFTER UPDATE ON "ks_clerks$shops" FOR EACH ROW
WHEN (OLD."ks_rows" > 0) <> (NEW."ks_rows" > 0)
BEGIN
  INSERT INTO "clerks" ("clerk", "shops")
  VALUES (NEW."clerk", CASE WHEN NEW."ks_rows" > 0 THEN 1 ELSE -1 END)
  ON CONFLICT ("clerk") DO UPDATE SET
    "shops" = "clerks"."shops" + excluded."shops";
END;

-- clerks: trigger on ks_clerks$shops
CREATE TRIGGER "ks_clerks$shops$del" AFTER DELETE ON "ks_clerks$shops" FOR EACH ROW
WHEN OLD."ks_rows" > 0
BEGIN
  INSERT INTO "clerks" ("clerk", "shops")
  VALUES (OLD."clerk", -1)
  ON CONFLICT ("clerk") DO UPDATE SET
    "shops" = "clerks"."shops" + excluded."shops";
END;

-- clerks: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT "s"."clerk" AS k0, 1 AS in_source, 0 AS in_summary, COUNT(DISTINCT "s"."shop") AS e0, 0 AS s0 FROM "sales" "s" WHERE "s"."clerk" >= ? AND "s"."clerk" < ? GROUP BY "s"."clerk" COLLATE "NOCASE" UNION ALL SELECT "clerk", 0, 1, 0, "shops" FROM "clerks" WHERE "clerk" >= ? AND "clerk" < ?) AS both_sides GROUP BY k0 COLLATE "NOCASE" ORDER BY k0 COLLATE "NOCASE";

-- clerks: merge differences
INSERT INTO "clerks" ("clerk", "shops") VALUES (?, ?) ON CONFLICT ("clerk") DO UPDATE SET
  "shops" = "clerks"."shops" + excluded."shops";

-- clerks: prune
DELETE FROM "clerks" WHERE "clerk" = ? AND "shops" = 0;

-- clerks: read
SELECT "shops" FROM "clerks" WHERE "clerk" = ?;

-- clerks: read from the source
SELECT "shops" FROM (SELECT COUNT(DISTINCT "s"."shop") AS "shops" FROM "sales" "s" WHERE "s"."clerk" COLLATE "NOCASE" = ?) AS source;

-- clerks: explain
SELECT "s"."shop", "s"."number", CASE WHEN "s"."shop" IS NOT NULL THEN 1 ELSE 0 END FROM "sales" "s" WHERE "s"."clerk" COLLATE "NOCASE" = ? ORDER BY "s"."shop", "s"."number";
