-- left_join on SQLite

-- regions: table
CREATE TABLE "regions" (
  "region" TEXT NOT NULL,
  "total" INTEGER NOT NULL DEFAULT 0,
  "of_partners" INTEGER NOT NULL DEFAULT 0,
  "largest" INTEGER,
  PRIMARY KEY ("region")
) STRICT, WITHOUT ROWID;

-- regions: trigger on payments
CREATE TRIGGER "ks_regions$p_ins" AFTER INSERT ON "payments" FOR EACH ROW
BEGIN
  INSERT INTO "regions" ("region", "total", "of_partners", "largest")
  SELECT coalesce("m"."region", 'unknown'), NEW."amount", CASE WHEN ("m"."partner" = 1) THEN 1 ELSE 0 END, NEW."amount"
  FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN "merchants" "m" ON ("m"."id" = NEW."merchant_id") WHERE (NEW."voided" = 0)
  ON CONFLICT ("region") DO UPDATE SET
    "total" = "regions"."total" + excluded."total",
    "of_partners" = "regions"."of_partners" + excluded."of_partners",
    "largest" = CASE WHEN "regions"."largest" IS NULL OR excluded."largest" > "regions"."largest" THEN excluded."largest" ELSE "regions"."largest" END;
END;

-- regions: trigger on payments
CREATE TRIGGER "ks_regions$p_upd" AFTER UPDATE ON "payments" FOR EACH ROW
WHEN NOT (OLD."merchant_id" COLLATE BINARY IS NEW."merchant_id" AND typeof(OLD."merchant_id") = typeof(NEW."merchant_id")) OR NOT (OLD."amount" COLLATE BINARY IS NEW."amount" AND typeof(OLD."amount") = typeof(NEW."amount")) OR NOT (OLD."voided" COLLATE BINARY IS NEW."voided" AND typeof(OLD."voided") = typeof(NEW."voided"))
BEGIN
  INSERT INTO "regions" ("region", "total", "of_partners", "largest")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT coalesce("m"."region", 'unknown') AS k0, -(OLD."amount") AS c0, -(CASE WHEN ("m"."partner" = 1) THEN 1 ELSE 0 END) AS c1, NULL AS c2
    FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN "merchants" "m" ON ("m"."id" = OLD."merchant_id") WHERE (OLD."voided" = 0)
    UNION ALL
    SELECT coalesce("m"."region", 'unknown') AS k0, NEW."amount" AS c0, CASE WHEN ("m"."partner" = 1) THEN 1 ELSE 0 END AS c1, NEW."amount" AS c2
    FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN "merchants" "m" ON ("m"."id" = NEW."merchant_id") WHERE (NEW."voided" = 0)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("region") DO UPDATE SET
    "total" = "regions"."total" + excluded."total",
    "of_partners" = "regions"."of_partners" + excluded."of_partners",
    "largest" = CASE WHEN "regions"."largest" IS NULL OR excluded."largest" > "regions"."largest" THEN excluded."largest" ELSE "regions"."largest" END;
  UPDATE "regions" SET "largest" = (
    SELECT MAX("p"."amount")
    FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') = "regions"."region")
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT coalesce("m"."region", 'unknown') AS k0, OLD."amount" AS m0
      FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN "merchants" "m" ON ("m"."id" = OLD."merchant_id") WHERE (OLD."voided" = 0) AND ((NOT (OLD."amount" COLLATE BINARY IS NEW."amount" AND typeof(OLD."amount") = typeof(NEW."amount")) OR NOT (OLD."merchant_id" COLLATE BINARY IS NEW."merchant_id" AND typeof(OLD."merchant_id") = typeof(NEW."merchant_id")) OR NOT (OLD."voided" COLLATE BINARY IS NEW."voided" AND typeof(OLD."voided") = typeof(NEW."voided")))) IS TRUE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "regions"."region" = gone.k0 AND ("regions"."largest" IS NULL OR NOT ("regions"."largest" > gone.m0));
END;

-- regions: trigger on payments
CREATE TRIGGER "ks_regions$p_del" AFTER DELETE ON "payments" FOR EACH ROW
BEGIN
  INSERT INTO "regions" ("region", "total", "of_partners", "largest")
  SELECT coalesce("m"."region", 'unknown'), -(OLD."amount"), -(CASE WHEN ("m"."partner" = 1) THEN 1 ELSE 0 END), NULL
  FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN "merchants" "m" ON ("m"."id" = OLD."merchant_id") WHERE (OLD."voided" = 0)
  ON CONFLICT ("region") DO UPDATE SET
    "total" = "regions"."total" + excluded."total",
    "of_partners" = "regions"."of_partners" + excluded."of_partners",
    "largest" = CASE WHEN "regions"."largest" IS NULL OR excluded."largest" > "regions"."largest" THEN excluded."largest" ELSE "regions"."largest" END;
  UPDATE "regions" SET "largest" = (
    SELECT MAX("p"."amount")
    FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') = "regions"."region")
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT coalesce("m"."region", 'unknown') AS k0, OLD."amount" AS m0
      FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN "merchants" "m" ON ("m"."id" = OLD."merchant_id") WHERE (OLD."voided" = 0)) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "regions"."region" = gone.k0 AND ("regions"."largest" IS NULL OR NOT ("regions"."largest" > gone.m0));
END;

-- regions: trigger on merchants
CREATE TRIGGER "ks_regions$m_ins" AFTER INSERT ON "merchants" FOR EACH ROW
BEGIN
  INSERT INTO "regions" ("region", "total", "of_partners", "largest")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT coalesce(NEW."region", 'unknown') AS k0, "p"."amount" AS c0, CASE WHEN (NEW."partner" = 1) THEN 1 ELSE 0 END AS c1, "p"."amount" AS c2
    FROM "payments" "p" WHERE ("p"."voided" = 0) AND (NEW."id" = "p"."merchant_id")
    UNION ALL
    SELECT coalesce(NULL, 'unknown') AS k0, -("p"."amount") AS c0, -(CASE WHEN (NULL = 1) THEN 1 ELSE 0 END) AS c1, NULL AS c2
    FROM "payments" "p" WHERE ("p"."voided" = 0) AND (NEW."id" = "p"."merchant_id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("region") DO UPDATE SET
    "total" = "regions"."total" + excluded."total",
    "of_partners" = "regions"."of_partners" + excluded."of_partners",
    "largest" = CASE WHEN "regions"."largest" IS NULL OR excluded."largest" > "regions"."largest" THEN excluded."largest" ELSE "regions"."largest" END;
  UPDATE "regions" SET "largest" = (
    SELECT MAX("p"."amount")
    FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') = coalesce(NULL, 'unknown'))
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT coalesce(NULL, 'unknown') AS k0, "p"."amount" AS m0
      FROM "payments" "p" WHERE ("p"."voided" = 0) AND (NEW."id" = "p"."merchant_id")) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "regions"."region" = gone.k0 AND ("regions"."largest" IS NULL OR NOT ("regions"."largest" > gone.m0));
END;

-- regions: trigger on merchants
CREATE TRIGGER "ks_regions$m_upd" AFTER UPDATE ON "merchants" FOR EACH ROW
WHEN NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."region" COLLATE BINARY IS NEW."region" AND typeof(OLD."region") = typeof(NEW."region")) OR NOT (OLD."partner" COLLATE BINARY IS NEW."partner" AND typeof(OLD."partner") = typeof(NEW."partner"))
BEGIN
  INSERT INTO "regions" ("region", "total", "of_partners", "largest")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT coalesce(OLD."region", 'unknown') AS k0, -("p"."amount") AS c0, -(CASE WHEN (OLD."partner" = 1) THEN 1 ELSE 0 END) AS c1, NULL AS c2
    FROM "payments" "p" WHERE ("p"."voided" = 0) AND (OLD."id" = "p"."merchant_id")
    UNION ALL
    SELECT coalesce(NULL, 'unknown') AS k0, "p"."amount" AS c0, CASE WHEN (NULL = 1) THEN 1 ELSE 0 END AS c1, "p"."amount" AS c2
    FROM "payments" "p" WHERE ("p"."voided" = 0) AND (OLD."id" = "p"."merchant_id") AND ((NEW."id" = "p"."merchant_id")) IS NOT TRUE
    UNION ALL
    SELECT coalesce(NEW."region", 'unknown') AS k0, "p"."amount" AS c0, CASE WHEN (NEW."partner" = 1) THEN 1 ELSE 0 END AS c1, "p"."amount" AS c2
    FROM "payments" "p" WHERE ("p"."voided" = 0) AND (NEW."id" = "p"."merchant_id")
    UNION ALL
    SELECT coalesce(NULL, 'unknown') AS k0, -("p"."amount") AS c0, -(CASE WHEN (NULL = 1) THEN 1 ELSE 0 END) AS c1, NULL AS c2
    FROM "payments" "p" WHERE ("p"."voided" = 0) AND (NEW."id" = "p"."merchant_id") AND ((OLD."id" = "p"."merchant_id")) IS NOT TRUE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("region") DO UPDATE SET
    "total" = "regions"."total" + excluded."total",
    "of_partners" = "regions"."of_partners" + excluded."of_partners",
    "largest" = CASE WHEN "regions"."largest" IS NULL OR excluded."largest" > "regions"."largest" THEN excluded."largest" ELSE "regions"."largest" END;
  UPDATE "regions" SET "largest" = (
    SELECT MAX("p"."amount")
    FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') = coalesce(OLD."region", 'unknown'))
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT coalesce(OLD."region", 'unknown') AS k0, "p"."amount" AS m0
      FROM "payments" "p" WHERE ("p"."voided" = 0) AND (OLD."id" = "p"."merchant_id")) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "regions"."region" = gone.k0 AND ("regions"."largest" IS NULL OR NOT ("regions"."largest" > gone.m0));
  UPDATE "regions" SET "largest" = (
    SELECT MAX("p"."amount")
    FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') = coalesce(NULL, 'unknown'))
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT coalesce(NULL, 'unknown') AS k0, "p"."amount" AS m0
      FROM "payments" "p" WHERE ("p"."voided" = 0) AND (NEW."id" = "p"."merchant_id") AND ((OLD."id" = "p"."merchant_id")) IS NOT TRUE) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "regions"."region" = gone.k0 AND ("regions"."largest" IS NULL OR NOT ("regions"."largest" > gone.m0));
END;

-- regions: trigger on merchants
CREATE TRIGGER "ks_regions$m_del" AFTER DELETE ON "merchants" FOR EACH ROW
BEGIN
  INSERT INTO "regions" ("region", "total", "of_partners", "largest")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
  FROM (
    SELECT coalesce(OLD."region", 'unknown') AS k0, -("p"."amount") AS c0, -(CASE WHEN (OLD."partner" = 1) THEN 1 ELSE 0 END) AS c1, NULL AS c2
    FROM "payments" "p" WHERE ("p"."voided" = 0) AND (OLD."id" = "p"."merchant_id")
    UNION ALL
    SELECT coalesce(NULL, 'unknown') AS k0, "p"."amount" AS c0, CASE WHEN (NULL = 1) THEN 1 ELSE 0 END AS c1, "p"."amount" AS c2
    FROM "payments" "p" WHERE ("p"."voided" = 0) AND (OLD."id" = "p"."merchant_id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("region") DO UPDATE SET
    "total" = "regions"."total" + excluded."total",
    "of_partners" = "regions"."of_partners" + excluded."of_partners",
    "largest" = CASE WHEN "regions"."largest" IS NULL OR excluded."largest" > "regions"."largest" THEN excluded."largest" ELSE "regions"."largest" END;
  UPDATE "regions" SET "largest" = (
    SELECT MAX("p"."amount")
    FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') = coalesce(OLD."region", 'unknown'))
  FROM (
    SELECT taken.k0 AS k0, MAX(taken.m0) AS m0
    FROM (SELECT coalesce(OLD."region", 'unknown') AS k0, "p"."amount" AS m0
      FROM "payments" "p" WHERE ("p"."voided" = 0) AND (OLD."id" = "p"."merchant_id")) AS taken
    WHERE taken.m0 IS NOT NULL GROUP BY taken.k0
  ) AS gone
  WHERE "regions"."region" = gone.k0 AND ("regions"."largest" IS NULL OR NOT ("regions"."largest" > gone.m0));
END;

-- regions: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR NOT (MAX(e2) IS MAX(s2)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), NULL FROM (SELECT coalesce("m"."region", 'unknown') AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM("p"."amount"), 0) AS e0, 0 AS s0, COUNT(CASE WHEN ("m"."partner" = 1) THEN 1 END) AS e1, 0 AS s1, MAX("p"."amount") AS e2, NULL AS s2 FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') >= ? AND coalesce("m"."region", 'unknown') < ? GROUP BY coalesce("m"."region", 'unknown') UNION ALL SELECT "region", 0, 1, 0, "total", 0, "of_partners", NULL, "largest" FROM "regions" WHERE "region" >= ? AND "region" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- regions: merge differences
INSERT INTO "regions" ("region", "total", "of_partners", "largest") VALUES (?, ?, ?, ?) ON CONFLICT ("region") DO UPDATE SET
  "total" = "regions"."total" + excluded."total",
  "of_partners" = "regions"."of_partners" + excluded."of_partners",
  "largest" = CASE WHEN "regions"."largest" IS NULL OR excluded."largest" > "regions"."largest" THEN excluded."largest" ELSE "regions"."largest" END;

-- regions: store extremes
UPDATE "regions" SET "largest" = (
  SELECT MAX("p"."amount")
  FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') = ?) WHERE "region" = ?;

-- regions: prune
DELETE FROM "regions" WHERE "region" = ? AND "total" = 0 AND "of_partners" = 0 AND "largest" IS NULL;

-- regions: read
SELECT "total", "of_partners", "largest" FROM "regions" WHERE "region" = ?;

-- regions: read from the source
SELECT "total", "of_partners", "largest" FROM (SELECT COALESCE(SUM("p"."amount"), 0) AS "total", COUNT(CASE WHEN ("m"."partner" = 1) THEN 1 END) AS "of_partners", MAX("p"."amount") AS "largest" FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') = ?) AS source;

-- regions: explain
SELECT "p"."id", "m"."id", "p"."amount", CASE WHEN ("m"."partner" = 1) THEN 1 ELSE 0 END, "p"."amount" FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') = ? ORDER BY "p"."id", "m"."id";

-- regions: unit of work: what two rows of payments contribute
SELECT MIN(coalesce("m"."region", 'unknown')), -(SUM("p"."amount")), -(SUM(CASE WHEN ("m"."partner" = 1) THEN 1 ELSE 0 END)), MAX("p"."amount")
FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND "p"."id" IN (?, ?) AND (NOT ("m"."id" = ?)) IS TRUE GROUP BY coalesce("m"."region", 'unknown') ORDER BY coalesce("m"."region", 'unknown');

-- regions: unit of work: merge
INSERT INTO "regions" ("region", "total", "of_partners", "largest", "ks$by_hooks")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2), 0
FROM (
  SELECT coalesce("m"."region", 'unknown') AS k0, "p"."amount" AS c0, CASE WHEN ("m"."partner" = 1) THEN 1 ELSE 0 END AS c1, "p"."amount" AS c2
  FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND "p"."id" = ?
  UNION ALL
  SELECT coalesce("m"."region", 'unknown') AS k0, "p"."amount" AS c0, CASE WHEN ("m"."partner" = 1) THEN 1 ELSE 0 END AS c1, "p"."amount" AS c2
  FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND "m"."id" = ? AND (NOT ("p"."id" = ?)) IS TRUE
  UNION ALL
  SELECT ? AS k0, ? AS c0, ? AS c1, NULL AS c2
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON CONFLICT ("region") DO UPDATE SET
  "total" = "regions"."total" + excluded."total",
  "of_partners" = "regions"."of_partners" + excluded."of_partners",
  "largest" = CASE WHEN "regions"."largest" IS NULL OR excluded."largest" > "regions"."largest" THEN excluded."largest" ELSE "regions"."largest" END;

-- regions: unit of work: merge, while capture moves
INSERT INTO "regions" ("region", "total", "of_partners", "largest")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), MAX(delta.c2)
FROM (
  SELECT coalesce("m"."region", 'unknown') AS k0, "p"."amount" AS c0, CASE WHEN ("m"."partner" = 1) THEN 1 ELSE 0 END AS c1, "p"."amount" AS c2
  FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'regions') = 1 AND "p"."id" = ?
  UNION ALL
  SELECT coalesce("m"."region", 'unknown') AS k0, "p"."amount" AS c0, CASE WHEN ("m"."partner" = 1) THEN 1 ELSE 0 END AS c1, "p"."amount" AS c2
  FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'regions') = 1 AND "m"."id" = ? AND (NOT ("p"."id" = ?)) IS TRUE
  UNION ALL
  SELECT ? AS k0, ? AS c0, ? AS c1, NULL AS c2 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'regions') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON CONFLICT ("region") DO UPDATE SET
  "total" = "regions"."total" + excluded."total",
  "of_partners" = "regions"."of_partners" + excluded."of_partners",
  "largest" = CASE WHEN "regions"."largest" IS NULL OR excluded."largest" > "regions"."largest" THEN excluded."largest" ELSE "regions"."largest" END;

-- regions: unit of work: read again largest
UPDATE "regions" SET "largest" = (
  SELECT MAX("p"."amount")
  FROM "payments" "p" LEFT JOIN "merchants" "m" ON ("m"."id" = "p"."merchant_id") WHERE ("p"."voided" = 0) AND coalesce("m"."region", 'unknown') = ?)
WHERE "region" = ? AND ("largest" IS NULL OR NOT ("largest" > ?));
