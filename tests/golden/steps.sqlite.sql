-- steps on SQLite

-- vehicles: table
CREATE TABLE "vehicles" (
  "vehicle_id" INTEGER NOT NULL,
  "distance" INTEGER NOT NULL DEFAULT 0,
  "opened" INTEGER NOT NULL DEFAULT 0,
  "last_x" INTEGER,
  "positions" INTEGER NOT NULL DEFAULT 0,
  "ks_last_x_order_1" INTEGER,
  "ks_last_x_order_2" INTEGER,
  PRIMARY KEY ("vehicle_id")
) STRICT, WITHOUT ROWID;

-- vehicles: trigger on positions
CREATE TRIGGER "ks_vehicles$p_ins" AFTER INSERT ON "positions" FOR EACH ROW
BEGIN
  INSERT INTO "vehicles" ("vehicle_id", "last_x", "positions", "ks_last_x_order_1", "ks_last_x_order_2")
  SELECT NEW."vehicle_id", NEW."x", 1, NEW."seen_at", NEW."id"
  WHERE (NEW."valid" = 1)
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "positions" = "vehicles"."positions" + 1,
    "last_x" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."last_x" ELSE "vehicles"."last_x" END,
    "ks_last_x_order_2" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_2" ELSE "vehicles"."ks_last_x_order_2" END,
    "ks_last_x_order_1" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_1" ELSE "vehicles"."ks_last_x_order_1" END;
  INSERT INTO "vehicles" ("vehicle_id", "distance", "opened")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    SELECT NEW."vehicle_id" AS k0, COALESCE((abs((NEW."x" - "ks$before"."x")) + abs((NEW."y" - "ks$before"."y"))), 0) AS c0, CASE WHEN (NEW."x" > 0) THEN CASE WHEN (NEW."door" > "ks$before"."door") THEN 1 ELSE 0 END ELSE 0 END AS c1
    FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= NEW."seen_at" AND ("p"."seen_at" < NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" < NEW."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "ks$before" ON TRUE WHERE (NEW."valid" = 1)
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, COALESCE((abs(("p"."x" - NEW."x")) + abs(("p"."y" - NEW."y"))), 0) AS c0, CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > NEW."door") THEN 1 ELSE 0 END ELSE 0 END AS c1
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= NEW."seen_at" AND ("p"."seen_at" > NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" > NEW."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "p" WHERE (NEW."valid" = 1)
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, -(COALESCE((abs(("p"."x" - "ks$before"."x")) + abs(("p"."y" - "ks$before"."y"))), 0)) AS c0, -(CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > "ks$before"."door") THEN 1 ELSE 0 END ELSE 0 END) AS c1
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= NEW."seen_at" AND ("p"."seen_at" > NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" > NEW."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "p" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= NEW."seen_at" AND ("p"."seen_at" < NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" < NEW."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "ks$before" ON TRUE WHERE (NEW."valid" = 1)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "distance" = "vehicles"."distance" + excluded."distance",
    "opened" = "vehicles"."opened" + excluded."opened";
END;

-- vehicles: trigger on positions
CREATE TRIGGER "ks_vehicles$p_upd" AFTER UPDATE ON "positions" FOR EACH ROW
WHEN NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."vehicle_id" COLLATE BINARY IS NEW."vehicle_id" AND typeof(OLD."vehicle_id") = typeof(NEW."vehicle_id")) OR NOT (OLD."seen_at" COLLATE BINARY IS NEW."seen_at" AND typeof(OLD."seen_at") = typeof(NEW."seen_at")) OR NOT (OLD."x" COLLATE BINARY IS NEW."x" AND typeof(OLD."x") = typeof(NEW."x")) OR NOT (OLD."y" COLLATE BINARY IS NEW."y" AND typeof(OLD."y") = typeof(NEW."y")) OR NOT (OLD."door" COLLATE BINARY IS NEW."door" AND typeof(OLD."door") = typeof(NEW."door")) OR NOT (OLD."valid" COLLATE BINARY IS NEW."valid" AND typeof(OLD."valid") = typeof(NEW."valid"))
BEGIN
  INSERT INTO "vehicles" ("vehicle_id", "last_x", "positions", "ks_last_x_order_1", "ks_last_x_order_2")
  SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), SUM(delta.c1), MAX(CASE WHEN delta.r0 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END)
  FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c2 IS NULL, delta.c2 DESC, delta.c3 DESC) AS r0
  FROM (
    SELECT OLD."vehicle_id" AS k0, NULL AS c0, -1 AS c1, NULL AS c2, NULL AS c3
    WHERE (OLD."valid" = 1)
    UNION ALL
    SELECT NEW."vehicle_id" AS k0, NEW."x" AS c0, 1 AS c1, NEW."seen_at" AS c2, NEW."id" AS c3
    WHERE (NEW."valid" = 1)
  ) AS delta) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "positions" = "vehicles"."positions" + excluded."positions",
    "last_x" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."last_x" ELSE "vehicles"."last_x" END,
    "ks_last_x_order_2" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_2" ELSE "vehicles"."ks_last_x_order_2" END,
    "ks_last_x_order_1" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_1" ELSE "vehicles"."ks_last_x_order_1" END;
  UPDATE "vehicles" SET "last_x" = (
    SELECT "p"."x"
    FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_x_order_1" = (
    SELECT "p"."seen_at"
    FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_x_order_2" = (
    SELECT "p"."id"
    FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1)
  FROM (
    SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
    FROM (SELECT OLD."vehicle_id" AS k0, OLD."seen_at" AS m0, OLD."id" AS m1
      WHERE (OLD."valid" = 1) AND (NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."seen_at" COLLATE BINARY IS NEW."seen_at" AND typeof(OLD."seen_at") = typeof(NEW."seen_at")) OR NOT (OLD."valid" COLLATE BINARY IS NEW."valid" AND typeof(OLD."valid") = typeof(NEW."valid")) OR NOT (OLD."vehicle_id" COLLATE BINARY IS NEW."vehicle_id" AND typeof(OLD."vehicle_id") = typeof(NEW."vehicle_id")))) AS taken
    WHERE taken.m0 IS NOT NULL
  ) AS gone
  WHERE "vehicles"."vehicle_id" = gone.k0 AND ("vehicles"."ks_last_x_order_1" IS NULL OR (gone.m0 > "vehicles"."ks_last_x_order_1" OR (gone.m0 = "vehicles"."ks_last_x_order_1" AND gone.m1 >= "vehicles"."ks_last_x_order_2")));
  INSERT INTO "vehicles" ("vehicle_id", "distance", "opened")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    SELECT OLD."vehicle_id" AS k0, -(COALESCE((abs((OLD."x" - "ks$before"."x")) + abs((OLD."y" - "ks$before"."y"))), 0)) AS c0, -(CASE WHEN (OLD."x" > 0) THEN CASE WHEN (OLD."door" > "ks$before"."door") THEN 1 ELSE 0 END ELSE 0 END) AS c1
    FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= OLD."seen_at" AND ("p"."seen_at" < OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" < OLD."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "ks$before" ON TRUE WHERE (OLD."valid" = 1)
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, -(COALESCE((abs(("p"."x" - OLD."x")) + abs(("p"."y" - OLD."y"))), 0)) AS c0, -(CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > OLD."door") THEN 1 ELSE 0 END ELSE 0 END) AS c1
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= OLD."seen_at" AND ("p"."seen_at" > OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" > OLD."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "p" WHERE (OLD."valid" = 1)
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, COALESCE((abs(("p"."x" - "ks$before"."x")) + abs(("p"."y" - "ks$before"."y"))), 0) AS c0, CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > "ks$before"."door") THEN 1 ELSE 0 END ELSE 0 END AS c1
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= OLD."seen_at" AND ("p"."seen_at" > OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" > OLD."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "p" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= OLD."seen_at" AND ("p"."seen_at" < OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" < OLD."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "ks$before" ON TRUE WHERE (OLD."valid" = 1)
    UNION ALL
    SELECT NEW."vehicle_id" AS k0, COALESCE((abs((NEW."x" - "ks$before"."x")) + abs((NEW."y" - "ks$before"."y"))), 0) AS c0, CASE WHEN (NEW."x" > 0) THEN CASE WHEN (NEW."door" > "ks$before"."door") THEN 1 ELSE 0 END ELSE 0 END AS c1
    FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= NEW."seen_at" AND ("p"."seen_at" < NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" < NEW."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "ks$before" ON TRUE WHERE (NEW."valid" = 1)
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, COALESCE((abs(("p"."x" - NEW."x")) + abs(("p"."y" - NEW."y"))), 0) AS c0, CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > NEW."door") THEN 1 ELSE 0 END ELSE 0 END AS c1
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= NEW."seen_at" AND ("p"."seen_at" > NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" > NEW."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "p" WHERE (NEW."valid" = 1)
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, -(COALESCE((abs(("p"."x" - "ks$before"."x")) + abs(("p"."y" - "ks$before"."y"))), 0)) AS c0, -(CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > "ks$before"."door") THEN 1 ELSE 0 END ELSE 0 END) AS c1
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= NEW."seen_at" AND ("p"."seen_at" > NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" > NEW."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "p" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND ("p"."valid" = 1) AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= NEW."seen_at" AND ("p"."seen_at" < NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" < NEW."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "ks$before" ON TRUE WHERE (NEW."valid" = 1)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "distance" = "vehicles"."distance" + excluded."distance",
    "opened" = "vehicles"."opened" + excluded."opened";
END;

-- vehicles: trigger on positions
CREATE TRIGGER "ks_vehicles$p_del" AFTER DELETE ON "positions" FOR EACH ROW
BEGIN
  INSERT INTO "vehicles" ("vehicle_id", "last_x", "positions", "ks_last_x_order_1", "ks_last_x_order_2")
  SELECT OLD."vehicle_id", NULL, -1, NULL, NULL
  WHERE (OLD."valid" = 1)
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "positions" = "vehicles"."positions" - 1,
    "last_x" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."last_x" ELSE "vehicles"."last_x" END,
    "ks_last_x_order_2" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_2" ELSE "vehicles"."ks_last_x_order_2" END,
    "ks_last_x_order_1" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_1" ELSE "vehicles"."ks_last_x_order_1" END;
  UPDATE "vehicles" SET "last_x" = (
    SELECT "p"."x"
    FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_x_order_1" = (
    SELECT "p"."seen_at"
    FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_x_order_2" = (
    SELECT "p"."id"
    FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1)
  FROM (
    SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
    FROM (SELECT OLD."vehicle_id" AS k0, OLD."seen_at" AS m0, OLD."id" AS m1
      WHERE (OLD."valid" = 1)) AS taken
    WHERE taken.m0 IS NOT NULL
  ) AS gone
  WHERE "vehicles"."vehicle_id" = gone.k0 AND ("vehicles"."ks_last_x_order_1" IS NULL OR (gone.m0 > "vehicles"."ks_last_x_order_1" OR (gone.m0 = "vehicles"."ks_last_x_order_1" AND gone.m1 >= "vehicles"."ks_last_x_order_2")));
  INSERT INTO "vehicles" ("vehicle_id", "distance", "opened")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    SELECT OLD."vehicle_id" AS k0, -(COALESCE((abs((OLD."x" - "ks$before"."x")) + abs((OLD."y" - "ks$before"."y"))), 0)) AS c0, -(CASE WHEN (OLD."x" > 0) THEN CASE WHEN (OLD."door" > "ks$before"."door") THEN 1 ELSE 0 END ELSE 0 END) AS c1
    FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."valid" = 1) AND "p"."seen_at" <= OLD."seen_at" AND ("p"."seen_at" < OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" < OLD."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "ks$before" ON TRUE WHERE (OLD."valid" = 1)
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, -(COALESCE((abs(("p"."x" - OLD."x")) + abs(("p"."y" - OLD."y"))), 0)) AS c0, -(CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > OLD."door") THEN 1 ELSE 0 END ELSE 0 END) AS c1
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."valid" = 1) AND "p"."seen_at" >= OLD."seen_at" AND ("p"."seen_at" > OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" > OLD."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "p" WHERE (OLD."valid" = 1)
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, COALESCE((abs(("p"."x" - "ks$before"."x")) + abs(("p"."y" - "ks$before"."y"))), 0) AS c0, CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > "ks$before"."door") THEN 1 ELSE 0 END ELSE 0 END AS c1
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."valid" = 1) AND "p"."seen_at" >= OLD."seen_at" AND ("p"."seen_at" > OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" > OLD."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "p" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."valid" = 1) AND "p"."seen_at" <= OLD."seen_at" AND ("p"."seen_at" < OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" < OLD."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "ks$before" ON TRUE WHERE (OLD."valid" = 1)
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "distance" = "vehicles"."distance" + excluded."distance",
    "opened" = "vehicles"."opened" + excluded."opened";
END;

-- vehicles: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) OR NOT (MAX(e2) IS MAX(s2)) OR SUM(e3) <> SUM(s3) OR NOT (MAX(e4) IS MAX(s4)) OR NOT (MAX(e5) IS MAX(s5)) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1), MAX(e2), MAX(s2), NULL, SUM(e3), SUM(s3), SUM(e3) - SUM(s3), MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL FROM (SELECT ranked.k0 AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(ranked.c0), 0) AS e0, 0 AS s0, COALESCE(SUM(ranked.c1), 0) AS e1, 0 AS s1, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c2 END) AS e2, NULL AS s2, COALESCE(SUM(ranked.c3), 0) AS e3, 0 AS s3, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS e4, NULL AS s4, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c5 END) AS e5, NULL AS s5 FROM (SELECT "p"."vehicle_id" AS k0, COALESCE((abs(("p"."x" - "ks$before_0"."x")) + abs(("p"."y" - "ks$before_0"."y"))), 0) AS c0, CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > "ks$before_0"."door") THEN 1 ELSE 0 END ELSE 0 END AS c1, "p"."x" AS c2, 1 AS c3, "p"."seen_at" AS c4, "p"."id" AS c5, ROW_NUMBER() OVER (PARTITION BY "p"."vehicle_id" ORDER BY "p"."seen_at" IS NULL, "p"."seen_at" DESC, "p"."id" DESC) AS r0 FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid", LAG("p"."id") OVER (PARTITION BY "p"."vehicle_id" ORDER BY "p"."seen_at", "p"."id") AS "ks$key_0_0" FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" >= ? AND "p"."vehicle_id" < ?) AS "p" LEFT JOIN "positions" "ks$before_0" ON "ks$before_0"."id" = "p"."ks$key_0_0") AS ranked GROUP BY ranked.k0 UNION ALL SELECT "vehicle_id", 0, 1, 0, "distance", 0, "opened", NULL, "last_x", 0, "positions", NULL, "ks_last_x_order_1", NULL, "ks_last_x_order_2" FROM "vehicles" WHERE "vehicle_id" >= ? AND "vehicle_id" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- vehicles: where the next range begins
SELECT "vehicle_id" FROM "positions" WHERE "vehicle_id" >= ? ORDER BY "vehicle_id" LIMIT 1 OFFSET ?;

