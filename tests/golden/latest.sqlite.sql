-- latest on SQLite

-- vehicles: table
CREATE TABLE "vehicles" (
  "vehicle_id" INTEGER NOT NULL,
  "last_place" TEXT,
  "last_speed" INTEGER,
  "first_place" TEXT,
  "ks_last_place_order_1" INTEGER,
  "ks_last_place_order_2" INTEGER,
  "ks_first_place_order_1" INTEGER,
  "ks_first_place_order_2" INTEGER,
  PRIMARY KEY ("vehicle_id")
) STRICT, WITHOUT ROWID;

-- vehicles: trigger on positions
CREATE TRIGGER "ks_vehicles$p_ins" AFTER INSERT ON "positions" FOR EACH ROW
BEGIN
  INSERT INTO "vehicles" ("vehicle_id", "last_place", "last_speed", "first_place", "ks_last_place_order_1", "ks_last_place_order_2", "ks_first_place_order_1", "ks_first_place_order_2")
  VALUES (NEW."vehicle_id", NEW."place", NEW."speed", CASE WHEN (NEW."speed" > 0) THEN NEW."place" ELSE NULL END, NEW."seen_at", NEW."id", CASE WHEN (NEW."speed" > 0) THEN NEW."seen_at" ELSE NULL END, CASE WHEN (NEW."speed" > 0) THEN NEW."id" ELSE NULL END)
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "last_place" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_place" ELSE "vehicles"."last_place" END,
    "last_speed" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_speed" ELSE "vehicles"."last_speed" END,
    "ks_last_place_order_2" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_2" ELSE "vehicles"."ks_last_place_order_2" END,
    "ks_last_place_order_1" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_1" ELSE "vehicles"."ks_last_place_order_1" END,
    "first_place" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."first_place" ELSE "vehicles"."first_place" END,
    "ks_first_place_order_2" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_2" ELSE "vehicles"."ks_first_place_order_2" END,
    "ks_first_place_order_1" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_1" ELSE "vehicles"."ks_first_place_order_1" END;
END;

