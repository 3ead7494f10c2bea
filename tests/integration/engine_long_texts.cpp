// Columns of the long types: MariaDB ends where such a column of OLD stands in a derived table as
// it is. docs/decisions/0012-an-or-beside-a-left-join.md
#include <fmt/format.h>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

class LongTexts : public EngineOnBoth {};
KEEPSUM_ON_BOTH(LongTexts);

TEST_P(LongTexts, AreKeptWhateverHappensToTheirRow) {
  std::vector<std::string> types{"TEXT"};
  if (on_mariadb()) types = {"TINYTEXT", "TEXT", "LONGTEXT", "BLOB"};
  if (!on_mariadb()) run("PRAGMA recursive_triggers = ON");  // or REPLACE fires no DELETE trigger
  const auto sortable = [&](const std::string& type) { return type == "TINYTEXT"; };
  std::string summaries;
  for (const std::string& type : types) {
    run(
        fmt::format("CREATE TABLE of_{0} (id BIGINT NOT NULL PRIMARY KEY, g BIGINT NOT NULL, d {0} "
                    "NOT NULL)",
                    type));
    summaries += fmt::format(R"json({0}"s_{1}": {{"from": "of_{1} t", "group_by": {{"g": "t.g"}},
        "aggregates": {{"greatest": "max(t.d)", "least": "min(t.d)",
        "of_last": "latest(t.d ORDER BY t.id)"{2}}}}})json",
                             summaries.empty() ? "" : ", ", type,
                             sortable(type) ? R"j(, "id": "latest(t.id ORDER BY t.d)")j" : "");
  }
  apply(summaries);
  for (std::size_t i = 0; i < types.size(); ++i) {
    const std::string& type = types[i];
    SCOPED_TRACE(type);
    const auto law = [&] {
      std::string id;
      if (sortable(type)) {
        id = fmt::format(
            ", (SELECT x.id FROM of_{} x WHERE x.g = t.g ORDER BY x.d DESC, x.id DESC "
            "LIMIT 1) AS id",
            type);
      }
      expect_equal(
          fmt::format("SELECT g, MAX(d) AS greatest, MIN(d) AS least, (SELECT x.d FROM of_{0} x "
                      "WHERE x.g = t.g ORDER BY x.id DESC LIMIT 1) AS of_last{1} FROM of_{0} t "
                      "GROUP BY g",
                      type, id),
          i);
    };
    const std::string long_text(type == "TINYTEXT" ? 90 : 9000, 'x');
    for (const std::string statement :
         {"INSERT INTO {0} VALUES (1, 1, 'a')", "UPDATE {0} SET d = 'b'",
          "INSERT INTO {0} VALUES (2, 1, 'c{1}'), (3, 2, 'a{1}'), (4, 2, '')",
          "UPDATE {0} SET d = 'bb' WHERE id IN (2, 4)", "UPDATE {0} SET g = 3 - g",
          "DELETE FROM {0} WHERE id IN (1, 3)", "UPDATE {0} SET id = id + 10, d = ''",
          "REPLACE INTO {0} VALUES (12, 2, 'z')"}) {
      run(fmt::format(fmt::runtime(statement), "of_" + type, long_text));
      law();
    }
  }
}

}  // namespace
}  // namespace keepsum::test