-- vehicles: merge differences
INSERT INTO "vehicles" ("vehicle_id", "distance", "opened", "last_x", "positions", "ks_last_x_order_1", "ks_last_x_order_2") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("vehicle_id") DO UPDATE SET
  "distance" = "vehicles"."distance" + excluded."distance",
  "opened" = "vehicles"."opened" + excluded."opened",
  "positions" = "vehicles"."positions" + excluded."positions",
  "last_x" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."last_x" ELSE "vehicles"."last_x" END,
  "ks_last_x_order_2" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_2" ELSE "vehicles"."ks_last_x_order_2" END,
  "ks_last_x_order_1" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_1" ELSE "vehicles"."ks_last_x_order_1" END;

-- vehicles: store extremes
UPDATE "vehicles" SET "last_x" = (
  SELECT "p"."x"
  FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_x_order_1" = (
  SELECT "p"."seen_at"
  FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_x_order_2" = (
  SELECT "p"."id"
  FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) WHERE "vehicle_id" = ?;

-- vehicles: prune
DELETE FROM "vehicles" WHERE "vehicle_id" = ? AND "distance" = 0 AND "opened" = 0 AND "last_x" IS NULL AND "positions" = 0 AND "ks_last_x_order_1" IS NULL AND "ks_last_x_order_2" IS NULL;