-- vehicles: trigger on positions
CREATE TRIGGER "ks_vehicles$p_upd" AFTER UPDATE ON "positions" FOR EACH ROW
WHEN NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."vehicle_id" COLLATE BINARY IS NEW."vehicle_id" AND typeof(OLD."vehicle_id") = typeof(NEW."vehicle_id")) OR NOT (OLD."seen_at" COLLATE BINARY IS NEW."seen_at" AND typeof(OLD."seen_at") = typeof(NEW."seen_at")) OR NOT (OLD."place" COLLATE BINARY IS NEW."place" AND typeof(OLD."place") = typeof(NEW."place")) OR NOT (OLD."speed" COLLATE BINARY IS NEW."speed" AND typeof(OLD."speed") = typeof(NEW."speed"))
BEGIN
  INSERT INTO "vehicles" ("vehicle_id", "last_place", "last_speed", "first_place", "ks_last_place_order_1", "ks_last_place_order_2", "ks_first_place_order_1", "ks_first_place_order_2")
  SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c1 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c4 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c5 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c6 END)
  FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c3 IS NULL, delta.c3 DESC, delta.c4 DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c5 IS NULL, delta.c5, delta.c6) AS r1
  FROM (
    SELECT OLD."vehicle_id" AS k0, NULL AS c0, NULL AS c1, NULL AS c2, NULL AS c3, NULL AS c4, NULL AS c5, NULL AS c6
    
    UNION ALL
    SELECT NEW."vehicle_id" AS k0, NEW."place" AS c0, NEW."speed" AS c1, CASE WHEN (NEW."speed" > 0) THEN NEW."place" ELSE NULL END AS c2, NEW."seen_at" AS c3, NEW."id" AS c4, CASE WHEN (NEW."speed" > 0) THEN NEW."seen_at" ELSE NULL END AS c5, CASE WHEN (NEW."speed" > 0) THEN NEW."id" ELSE NULL END AS c6
    
  ) AS delta) AS delta
  WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "last_place" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_place" ELSE "vehicles"."last_place" END,
    "last_speed" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_speed" ELSE "vehicles"."last_speed" END,
    "ks_last_place_order_2" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_2" ELSE "vehicles"."ks_last_place_order_2" END,
    "ks_last_place_order_1" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_1" ELSE "vehicles"."ks_last_place_order_1" END,
    "first_place" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."first_place" ELSE "vehicles"."first_place" END,
    "ks_first_place_order_2" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_2" ELSE "vehicles"."ks_first_place_order_2" END,
    "ks_first_place_order_1" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_1" ELSE "vehicles"."ks_first_place_order_1" END;
  UPDATE "vehicles" SET "last_place" = (
    SELECT "p"."place"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "last_speed" = (
    SELECT "p"."speed"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_1" = (
    SELECT "p"."seen_at"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_2" = (
    SELECT "p"."id"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1)
  FROM (
    SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
    FROM (SELECT OLD."vehicle_id" AS k0, OLD."seen_at" AS m0, OLD."id" AS m1
      WHERE (NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."seen_at" COLLATE BINARY IS NEW."seen_at" AND typeof(OLD."seen_at") = typeof(NEW."seen_at")) OR NOT (OLD."vehicle_id" COLLATE BINARY IS NEW."vehicle_id" AND typeof(OLD."vehicle_id") = typeof(NEW."vehicle_id")))) AS taken
    WHERE taken.m0 IS NOT NULL
  ) AS gone
  WHERE "vehicles"."vehicle_id" = gone.k0 AND ("vehicles"."ks_last_place_order_1" IS NULL OR (gone.m0 > "vehicles"."ks_last_place_order_1" OR (gone.m0 = "vehicles"."ks_last_place_order_1" AND gone.m1 >= "vehicles"."ks_last_place_order_2")));
  UPDATE "vehicles" SET "first_place" = (
    SELECT "p"."place"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."speed" > 0)
    ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_1" = (
    SELECT "p"."seen_at"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."speed" > 0)
    ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_2" = (
    SELECT "p"."id"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."speed" > 0)
    ORDER BY "p"."seen_at", "p"."id" LIMIT 1)
  FROM (
    SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
    FROM (SELECT OLD."vehicle_id" AS k0, CASE WHEN (OLD."speed" > 0) THEN OLD."seen_at" ELSE NULL END AS m0, CASE WHEN (OLD."speed" > 0) THEN OLD."id" ELSE NULL END AS m1
      WHERE (NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."seen_at" COLLATE BINARY IS NEW."seen_at" AND typeof(OLD."seen_at") = typeof(NEW."seen_at")) OR NOT (OLD."speed" COLLATE BINARY IS NEW."speed" AND typeof(OLD."speed") = typeof(NEW."speed")) OR NOT (OLD."vehicle_id" COLLATE BINARY IS NEW."vehicle_id" AND typeof(OLD."vehicle_id") = typeof(NEW."vehicle_id")))) AS taken
    WHERE taken.m0 IS NOT NULL
  ) AS gone
  WHERE "vehicles"."vehicle_id" = gone.k0 AND ("vehicles"."ks_first_place_order_1" IS NULL OR (gone.m0 < "vehicles"."ks_first_place_order_1" OR (gone.m0 = "vehicles"."ks_first_place_order_1" AND gone.m1 <= "vehicles"."ks_first_place_order_2")));
END;

