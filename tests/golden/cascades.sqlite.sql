-- cascades on SQLite

-- customer_orders: table
CREATE TABLE "customer_orders" (
  "customer_id" INTEGER NOT NULL,
  "total" INTEGER NOT NULL DEFAULT 0,
  "items" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("customer_id")
) STRICT, WITHOUT ROWID;

-- customer_orders: trigger on orders
CREATE TRIGGER "ks_customer_orders$o_ins" AFTER INSERT ON "orders" FOR EACH ROW
BEGIN
  INSERT INTO "customer_orders" ("customer_id", "total", "items")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    SELECT NEW."customer_id" AS k0, "i"."cents" AS c0, 1 AS c1
    FROM "items" "i" WHERE ("i"."order_id" = NEW."id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON CONFLICT ("customer_id") DO UPDATE SET
    "total" = "customer_orders"."total" + excluded."total",
    "items" = "customer_orders"."items" + excluded."items";
END;

-- customer_orders: trigger on orders
CREATE TRIGGER "ks_customer_orders$o_upd" BEFORE UPDATE ON "orders" FOR EACH ROW
WHEN NOT (OLD."id" COLLATE BINARY IS NEW."id" AND typeof(OLD."id") = typeof(NEW."id")) OR NOT (OLD."customer_id" COLLATE BINARY IS NEW."customer_id" AND typeof(OLD."customer_id") = typeof(NEW."customer_id"))
BEGIN
  INSERT INTO "customer_orders" ("customer_id", "total", "items")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    SELECT OLD."customer_id" AS k0, -("i"."cents") AS c0, -1 AS c1
    FROM "items" "i" WHERE ("i"."order_id" = OLD."id")
    UNION ALL
    SELECT NEW."customer_id" AS k0, "i"."cents" AS c0, 1 AS c1
    FROM "items" "i" WHERE ("i"."order_id" = NEW."id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON CONFLICT ("customer_id") DO UPDATE SET
    "total" = "customer_orders"."total" + excluded."total",
    "items" = "customer_orders"."items" + excluded."items";
END;

-- customer_orders: trigger on orders
CREATE TRIGGER "ks_customer_orders$o_del" BEFORE DELETE ON "orders" FOR EACH ROW
BEGIN
  INSERT INTO "customer_orders" ("customer_id", "total", "items")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    SELECT OLD."customer_id" AS k0, -("i"."cents") AS c0, -1 AS c1
    FROM "items" "i" WHERE ("i"."order_id" = OLD."id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON CONFLICT ("customer_id") DO UPDATE SET
    "total" = "customer_orders"."total" + excluded."total",
    "items" = "customer_orders"."items" + excluded."items";
END;

-- customer_orders: trigger on items
CREATE TRIGGER "ks_customer_orders$i_ins" AFTER INSERT ON "items" FOR EACH ROW
BEGIN
  INSERT INTO "customer_orders" ("customer_id", "total", "items")
  SELECT "o"."customer_id", NEW."cents", 1
  FROM "orders" "o" WHERE (NEW."order_id" = "o"."id")
  ON CONFLICT ("customer_id") DO UPDATE SET
    "total" = "customer_orders"."total" + excluded."total",
    "items" = "customer_orders"."items" + 1;
END;

-- customer_orders: trigger on items
CREATE TRIGGER "ks_customer_orders$i_upd" AFTER UPDATE ON "items" FOR EACH ROW
WHEN NOT (OLD."order_id" COLLATE BINARY IS NEW."order_id" AND typeof(OLD."order_id") = typeof(NEW."order_id")) OR NOT (OLD."cents" COLLATE BINARY IS NEW."cents" AND typeof(OLD."cents") = typeof(NEW."cents"))
BEGIN
  INSERT INTO "customer_orders" ("customer_id", "total", "items")
  SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
  FROM (
    SELECT "o"."customer_id" AS k0, -(OLD."cents") AS c0, -1 AS c1
    FROM "orders" "o" WHERE (OLD."order_id" = "o"."id")
    UNION ALL
    SELECT "o"."customer_id" AS k0, NEW."cents" AS c0, 1 AS c1
    FROM "orders" "o" WHERE (NEW."order_id" = "o"."id")
  ) AS delta
  WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
  ON CONFLICT ("customer_id") DO UPDATE SET
    "total" = "customer_orders"."total" + excluded."total",
    "items" = "customer_orders"."items" + excluded."items";
END;

-- customer_orders: trigger on items
CREATE TRIGGER "ks_customer_orders$i_del" AFTER DELETE ON "items" FOR EACH ROW
BEGIN
  INSERT INTO "customer_orders" ("customer_id", "total", "items")
  SELECT "o"."customer_id", -(OLD."cents"), -1
  FROM "orders" "o" WHERE (OLD."order_id" = "o"."id")
  ON CONFLICT ("customer_id") DO UPDATE SET
    "total" = "customer_orders"."total" + excluded."total",
    "items" = "customer_orders"."items" - 1;
END;

-- customer_orders: hook after insert of a row of orders
INSERT INTO "customer_orders" ("customer_id", "total", "items")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
FROM (
  SELECT "o"."customer_id" AS k0, "i"."cents" AS c0, 1 AS c1
  FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1 AND "o"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" + excluded."items";

-- customer_orders: hook before update of a row of orders
INSERT INTO "customer_orders" ("customer_id", "total", "items")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
FROM (
  SELECT "o"."customer_id" AS k0, -("i"."cents") AS c0, -1 AS c1
  FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1 AND "o"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" + excluded."items";

-- customer_orders: hook after update of a row of orders
INSERT INTO "customer_orders" ("customer_id", "total", "items")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
FROM (
  SELECT "o"."customer_id" AS k0, "i"."cents" AS c0, 1 AS c1
  FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1 AND "o"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" + excluded."items";

-- customer_orders: hook before delete of a row of orders
INSERT INTO "customer_orders" ("customer_id", "total", "items")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
FROM (
  SELECT "o"."customer_id" AS k0, -("i"."cents") AS c0, -1 AS c1
  FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1 AND "o"."id" = ?
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" + excluded."items";

-- customer_orders: hook after insert of a row of items
INSERT INTO "customer_orders" ("customer_id", "total", "items")
SELECT "o"."customer_id", "i"."cents", 1
FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1 AND "i"."id" = ?
ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" + 1;

-- customer_orders: hook before update of a row of items
INSERT INTO "customer_orders" ("customer_id", "total", "items")
SELECT "o"."customer_id", -("i"."cents"), -1
FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1 AND "i"."id" = ?
ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" - 1;

-- customer_orders: hook after update of a row of items
INSERT INTO "customer_orders" ("customer_id", "total", "items")
SELECT "o"."customer_id", "i"."cents", 1
FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1 AND "i"."id" = ?
ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" + 1;

-- customer_orders: hook before delete of a row of items
INSERT INTO "customer_orders" ("customer_id", "total", "items")
SELECT "o"."customer_id", -("i"."cents"), -1
FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1 AND "i"."id" = ?
ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" - 1;

-- customer_orders: compare a range of keys
SELECT k0, MAX(in_source), MAX(in_summary), CASE WHEN SUM(e0) <> SUM(s0) OR SUM(e1) <> SUM(s1) THEN 1 ELSE 0 END, SUM(e0), SUM(s0), SUM(e0) - SUM(s0), SUM(e1), SUM(s1), SUM(e1) - SUM(s1) FROM (SELECT "o"."customer_id" AS k0, 1 AS in_source, 0 AS in_summary, COALESCE(SUM("i"."cents"), 0) AS e0, 0 AS s0, COUNT(*) AS e1, 0 AS s1 FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE "o"."customer_id" >= ? AND "o"."customer_id" < ? GROUP BY "o"."customer_id" UNION ALL SELECT "customer_id", 0, 1, 0, "total", 0, "items" FROM "customer_orders" WHERE "customer_id" >= ? AND "customer_id" < ?) AS both_sides GROUP BY k0 ORDER BY k0;

-- customer_orders: where the next range begins
SELECT "customer_id" FROM "orders" WHERE "customer_id" >= ? ORDER BY "customer_id" LIMIT 1 OFFSET ?;

-- customer_orders: merge differences
INSERT INTO "customer_orders" ("customer_id", "total", "items") VALUES (?, ?, ?) ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" + excluded."items";

-- customer_orders: prune
DELETE FROM "customer_orders" WHERE "customer_id" = ? AND "total" = 0 AND "items" = 0;

-- customer_orders: read
SELECT "total", "items" FROM "customer_orders" WHERE "customer_id" = ?;

-- customer_orders: read from the source
SELECT "total", "items" FROM (SELECT COALESCE(SUM("i"."cents"), 0) AS "total", COUNT(*) AS "items" FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE "o"."customer_id" = ?) AS source;

-- customer_orders: explain
SELECT "o"."id", "i"."id", "i"."cents", 1 FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE "o"."customer_id" = ? ORDER BY "o"."id", "i"."id";

-- customer_orders: unit of work: what two rows of orders contribute
SELECT MIN("o"."customer_id"), -(SUM("i"."cents")), -(SUM(1))
FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE "o"."id" IN (?, ?) AND NOT ("i"."id" = ?) GROUP BY "o"."customer_id" ORDER BY "o"."customer_id";

-- customer_orders: unit of work: merge
INSERT INTO "customer_orders" ("customer_id", "total", "items", "ks$by_hooks")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1), 0
FROM (
  SELECT "o"."customer_id" AS k0, "i"."cents" AS c0, 1 AS c1
  FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE "o"."id" = ?
  UNION ALL
  SELECT "o"."customer_id" AS k0, "i"."cents" AS c0, 1 AS c1
  FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE "i"."id" = ? AND NOT ("o"."id" = ?)
  UNION ALL
  SELECT ? AS k0, ? AS c0, ? AS c1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" + excluded."items";

-- customer_orders: unit of work: merge, while capture moves
INSERT INTO "customer_orders" ("customer_id", "total", "items")
SELECT delta.k0, SUM(delta.c0), SUM(delta.c1)
FROM (
  SELECT "o"."customer_id" AS k0, "i"."cents" AS c0, 1 AS c1
  FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1 AND "o"."id" = ?
  UNION ALL
  SELECT "o"."customer_id" AS k0, "i"."cents" AS c0, 1 AS c1
  FROM "orders" "o" JOIN "items" "i" ON ("i"."order_id" = "o"."id") WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1 AND "i"."id" = ? AND NOT ("o"."id" = ?)
  UNION ALL
  SELECT ? AS k0, ? AS c0, ? AS c1 WHERE (SELECT hooks FROM keepsum_captures WHERE summary = 'customer_orders') = 1
) AS delta
WHERE TRUE GROUP BY delta.k0 HAVING SUM(delta.c0) <> 0 OR SUM(delta.c1) <> 0 ORDER BY delta.k0
ON CONFLICT ("customer_id") DO UPDATE SET
  "total" = "customer_orders"."total" + excluded."total",
  "items" = "customer_orders"."items" + excluded."items";