-- vehicles: read
SELECT "distance", "opened", "last_x", "positions" FROM "vehicles" WHERE "vehicle_id" = ?;

-- vehicles: read from the source
SELECT "distance", "opened", "last_x", "positions" FROM (SELECT COALESCE(SUM(ranked.c0), 0) AS "distance", COALESCE(SUM(ranked.c1), 0) AS "opened", MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c2 END) AS "last_x", COALESCE(SUM(ranked.c3), 0) AS "positions", MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS "ks_last_x_order_1", MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c5 END) AS "ks_last_x_order_2" FROM (SELECT COALESCE((abs(("p"."x" - "ks$before_0"."x")) + abs(("p"."y" - "ks$before_0"."y"))), 0) AS c0, CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > "ks$before_0"."door") THEN 1 ELSE 0 END ELSE 0 END AS c1, "p"."x" AS c2, 1 AS c3, "p"."seen_at" AS c4, "p"."id" AS c5, ROW_NUMBER() OVER (ORDER BY "p"."seen_at" IS NULL, "p"."seen_at" DESC, "p"."id" DESC) AS r0 FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid", LAG("p"."id") OVER (PARTITION BY "p"."vehicle_id" ORDER BY "p"."seen_at", "p"."id") AS "ks$key_0_0" FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = ?) AS "p" LEFT JOIN "positions" "ks$before_0" ON "ks$before_0"."id" = "p"."ks$key_0_0") AS ranked) AS source;