-- vehicles: trigger on positions
CREATE TRIGGER "ks_vehicles$p_del" AFTER DELETE ON "positions" FOR EACH ROW
BEGIN
  INSERT INTO "vehicles" ("vehicle_id", "last_place", "last_speed", "first_place", "ks_last_place_order_1", "ks_last_place_order_2", "ks_first_place_order_1", "ks_first_place_order_2")
  VALUES (OLD."vehicle_id", NULL, NULL, NULL, NULL, NULL, NULL, NULL)
  ON CONFLICT ("vehicle_id") DO UPDATE SET
    "last_place" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_place" ELSE "vehicles"."last_place" END,
    "last_speed" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_speed" ELSE "vehicles"."last_speed" END,
    "ks_last_place_order_2" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_2" ELSE "vehicles"."ks_last_place_order_2" END,
    "ks_last_place_order_1" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_1" ELSE "vehicles"."ks_last_place_order_1" END,
    "first_place" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."first_place" ELSE "vehicles"."first_place" END,
    "ks_first_place_order_2" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_2" ELSE "vehicles"."ks_first_place_order_2" END,
    "ks_first_place_order_1" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_1" ELSE "vehicles"."ks_first_place_order_1" END;
  UPDATE "vehicles" SET "last_place" = (
    SELECT "p"."place"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "last_speed" = (
    SELECT "p"."speed"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_1" = (
    SELECT "p"."seen_at"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_2" = (
    SELECT "p"."id"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id"
    ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1)
  FROM (
    SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
    FROM (SELECT OLD."vehicle_id" AS k0, OLD."seen_at" AS m0, OLD."id" AS m1
      ) AS taken
    WHERE taken.m0 IS NOT NULL
  ) AS gone
  WHERE "vehicles"."vehicle_id" = gone.k0 AND ("vehicles"."ks_last_place_order_1" IS NULL OR (gone.m0 > "vehicles"."ks_last_place_order_1" OR (gone.m0 = "vehicles"."ks_last_place_order_1" AND gone.m1 >= "vehicles"."ks_last_place_order_2")));
  UPDATE "vehicles" SET "first_place" = (
    SELECT "p"."place"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."speed" > 0)
    ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_1" = (
    SELECT "p"."seen_at"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."speed" > 0)
    ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_2" = (
    SELECT "p"."id"
    FROM "positions" "p" WHERE "p"."vehicle_id" = OLD."vehicle_id" AND ("p"."speed" > 0)
    ORDER BY "p"."seen_at", "p"."id" LIMIT 1)
  FROM (
    SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
    FROM (SELECT OLD."vehicle_id" AS k0, CASE WHEN (OLD."speed" > 0) THEN OLD."seen_at" ELSE NULL END AS m0, CASE WHEN (OLD."speed" > 0) THEN OLD."id" ELSE NULL END AS m1
      ) AS taken
    WHERE taken.m0 IS NOT NULL
  ) AS gone
  WHERE "vehicles"."vehicle_id" = gone.k0 AND ("vehicles"."ks_first_place_order_1" IS NULL OR (gone.m0 < "vehicles"."ks_first_place_order_1" OR (gone.m0 = "vehicles"."ks_first_place_order_1" AND gone.m1 <= "vehicles"."ks_first_place_order_2")));
END;

-- vehicles: hook after insert of a row of positions
INSERT INTO "vehicles" ("vehicle_id", "last_place", "last_speed", "first_place", "ks_last_place_order_1", "ks_last_place_order_2", "ks_first_place_order_1", "ks_first_place_order_2")
SELECT "p"."vehicle_id", "p"."place", "p"."speed", CASE WHEN ("p"."speed" > 0) THEN "p"."place" ELSE NULL END, "p"."seen_at", "p"."id", CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END
FROM "positions" "p" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1 AND "p"."id" = ?
ON CONFLICT ("vehicle_id") DO UPDATE SET
  "last_place" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_place" ELSE "vehicles"."last_place" END,
  "last_speed" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_speed" ELSE "vehicles"."last_speed" END,
  "ks_last_place_order_2" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_2" ELSE "vehicles"."ks_last_place_order_2" END,
  "ks_last_place_order_1" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_1" ELSE "vehicles"."ks_last_place_order_1" END,
  "first_place" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."first_place" ELSE "vehicles"."first_place" END,
  "ks_first_place_order_2" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_2" ELSE "vehicles"."ks_first_place_order_2" END,
  "ks_first_place_order_1" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_1" ELSE "vehicles"."ks_first_place_order_1" END;

