// Any text as the names of a table and its columns, and as a string: a real parser reads each as
// exactly that, as part of one statement, in any mode and character set of the session; and a
// summary over such a table works and is exact (see exercise.hpp).
//
// The input, apart by bytes FF: table, column, key column, alias, string.
#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <functional>

#include "schema/parse.hpp"
#include "schema/text.hpp"
#include "tests/fuzz/exercise.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/targets.hpp"

namespace keepsum::fuzz {

namespace {

struct Given {
  std::string table, column, key, alias, text;
};

Given read(std::string_view input) {
  Given given{"t", "v", "k", "a", "x"};
  for (std::string* field : {&given.table, &given.column, &given.key, &given.alias, &given.text}) {
    const std::string_view part = input.substr(0, input.find('\xff'));
    input.remove_prefix(std::min(input.size(), part.size() + 1));
    if (!part.empty()) *field = part;
  }
  return given;
}

// As a spec writes it.
std::string in_quotes(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) result += c == quote ? std::string(2, c) : std::string(1, c);
  return result + quote;
}

std::string hex(std::string_view text) {
  std::string digits;
  for (const char c : text) digits += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return digits;
}

bool is_ascii(std::string_view text) {
  return text.find_first_of("\x80") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0; });
}

// Whether the grammar takes it; if so, as what it is.
bool is_name(const std::string& name) {
  const auto read = schema::parse_expression("a." + in_quotes(name, '"'));
  if (!read.expr) return false;
  require(read.expr->text == name, "another name: " + name);
  return true;
}
bool is_string(const std::string& text) {
  const auto read = schema::parse_expression(in_quotes(text, '\''));
  if (!read.expr) return false;
  require(read.expr->text == text, "another string: " + text);
  return true;
}

void drop_probe(Ground& ground) {
  ground.reset_settings();
  ground.must("DROP TABLE probe");
}

// A table with a column of this name and 7 in it. False if no table of this database can have it:
// the spec is refused then, for there is no such column.
bool make_probe(Ground& ground, const std::string& name) {
  const std::string column = ground.dialect().identifier(name);
  const bool made = ground.run("CREATE TEMPORARY TABLE probe (" + column + " INT)").has_value();
  if (!made) return false;
  const auto columns = ground.session().describe_query("SELECT * FROM probe");
  if (columns.has_value() && columns->front().name == name) {
    ground.must("INSERT INTO probe VALUES (7)");
    return true;
  }
  drop_probe(ground);
  return false;
}

void check_statement(Ground& ground, const std::string& name, const std::string& text) {
  const std::string column = ground.dialect().identifier(name);
  const std::string sql = fmt::format("SELECT HEX({}), probe.{} FROM probe WHERE {} = 7",
                                      ground.dialect().literal(text), column, column);
  ground.prepare(sql);
  const auto rows = ground.session().rows(sql);
  require(rows.has_value(), sql + (rows.has_error() ? ": " + describe(rows.error()) : ""));
  require(rows->size() == 1, "another name by " + sql);
  require(db::display(rows->front()[0]) == hex(text), "another text by " + sql);
  require(db::display(rows->front()[1]) == "7", "another name by " + sql);
}

// The connection's character set is utf8mb4 where a name is not of ASCII: keepsum's contract.
void check_in_sessions(Ground& ground, const std::string& name, const std::string& text) {
  check_statement(ground, name, text);
  const std::vector<std::string> all = ground.settings();
  if (all.empty()) return;
  // Some of them; another input has others.
  const std::size_t first = std::hash<std::string>{}(name + text) % all.size();
  for (std::size_t i = 0; i < all.size(); i += 5) {
    const std::string& setting = all[(first + i) % all.size()];
    if (!is_ascii(name) && setting.find("utf8mb4") == std::string::npos) continue;
    ground.must(setting);
    check_statement(ground, name, text);
  }
}

void check_names(Ground& ground, const Given& given) {
  for (const std::string& name : {given.table, given.column, given.key, std::string("x")}) {
    if (!make_probe(ground, name)) continue;
    check_in_sessions(ground, name, given.text);
    drop_probe(ground);
  }
}

Exercise with_these(Ground& ground, const Given& given) {
  const sql::Dialect& dialect = ground.dialect();
  const std::string table = dialect.identifier(given.table);
  const std::string column = dialect.identifier(given.column);
  const std::string key = dialect.identifier(given.key);
  const std::string text = dialect.literal(given.text);
  const std::string alias = in_quotes(given.alias, '`');
  const std::string key_here = alias + "." + in_quotes(given.key, '"');
  const std::string column_here = alias + "." + in_quotes(given.column, '`');
  boost::json::object summary = {
      {"from", in_quotes(given.table, '"') + " " + alias},
      {"where", column_here + " IS NOT NULL"},
      {"group_by", {{"k", key_here}}},
      {"aggregates",
       {{"total", fmt::format("sum({})", column_here)},
        {"same",
         fmt::format("count(*) FILTER (WHERE {} = {})", key_here, in_quotes(given.text, '\''))},
        {"largest", fmt::format("max({})", column_here)},
        {"kinds", fmt::format("count(DISTINCT {})", column_here)},
        {"last", fmt::format("latest({} ORDER BY {})", key_here, column_here)}}}};
  const char* const types = ground.is_mariadb()
                                ? "CREATE TABLE {} (id BIGINT PRIMARY KEY, {} BIGINT, {} "
                                  "VARCHAR(120) COLLATE utf8mb4_bin NOT NULL)"
                                : "CREATE TABLE {} (id INTEGER PRIMARY KEY, {} INTEGER, {} TEXT "
                                  "NOT NULL) STRICT";
  return {.schema = {fmt::format(fmt::runtime(types), table, column, key)},
          .tables = {given.table},
          .spec = boost::json::serialize(boost::json::object{
              {"keepsum", 1}, {"summaries", boost::json::object{{"made", std::move(summary)}}}}),
          .changes = {fmt::format("INSERT INTO {} VALUES (1, 5, {}), (2, 6, 'x'), (3, NULL, {})",
                                  table, text, text),
                      fmt::format("UPDATE {} SET {} = 7 WHERE id > 1", table, column),
                      fmt::format("UPDATE {} SET {} = {} WHERE id = 2", table, key, text),
                      fmt::format("DELETE FROM {} WHERE id = 1", table)}};
}

}  // namespace

bool quoting(Ground& ground, std::string_view input) {
  const Given given = read(input);
  for (const std::string* field :
       {&given.table, &given.column, &given.key, &given.alias, &given.text}) {
    // The spec's own reader lets nothing else through.
    if (schema::find_invalid_utf8(*field) != std::string::npos) return false;
  }
  if (!is_name(given.table) || !is_name(given.column) || !is_name(given.key)) return false;
  if (!is_name(given.alias) || !is_string(given.text)) return false;
  ground.rebuild({});
  check_names(ground, given);
  ground.require_canary();
  return exercise(ground, with_these(ground, given));
}

}  // namespace keepsum::fuzz

KEEPSUM_FUZZ_ENTRY(keepsum::fuzz::quoting(keepsum::fuzz::ground_of_environment(), input))