-- vehicles: explain
SELECT "p"."id", COALESCE((abs(("p"."x" - "ks$before_0"."x")) + abs(("p"."y" - "ks$before_0"."y"))), 0), CASE WHEN ("p"."x" > 0) THEN CASE WHEN ("p"."door" > "ks$before_0"."door") THEN 1 ELSE 0 END ELSE 0 END, "p"."x", 1, "p"."seen_at", "p"."id" FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."x", "p"."y", "p"."door", "p"."valid", LAG("p"."id") OVER (PARTITION BY "p"."vehicle_id" ORDER BY "p"."seen_at", "p"."id") AS "ks$key_0_0" FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = ?) AS "p" LEFT JOIN "positions" "ks$before_0" ON "ks$before_0"."id" = "p"."ks$key_0_0" ORDER BY "p"."id";

-- vehicles: unit of work: what two rows of positions contribute
SELECT MIN(ranked.k0), NULL, -(SUM(ranked.c1)), MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c2 END), MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END)
FROM (SELECT "p"."vehicle_id" AS k0, "p"."x" AS c0, 1 AS c1, "p"."seen_at" AS c2, "p"."id" AS c3, ROW_NUMBER() OVER (PARTITION BY "p"."vehicle_id" ORDER BY "p"."seen_at" IS NULL, "p"."seen_at" DESC, "p"."id" DESC) AS r0
FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."id" IN (?, ?)) AS ranked GROUP BY ranked.k0 ORDER BY ranked.k0;