-- vehicles: hook before update of a row of positions
INSERT INTO "vehicles" ("vehicle_id", "last_place", "last_speed", "first_place", "ks_last_place_order_1", "ks_last_place_order_2", "ks_first_place_order_1", "ks_first_place_order_2")
SELECT "p"."vehicle_id", NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM "positions" "p" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1 AND "p"."id" = ?
ON CONFLICT ("vehicle_id") DO UPDATE SET
  "last_place" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_place" ELSE "vehicles"."last_place" END,
  "last_speed" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_speed" ELSE "vehicles"."last_speed" END,
  "ks_last_place_order_2" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_2" ELSE "vehicles"."ks_last_place_order_2" END,
  "ks_last_place_order_1" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_1" ELSE "vehicles"."ks_last_place_order_1" END,
  "first_place" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."first_place" ELSE "vehicles"."first_place" END,
  "ks_first_place_order_2" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_2" ELSE "vehicles"."ks_first_place_order_2" END,
  "ks_first_place_order_1" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_1" ELSE "vehicles"."ks_first_place_order_1" END;

-- vehicles: hook before update of a row of positions
UPDATE "vehicles" SET "last_place" = (
  SELECT "p"."place"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id"
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "last_speed" = (
  SELECT "p"."speed"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id"
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_1" = (
  SELECT "p"."seen_at"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id"
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_2" = (
  SELECT "p"."id"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id"
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1)
FROM (
  SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
  FROM (SELECT "p"."vehicle_id" AS k0, "p"."seen_at" AS m0, "p"."id" AS m1
    FROM "positions" "p" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1 AND "p"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL
) AS gone
WHERE "vehicles"."vehicle_id" = gone.k0 AND ("vehicles"."ks_last_place_order_1" IS NULL OR (gone.m0 > "vehicles"."ks_last_place_order_1" OR (gone.m0 = "vehicles"."ks_last_place_order_1" AND gone.m1 >= "vehicles"."ks_last_place_order_2")));

-- vehicles: hook before update of a row of positions
UPDATE "vehicles" SET "first_place" = (
  SELECT "p"."place"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id" AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_1" = (
  SELECT "p"."seen_at"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id" AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_2" = (
  SELECT "p"."id"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id" AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1)
FROM (
  SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
  FROM (SELECT "p"."vehicle_id" AS k0, CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END AS m0, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END AS m1
    FROM "positions" "p" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1 AND "p"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL
) AS gone
WHERE "vehicles"."vehicle_id" = gone.k0 AND ("vehicles"."ks_first_place_order_1" IS NULL OR (gone.m0 < "vehicles"."ks_first_place_order_1" OR (gone.m0 = "vehicles"."ks_first_place_order_1" AND gone.m1 <= "vehicles"."ks_first_place_order_2")));

-- vehicles: hook after update of a row of positions
INSERT INTO "vehicles" ("vehicle_id", "last_place", "last_speed", "first_place", "ks_last_place_order_1", "ks_last_place_order_2", "ks_first_place_order_1", "ks_first_place_order_2")
SELECT "p"."vehicle_id", "p"."place", "p"."speed", CASE WHEN ("p"."speed" > 0) THEN "p"."place" ELSE NULL END, "p"."seen_at", "p"."id", CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END
FROM "positions" "p" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1 AND "p"."id" = ?
ON CONFLICT ("vehicle_id") DO UPDATE SET
  "last_place" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_place" ELSE "vehicles"."last_place" END,
  "last_speed" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_speed" ELSE "vehicles"."last_speed" END,
  "ks_last_place_order_2" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_2" ELSE "vehicles"."ks_last_place_order_2" END,
  "ks_last_place_order_1" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_1" ELSE "vehicles"."ks_last_place_order_1" END,
  "first_place" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."first_place" ELSE "vehicles"."first_place" END,
  "ks_first_place_order_2" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_2" ELSE "vehicles"."ks_first_place_order_2" END,
  "ks_first_place_order_1" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_1" ELSE "vehicles"."ks_first_place_order_1" END;

-- vehicles: hook before delete of a row of positions
INSERT INTO "vehicles" ("vehicle_id", "last_place", "last_speed", "first_place", "ks_last_place_order_1", "ks_last_place_order_2", "ks_first_place_order_1", "ks_first_place_order_2")
SELECT "p"."vehicle_id", NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM "positions" "p" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1 AND "p"."id" = ?
ON CONFLICT ("vehicle_id") DO UPDATE SET
  "last_place" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_place" ELSE "vehicles"."last_place" END,
  "last_speed" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_speed" ELSE "vehicles"."last_speed" END,
  "ks_last_place_order_2" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_2" ELSE "vehicles"."ks_last_place_order_2" END,
  "ks_last_place_order_1" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_1" ELSE "vehicles"."ks_last_place_order_1" END,
  "first_place" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."first_place" ELSE "vehicles"."first_place" END,
  "ks_first_place_order_2" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_2" ELSE "vehicles"."ks_first_place_order_2" END,
  "ks_first_place_order_1" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_1" ELSE "vehicles"."ks_first_place_order_1" END;

-- vehicles: hook before delete of a row of positions
UPDATE "vehicles" SET "last_place" = (
  SELECT "p"."place"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id"
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "last_speed" = (
  SELECT "p"."speed"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id"
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_1" = (
  SELECT "p"."seen_at"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id"
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_2" = (
  SELECT "p"."id"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id"
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1)
FROM (
  SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
  FROM (SELECT "p"."vehicle_id" AS k0, "p"."seen_at" AS m0, "p"."id" AS m1
    FROM "positions" "p" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1 AND "p"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL
) AS gone
WHERE "vehicles"."vehicle_id" = gone.k0 AND ("vehicles"."ks_last_place_order_1" IS NULL OR (gone.m0 > "vehicles"."ks_last_place_order_1" OR (gone.m0 = "vehicles"."ks_last_place_order_1" AND gone.m1 >= "vehicles"."ks_last_place_order_2")));

-- vehicles: hook before delete of a row of positions
UPDATE "vehicles" SET "first_place" = (
  SELECT "p"."place"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id" AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_1" = (
  SELECT "p"."seen_at"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id" AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_2" = (
  SELECT "p"."id"
  FROM "positions" "p" WHERE ("p"."id" = ?) IS NOT TRUE AND "p"."vehicle_id" = "vehicles"."vehicle_id" AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1)
FROM (
  SELECT taken.k0 AS k0, taken.m0 AS m0, taken.m1 AS m1
  FROM (SELECT "p"."vehicle_id" AS k0, CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END AS m0, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END AS m1
    FROM "positions" "p" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1 AND "p"."id" = ?) AS taken
  WHERE taken.m0 IS NOT NULL
) AS gone
WHERE "vehicles"."vehicle_id" = gone.k0 AND ("vehicles"."ks_first_place_order_1" IS NULL OR (gone.m0 < "vehicles"."ks_first_place_order_1" OR (gone.m0 = "vehicles"."ks_first_place_order_1" AND gone.m1 <= "vehicles"."ks_first_place_order_2")));

-- vehicles: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN NOT (MAX(e0) COLLATE BINARY IS MAX(s0)) OR NOT (MAX(e1) IS MAX(s1)) OR NOT (MAX(e2) COLLATE BINARY IS MAX(s2)) OR NOT (MAX(e3) IS MAX(s3)) OR NOT (MAX(e4) IS MAX(s4)) OR NOT (MAX(e5) IS MAX(s5)) OR NOT (MAX(e6) IS MAX(s6)) THEN 1 ELSE 0 END, MAX(e0), MAX(s0), NULL, MAX(e1), MAX(s1), NULL, MAX(e2), MAX(s2), NULL, MAX(e3), MAX(s3), NULL, MAX(e4), MAX(s4), NULL, MAX(e5), MAX(s5), NULL, MAX(e6), MAX(s6), NULL FROM (SELECT ranked.k0 AS k0, 1 AS in_source, 0 AS in_summary, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c0 END) AS e0, NULL AS s0, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c1 END) AS e1, NULL AS s1, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c2 END) AS e2, NULL AS s2, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END) AS e3, NULL AS s3, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS e4, NULL AS s4, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c5 END) AS e5, NULL AS s5, MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c6 END) AS e6, NULL AS s6 FROM (SELECT "p"."vehicle_id" AS k0, "p"."place" AS c0, "p"."speed" AS c1, CASE WHEN ("p"."speed" > 0) THEN "p"."place" ELSE NULL END AS c2, "p"."seen_at" AS c3, "p"."id" AS c4, CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END AS c5, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END AS c6, ROW_NUMBER() OVER (PARTITION BY "p"."vehicle_id" ORDER BY "p"."seen_at" IS NULL, "p"."seen_at" DESC, "p"."id" DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY "p"."vehicle_id" ORDER BY CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END IS NULL, CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END) AS r1 FROM "positions" "p" WHERE "p"."vehicle_id" >= ? AND "p"."vehicle_id" < ?) AS ranked GROUP BY ranked.k0 UNION ALL SELECT "vehicle_id", 0, 1, NULL, "last_place", NULL, "last_speed", NULL, "first_place", NULL, "ks_last_place_order_1", NULL, "ks_last_place_order_2", NULL, "ks_first_place_order_1", NULL, "ks_first_place_order_2" FROM "vehicles" WHERE "vehicle_id" >= ? AND "vehicle_id" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- vehicles: where the next range begins
SELECT "vehicle_id" FROM "positions" WHERE "vehicle_id" >= ? ORDER BY "vehicle_id" LIMIT 1 OFFSET ?;

-- vehicles: merge differences
INSERT INTO "vehicles" ("vehicle_id", "last_place", "last_speed", "first_place", "ks_last_place_order_1", "ks_last_place_order_2", "ks_first_place_order_1", "ks_first_place_order_2") VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ("vehicle_id") DO UPDATE SET
  "last_place" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_place" ELSE "vehicles"."last_place" END,
  "last_speed" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_speed" ELSE "vehicles"."last_speed" END,
  "ks_last_place_order_2" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_2" ELSE "vehicles"."ks_last_place_order_2" END,
  "ks_last_place_order_1" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_1" ELSE "vehicles"."ks_last_place_order_1" END,
  "first_place" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."first_place" ELSE "vehicles"."first_place" END,
  "ks_first_place_order_2" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_2" ELSE "vehicles"."ks_first_place_order_2" END,
  "ks_first_place_order_1" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_1" ELSE "vehicles"."ks_first_place_order_1" END;

-- vehicles: store extremes
UPDATE "vehicles" SET "last_place" = (
  SELECT "p"."place"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "last_speed" = (
  SELECT "p"."speed"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "first_place" = (
  SELECT "p"."place"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ? AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_last_place_order_1" = (
  SELECT "p"."seen_at"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_2" = (
  SELECT "p"."id"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_first_place_order_1" = (
  SELECT "p"."seen_at"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ? AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_2" = (
  SELECT "p"."id"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ? AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1) WHERE "vehicle_id" = ?;

-- vehicles: prune
DELETE FROM "vehicles" WHERE "vehicle_id" = ? AND "last_place" IS NULL AND "last_speed" IS NULL AND "first_place" IS NULL AND "ks_last_place_order_1" IS NULL AND "ks_last_place_order_2" IS NULL AND "ks_first_place_order_1" IS NULL AND "ks_first_place_order_2" IS NULL;

-- vehicles: read
SELECT "last_place", "last_speed", "first_place" FROM "vehicles" WHERE "vehicle_id" = ?;

-- vehicles: read from the source
SELECT "last_place", "last_speed", "first_place" FROM (SELECT MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c0 END) AS "last_place", MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c1 END) AS "last_speed", MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c2 END) AS "first_place", MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END) AS "ks_last_place_order_1", MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END) AS "ks_last_place_order_2", MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c5 END) AS "ks_first_place_order_1", MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c6 END) AS "ks_first_place_order_2" FROM (SELECT "p"."place" AS c0, "p"."speed" AS c1, CASE WHEN ("p"."speed" > 0) THEN "p"."place" ELSE NULL END AS c2, "p"."seen_at" AS c3, "p"."id" AS c4, CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END AS c5, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END AS c6, ROW_NUMBER() OVER (ORDER BY "p"."seen_at" IS NULL, "p"."seen_at" DESC, "p"."id" DESC) AS r0, ROW_NUMBER() OVER (ORDER BY CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END IS NULL, CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END) AS r1 FROM "positions" "p" WHERE "p"."vehicle_id" = ?) AS ranked) AS source;

