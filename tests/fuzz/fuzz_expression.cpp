// Any text as an aggregate, a condition, a key and a join of a good spec over a table with every
// type of column: refused, or all that is made of it works and is exact (see exercise.hpp).
//
// Lines of the input: the aggregate, `where`, the key, the join. An empty one leaves it out.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <boost/json.hpp>

#include "tests/fuzz/exercise.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/targets.hpp"

namespace keepsum::fuzz {

namespace {

using Words = std::vector<std::string>;

const Words& schema(bool mariadb) {
  static const Words sqlite = {
      "CREATE TABLE p (id INTEGER PRIMARY KEY, i INTEGER NOT NULL, n INTEGER, t TEXT NOT NULL, "
      "tn TEXT, c TEXT COLLATE NOCASE, r REAL, b BLOB, d TEXT, dt TEXT, bool INTEGER) STRICT",
      "CREATE TABLE j (id INTEGER PRIMARY KEY, p_id INTEGER NOT NULL, v INTEGER, w TEXT) STRICT",
      "CREATE TABLE l (id INTEGER PRIMARY KEY, v BIGINT, w VARCHAR(9), m DECIMAL(9,2), x, f "
      "DOUBLE)"};
  static const Words mysql = {
      "CREATE TABLE p (id BIGINT PRIMARY KEY, i INT NOT NULL, n BIGINT, t VARCHAR(30) NOT NULL, "
      "tn TEXT, c VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin, r DOUBLE, "
      "b VARBINARY(20), d DATE, dt DATETIME(6), bool TINYINT(1))",
      "CREATE TABLE j (id BIGINT PRIMARY KEY, p_id BIGINT NOT NULL, v BIGINT UNSIGNED, "
      "w CHAR(9) COLLATE utf8mb4_bin)",
      "CREATE TABLE l (id BIGINT PRIMARY KEY, v TINYINT UNSIGNED, w VARCHAR(9), m DECIMAL(18,4), "
      "x JSON, f FLOAT, u DECIMAL(10,2) UNSIGNED, e ENUM('a','b'), st SET('a','b'), tm TIME, "
      "y YEAR, ts TIMESTAMP NULL, bt BIT(5), bl BLOB, sm SMALLINT UNSIGNED)"};
  return mariadb ? mysql : sqlite;
}

// Rows, then what moves them between groups, changes nothing, and takes them away.
const Words& changes(bool mariadb) {
  static const Words both = {
      "INSERT INTO l (id, v, w, m, x, f) VALUES (1, 1, 'a', 1.25, '1', 1.5), "
      "(2, NULL, NULL, NULL, NULL, NULL)",
      "INSERT INTO p VALUES (1, 1, 10, 'a', 'x', 'K', 1.5, 'b', '2024-02-29', "
      "'2024-02-29 23:59:59', 1), (2, 1, NULL, 'A', NULL, 'k', NULL, NULL, NULL, NULL, 0), "
      "(3, -2, -7, '', '%_', NULL, -0.25, '', '1970-01-01', '1969-12-31 23:59:59', NULL)",
      "INSERT INTO j VALUES (1, 1, 5, 'a'), (2, 1, NULL, NULL), (3, 3, 9, 'b')",
      "UPDATE p SET i = i + 1, n = 3, t = 'b' WHERE id < 3",
      "UPDATE j SET p_id = 2, v = 7 WHERE id = 1",
      "UPDATE p SET tn = tn",
      "UPDATE l SET v = 9, w = 'z' WHERE id = 2",
      "DELETE FROM j WHERE id = 3",
      "DELETE FROM p WHERE id = 1",
      "DELETE FROM l WHERE id = 1"};
  static const Words mysql = [] {
    Words all = both;
    all.insert(all.begin() + 1,
               "UPDATE l SET u = 1.5, e = 'a', st = 'a,b', tm = '-01:00:00', y = 2024, "
               "ts = '2024-03-31 01:30:00', bt = b'101', bl = 'x', sm = 65535 WHERE id = 1");
    return all;
  }();
  return mariadb ? mysql : both;
}

std::string spec_of(std::string_view input) {
  std::array<std::string, 4> lines = {"count(*)", "", "p.i", ""};
  for (std::string& line : lines) {
    const std::string_view given = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(input.size(), given.size() + 1));
    if (!given.empty()) line = given;
  }
  boost::json::object summary = {
      {"from", "p"}, {"group_by", {{"k", lines[2]}}}, {"allow_float", true}};
  summary["aggregates"] = {{"a", lines[0]}, {"n", "count(*)"}};
  if (!lines[1].empty()) summary["where"] = lines[1];
  if (!lines[3].empty()) summary["joins"] = boost::json::array{lines[3]};
  return boost::json::serialize(boost::json::object{
      {"keepsum", 1}, {"summaries", boost::json::object{{"made", std::move(summary)}}}});
}

}  // namespace

bool expression(Ground& ground, std::string_view input) {
  return exercise(ground, {.schema = schema(ground.is_mariadb()),
                           .tables = {"p", "j", "l"},
                           .spec = spec_of(input),
                           .changes = changes(ground.is_mariadb())});
}

}  // namespace keepsum::fuzz

KEEPSUM_FUZZ_ENTRY(keepsum::fuzz::expression(keepsum::fuzz::ground_of_environment(), input))
