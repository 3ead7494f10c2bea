// The fixture of the laws of the Session port: connector_conformance.cpp, and for values and
// parameters connector_values.cpp.
#pragma once

#include "tests/integration/connector_support.hpp"

namespace keepsum::test {

class Conformance : public testing::TestWithParam<Backend> {
 protected:
  Conformance() : database_(GetParam().fresh()), connection_(database_.connect()) {}

  db::Session& session() { return *connection_.session; }

  void run(const std::string& sql, const std::vector<db::Value>& params = {}) {
    ASSERT_OK(session().execute(sql, params));
  }

  void create_values_table() {
    const Backend& backend = GetParam();
    run("CREATE TABLE v (id INTEGER PRIMARY KEY, i " + std::string(is_mysql() ? "BIGINT" : "INT") +
        ", t " + backend.text_type + ", b " + backend.blob_type + ", d " + backend.double_type +
        ")" + backend.table_suffix);
  }

  void create_numbers(int count) {
    run("CREATE TABLE n (id INTEGER PRIMARY KEY, amount INT NOT NULL)" + GetParam().table_suffix);
    run("CREATE TABLE digits (d INT NOT NULL)" + GetParam().table_suffix);
    run("INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)");
    run("INSERT INTO n SELECT k, k % 7 FROM (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d "
        "+ 10000 * f.d AS k FROM digits a, digits b, digits c, digits e, digits f) s WHERE k <= " +
        std::to_string(count));
  }

  void expect_values(const std::vector<db::Row>& rows) {
    const auto prepared = session().rows("SELECT * FROM v WHERE id > ? ORDER BY id",
                                         std::vector<db::Value>{number(0)});
    ASSERT_OK(prepared);
    EXPECT_EQ(*prepared, rows);
    const auto plain = session().rows("SELECT * FROM v ORDER BY id");
    ASSERT_OK(plain);
    EXPECT_EQ(*plain, rows);
  }

  static bool is_mysql() { return GetParam().name != "sqlite"; }

  Database database_;
  connectors::Connection connection_;
};

}  // namespace keepsum::test