-- vehicles: explain
SELECT "p"."id", "p"."place", "p"."speed", CASE WHEN ("p"."speed" > 0) THEN "p"."place" ELSE NULL END, "p"."seen_at", "p"."id", CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END FROM "positions" "p" WHERE "p"."vehicle_id" = ? ORDER BY "p"."id";

-- vehicles: unit of work: what two rows of positions contribute
SELECT MIN(ranked.k0), NULL, NULL, NULL, MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c3 END), MAX(CASE WHEN ranked.r0 = 1 THEN ranked.c4 END), MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c5 END), MAX(CASE WHEN ranked.r1 = 1 THEN ranked.c6 END)
FROM (SELECT "p"."vehicle_id" AS k0, "p"."place" AS c0, "p"."speed" AS c1, CASE WHEN ("p"."speed" > 0) THEN "p"."place" ELSE NULL END AS c2, "p"."seen_at" AS c3, "p"."id" AS c4, CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END AS c5, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END AS c6, ROW_NUMBER() OVER (PARTITION BY "p"."vehicle_id" ORDER BY "p"."seen_at" IS NULL, "p"."seen_at" DESC, "p"."id" DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY "p"."vehicle_id" ORDER BY CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END IS NULL, CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END) AS r1
FROM "positions" "p" WHERE "p"."id" IN (?, ?)) AS ranked GROUP BY ranked.k0 ORDER BY ranked.k0;

