// What the catalogs say, on every connector and then of each.
#include <fmt/format.h>

#include "tests/integration/connector_support.hpp"
#include "tests/support/mariadb_server.hpp"

namespace keepsum::test {
namespace {

using db::ReferentialAction;
using db::TypeFamily;
using testing::ElementsAre;
using testing::IsEmpty;

class CatalogTest {
 public:
  explicit CatalogTest(Database database)
      : database_(std::move(database)), connection_(database_.connect()) {}

  void run(const std::string& sql) { ASSERT_OK(connection_.session->execute(sql, {})); }

  db::TableInfo table(const std::string& name) {
    auto found = connection_.catalog->table(name);
    if (found.has_error()) ADD_FAILURE() << describe(found.error());
    if (found.has_error() || !found.value()) return {};
    return *std::move(found).value();
  }

  // On MariaDB, by this session: tables that were opened, and rows that information_schema made.
  std::int64_t tables_seen() {
    const auto rows = connection_.session->rows(
        "SHOW SESSION STATUS WHERE Variable_name IN ('Opened_tables', 'Handler_tmp_write')");
    std::int64_t seen = 0;
    for (const db::Row& row : rows.value()) seen += std::stoll(db::as_text(row[1]));
    return seen;
  }

  db::Catalog& catalog() { return *connection_.catalog; }

