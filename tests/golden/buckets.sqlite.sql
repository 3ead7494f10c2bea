-- buckets on SQLite

-- shop_daily: table
CREATE TABLE "shop_daily" (
  "shop" INTEGER NOT NULL,
  "day" TEXT NOT NULL,
  "turnover" INTEGER NOT NULL DEFAULT 0,
  "mean" ANY AS (CASE WHEN "ks_mean_count" = 0 THEN NULL ELSE "ks_mean_sum" * 1.0 / "ks_mean_count" END) VIRTUAL,
  "largest" INTEGER,
  "ks_mean_sum" INTEGER NOT NULL DEFAULT 0,
  "ks_mean_count" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("shop", "day")
) STRICT, WITHOUT ROWID;

-- shop_daily: table
CREATE INDEX "ks_shop_daily_1" ON "shop_daily" ("shop", "turnover");

-- shop_daily: trigger on sales
CREATE TRIGGER "ks_shop_daily$s_ins" AFTER INSERT ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "shop_daily" ("shop", "day", "turnover", "ks_mean_sum", "ks_mean_count", "largest")
  VALUES (NEW."shop", max(coalesce(CASE typeof(NEW."sold_at") WHEN 'text' THEN CASE WHEN NEW."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(NEW."sold_at", 20, 1) = '.' THEN substr(NEW."sold_at", 1, 19) || ltrim(substr(NEW."sold_at", 21), '0123456789') ELSE NEW."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date(NEW."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date(NEW."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01'), NEW."cents", NEW."cents", 1, NEW."cents")
  ON CONFLICT ("shop", "day") DO UPDATE SET
    "turnover" = "shop_daily"."turnover" + excluded."turnover",
    "ks_mean_sum" = "shop_daily"."ks_mean_sum" + excluded."ks_mean_sum",
    "ks_mean_count" = "shop_daily"."ks_mean_count" + 1,
    "largest" = CASE WHEN "shop_daily"."largest" IS NULL OR excluded."largest" > "shop_daily"."largest" THEN excluded."largest" ELSE "shop_daily"."largest" END;
END;

-- shop_daily: trigger on sales
CREATE TRIGGER "ks_shop_daily$s_upd" AFTER UPDATE ON "sales" FOR EACH ROW
WHEN NOT (OLD."shop" COLLATE BINARY IS NEW."shop" AND typeof(OLD."shop") = typeof(NEW."shop")) OR NOT (OLD."sold_at" COLLATE BINARY IS NEW."sold_at" AND typeof(OLD."sold_at") = typeof(NEW."sold_at")) OR NOT (OLD."cents" COLLATE BINARY IS NEW."cents" AND typeof(OLD."cents") = typeof(NEW."cents"))
BEGIN
  INSERT INTO "shop_daily" ("shop", "day", "turnover", "ks_mean_sum", "ks_mean_count", "largest")
  SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), MAX(delta.c3)
  FROM (
    SELECT OLD."shop" AS k0, max(coalesce(CASE typeof(OLD."sold_at") WHEN 'text' THEN CASE WHEN OLD."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(OLD."sold_at", 20, 1) = '.' THEN substr(OLD."sold_at", 1, 19) || ltrim(substr(OLD."sold_at", 21), '0123456789') ELSE OLD."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date(OLD."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date(OLD."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') AS k1, -(OLD."cents") AS c0, -(OLD."cents") AS c1, -1 AS c2, NULL AS c3
    
    UNION ALL
    SELECT NEW."shop" AS k0, max(coalesce(CASE typeof(NEW."sold_at") WHEN 'text' THEN CASE WHEN NEW."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(NEW."sold_at", 20, 1) = '.' THEN substr(NEW."sold_at", 1, 19) || ltrim(substr(NEW."sold_at", 21), '0123456789') ELSE NEW."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date(NEW."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date(NEW."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') AS k1, NEW."cents" AS c0, NEW."cents" AS c1, 1 AS c2, NEW."cents" AS c3
    
  ) AS delta
  WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
  ON CONFLICT ("shop", "day") DO UPDATE SET
    "turnover" = "shop_daily"."turnover" + excluded."turnover",
    "ks_mean_sum" = "shop_daily"."ks_mean_sum" + excluded."ks_mean_sum",
    "ks_mean_count" = "shop_daily"."ks_mean_count" + excluded."ks_mean_count",
    "largest" = CASE WHEN "shop_daily"."largest" IS NULL OR excluded."largest" > "shop_daily"."largest" THEN excluded."largest" ELSE "shop_daily"."largest" END;
  UPDATE "shop_daily" SET "largest" = (
    SELECT MAX("s"."cents")
    FROM "sales" "s" WHERE "s"."shop" = OLD."shop" AND max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') = max(coalesce(CASE typeof(OLD."sold_at") WHEN 'text' THEN CASE WHEN OLD."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(OLD."sold_at", 20, 1) = '.' THEN substr(OLD."sold_at", 1, 19) || ltrim(substr(OLD."sold_at", 21), '0123456789') ELSE OLD."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date(OLD."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date(OLD."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01'))
  FROM (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT OLD."shop" AS k0, max(coalesce(CASE typeof(OLD."sold_at") WHEN 'text' THEN CASE WHEN OLD."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(OLD."sold_at", 20, 1) = '.' THEN substr(OLD."sold_at", 1, 19) || ltrim(substr(OLD."sold_at", 21), '0123456789') ELSE OLD."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date(OLD."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date(OLD."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') AS k1, OLD."cents" AS m0
      WHERE (NOT (OLD."cents" COLLATE BINARY IS NEW."cents" AND typeof(OLD."cents") = typeof(NEW."cents")) OR NOT (OLD."shop" COLLATE BINARY IS NEW."shop" AND typeof(OLD."shop") = typeof(NEW."shop")) OR NOT (OLD."sold_at" COLLATE BINARY IS NEW."sold_at" AND typeof(OLD."sold_at") = typeof(NEW."sold_at")))) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
  ) AS gone
  WHERE "shop_daily"."shop" = gone.k0 AND "shop_daily"."day" = gone.k1 AND ("shop_daily"."largest" IS NULL OR NOT ("shop_daily"."largest" > gone.m0));
END;

-- shop_daily: trigger on sales
CREATE TRIGGER "ks_shop_daily$s_del" AFTER DELETE ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "shop_daily" ("shop", "day", "turnover", "ks_mean_sum", "ks_mean_count", "largest")
  VALUES (OLD."shop", max(coalesce(CASE typeof(OLD."sold_at") WHEN 'text' THEN CASE WHEN OLD."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(OLD."sold_at", 20, 1) = '.' THEN substr(OLD."sold_at", 1, 19) || ltrim(substr(OLD."sold_at", 21), '0123456789') ELSE OLD."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date(OLD."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date(OLD."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01'), -(OLD."cents"), -(OLD."cents"), -1, NULL)
  ON CONFLICT ("shop", "day") DO UPDATE SET
    "turnover" = "shop_daily"."turnover" + excluded."turnover",
    "ks_mean_sum" = "shop_daily"."ks_mean_sum" + excluded."ks_mean_sum",
    "ks_mean_count" = "shop_daily"."ks_mean_count" - 1,
    "largest" = CASE WHEN "shop_daily"."largest" IS NULL OR excluded."largest" > "shop_daily"."largest" THEN excluded."largest" ELSE "shop_daily"."largest" END;
  UPDATE "shop_daily" SET "largest" = (
    SELECT MAX("s"."cents")
    FROM "sales" "s" WHERE "s"."shop" = OLD."shop" AND max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') = max(coalesce(CASE typeof(OLD."sold_at") WHEN 'text' THEN CASE WHEN OLD."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(OLD."sold_at", 20, 1) = '.' THEN substr(OLD."sold_at", 1, 19) || ltrim(substr(OLD."sold_at", 21), '0123456789') ELSE OLD."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date(OLD."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date(OLD."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01'))
  FROM (
    SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
    FROM (SELECT OLD."shop" AS k0, max(coalesce(CASE typeof(OLD."sold_at") WHEN 'text' THEN CASE WHEN OLD."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(OLD."sold_at", 20, 1) = '.' THEN substr(OLD."sold_at", 1, 19) || ltrim(substr(OLD."sold_at", 21), '0123456789') ELSE OLD."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date(OLD."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date(OLD."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') AS k1, OLD."cents" AS m0
      ) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
  ) AS gone
  WHERE "shop_daily"."shop" = gone.k0 AND "shop_daily"."day" = gone.k1 AND ("shop_daily"."largest" IS NULL OR NOT ("shop_daily"."largest" > gone.m0));
END;

-- shop_daily: hook after insert of a row of sales
INSERT INTO "shop_daily" ("shop", "day", "turnover", "ks_mean_sum", "ks_mean_count", "largest")
SELECT "s"."shop", max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01'), "s"."cents", "s"."cents", 1, "s"."cents"
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_daily') = 1 AND "s"."id" = ?
ON CONFLICT ("shop", "day") DO UPDATE SET
  "turnover" = "shop_daily"."turnover" + excluded."turnover",
  "ks_mean_sum" = "shop_daily"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "shop_daily"."ks_mean_count" + 1,
  "largest" = CASE WHEN "shop_daily"."largest" IS NULL OR excluded."largest" > "shop_daily"."largest" THEN excluded."largest" ELSE "shop_daily"."largest" END;

-- shop_daily: hook before update of a row of sales
INSERT INTO "shop_daily" ("shop", "day", "turnover", "ks_mean_sum", "ks_mean_count", "largest")
SELECT "s"."shop", max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01'), -("s"."cents"), -("s"."cents"), -1, NULL
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_daily') = 1 AND "s"."id" = ?
ON CONFLICT ("shop", "day") DO UPDATE SET
  "turnover" = "shop_daily"."turnover" + excluded."turnover",
  "ks_mean_sum" = "shop_daily"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "shop_daily"."ks_mean_count" - 1,
  "largest" = CASE WHEN "shop_daily"."largest" IS NULL OR excluded."largest" > "shop_daily"."largest" THEN excluded."largest" ELSE "shop_daily"."largest" END;

-- shop_daily: hook before update of a row of sales
UPDATE "shop_daily" SET "largest" = (
  SELECT MAX("s"."cents")
  FROM "sales" "s" WHERE ("s"."id" = ?) IS NOT TRUE AND "s"."shop" = "shop_daily"."shop" AND max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') = "shop_daily"."day")
FROM (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT "s"."shop" AS k0, max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') AS k1, "s"."cents" AS m0
    FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_daily') = 1 AND "s"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone
WHERE "shop_daily"."shop" = gone.k0 AND "shop_daily"."day" = gone.k1 AND ("shop_daily"."largest" IS NULL OR NOT ("shop_daily"."largest" > gone.m0));

-- shop_daily: hook after update of a row of sales
INSERT INTO "shop_daily" ("shop", "day", "turnover", "ks_mean_sum", "ks_mean_count", "largest")
SELECT "s"."shop", max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01'), "s"."cents", "s"."cents", 1, "s"."cents"
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_daily') = 1 AND "s"."id" = ?
ON CONFLICT ("shop", "day") DO UPDATE SET
  "turnover" = "shop_daily"."turnover" + excluded."turnover",
  "ks_mean_sum" = "shop_daily"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "shop_daily"."ks_mean_count" + 1,
  "largest" = CASE WHEN "shop_daily"."largest" IS NULL OR excluded."largest" > "shop_daily"."largest" THEN excluded."largest" ELSE "shop_daily"."largest" END;

-- shop_daily: hook before delete of a row of sales
INSERT INTO "shop_daily" ("shop", "day", "turnover", "ks_mean_sum", "ks_mean_count", "largest")
SELECT "s"."shop", max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01'), -("s"."cents"), -("s"."cents"), -1, NULL
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_daily') = 1 AND "s"."id" = ?
ON CONFLICT ("shop", "day") DO UPDATE SET
  "turnover" = "shop_daily"."turnover" + excluded."turnover",
  "ks_mean_sum" = "shop_daily"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "shop_daily"."ks_mean_count" - 1,
  "largest" = CASE WHEN "shop_daily"."largest" IS NULL OR excluded."largest" > "shop_daily"."largest" THEN excluded."largest" ELSE "shop_daily"."largest" END;

-- shop_daily: hook before delete of a row of sales
UPDATE "shop_daily" SET "largest" = (
  SELECT MAX("s"."cents")
  FROM "sales" "s" WHERE ("s"."id" = ?) IS NOT TRUE AND "s"."shop" = "shop_daily"."shop" AND max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') = "shop_daily"."day")
FROM (
  SELECT taken.k0 AS k0, taken.k1 AS k1, MAX(taken.m0) AS m0
  FROM (SELECT "s"."shop" AS k0, max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') AS k1, "s"."cents" AS m0
    FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_daily') = 1 AND "s"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0, taken.k1
) AS gone
WHERE "shop_daily"."shop" = gone.k0 AND "shop_daily"."day" = gone.k1 AND ("shop_daily"."largest" IS NULL OR NOT ("shop_daily"."largest" > gone.m0));

-- shop_daily: compare a range of keys
SELECT k0, k1, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR SUM(e2) <> SUM(s2) OR NOT (MAX(e3) IS MAX(s3)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), SUM(e2), SUM(s2), SUM(e2) - SUM(s2), MAX(e3), MAX(s3), NULL FROM (SELECT "s"."shop" AS k0, max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') AS k1, 1 AS in_source, 0 AS in_summary, COALESCE(SUM("s"."cents"), 0) AS e0, 0 AS s0, COALESCE(SUM("s"."cents"), 0) AS e1, 0 AS s1, COUNT(*) AS e2, 0 AS s2, MAX("s"."cents") AS e3, NULL AS s3 FROM "sales" "s" WHERE "s"."shop" >= ? AND "s"."shop" < ? GROUP BY "s"."shop", max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') UNION ALL SELECT "shop", "day", 0, 1, 0, "turnover", 0, "ks_mean_sum", 0, "ks_mean_count", NULL, "largest" FROM "shop_daily" WHERE "shop" >= ? AND "shop" < ?) AS both_sides GROUP BY k0, k1 ORDER BY k0, k1;

-- shop_daily: where the next range begins
SELECT "shop" FROM "sales" WHERE "shop" >= ? ORDER BY "shop" LIMIT 1 OFFSET ?;

-- shop_daily: merge differences
INSERT INTO "shop_daily" ("shop", "day", "turnover", "ks_mean_sum", "ks_mean_count", "largest") VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT ("shop", "day") DO UPDATE SET
  "turnover" = "shop_daily"."turnover" + excluded."turnover",
  "ks_mean_sum" = "shop_daily"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "shop_daily"."ks_mean_count" + excluded."ks_mean_count",
  "largest" = CASE WHEN "shop_daily"."largest" IS NULL OR excluded."largest" > "shop_daily"."largest" THEN excluded."largest" ELSE "shop_daily"."largest" END;

-- shop_daily: store extremes
UPDATE "shop_daily" SET "largest" = (
  SELECT MAX("s"."cents")
  FROM "sales" "s" WHERE "s"."shop" = ? AND max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') = ?) WHERE "shop" = ? AND "day" = ?;

-- shop_daily: prune
DELETE FROM "shop_daily" WHERE "shop" = ? AND "day" = ? AND "turnover" = 0 AND "ks_mean_sum" = 0 AND "ks_mean_count" = 0 AND "largest" IS NULL;

-- shop_daily: read
SELECT "turnover", "mean", "largest" FROM "shop_daily" WHERE "shop" = ? AND "day" = ?;

-- shop_daily: read from the source
SELECT "turnover", CASE WHEN "ks_mean_count" = 0 THEN NULL ELSE "ks_mean_sum" * 1.0 / "ks_mean_count" END AS "mean", "largest" FROM (SELECT COALESCE(SUM("s"."cents"), 0) AS "turnover", COALESCE(SUM("s"."cents"), 0) AS "ks_mean_sum", COUNT(*) AS "ks_mean_count", MAX("s"."cents") AS "largest" FROM "sales" "s" WHERE "s"."shop" = ? AND max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') = ?) AS source;

-- shop_daily: explain
SELECT "s"."id", "s"."cents", "s"."cents", 1, "s"."cents" FROM "sales" "s" WHERE "s"."shop" = ? AND max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') = ? ORDER BY "s"."id";

-- shop_daily: unit of work: what two rows of sales contribute
SELECT MIN("s"."shop"), MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01')), -(SUM("s"."cents")), -(SUM("s"."cents")), -(SUM(1)), MAX("s"."cents")
FROM "sales" "s" WHERE "s"."id" IN (?, ?) GROUP BY "s"."shop", max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') ORDER BY "s"."shop", max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01');

-- shop_daily: unit of work: merge
INSERT INTO "shop_daily" ("shop", "day", "turnover", "ks_mean_sum", "ks_mean_count", "largest", "ks$by_hooks")
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), MAX(delta.c3), 0
FROM (
  SELECT "s"."shop" AS k0, max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') AS k1, "s"."cents" AS c0, "s"."cents" AS c1, 1 AS c2, "s"."cents" AS c3
  FROM "sales" "s" WHERE "s"."id" = ?
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS c0, ? AS c1, ? AS c2, NULL AS c3
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON CONFLICT ("shop", "day") DO UPDATE SET
  "turnover" = "shop_daily"."turnover" + excluded."turnover",
  "ks_mean_sum" = "shop_daily"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "shop_daily"."ks_mean_count" + excluded."ks_mean_count",
  "largest" = CASE WHEN "shop_daily"."largest" IS NULL OR excluded."largest" > "shop_daily"."largest" THEN excluded."largest" ELSE "shop_daily"."largest" END;

-- shop_daily: unit of work: merge, while capture moves
INSERT INTO "shop_daily" ("shop", "day", "turnover", "ks_mean_sum", "ks_mean_count", "largest")
SELECT delta.k0, delta.k1, SUM(delta.c0), SUM(delta.c1), SUM(delta.c2), MAX(delta.c3)
FROM (
  SELECT "s"."shop" AS k0, max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') AS k1, "s"."cents" AS c0, "s"."cents" AS c1, 1 AS c2, "s"."cents" AS c3
  FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_daily') = 1 AND "s"."id" = ?
  UNION ALL
  SELECT ? AS k0, ? AS k1, ? AS c0, ? AS c1, ? AS c2, NULL AS c3 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_daily') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0, delta.k1 ORDER BY delta.k0, delta.k1
ON CONFLICT ("shop", "day") DO UPDATE SET
  "turnover" = "shop_daily"."turnover" + excluded."turnover",
  "ks_mean_sum" = "shop_daily"."ks_mean_sum" + excluded."ks_mean_sum",
  "ks_mean_count" = "shop_daily"."ks_mean_count" + excluded."ks_mean_count",
  "largest" = CASE WHEN "shop_daily"."largest" IS NULL OR excluded."largest" > "shop_daily"."largest" THEN excluded."largest" ELSE "shop_daily"."largest" END;

-- shop_daily: unit of work: read again largest
UPDATE "shop_daily" SET "largest" = (
  SELECT MAX("s"."cents")
  FROM "sales" "s" WHERE "s"."shop" = ? AND max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+540 minutes') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+540 minutes') WHEN 'real' THEN date("s"."sold_at", '+540 minutes') END, '0001-01-01'), '0001-01-01') = ?)
WHERE "shop" = ? AND "day" = ? AND ("largest" IS NULL OR NOT ("largest" > ?));

-- shop_quarter_hours: table
CREATE TABLE "shop_quarter_hours" (
  "starts" TEXT NOT NULL,
  "sales" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("starts")
) STRICT, WITHOUT ROWID;

-- shop_quarter_hours: trigger on sales
CREATE TRIGGER "ks_shop_quarter_hours$s_ins" AFTER INSERT ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "shop_quarter_hours" ("starts", "sales")
  VALUES (max(coalesce(CASE typeof(NEW."sold_at") WHEN 'text' THEN CASE WHEN NEW."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr(NEW."sold_at", 20, 1) = '.' THEN substr(NEW."sold_at", 1, 19) || ltrim(substr(NEW."sold_at", 21), '0123456789') ELSE NEW."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', NEW."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', NEW."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00'), 1)
  ON CONFLICT ("starts") DO UPDATE SET
    "sales" = "shop_quarter_hours"."sales" + 1;
END;

-- shop_quarter_hours: trigger on sales
CREATE TRIGGER "ks_shop_quarter_hours$s_upd" AFTER UPDATE ON "sales" FOR EACH ROW
WHEN NOT (OLD."sold_at" COLLATE BINARY IS NEW."sold_at" AND typeof(OLD."sold_at") = typeof(NEW."sold_at"))
BEGIN
  INSERT INTO "shop_quarter_hours" ("starts", "sales")
  SELECT delta.k0, SUM(delta.c0)
  FROM (
    SELECT max(coalesce(CASE typeof(OLD."sold_at") WHEN 'text' THEN CASE WHEN OLD."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr(OLD."sold_at", 20, 1) = '.' THEN substr(OLD."sold_at", 1, 19) || ltrim(substr(OLD."sold_at", 21), '0123456789') ELSE OLD."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', OLD."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', OLD."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') AS k0, -1 AS c0
    
    UNION ALL
    SELECT max(coalesce(CASE typeof(NEW."sold_at") WHEN 'text' THEN CASE WHEN NEW."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr(NEW."sold_at", 20, 1) = '.' THEN substr(NEW."sold_at", 1, 19) || ltrim(substr(NEW."sold_at", 21), '0123456789') ELSE NEW."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', NEW."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', NEW."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') AS k0, 1 AS c0
    
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
  ON CONFLICT ("starts") DO UPDATE SET
    "sales" = "shop_quarter_hours"."sales" + excluded."sales";
END;

-- shop_quarter_hours: trigger on sales
CREATE TRIGGER "ks_shop_quarter_hours$s_del" AFTER DELETE ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "shop_quarter_hours" ("starts", "sales")
  VALUES (max(coalesce(CASE typeof(OLD."sold_at") WHEN 'text' THEN CASE WHEN OLD."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr(OLD."sold_at", 20, 1) = '.' THEN substr(OLD."sold_at", 1, 19) || ltrim(substr(OLD."sold_at", 21), '0123456789') ELSE OLD."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', OLD."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', OLD."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00'), -1)
  ON CONFLICT ("starts") DO UPDATE SET
    "sales" = "shop_quarter_hours"."sales" - 1;
END;

-- shop_quarter_hours: hook after insert of a row of sales
INSERT INTO "shop_quarter_hours" ("starts", "sales")
SELECT max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00'), 1
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_quarter_hours') = 1 AND "s"."id" = ?
ON CONFLICT ("starts") DO UPDATE SET
  "sales" = "shop_quarter_hours"."sales" + 1;

-- shop_quarter_hours: hook before update of a row of sales
INSERT INTO "shop_quarter_hours" ("starts", "sales")
SELECT max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00'), -1
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_quarter_hours') = 1 AND "s"."id" = ?
ON CONFLICT ("starts") DO UPDATE SET
  "sales" = "shop_quarter_hours"."sales" - 1;

-- shop_quarter_hours: hook after update of a row of sales
INSERT INTO "shop_quarter_hours" ("starts", "sales")
SELECT max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00'), 1
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_quarter_hours') = 1 AND "s"."id" = ?
ON CONFLICT ("starts") DO UPDATE SET
  "sales" = "shop_quarter_hours"."sales" + 1;

-- shop_quarter_hours: hook before delete of a row of sales
INSERT INTO "shop_quarter_hours" ("starts", "sales")
SELECT max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00'), -1
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_quarter_hours') = 1 AND "s"."id" = ?
ON CONFLICT ("starts") DO UPDATE SET
  "sales" = "shop_quarter_hours"."sales" - 1;

-- shop_quarter_hours: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') AS k0, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM "sales" "s" WHERE max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') >= ? AND max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') < ? GROUP BY max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') UNION ALL SELECT "starts", 0, 1, 0, "sales" FROM "shop_quarter_hours" WHERE "starts" >= ? AND "starts" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- shop_quarter_hours: merge differences
INSERT INTO "shop_quarter_hours" ("starts", "sales") VALUES (?, ?) ON CONFLICT ("starts") DO UPDATE SET
  "sales" = "shop_quarter_hours"."sales" + excluded."sales";

-- shop_quarter_hours: prune
DELETE FROM "shop_quarter_hours" WHERE "starts" = ? AND "sales" = 0;

-- shop_quarter_hours: read
SELECT "sales" FROM "shop_quarter_hours" WHERE "starts" = ?;

-- shop_quarter_hours: read from the source
SELECT "sales" FROM (SELECT COUNT(*) AS "sales" FROM "sales" "s" WHERE max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') = ?) AS source;

-- shop_quarter_hours: explain
SELECT "s"."id", 1 FROM "sales" "s" WHERE max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') = ? ORDER BY "s"."id";

-- shop_quarter_hours: unit of work: what two rows of sales contribute
SELECT MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00')), -(SUM(1))
FROM "sales" "s" WHERE "s"."id" IN (?, ?) GROUP BY max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') ORDER BY max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00');

-- shop_quarter_hours: unit of work: merge
INSERT INTO "shop_quarter_hours" ("starts", "sales", "ks$by_hooks")
SELECT delta.k0, SUM(delta.c0), 0
FROM (
  SELECT max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') AS k0, 1 AS c0
  FROM "sales" "s" WHERE "s"."id" = ?
  UNION ALL
  SELECT ? AS k0, ? AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON CONFLICT ("starts") DO UPDATE SET
  "sales" = "shop_quarter_hours"."sales" + excluded."sales";

-- shop_quarter_hours: unit of work: merge, while capture moves
INSERT INTO "shop_quarter_hours" ("starts", "sales")
SELECT delta.k0, SUM(delta.c0)
FROM (
  SELECT max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN datetime((strftime('%s', CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END WHEN 'integer' THEN datetime((strftime('%s', "s"."sold_at", 'unixepoch', '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') WHEN 'real' THEN datetime((strftime('%s', "s"."sold_at", '-210 minutes') + 62135596800) / 900 * 900 - 62135596800, 'unixepoch') END, '0001-01-01 00:00:00'), '0001-01-01 00:00:00') AS k0, 1 AS c0
  FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_quarter_hours') = 1 AND "s"."id" = ?
  UNION ALL
  SELECT ? AS k0, ? AS c0 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'shop_quarter_hours') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON CONFLICT ("starts") DO UPDATE SET
  "sales" = "shop_quarter_hours"."sales" + excluded."sales";

-- booked_weeks: table
CREATE TABLE "booked_weeks" (
  "week" TEXT NOT NULL,
  "sales" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("week")
) STRICT, WITHOUT ROWID;

-- booked_weeks: trigger on sales
CREATE TRIGGER "ks_booked_weeks$s_ins" AFTER INSERT ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "booked_weeks" ("week", "sales")
  SELECT CASE WHEN NEW."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof(NEW."booked_s") WHEN 'text' THEN CASE WHEN NEW."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(NEW."booked_s", 20, 1) = '.' THEN substr(NEW."booked_s", 1, 19) || ltrim(substr(NEW."booked_s", 21), '0123456789') ELSE NEW."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date(NEW."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date(NEW."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END, 1
  WHERE (NEW."booked_s" IS NOT NULL)
  ON CONFLICT ("week") DO UPDATE SET
    "sales" = "booked_weeks"."sales" + 1;
END;

-- booked_weeks: trigger on sales
CREATE TRIGGER "ks_booked_weeks$s_upd" AFTER UPDATE ON "sales" FOR EACH ROW
WHEN NOT (OLD."booked_s" COLLATE BINARY IS NEW."booked_s" AND typeof(OLD."booked_s") = typeof(NEW."booked_s"))
BEGIN
  INSERT INTO "booked_weeks" ("week", "sales")
  SELECT delta.k0, SUM(delta.c0)
  FROM (
    SELECT CASE WHEN OLD."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof(OLD."booked_s") WHEN 'text' THEN CASE WHEN OLD."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(OLD."booked_s", 20, 1) = '.' THEN substr(OLD."booked_s", 1, 19) || ltrim(substr(OLD."booked_s", 21), '0123456789') ELSE OLD."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date(OLD."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date(OLD."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END AS k0, -1 AS c0
    WHERE (OLD."booked_s" IS NOT NULL)
    UNION ALL
    SELECT CASE WHEN NEW."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof(NEW."booked_s") WHEN 'text' THEN CASE WHEN NEW."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(NEW."booked_s", 20, 1) = '.' THEN substr(NEW."booked_s", 1, 19) || ltrim(substr(NEW."booked_s", 21), '0123456789') ELSE NEW."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date(NEW."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date(NEW."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END AS k0, 1 AS c0
    WHERE (NEW."booked_s" IS NOT NULL)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
  ON CONFLICT ("week") DO UPDATE SET
    "sales" = "booked_weeks"."sales" + excluded."sales";
END;

-- booked_weeks: trigger on sales
CREATE TRIGGER "ks_booked_weeks$s_del" AFTER DELETE ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "booked_weeks" ("week", "sales")
  SELECT CASE WHEN OLD."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof(OLD."booked_s") WHEN 'text' THEN CASE WHEN OLD."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(OLD."booked_s", 20, 1) = '.' THEN substr(OLD."booked_s", 1, 19) || ltrim(substr(OLD."booked_s", 21), '0123456789') ELSE OLD."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date(OLD."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date(OLD."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END, -1
  WHERE (OLD."booked_s" IS NOT NULL)
  ON CONFLICT ("week") DO UPDATE SET
    "sales" = "booked_weeks"."sales" - 1;
END;

-- booked_weeks: hook after insert of a row of sales
INSERT INTO "booked_weeks" ("week", "sales")
SELECT CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END, 1
FROM "sales" "s" WHERE ("s"."booked_s" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'booked_weeks') = 1 AND "s"."id" = ?
ON CONFLICT ("week") DO UPDATE SET
  "sales" = "booked_weeks"."sales" + 1;

-- booked_weeks: hook before update of a row of sales
INSERT INTO "booked_weeks" ("week", "sales")
SELECT CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END, -1
FROM "sales" "s" WHERE ("s"."booked_s" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'booked_weeks') = 1 AND "s"."id" = ?
ON CONFLICT ("week") DO UPDATE SET
  "sales" = "booked_weeks"."sales" - 1;

-- booked_weeks: hook after update of a row of sales
INSERT INTO "booked_weeks" ("week", "sales")
SELECT CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END, 1
FROM "sales" "s" WHERE ("s"."booked_s" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'booked_weeks') = 1 AND "s"."id" = ?
ON CONFLICT ("week") DO UPDATE SET
  "sales" = "booked_weeks"."sales" + 1;

-- booked_weeks: hook before delete of a row of sales
INSERT INTO "booked_weeks" ("week", "sales")
SELECT CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END, -1
FROM "sales" "s" WHERE ("s"."booked_s" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'booked_weeks') = 1 AND "s"."id" = ?
ON CONFLICT ("week") DO UPDATE SET
  "sales" = "booked_weeks"."sales" - 1;

-- booked_weeks: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END AS k0, 1 AS in_source, 0 AS in_summary, COUNT(*) AS e0, 0 AS s0 FROM "sales" "s" WHERE ("s"."booked_s" IS NOT NULL) AND CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END >= ? AND CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END < ? GROUP BY CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END UNION ALL SELECT "week", 0, 1, 0, "sales" FROM "booked_weeks" WHERE "week" >= ? AND "week" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- booked_weeks: merge differences
INSERT INTO "booked_weeks" ("week", "sales") VALUES (?, ?) ON CONFLICT ("week") DO UPDATE SET
  "sales" = "booked_weeks"."sales" + excluded."sales";

-- booked_weeks: prune
DELETE FROM "booked_weeks" WHERE "week" = ? AND "sales" = 0;

-- booked_weeks: read
SELECT "sales" FROM "booked_weeks" WHERE "week" = ?;

-- booked_weeks: read from the source
SELECT "sales" FROM (SELECT COUNT(*) AS "sales" FROM "sales" "s" WHERE ("s"."booked_s" IS NOT NULL) AND CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END = ?) AS source;

-- booked_weeks: explain
SELECT "s"."id", 1 FROM "sales" "s" WHERE ("s"."booked_s" IS NOT NULL) AND CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END = ? ORDER BY "s"."id";

-- booked_weeks: unit of work: what two rows of sales contribute
SELECT MIN(CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END), -(SUM(1))
FROM "sales" "s" WHERE ("s"."booked_s" IS NOT NULL) AND "s"."id" IN (?, ?) GROUP BY CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END ORDER BY CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END;

-- booked_weeks: unit of work: merge
INSERT INTO "booked_weeks" ("week", "sales", "ks$by_hooks")
SELECT delta.k0, SUM(delta.c0), 0
FROM (
  SELECT CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END AS k0, 1 AS c0
  FROM "sales" "s" WHERE ("s"."booked_s" IS NOT NULL) AND "s"."id" = ?
  UNION ALL
  SELECT ? AS k0, ? AS c0
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON CONFLICT ("week") DO UPDATE SET
  "sales" = "booked_weeks"."sales" + excluded."sales";

-- booked_weeks: unit of work: merge, while capture moves
INSERT INTO "booked_weeks" ("week", "sales")
SELECT delta.k0, SUM(delta.c0)
FROM (
  SELECT CASE WHEN "s"."booked_s" IS NOT NULL THEN max(coalesce(CASE typeof("s"."booked_s") WHEN 'text' THEN CASE WHEN "s"."booked_s" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."booked_s", 20, 1) = '.' THEN substr("s"."booked_s", 1, 19) || ltrim(substr("s"."booked_s", 21), '0123456789') ELSE "s"."booked_s" END, '+0 minutes', '-6 days', 'weekday 1') END WHEN 'integer' THEN date("s"."booked_s", 'unixepoch', '+0 minutes', '-6 days', 'weekday 1') WHEN 'real' THEN date("s"."booked_s", '+0 minutes', '-6 days', 'weekday 1') END, '0001-01-01'), '0001-01-01') END AS k0, 1 AS c0
  FROM "sales" "s" WHERE ("s"."booked_s" IS NOT NULL) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'booked_weeks') = 1 AND "s"."id" = ?
  UNION ALL
  SELECT ? AS k0, ? AS c0 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'booked_weeks') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
ON CONFLICT ("week") DO UPDATE SET
  "sales" = "booked_weeks"."sales" + excluded."sales";

-- changed_quarters: table
CREATE TABLE "changed_quarters" (
  "quarter" TEXT NOT NULL,
  "first_year" TEXT,
  "sales" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("quarter")
) STRICT, WITHOUT ROWID;

-- changed_quarters: trigger on sales
CREATE TRIGGER "ks_changed_quarters$s_ins" AFTER INSERT ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "changed_quarters" ("quarter", "first_year", "sales")
  VALUES (max(coalesce(CASE typeof(NEW."changed_at") WHEN 'text' THEN CASE WHEN NEW."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr(NEW."changed_at", 20, 1) = '.' THEN substr(NEW."changed_at", 1, 19) || ltrim(substr(NEW."changed_at", 21), '0123456789') ELSE NEW."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr(NEW."changed_at", 20, 1) = '.' THEN substr(NEW."changed_at", 1, 19) || ltrim(substr(NEW."changed_at", 21), '0123456789') ELSE NEW."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date(NEW."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date(NEW."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date(NEW."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date(NEW."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01'), max(coalesce(CASE typeof(NEW."sold_at") WHEN 'text' THEN CASE WHEN NEW."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(NEW."sold_at", 20, 1) = '.' THEN substr(NEW."sold_at", 1, 19) || ltrim(substr(NEW."sold_at", 21), '0123456789') ELSE NEW."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date(NEW."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date(NEW."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01'), 1)
  ON CONFLICT ("quarter") DO UPDATE SET
    "first_year" = CASE WHEN "changed_quarters"."first_year" IS NULL OR excluded."first_year" < "changed_quarters"."first_year" THEN excluded."first_year" ELSE "changed_quarters"."first_year" END,
    "sales" = "changed_quarters"."sales" + 1;
END;

-- changed_quarters: trigger on sales
CREATE TRIGGER "ks_changed_quarters$s_upd" AFTER UPDATE ON "sales" FOR EACH ROW
WHEN NOT (OLD."sold_at" COLLATE BINARY IS NEW."sold_at" AND typeof(OLD."sold_at") = typeof(NEW."sold_at")) OR NOT (OLD."changed_at" COLLATE BINARY IS NEW."changed_at" AND typeof(OLD."changed_at") = typeof(NEW."changed_at"))
BEGIN
  INSERT INTO "changed_quarters" ("quarter", "first_year", "sales")
  SELECT delta.k0, MIN(delta.c0), SUM(delta.c1)
  FROM (
    SELECT max(coalesce(CASE typeof(OLD."changed_at") WHEN 'text' THEN CASE WHEN OLD."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date(OLD."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') AS k0, NULL AS c0, -1 AS c1
    
    UNION ALL
    SELECT max(coalesce(CASE typeof(NEW."changed_at") WHEN 'text' THEN CASE WHEN NEW."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr(NEW."changed_at", 20, 1) = '.' THEN substr(NEW."changed_at", 1, 19) || ltrim(substr(NEW."changed_at", 21), '0123456789') ELSE NEW."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr(NEW."changed_at", 20, 1) = '.' THEN substr(NEW."changed_at", 1, 19) || ltrim(substr(NEW."changed_at", 21), '0123456789') ELSE NEW."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date(NEW."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date(NEW."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date(NEW."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date(NEW."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') AS k0, max(coalesce(CASE typeof(NEW."sold_at") WHEN 'text' THEN CASE WHEN NEW."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(NEW."sold_at", 20, 1) = '.' THEN substr(NEW."sold_at", 1, 19) || ltrim(substr(NEW."sold_at", 21), '0123456789') ELSE NEW."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date(NEW."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date(NEW."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01') AS c0, 1 AS c1
    
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("quarter") DO UPDATE SET
    "first_year" = CASE WHEN "changed_quarters"."first_year" IS NULL OR excluded."first_year" < "changed_quarters"."first_year" THEN excluded."first_year" ELSE "changed_quarters"."first_year" END,
    "sales" = "changed_quarters"."sales" + excluded."sales";
  UPDATE "changed_quarters" SET "first_year" = (
    SELECT MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01'))
    FROM "sales" "s" WHERE max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') = max(coalesce(CASE typeof(OLD."changed_at") WHEN 'text' THEN CASE WHEN OLD."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date(OLD."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01'))
  FROM (
    SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
    FROM (SELECT max(coalesce(CASE typeof(OLD."changed_at") WHEN 'text' THEN CASE WHEN OLD."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date(OLD."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') AS k0, max(coalesce(CASE typeof(OLD."sold_at") WHEN 'text' THEN CASE WHEN OLD."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(OLD."sold_at", 20, 1) = '.' THEN substr(OLD."sold_at", 1, 19) || ltrim(substr(OLD."sold_at", 21), '0123456789') ELSE OLD."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date(OLD."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date(OLD."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01') AS m0
      WHERE (NOT (OLD."changed_at" COLLATE BINARY IS NEW."changed_at" AND typeof(OLD."changed_at") = typeof(NEW."changed_at")) OR NOT (OLD."sold_at" COLLATE BINARY IS NEW."sold_at" AND typeof(OLD."sold_at") = typeof(NEW."sold_at")))) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "changed_quarters"."quarter" = gone.k0 AND ("changed_quarters"."first_year" IS NULL OR NOT ("changed_quarters"."first_year" < gone.m0));
END;

-- changed_quarters: trigger on sales
CREATE TRIGGER "ks_changed_quarters$s_del" AFTER DELETE ON "sales" FOR EACH ROW
BEGIN
  INSERT INTO "changed_quarters" ("quarter", "first_year", "sales")
  VALUES (max(coalesce(CASE typeof(OLD."changed_at") WHEN 'text' THEN CASE WHEN OLD."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date(OLD."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01'), NULL, -1)
  ON CONFLICT ("quarter") DO UPDATE SET
    "first_year" = CASE WHEN "changed_quarters"."first_year" IS NULL OR excluded."first_year" < "changed_quarters"."first_year" THEN excluded."first_year" ELSE "changed_quarters"."first_year" END,
    "sales" = "changed_quarters"."sales" - 1;
  UPDATE "changed_quarters" SET "first_year" = (
    SELECT MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01'))
    FROM "sales" "s" WHERE max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') = max(coalesce(CASE typeof(OLD."changed_at") WHEN 'text' THEN CASE WHEN OLD."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date(OLD."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01'))
  FROM (
    SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
    FROM (SELECT max(coalesce(CASE typeof(OLD."changed_at") WHEN 'text' THEN CASE WHEN OLD."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr(OLD."changed_at", 20, 1) = '.' THEN substr(OLD."changed_at", 1, 19) || ltrim(substr(OLD."changed_at", 21), '0123456789') ELSE OLD."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date(OLD."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date(OLD."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') AS k0, max(coalesce(CASE typeof(OLD."sold_at") WHEN 'text' THEN CASE WHEN OLD."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr(OLD."sold_at", 20, 1) = '.' THEN substr(OLD."sold_at", 1, 19) || ltrim(substr(OLD."sold_at", 21), '0123456789') ELSE OLD."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date(OLD."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date(OLD."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01') AS m0
      ) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "changed_quarters"."quarter" = gone.k0 AND ("changed_quarters"."first_year" IS NULL OR NOT ("changed_quarters"."first_year" < gone.m0));
END;

-- changed_quarters: hook after insert of a row of sales
INSERT INTO "changed_quarters" ("quarter", "first_year", "sales")
SELECT max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01'), max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01'), 1
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'changed_quarters') = 1 AND "s"."id" = ?
ON CONFLICT ("quarter") DO UPDATE SET
  "first_year" = CASE WHEN "changed_quarters"."first_year" IS NULL OR excluded."first_year" < "changed_quarters"."first_year" THEN excluded."first_year" ELSE "changed_quarters"."first_year" END,
  "sales" = "changed_quarters"."sales" + 1;

-- changed_quarters: hook before update of a row of sales
INSERT INTO "changed_quarters" ("quarter", "first_year", "sales")
SELECT max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01'), NULL, -1
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'changed_quarters') = 1 AND "s"."id" = ?
ON CONFLICT ("quarter") DO UPDATE SET
  "first_year" = CASE WHEN "changed_quarters"."first_year" IS NULL OR excluded."first_year" < "changed_quarters"."first_year" THEN excluded."first_year" ELSE "changed_quarters"."first_year" END,
  "sales" = "changed_quarters"."sales" - 1;

-- changed_quarters: hook before update of a row of sales
UPDATE "changed_quarters" SET "first_year" = (
  SELECT MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01'))
  FROM "sales" "s" WHERE ("s"."id" = ?) IS NOT TRUE AND max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') = "changed_quarters"."quarter")
FROM (
  SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
  FROM (SELECT max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') AS k0, max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01') AS m0
    FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'changed_quarters') = 1 AND "s"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone
WHERE "changed_quarters"."quarter" = gone.k0 AND ("changed_quarters"."first_year" IS NULL OR NOT ("changed_quarters"."first_year" < gone.m0));

-- changed_quarters: hook after update of a row of sales
INSERT INTO "changed_quarters" ("quarter", "first_year", "sales")
SELECT max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01'), max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01'), 1
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'changed_quarters') = 1 AND "s"."id" = ?
ON CONFLICT ("quarter") DO UPDATE SET
  "first_year" = CASE WHEN "changed_quarters"."first_year" IS NULL OR excluded."first_year" < "changed_quarters"."first_year" THEN excluded."first_year" ELSE "changed_quarters"."first_year" END,
  "sales" = "changed_quarters"."sales" + 1;

-- changed_quarters: hook before delete of a row of sales
INSERT INTO "changed_quarters" ("quarter", "first_year", "sales")
SELECT max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01'), NULL, -1
FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'changed_quarters') = 1 AND "s"."id" = ?
ON CONFLICT ("quarter") DO UPDATE SET
  "first_year" = CASE WHEN "changed_quarters"."first_year" IS NULL OR excluded."first_year" < "changed_quarters"."first_year" THEN excluded."first_year" ELSE "changed_quarters"."first_year" END,
  "sales" = "changed_quarters"."sales" - 1;

-- changed_quarters: hook before delete of a row of sales
UPDATE "changed_quarters" SET "first_year" = (
  SELECT MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01'))
  FROM "sales" "s" WHERE ("s"."id" = ?) IS NOT TRUE AND max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') = "changed_quarters"."quarter")
FROM (
  SELECT taken.k0 AS k0, MIN(taken.m0) AS m0
  FROM (SELECT max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') AS k0, max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01') AS m0
    FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'changed_quarters') = 1 AND "s"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
) AS gone
WHERE "changed_quarters"."quarter" = gone.k0 AND ("changed_quarters"."first_year" IS NULL OR NOT ("changed_quarters"."first_year" < gone.m0));

-- changed_quarters: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN NOT (MIN(e0) IS MIN(s0)) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, MIN(e0), MIN(s0), NULL, SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') AS k0, 1 AS in_source, 0 AS in_summary, MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01')) AS e0, NULL AS s0, COUNT(*) AS e1, 0 AS s1 FROM "sales" "s" WHERE max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') >= ? AND max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') < ? GROUP BY max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') UNION ALL SELECT "quarter", 0, 1, NULL, "first_year", 0, "sales" FROM "changed_quarters" WHERE "quarter" >= ? AND "quarter" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- changed_quarters: merge differences
INSERT INTO "changed_quarters" ("quarter", "first_year", "sales") VALUES (?, ?, ?) ON CONFLICT ("quarter") DO UPDATE SET
  "first_year" = CASE WHEN "changed_quarters"."first_year" IS NULL OR excluded."first_year" < "changed_quarters"."first_year" THEN excluded."first_year" ELSE "changed_quarters"."first_year" END,
  "sales" = "changed_quarters"."sales" + excluded."sales";

-- changed_quarters: store extremes
UPDATE "changed_quarters" SET "first_year" = (
  SELECT MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01'))
  FROM "sales" "s" WHERE max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') = ?) WHERE "quarter" = ?;

-- changed_quarters: prune
DELETE FROM "changed_quarters" WHERE "quarter" = ? AND "first_year" IS NULL AND "sales" = 0;

-- changed_quarters: read
SELECT "first_year", "sales" FROM "changed_quarters" WHERE "quarter" = ?;

-- changed_quarters: read from the source
SELECT "first_year", "sales" FROM (SELECT MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01')) AS "first_year", COUNT(*) AS "sales" FROM "sales" "s" WHERE max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') = ?) AS source;

-- changed_quarters: explain
SELECT "s"."id", max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01'), 1 FROM "sales" "s" WHERE max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') = ? ORDER BY "s"."id";

-- changed_quarters: unit of work: what two rows of sales contribute
SELECT MIN(max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01')), MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01')), -(SUM(1))
FROM "sales" "s" WHERE "s"."id" IN (?, ?) GROUP BY max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') ORDER BY max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01');

-- changed_quarters: unit of work: merge
INSERT INTO "changed_quarters" ("quarter", "first_year", "sales", "ks$by_hooks")
SELECT delta.k0, MIN(delta.c0), SUM(delta.c1), 0
FROM (
  SELECT max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') AS k0, max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01') AS c0, 1 AS c1
  FROM "sales" "s" WHERE "s"."id" = ?
  UNION ALL
  SELECT ? AS k0, NULL AS c0, ? AS c1
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON CONFLICT ("quarter") DO UPDATE SET
  "first_year" = CASE WHEN "changed_quarters"."first_year" IS NULL OR excluded."first_year" < "changed_quarters"."first_year" THEN excluded."first_year" ELSE "changed_quarters"."first_year" END,
  "sales" = "changed_quarters"."sales" + excluded."sales";

-- changed_quarters: unit of work: merge, while capture moves
INSERT INTO "changed_quarters" ("quarter", "first_year", "sales")
SELECT delta.k0, MIN(delta.c0), SUM(delta.c1)
FROM (
  SELECT max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') AS k0, max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01') AS c0, 1 AS c1
  FROM "sales" "s" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'changed_quarters') = 1 AND "s"."id" = ?
  UNION ALL
  SELECT ? AS k0, NULL AS c0, ? AS c1 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'changed_quarters') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON CONFLICT ("quarter") DO UPDATE SET
  "first_year" = CASE WHEN "changed_quarters"."first_year" IS NULL OR excluded."first_year" < "changed_quarters"."first_year" THEN excluded."first_year" ELSE "changed_quarters"."first_year" END,
  "sales" = "changed_quarters"."sales" + excluded."sales";

-- changed_quarters: unit of work: read again first_year
UPDATE "changed_quarters" SET "first_year" = (
  SELECT MIN(max(coalesce(CASE typeof("s"."sold_at") WHEN 'text' THEN CASE WHEN "s"."sold_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(CASE WHEN substr("s"."sold_at", 20, 1) = '.' THEN substr("s"."sold_at", 1, 19) || ltrim(substr("s"."sold_at", 21), '0123456789') ELSE "s"."sold_at" END, '+0 minutes', 'start of year') END WHEN 'integer' THEN date("s"."sold_at", 'unixepoch', '+0 minutes', 'start of year') WHEN 'real' THEN date("s"."sold_at", '+0 minutes', 'start of year') END, '0001-01-01'), '0001-01-01'))
  FROM "sales" "s" WHERE max(coalesce(CASE typeof("s"."changed_at") WHEN 'text' THEN CASE WHEN "s"."changed_at" GLOB '[0-9][0-9][0-9][0-9]-*' THEN date(date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month'), (- (strftime('%m', date(CASE WHEN substr("s"."changed_at", 20, 1) = '.' THEN substr("s"."changed_at", 1, 19) || ltrim(substr("s"."changed_at", 21), '0123456789') ELSE "s"."changed_at" END, '+0 minutes', 'start of month')) - 1) % 3) || ' months') END WHEN 'integer' THEN date(date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", 'unixepoch', '+0 minutes', 'start of month')) - 1) % 3) || ' months') WHEN 'real' THEN date(date("s"."changed_at", '+0 minutes', 'start of month'), (- (strftime('%m', date("s"."changed_at", '+0 minutes', 'start of month')) - 1) % 3) || ' months') END, '0001-01-01'), '0001-01-01') = ?)
WHERE "quarter" = ? AND ("first_year" IS NULL OR NOT ("first_year" < ?));