-- vehicles: unit of work: merge
INSERT INTO "vehicles" ("vehicle_id", "last_place", "last_speed", "first_place", "ks_last_place_order_1", "ks_last_place_order_2", "ks_first_place_order_1", "ks_first_place_order_2", "ks$by_hooks")
SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c1 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c4 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c5 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c6 END), 0
FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c3 IS NULL, delta.c3 DESC, delta.c4 DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c5 IS NULL, delta.c5, delta.c6) AS r1
FROM (
  SELECT "p"."vehicle_id" AS k0, "p"."place" AS c0, "p"."speed" AS c1, CASE WHEN ("p"."speed" > 0) THEN "p"."place" ELSE NULL END AS c2, "p"."seen_at" AS c3, "p"."id" AS c4, CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END AS c5, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END AS c6
  FROM "positions" "p" WHERE "p"."id" = ?
  UNION ALL
  SELECT ? AS k0, NULL AS c0, NULL AS c1, NULL AS c2, NULL AS c3, NULL AS c4, NULL AS c5, NULL AS c6
) AS delta) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON CONFLICT ("vehicle_id") DO UPDATE SET
  "last_place" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_place" ELSE "vehicles"."last_place" END,
  "last_speed" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_speed" ELSE "vehicles"."last_speed" END,
  "ks_last_place_order_2" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_2" ELSE "vehicles"."ks_last_place_order_2" END,
  "ks_last_place_order_1" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_1" ELSE "vehicles"."ks_last_place_order_1" END,
  "first_place" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."first_place" ELSE "vehicles"."first_place" END,
  "ks_first_place_order_2" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_2" ELSE "vehicles"."ks_first_place_order_2" END,
  "ks_first_place_order_1" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_1" ELSE "vehicles"."ks_first_place_order_1" END;