 private:
  Database database_;
  connectors::Connection connection_;
};

const db::IndexInfo& index(const db::TableInfo& table, const std::string& name) {
  static const db::IndexInfo none;
  for (const db::IndexInfo& candidate : table.indexes) {
    if (candidate.name == name) return candidate;
  }
  ADD_FAILURE() << "no index " << name;
  return none;
}

const db::ColumnInfo& column(const db::TableInfo& table, const std::string& name) {
  static const db::ColumnInfo none;
  const db::ColumnInfo* const found = table.find_column(name);
  if (found == nullptr) ADD_FAILURE() << "no column " << name;
  return found != nullptr ? *found : none;
}

class Catalogs : public testing::TestWithParam<Backend>, public CatalogTest {
 protected:
  Catalogs() : CatalogTest(GetParam().fresh()) {}
};

INSTANTIATE_TEST_SUITE_P(Connectors, Catalogs, testing::ValuesIn(backends()),
                         [](const auto& param) { return param.param.name; });

TEST_P(Catalogs, KeysIndexesAndForeignKeys) {
  const std::string suffix = GetParam().name == "sqlite" ? "" : " ENGINE=InnoDB";
  run("CREATE TABLE parents (b INT NOT NULL, a INT NOT NULL, u INT NOT NULL UNIQUE, "
      "PRIMARY KEY (a, b))" +
      suffix);
  run("CREATE TABLE children (id INT NOT NULL PRIMARY KEY, pb INT, pa INT, pu INT, note INT, "
      "FOREIGN KEY (pa, pb) REFERENCES parents (a, b) ON DELETE CASCADE ON UPDATE SET NULL, "
      "FOREIGN KEY (pu) REFERENCES parents (u))" +
      suffix);
  run("CREATE INDEX by_note ON children (note, id)");
  const db::TableInfo parents = table("parents");
  EXPECT_THAT(parents.primary_key, ElementsAre("a", "b"));
  EXPECT_FALSE(parents.is_view);
  EXPECT_TRUE(parents.transactional);
  EXPECT_THAT(parents.foreign_keys, IsEmpty());
  int primary = 0;
  int unique_on_u = 0;
  for (const db::IndexInfo& each : parents.indexes) {
    if (each.primary) {
      ++primary;
      EXPECT_THAT(each.columns, ElementsAre("a", "b"));
      EXPECT_TRUE(each.unique);
    }
    if (each.columns == std::vector<std::string>{"u"} && each.unique) ++unique_on_u;
  }
  EXPECT_EQ(primary, 1);
  EXPECT_EQ(unique_on_u, 1);

  const db::TableInfo children = table("children");
  ASSERT_EQ(children.foreign_keys.size(), 2U);
  for (const db::ForeignKey& key : children.foreign_keys) {
    EXPECT_EQ(key.referenced_table, "parents");
    if (key.columns.size() == 2) {
      EXPECT_THAT(key.columns, ElementsAre("pa", "pb"));
      EXPECT_THAT(key.referenced_columns, ElementsAre("a", "b"));
      EXPECT_EQ(key.on_delete, ReferentialAction::cascade);
      EXPECT_EQ(key.on_update, ReferentialAction::set_null);
    } else {
      EXPECT_THAT(key.columns, ElementsAre("pu"));
      EXPECT_THAT(key.referenced_columns, ElementsAre("u"));
    }
  }
  EXPECT_THAT(index(children, "by_note").columns, ElementsAre("note", "id"));
  EXPECT_FALSE(index(children, "by_note").unique);
  EXPECT_FALSE(index(children, "by_note").partial);
  EXPECT_FALSE(column(children, "id").nullable);
  EXPECT_TRUE(column(children, "note").nullable);
}

TEST_P(Catalogs, NamesViewsAndWhatIsNotThere) {
  EXPECT_THAT(catalog().table_names().value(), IsEmpty());
  run("CREATE TABLE zebra (id INT NOT NULL PRIMARY KEY, g INT GENERATED ALWAYS AS (id + 1))");
  run("CREATE VIEW apes AS SELECT id FROM zebra");
  EXPECT_THAT(catalog().table_names().value(), ElementsAre("apes", "zebra"));
  EXPECT_TRUE(table("apes").is_view);
  EXPECT_EQ(table("apes").columns.size(), 1U);
  EXPECT_TRUE(column(table("zebra"), "g").generated);
  EXPECT_FALSE(column(table("zebra"), "id").generated);
  EXPECT_FALSE(catalog().table("no_such").value().has_value());
  EXPECT_FALSE(catalog().table("").value().has_value());
  EXPECT_FALSE(catalog().table("zebra' OR '1' = '1").value().has_value());
}

TEST_P(Catalogs, TriggersByPrefix) {
  run("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n INT)");
  for (const std::string name : {"keepsum_b", "keepsum_a", "keepsumXa", "other"}) {
    run("CREATE TRIGGER " + name +
        " AFTER INSERT ON t FOR EACH ROW BEGIN DELETE FROM t WHERE id = -1; END");
  }
  const auto triggers = catalog().triggers("keepsum_");
  ASSERT_OK(triggers);
  ASSERT_EQ(triggers->size(), 2U);
  EXPECT_EQ(triggers->at(0).name, "keepsum_a");
  EXPECT_EQ(triggers->at(1).name, "keepsum_b");
  EXPECT_EQ(triggers->at(0).table, "t");
  EXPECT_EQ(catalog().triggers("").value().size(), 4U);
  const db::TriggerInfo& first = triggers->front();
  if (GetParam().name == "sqlite") {
    EXPECT_EQ(first.timing_event, "");
    EXPECT_TRUE(first.statement.starts_with("CREATE TRIGGER keepsum_a")) << first.statement;
  } else {
    EXPECT_EQ(first.timing_event, "AFTER INSERT");
    EXPECT_EQ(first.statement, "BEGIN DELETE FROM t WHERE id = -1; END");
  }
}

TEST(MysqlCatalog, ColumnFacts) {
  CatalogTest test(fresh_mariadb());
  test.run(
      "CREATE TABLE c (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, "
      "money DECIMAL(20,4) UNSIGNED NOT NULL, name VARCHAR(30) CHARACTER SET latin1, "
      "code BINARY(16), body TEXT, ts TIMESTAMP(3) NULL, dt DATETIME(6), d DATE, t TIME(2), "
      "y YEAR, e ENUM('a', 'b'), f FLOAT, b TINYINT(1), bits BIT(3), "
      "j JSON, v INT AS (b + 1) VIRTUAL, s INT AS (b + 1) STORED)");
  const db::TableInfo c = test.table("c");
  EXPECT_EQ(column(c, "id").declared_type, "bigint(20) unsigned");
  EXPECT_TRUE(column(c, "id").is_unsigned);
  EXPECT_EQ(column(c, "id").family, TypeFamily::integer);
  EXPECT_EQ(column(c, "money").family, TypeFamily::decimal);
  EXPECT_EQ(column(c, "money").precision, 20);
  EXPECT_EQ(column(c, "money").scale, 4);
  EXPECT_TRUE(column(c, "money").is_unsigned);
  EXPECT_FALSE(column(c, "money").nullable);
  EXPECT_EQ(column(c, "name").length, 30);
  EXPECT_EQ(column(c, "name").charset, "latin1");
  EXPECT_EQ(column(c, "name").collation, "latin1_swedish_ci");
  EXPECT_EQ(column(c, "code").family, TypeFamily::binary);
  EXPECT_EQ(column(c, "code").length, 16);
  EXPECT_EQ(column(c, "body").family, TypeFamily::text);
  EXPECT_EQ(column(c, "ts").family, TypeFamily::timestamp);
  EXPECT_EQ(column(c, "ts").scale, 3);
  EXPECT_EQ(column(c, "dt").family, TypeFamily::datetime);
  EXPECT_EQ(column(c, "dt").scale, 6);
  EXPECT_EQ(column(c, "d").family, TypeFamily::date);
  EXPECT_EQ(column(c, "t").family, TypeFamily::time);
  EXPECT_EQ(column(c, "y").family, TypeFamily::integer);
  EXPECT_EQ(column(c, "e").family, TypeFamily::other);
  EXPECT_EQ(column(c, "f").family, TypeFamily::floating);
  EXPECT_EQ(column(c, "b").family, TypeFamily::integer);
  EXPECT_EQ(column(c, "bits").family, TypeFamily::other);
  EXPECT_TRUE(column(c, "v").generated);
  EXPECT_TRUE(column(c, "s").generated);
  EXPECT_FALSE(column(c, "b").generated);
}

TEST(MysqlCatalog, EnginesPrefixesAndOtherDatabases) {
  const std::string other = shared_mariadb().create_database();
  CatalogTest test(fresh_mariadb());
  test.run("CREATE TABLE `" + other + "`.p (id INT PRIMARY KEY)");
  test.run(
      "CREATE TABLE c (id INT PRIMARY KEY, name VARCHAR(50), INDEX short (name(5)), "
      "FOREIGN KEY (id) REFERENCES `" +
      other + "`.p (id))");
  test.run("CREATE TABLE m (id INT) ENGINE=MyISAM");
  test.run("CREATE SEQUENCE seq");
  test.run("CREATE TABLE versioned (id INT PRIMARY KEY) WITH SYSTEM VERSIONING");
  EXPECT_TRUE(index(test.table("c"), "short").partial);
  EXPECT_EQ(test.table("c").foreign_keys.at(0).referenced_table, other + ".p");
  EXPECT_FALSE(test.table("m").transactional);
  EXPECT_THAT(test.table("m").primary_key, IsEmpty());
  EXPECT_THAT(test.catalog().table_names().value(), ElementsAre("c", "m", "versioned"));
  EXPECT_FALSE(test.catalog().table("p").value().has_value());
  // Names compare as bytes unless the server folds them.
  EXPECT_FALSE(test.catalog().table("C").value().has_value());
}

// A server of thousands of tables has room for some of them: what looks at them all for the sake of
// one takes seconds, and throws out those that others use.
TEST(MysqlCatalog, NoTableOfAnotherDatabaseIsLookedAt) {
  constexpr int others = 60;
  CatalogTest test(fresh_mariadb());
  test.run("CREATE TABLE p (id INT PRIMARY KEY)");
  test.run("CREATE TABLE c (id INT PRIMARY KEY, FOREIGN KEY (id) REFERENCES p (id))");
  test.run("CREATE TRIGGER ks_x AFTER INSERT ON p FOR EACH ROW SET @x = 1");
  const Database elsewhere = fresh_mariadb();
  const auto connection = elsewhere.connect();
  for (int i = 0; i < others; ++i) {
    const std::string table = fmt::format("other_{}", i);
    ASSERT_OK(
        connection.session->execute(fmt::format("CREATE TABLE {} (id INT PRIMARY KEY)", table)));
    ASSERT_OK(connection.session->execute(
        fmt::format("CREATE TRIGGER t_{0} AFTER INSERT ON {0} FOR EACH ROW SET @x = 1", table)));
  }
  const std::function<void()> looks[] = {
      [&] { EXPECT_EQ(test.table("c").foreign_keys.size(), 1U); },
      [&] { EXPECT_EQ(test.catalog().table_names()->size(), 2U); },
      [&] { EXPECT_EQ(test.catalog().triggers("ks_")->size(), 1U); }};
  for (const auto& look : looks) {
    test.run("FLUSH TABLES");
    const std::int64_t before = test.tables_seen();
    look();
    EXPECT_LT(test.tables_seen() - before, others);
  }
}

TEST(MysqlCatalog, FoldedNames) {
  MariadbServer server({"--lower-case-table-names=1"});
  const std::string name = server.create_database();
  CatalogTest test({.url = connectors::parse_url(server.url(name)).value(), .lifetime = nullptr});
  test.run("CREATE TABLE Payments (Id INT PRIMARY KEY)");
  EXPECT_EQ(test.table("PAYMENTS").name, "payments");
  EXPECT_EQ(test.table("payments").columns.at(0).name, "Id");
}

TEST(MysqlCatalog, NeedsADatabase) {
  const auto url = connectors::parse_url(shared_mariadb().url("")).value();
  auto connection = connectors::open(url);
  ASSERT_OK(connection);
  EXPECT_EQ(error_of(connection->catalog->table_names()).code, ErrorCode::invalid_argument);
}

TEST(SqliteCatalog, ColumnFacts) {
  CatalogTest test(fresh_sqlite());
  test.run(
      "CREATE TABLE c (id INTEGER PRIMARY KEY, name VARCHAR(30) COLLATE NOCASE, amount "
      "DECIMAL(9,2), "
      "d DATE, dt DATETIME, ts TIMESTAMP, t TIME, ok BOOLEAN, bytes BLOB, any_, r DOUBLE, "
      "big UNSIGNED BIG INT NOT NULL, g INT AS (big + 1) VIRTUAL)");
  const db::TableInfo c = test.table("C");
  EXPECT_EQ(c.name, "c");
  EXPECT_FALSE(c.strict);
  EXPECT_THAT(c.primary_key, ElementsAre("id"));
  EXPECT_FALSE(column(c, "id").nullable);
  EXPECT_EQ(column(c, "name").family, TypeFamily::text);
  EXPECT_EQ(column(c, "name").collation, "NOCASE");
  EXPECT_EQ(column(c, "name").length, 30);
  EXPECT_EQ(column(c, "bytes").collation, "BINARY");
  EXPECT_EQ(column(c, "amount").family, TypeFamily::floating);
  EXPECT_EQ(column(c, "amount").precision, 0);
  EXPECT_EQ(column(c, "d").family, TypeFamily::date);
  EXPECT_EQ(column(c, "dt").family, TypeFamily::datetime);
  EXPECT_EQ(column(c, "ts").family, TypeFamily::datetime);
  EXPECT_EQ(column(c, "t").family, TypeFamily::time);
  EXPECT_EQ(column(c, "ok").family, TypeFamily::boolean_);
  EXPECT_EQ(column(c, "bytes").family, TypeFamily::binary);
  EXPECT_EQ(column(c, "any_").family, TypeFamily::other);
  EXPECT_EQ(column(c, "r").family, TypeFamily::floating);
  EXPECT_EQ(column(c, "big").family, TypeFamily::integer);
  EXPECT_FALSE(column(c, "big").nullable);
  EXPECT_TRUE(column(c, "g").generated);
  EXPECT_TRUE(index(c, "rowid").primary);
}

TEST(SqliteCatalog, KeysThatMayBeNull) {
  CatalogTest test(fresh_sqlite());
  test.run("CREATE TABLE r (k TEXT PRIMARY KEY)");
  test.run("CREATE TABLE w (b INT, a TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID");
  test.run("CREATE TABLE s (k INT PRIMARY KEY, n ANY) STRICT");
  test.run("CREATE TABLE none (a INT)");
  EXPECT_TRUE(column(test.table("r"), "k").nullable);
  EXPECT_FALSE(column(test.table("w"), "a").nullable);
  EXPECT_FALSE(column(test.table("w"), "b").nullable);
  EXPECT_THAT(test.table("w").primary_key, ElementsAre("a", "b"));
  EXPECT_TRUE(test.table("s").strict);
  EXPECT_EQ(column(test.table("s"), "n").family, TypeFamily::other);
  EXPECT_THAT(test.table("none").primary_key, IsEmpty());
  EXPECT_THAT(test.table("none").indexes, IsEmpty());
}

TEST(SqliteCatalog, ImplicitParentKeysAndPartialIndexes) {
  CatalogTest test(fresh_sqlite());
  test.run("CREATE TABLE p (b INT, a INT, PRIMARY KEY (a, b))");
  test.run("CREATE TABLE c (x INT, y INT, FOREIGN KEY (x, y) REFERENCES P)");
  test.run("CREATE UNIQUE INDEX some ON c (x) WHERE y IS NULL");
  test.run("CREATE INDEX expr ON c (x + y, y)");
  test.run("INSERT INTO c VALUES (1, 1), (2, 2)");
  const db::TableInfo c = test.table("c");
  ASSERT_EQ(c.foreign_keys.size(), 1U);
  EXPECT_EQ(c.foreign_keys[0].referenced_table, "p");
  EXPECT_THAT(c.foreign_keys[0].columns, ElementsAre("x", "y"));
  EXPECT_THAT(c.foreign_keys[0].referenced_columns, ElementsAre("a", "b"));
  EXPECT_TRUE(index(c, "some").partial);
  EXPECT_TRUE(index(c, "some").unique);
  EXPECT_TRUE(index(c, "expr").partial);
  EXPECT_THAT(index(c, "expr").columns, ElementsAre("y"));
  EXPECT_EQ(c.estimated_rows, 2U);
}

}  // namespace
}  // namespace keepsum::test
