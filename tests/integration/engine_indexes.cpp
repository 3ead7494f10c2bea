// The hints that say CREATE INDEX: statements that the database takes as they stand, after which
// the warning is gone.
#include <fmt/format.h>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

class WantedIndexes : public EngineOnBoth {
 protected:
  // How many there were: an index may show the use of a further one.
  int create_those_wanted(const std::string& summaries) {
    int created = 0;
    for (int round = 0; round < 3; ++round) {
      for (const schema::Diagnostic& diagnostic : compile(summaries)) {
        if (diagnostic.hint.rfind("CREATE INDEX ", 0) != 0) continue;
        run(diagnostic.hint);
        ++created;
      }
    }
    for (const schema::Diagnostic& diagnostic : compile(summaries)) {
      EXPECT_EQ(diagnostic.hint.find("CREATE INDEX"), std::string::npos) << diagnostic.hint;
    }
    return created;
  }
};
KEEPSUM_ON_BOTH(WantedIndexes);

TEST_P(WantedIndexes, OfNamesThatHaveToBeQuoted) {
  run("CREATE TABLE `order` (id BIGINT NOT NULL PRIMARY KEY, `group` INT NOT NULL, `changed at` "
      "BIGINT NOT NULL)");
  run("CREATE TABLE `it's` (id BIGINT NOT NULL PRIMARY KEY, `the order` BIGINT NOT NULL, `select` "
      "INT NOT NULL)");
  EXPECT_GE(create_those_wanted(R"json("s": {"from": "`order` o",
      "joins": ["`it's` i ON i.`the order` = o.id"], "group_by": {"g": "o.`group`"},
      "changed_at": "o.`changed at`",
      "aggregates": {"n": "count(*)", "least": "min(i.`select`)",
                     "last": "latest(o.id ORDER BY o.`changed at`)"}})json"),
            3);
}

TEST_P(WantedIndexes, OfNamesThatAreTooLongTogether) {
  const std::string table(64, 't');
  run(fmt::format(
      "CREATE TABLE {} (id BIGINT NOT NULL PRIMARY KEY, g INT NOT NULL, {} INT NOT NULL)", table,
      std::string(64, 'c')));
  EXPECT_EQ(create_those_wanted(fmt::format(
                R"json("s": {{"from": "{} t", "group_by": {{"g": "t.g"}},
      "aggregates": {{"n": "count(*)", "least": "min(t.{})"}}}})json",
                table, std::string(64, 'c'))),
            1);
}

}  // namespace
}  // namespace keepsum::test