-- vehicles: unit of work: merge, while capture moves
INSERT INTO "vehicles" ("vehicle_id", "last_place", "last_speed", "first_place", "ks_last_place_order_1", "ks_last_place_order_2", "ks_first_place_order_1", "ks_first_place_order_2")
SELECT delta.k0, MAX(CASE WHEN delta.r0 = 1 THEN delta.c0 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c1 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c2 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c3 END), MAX(CASE WHEN delta.r0 = 1 THEN delta.c4 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c5 END), MAX(CASE WHEN delta.r1 = 1 THEN delta.c6 END)
FROM (SELECT delta.*, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c3 IS NULL, delta.c3 DESC, delta.c4 DESC) AS r0, ROW_NUMBER() OVER (PARTITION BY delta.k0 ORDER BY delta.c5 IS NULL, delta.c5, delta.c6) AS r1
FROM (
  SELECT "p"."vehicle_id" AS k0, "p"."place" AS c0, "p"."speed" AS c1, CASE WHEN ("p"."speed" > 0) THEN "p"."place" ELSE NULL END AS c2, "p"."seen_at" AS c3, "p"."id" AS c4, CASE WHEN ("p"."speed" > 0) THEN "p"."seen_at" ELSE NULL END AS c5, CASE WHEN ("p"."speed" > 0) THEN "p"."id" ELSE NULL END AS c6
  FROM "positions" "p" WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1 AND "p"."id" = ?
  UNION ALL
  SELECT ? AS k0, NULL AS c0, NULL AS c1, NULL AS c2, NULL AS c3, NULL AS c4, NULL AS c5, NULL AS c6 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'vehicles') = 1
) AS delta) AS delta
WHERE TRUE GROUP BY delta.k0 ORDER BY delta.k0
ON CONFLICT ("vehicle_id") DO UPDATE SET
  "last_place" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_place" ELSE "vehicles"."last_place" END,
  "last_speed" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."last_speed" ELSE "vehicles"."last_speed" END,
  "ks_last_place_order_2" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_2" ELSE "vehicles"."ks_last_place_order_2" END,
  "ks_last_place_order_1" = CASE WHEN "vehicles"."ks_last_place_order_1" IS NULL OR (excluded."ks_last_place_order_1" > "vehicles"."ks_last_place_order_1" OR (excluded."ks_last_place_order_1" = "vehicles"."ks_last_place_order_1" AND excluded."ks_last_place_order_2" >= "vehicles"."ks_last_place_order_2")) THEN excluded."ks_last_place_order_1" ELSE "vehicles"."ks_last_place_order_1" END,
  "first_place" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."first_place" ELSE "vehicles"."first_place" END,
  "ks_first_place_order_2" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_2" ELSE "vehicles"."ks_first_place_order_2" END,
  "ks_first_place_order_1" = CASE WHEN "vehicles"."ks_first_place_order_1" IS NULL OR (excluded."ks_first_place_order_1" < "vehicles"."ks_first_place_order_1" OR (excluded."ks_first_place_order_1" = "vehicles"."ks_first_place_order_1" AND excluded."ks_first_place_order_2" <= "vehicles"."ks_first_place_order_2")) THEN excluded."ks_first_place_order_1" ELSE "vehicles"."ks_first_place_order_1" END;