-- vehicles: unit of work: merge
INSERT INTO "vehicles" ("vehicle_id", "last_x", "positions", "ks_last_x_order_1", "ks_last_x_order_2", "ks$by_hooks")
SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), SUM(delta.c1), MAX(CASE WHEN delta.r0 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END), 0
FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c2 IS NULL, delta.c2 DESC, delta.c3 DESC) AS r0
FROM (
  SELECT "p"."vehicle_id" AS k0, "p"."x" AS c0, 1 AS c1, "p"."seen_at" AS c2, "p"."id" AS c3
  FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."id" = ?
  UNION ALL
  SELECT ? AS k0, NULL AS c0, ? AS c1, NULL AS c2, NULL AS c3
) AS delta) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON CONFLICT ("vehicle_id") DO UPDATE SET
  "positions" = "vehicles"."positions" + excluded."positions",
  "last_x" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."last_x" ELSE "vehicles"."last_x" END,
  "ks_last_x_order_2" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_2" ELSE "vehicles"."ks_last_x_order_2" END,
  "ks_last_x_order_1" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_1" ELSE "vehicles"."ks_last_x_order_1" END;

-- vehicles: unit of work: merge, while capture moves
INSERT INTO "vehicles" ("vehicle_id", "last_x", "positions", "ks_last_x_order_1", "ks_last_x_order_2")
SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), SUM(delta.c1), MAX(CASE WHEN delta.r0 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END)
FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c2 IS NULL, delta.c2 DESC, delta.c3 DESC) AS r0
FROM (
  SELECT "p"."vehicle_id" AS k0, "p"."x" AS c0, 1 AS c1, "p"."seen_at" AS c2, "p"."id" AS c3
  FROM "positions" "p" WHERE ("p"."valid" = 1) AND (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1 AND "p"."id" = ?
  UNION ALL
  SELECT ? AS k0, NULL AS c0, ? AS c1, NULL AS c2, NULL AS c3 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1
) AS delta) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON CONFLICT ("vehicle_id") DO UPDATE SET
  "positions" = "vehicles"."positions" + excluded."positions",
  "last_x" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."last_x" ELSE "vehicles"."last_x" END,
  "ks_last_x_order_2" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_2" ELSE "vehicles"."ks_last_x_order_2" END,
  "ks_last_x_order_1" = CASE WHEN "vehicles"."ks_last_x_order_1" IS NULL OR (excluded."ks_last_x_order_1" > "vehicles"."ks_last_x_order_1" OR (excluded."ks_last_x_order_1" = "vehicles"."ks_last_x_order_1" AND excluded."ks_last_x_order_2" >= "vehicles"."ks_last_x_order_2")) THEN excluded."ks_last_x_order_1" ELSE "vehicles"."ks_last_x_order_1" END;

