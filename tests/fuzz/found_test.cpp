// What the fuzz targets found, each by its name.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/url.hpp"
#include "engine/aggregates/aggregate.hpp"
#include "engine/sql/dialect.hpp"
#include "schema/parse.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class FuzzFound : public EngineOnBoth {};
KEEPSUM_ON_BOTH(FuzzFound);

// Triggers are written with each line indented: the second line of a string was so, too, and the
// trigger looked for another text than the recompute.
TEST_P(FuzzFound, ALineEndInAStringStaysAsItIsInATrigger) {
  run("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, k BIGINT NOT NULL, s VARCHAR(9) NOT NULL)");
  apply(R"j("made": {"from": "t", "group_by": {"k": "t.k"},
      "aggregates": {"n": "count(*) FILTER (WHERE t.s = 'a\nb')"}})j");
  run("INSERT INTO t VALUES (1, 5, 'a\nb'), (2, 5, 'a\n  b')");
  expect_equal("SELECT k, SUM(CASE WHEN s = 'a\nb' THEN 1 ELSE 0 END) AS n FROM t GROUP BY k");
}

TEST_P(FuzzFound, ALineEndInANameStaysAsItIsInATrigger) {
  const auto name = [this](const char* text) { return database().dialect.identifier(text); };
  run("CREATE TABLE " + name("a\nt") + " (id BIGINT NOT NULL PRIMARY KEY, " + name("a\nk") +
      " BIGINT NOT NULL)");
  apply(R"j("made": {"from": "`a\nt` t", "group_by": {"k": "t.`a\nk`"},
      "aggregates": {"n": "count(*)"}})j");
  run("INSERT INTO " + name("a\nt") + " VALUES (1, 5), (2, 5)");
  expect_equal("SELECT " + name("a\nk") + " AS k, COUNT(*) AS n FROM " + name("a\nt") +
               " GROUP BY " + name("a\nk"));
}

TEST(FuzzFoundText, IndentingLeavesQuotesAlone) {
  EXPECT_EQ(sql::indented("a\n'b\n''c\n' \"d\n\"\n`e\n`", "  "),
            "  a\n  'b\n''c\n' \"d\n\"\n  `e\n`");
}

// A trigger on one of keepsum's own tables would run inside its own transactions.
TEST_P(FuzzFound, KeepsumsOwnTablesAreNoSource) {
  run("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, s VARCHAR(9) NOT NULL)");
  for (const char* own : {"keepsum_summaries", "KEEPSUM_captures", "ks_made$n", "ks_made$sealed"}) {
    const std::string name = own;
    const std::string rest = R"j("group_by": {"k": "x.name"}, "aggregates": {"n": "count(*)"}})j";
    EXPECT_THAT(error_codes(compile(R"j("made": {"from": "`)j" + name + "` x\", " + rest)),
                ElementsAre("own-table"));
    EXPECT_THAT(error_codes(compile(R"j("made": {"from": "t", "joins": ["`)j" + name +
                                    "` x ON x.name = t.s\"], " + rest)),
                ElementsAre("own-table"));
  }
}

// MariaDB's refusal came as an error of the server, with no place in the spec.
TEST_P(FuzzFound, AnAliasIsANameOnAnyDatabase) {
  run("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, k BIGINT NOT NULL)");
  for (const char* alias : {"\xF0\x9F\x98\x80", "a "}) {
    EXPECT_THAT(error_codes(compile(fmt::format(
                    R"j("made": {{"from": "t `{0}`", "group_by": {{"k": "`{0}`.k"}},
                "aggregates": {{"n": "count(*)"}}}})j",
                    alias))),
                ElementsAre("bad-name"));
  }
}

// `GROUP BY 0` and `ORDER BY 1` are columns by their number.
TEST_P(FuzzFound, AConstantIsNoDistinctValueAndNoOrder) {
  run("CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, k BIGINT NOT NULL)");
  for (const auto& [aggregate, code] : {std::pair{"count(DISTINCT 0)", "constant-distinct"},
                                        {"count(DISTINCT -1)", "constant-distinct"},
                                        {"latest(t.k ORDER BY 1)", "constant-order"},
                                        {"earliest(t.k ORDER BY t.k, 2)", "constant-order"}}) {
    EXPECT_THAT(error_codes(compile(fmt::format(
                    R"j("made": {{"from": "t", "group_by": {{"k": "t.k"}},
                        "aggregates": {{"a": "{}"}}}})j",
                    aggregate))),
                ElementsAre(code));
  }
}

// An unknown option, or a mode, was quoted: where the password's `?` was not encoded, or options
// were parted by `;`, that was a piece of the password.
TEST(FuzzFoundText, AnErrorOfAUrlQuotesNothingOfIt) {
  for (const char* url : {"mysql://u@h/d?ssl-mode=required;password=hunter2", "mysql://h?hunter2=1",
                          "mysql://h/d?sl-mode;hunter2=1", "sqlite:a?mode=hunter2"}) {
    const auto parsed = connectors::parse_url(url);
    ASSERT_TRUE(parsed.has_error()) << url;
    EXPECT_THAT(describe(parsed.error()), Not(HasSubstr("hunter2"))) << url;
  }
}

// It is shown as it was given.
TEST(FuzzFoundText, AnIpv6AddressHoldsNothingElse) {
  EXPECT_TRUE(connectors::parse_url("mysql://u@[\xDC::1\x1B[2J]/d").has_error());
  EXPECT_TRUE(connectors::parse_url("mysql://u@[fe80::1%eth0]/d").has_value());
  EXPECT_EQ(connectors::parse_url("mysql://u@h%3A%0D/d")->display(), "mysql://u@h%3A%0D:3306/d");
}

// The first two slashes of a path were taken for the URL's.
TEST(FuzzFoundText, AUrlIsShownAsItself) {
  for (const char* url : {"sqlite:///a/b", "sqlite:////a/b", "sqlite://///a/b", "sqlite:a//b"}) {
    const auto parsed = connectors::parse_url(url);
    const auto again = connectors::parse_url(parsed->display());
    ASSERT_TRUE(again.has_value()) << url;
    EXPECT_EQ(again->path, parsed->path) << url;
  }
}

// Controls of one byte were taken out; those of two bytes, which a terminal obeys as well, and
// what turns the direction of text were not.
TEST(FuzzFoundText, DiagnosticsHoldNothingThatATerminalObeys) {
  const auto signatures = aggregates::signatures();
  for (const char* text :
       {"{\"a\": \xC2\x9B 1}", "{\"\xE2\x80\xAE\": 1}", "{\"a\\u009bb\": {\"x\": 1}}",
        "{\"keepsum\": 1, \"summaries\": {\"\\u001b\": 1}}", "{\"a\": \"C:\\\xE2\x80\xAE\"}"}) {
    const auto parsed = schema::parse_spec(text, signatures);
    EXPECT_FALSE(parsed.spec.has_value());
    EXPECT_NO_THROW(
        fuzz::require_printable(schema::render(parsed.diagnostics, "keepsum.json", text)));
  }
}

}  // namespace

}  // namespace keepsum::test