-- vehicles: unit of work: read again last_place.order_1
UPDATE "vehicles" SET "last_place" = (
  SELECT "p"."place"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "last_speed" = (
  SELECT "p"."speed"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_1" = (
  SELECT "p"."seen_at"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1), "ks_last_place_order_2" = (
  SELECT "p"."id"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ?
  ORDER BY "p"."seen_at" DESC, "p"."id" DESC LIMIT 1)
WHERE "vehicle_id" = ? AND ("ks_last_place_order_1" IS NULL OR (? > "ks_last_place_order_1" OR (? = "ks_last_place_order_1" AND ? >= "ks_last_place_order_2")));

-- vehicles: unit of work: read again first_place.order_1
UPDATE "vehicles" SET "first_place" = (
  SELECT "p"."place"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ? AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_1" = (
  SELECT "p"."seen_at"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ? AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1), "ks_first_place_order_2" = (
  SELECT "p"."id"
  FROM "positions" "p" WHERE "p"."vehicle_id" = ? AND ("p"."speed" > 0)
  ORDER BY "p"."seen_at", "p"."id" LIMIT 1)
WHERE "vehicle_id" = ? AND ("ks_first_place_order_1" IS NULL OR (? < "ks_first_place_order_1" OR (? = "ks_first_place_order_1" AND ? <= "ks_first_place_order_2")));