-- vehicles: unit of work: read again last_x.order_1
UPDATE "vehicles" SET "last_x" = (
  SELECT "p"."x"
  FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_x_order_1" = (
  SELECT "p"."seen_at"
  FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_x_order_2" = (
  SELECT "p"."id"
  FROM "positions" "p" WHERE ("p"."valid" = 1) AND "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1)
WHERE "vehicle_id" = ? AND ("ks_last_x_order_1" IS NULL OR (? > "ks_last_x_order_1" OR (? = "ks_last_x_order_1" AND ? >= "ks_last_x_order_2")));

-- falls: table
CREATE TABLE "falls" (
  "vehicle_id" INTEGER NOT NULL,
  "fall" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("vehicle_id")
) STRICT, WITHOUT ROWID;

-- falls: trigger on positions
CREATE TRIGGER "ks_falls$p_ins" AFTER INSERT ON "positions" FOR EACH ROW
BEGIN
  INSERT INTO "falls" ("vehicle_id", "fall")
  SELECT delta.k0, SUM(delta.c0)
  FROM (
    SELECT NEW."vehicle_id" AS k0, COALESCE((NEW."y" - "ks$before"."y"), 0) AS c0
    FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= NEW."seen_at" AND ("p"."seen_at" > NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" > NEW."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "ks$before" ON TRUE
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, COALESCE(("p"."y" - NEW."y"), 0) AS c0
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= NEW."seen_at" AND ("p"."seen_at" < NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" < NEW."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "p"
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, -(COALESCE(("p"."y" - "ks$before"."y"), 0)) AS c0
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= NEW."seen_at" AND ("p"."seen_at" < NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" < NEW."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "p" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= NEW."seen_at" AND ("p"."seen_at" > NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" > NEW."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "ks$before" ON TRUE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "fall" = "falls"."fall" + excluded."fall";
END;

-- falls: trigger on positions
CREATE TRIGGER "ks_falls$p_upd" AFTER UPDATE ON "positions" FOR EACH ROW
WHEN NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."vehicle_id" COLLATE BINARY IS NEW."vehicle_id" AND typeof(OLD."vehicle_id") = typeof(NEW."vehicle_id")) OR NOT (OLD."seen_at" COLLATE BINARY IS NEW."seen_at" AND typeof(OLD."seen_at") = typeof(NEW."seen_at")) OR NOT (OLD."y" COLLATE BINARY IS NEW."y" AND typeof(OLD."y") = typeof(NEW."y"))
BEGIN
  INSERT INTO "falls" ("vehicle_id", "fall")
  SELECT delta.k0, SUM(delta.c0)
  FROM (
    SELECT OLD."vehicle_id" AS k0, -(COALESCE((OLD."y" - "ks$before"."y"), 0)) AS c0
    FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= OLD."seen_at" AND ("p"."seen_at" > OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" > OLD."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "ks$before" ON TRUE
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, -(COALESCE(("p"."y" - OLD."y"), 0)) AS c0
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= OLD."seen_at" AND ("p"."seen_at" < OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" < OLD."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "p"
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, COALESCE(("p"."y" - "ks$before"."y"), 0) AS c0
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= OLD."seen_at" AND ("p"."seen_at" < OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" < OLD."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "p" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= OLD."seen_at" AND ("p"."seen_at" > OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" > OLD."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "ks$before" ON TRUE
    UNION ALL
    SELECT NEW."vehicle_id" AS k0, COALESCE((NEW."y" - "ks$before"."y"), 0) AS c0
    FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= NEW."seen_at" AND ("p"."seen_at" > NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" > NEW."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "ks$before" ON TRUE
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, COALESCE(("p"."y" - NEW."y"), 0) AS c0
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= NEW."seen_at" AND ("p"."seen_at" < NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" < NEW."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "p"
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, -(COALESCE(("p"."y" - "ks$before"."y"), 0)) AS c0
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" <= NEW."seen_at" AND ("p"."seen_at" < NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" < NEW."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "p" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = NEW."vehicle_id" AND NOT ("p"."id" = NEW."id") AND "p"."seen_at" >= NEW."seen_at" AND ("p"."seen_at" > NEW."seen_at" OR ("p"."seen_at" = NEW."seen_at" AND "p"."id" > NEW."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "ks$before" ON TRUE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "fall" = "falls"."fall" + excluded."fall";
END;

-- falls: trigger on positions
CREATE TRIGGER "ks_falls$p_del" AFTER DELETE ON "positions" FOR EACH ROW
BEGIN
  INSERT INTO "falls" ("vehicle_id", "fall")
  SELECT delta.k0, SUM(delta.c0)
  FROM (
    SELECT OLD."vehicle_id" AS k0, -(COALESCE((OLD."y" - "ks$before"."y"), 0)) AS c0
    FROM (SELECT 1 AS "ks$one") AS "ks$one" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND "p"."seen_at" >= OLD."seen_at" AND ("p"."seen_at" > OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" > OLD."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "ks$before" ON TRUE
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, -(COALESCE(("p"."y" - OLD."y"), 0)) AS c0
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND "p"."seen_at" <= OLD."seen_at" AND ("p"."seen_at" < OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" < OLD."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "p"
    UNION ALL
    SELECT "p"."vehicle_id" AS k0, COALESCE(("p"."y" - "ks$before"."y"), 0) AS c0
    FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND "p"."seen_at" <= OLD."seen_at" AND ("p"."seen_at" < OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" < OLD."id")) ORDER BY "p"."vehicle_id" DESC, "p"."seen_at" DESC, "p"."id" DESC LIMIT 1) AS "p" LEFT JOIN (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y" FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND "p"."seen_at" >= OLD."seen_at" AND ("p"."seen_at" > OLD."seen_at" OR ("p"."seen_at" = OLD."seen_at" AND "p"."id" > OLD."id")) ORDER BY "p"."vehicle_id", "p"."seen_at", "p"."id" LIMIT 1) AS "ks$before" ON TRUE
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 ORDER BY delta.k0
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "fall" = "falls"."fall" + excluded."fall";
END;

-- falls: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0) FROM (SELECT "p"."vehicle_id" AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM(("p"."y" - "ks$before_0"."y")), 0) AS e0, 0 AS s0 FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y", LAG("p"."id") OVER (PARTITION BY "p"."vehicle_id" ORDER BY "p"."seen_at" DESC, "p"."id" DESC) AS "ks$key_0_0" FROM "positions" "p" WHERE "p"."vehicle_id" >= ? AND "p"."vehicle_id" < ?) AS "p" LEFT JOIN "positions" "ks$before_0" ON "ks$before_0"."id" = "p"."ks$key_0_0" GROUP BY "p"."vehicle_id" UNION ALL SELECT "vehicle_id", 0, 1, 0, "fall" FROM "falls" WHERE "vehicle_id" >= ? AND "vehicle_id" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- falls: where the next range begins
SELECT "vehicle_id" FROM "positions" WHERE "vehicle_id" >= ? ORDER BY "vehicle_id" LIMIT 1 OFFSET ?;

-- falls: merge differences
INSERT INTO "falls" ("vehicle_id", "fall") VALUES (?, ?) ON CONFLICT ("vehicle_id") DO UPDATE SET
  "fall" = "falls"."fall" + excluded."fall";

-- falls: prune
DELETE FROM "falls" WHERE "vehicle_id" = ? AND "fall" = 0;

-- falls: read
SELECT "fall" FROM "falls" WHERE "vehicle_id" = ?;

-- falls: read from the source
SELECT "fall" FROM (SELECT COALESCE(SUM(("p"."y" - "ks$before_0"."y")), 0) AS "fall" FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y", LAG("p"."id") OVER (PARTITION BY "p"."vehicle_id" ORDER BY "p"."seen_at" DESC, "p"."id" DESC) AS "ks$key_0_0" FROM "positions" "p" WHERE "p"."vehicle_id" = ?) AS "p" LEFT JOIN "positions" "ks$before_0" ON "ks$before_0"."id" = "p"."ks$key_0_0") AS source;

-- falls: explain
SELECT "p"."id", COALESCE(("p"."y" - "ks$before_0"."y"), 0) FROM (SELECT "p"."id", "p"."vehicle_id", "p"."seen_at", "p"."y", LAG("p"."id") OVER (PARTITION BY "p"."vehicle_id" ORDER BY "p"."seen_at" DESC, "p"."id" DESC) AS "ks$key_0_0" FROM "positions" "p" WHERE "p"."vehicle_id" = ?) AS "p" LEFT JOIN "positions" "ks$before_0" ON "ks$before_0"."id" = "p"."ks$key_0_0" ORDER BY "p"."id";
