#include "tests/integration/engine_support.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <stdexcept>

#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "engine/maintain/trigger_set.hpp"
#include "engine/plan/compile.hpp"
#include "migrations/migrations.hpp"
#include "schema/parse.hpp"
#include "tests/support/mariadb_server.hpp"

namespace keepsum::test {

namespace {

template <class T>
T must(Result<T> result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
  return std::move(result).value();
}

void must(const Result<void>& result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
}

std::string sqlite_folder() {
  std::string folder = std::filesystem::temp_directory_path() / "keepsum-engine-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return folder;
}

std::string url_text(Server server, std::shared_ptr<void>& lifetime) {
  if (server == Server::mariadb) {
    MariadbServer& mariadb = shared_mariadb();
    return mariadb.url(mariadb.create_database());
  }
  const std::string folder = sqlite_folder();
  lifetime = std::shared_ptr<void>(nullptr, [folder](void*) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  });
  return "sqlite:" + folder + "/app.db?mode=rwc";
}

// What tests write need not survive a power cut.
connectors::Connection open_one(const connectors::ConnectionUrl& url) {
  connectors::Connection connection = must(connectors::open(url));
  if (url.kind == connectors::DatabaseKind::sqlite) {
    must(connection.session->execute("PRAGMA journal_mode = WAL"));
    must(connection.session->execute("PRAGMA synchronous = OFF"));
  }
  return connection;
}

reconcile::ReconcileOptions tiny_chunks() {
  reconcile::ReconcileOptions options;
  options.chunk_rows = 2;
  return options;
}

std::string to_line(const db::Row& row) {
  std::vector<std::string> values;
  for (const db::Value& value : row) values.push_back(db::display(value));
  return fmt::format("{}", fmt::join(values, "|"));
}

}  // namespace

void PrintTo(Server server, std::ostream* out) { *out << name_of(server); }

std::string name_of(Server server) { return server == Server::sqlite ? "sqlite" : "mariadb"; }

Scene::Scene(Server server)
    : server_(server),
      url_(must(connectors::parse_url(url_text(server, lifetime_)))),
      own_(open_one(url_)),
      writer_(open_one(url_)),
      database_{*own_.session, *own_.catalog, *own_.dialect,
                [url = url_] { return connectors::open_session(url); }} {
  // A mean written by hand shall have more digits than keepsum's before it is rounded.
  if (on_mariadb()) must(writer().execute("SET SESSION div_precision_increment = 12"));
}

std::unique_ptr<db::Session> Scene::connect() const { return must(connectors::open_session(url_)); }

void Scene::run(const std::string& statement) {
  history_.push_back(statement);
  const auto done = writer().execute(statement);
  EXPECT_TRUE(done.has_value()) << statement << "\n" << describe(done.error());
}

void Scene::run_all(const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) run(statement);
}

void Scene::try_to_run(const std::string& statement,
                       const std::function<bool(const Error&)>& expected) {
  const auto done = writer().execute(statement);
  history_.push_back(statement + (done.has_value() ? "" : "  -- failed"));
  rows_changed_ = done.has_value() ? static_cast<std::int64_t>(done.value()) : 0;
  if (done.has_value()) return;
  EXPECT_TRUE(expected(done.error())) << statement << "\n" << describe(done.error());
}

Error Scene::fails(const std::string& statement) {
  history_.push_back(statement + "  -- fails");
  const auto done = writer().execute(statement);
  if (done.has_error()) return done.error();
  ADD_FAILURE() << "should have failed: " << statement;
  return {};
}

std::vector<std::string> Scene::lines(const std::string& query) {
  const auto rows = writer().rows(query);
  EXPECT_TRUE(rows.has_value()) << query << "\n" << describe(rows.error());
  std::vector<std::string> result;
  if (!rows.has_value()) return result;
  for (const db::Row& row : rows.value()) result.push_back(to_line(row));
  return result;
}

std::string spec_text(const std::string& summaries) {
  return fmt::format(R"({{"keepsum": 1, "summaries": {{{}}}}})", summaries);
}

std::vector<schema::Diagnostic> Scene::compile(const std::string& summaries) {
  const auto signatures = aggregates::signatures();
  auto parsed = schema::parse_spec(spec_text(summaries), signatures);
  if (!parsed.spec) return parsed.diagnostics;
  auto compiled = must(plan::compile_all(parsed.spec->summaries, database_.session,
                                         database_.catalog, database_.dialect));
  parsed.diagnostics.insert(parsed.diagnostics.end(), compiled.diagnostics.begin(),
                            compiled.diagnostics.end());
  plans_ = std::move(compiled.plans);
  return parsed.diagnostics;
}

void Scene::apply(const std::string& summaries) {
  must(migrations::run(database_));
  plans_ = must(lifecycle::load_plans(spec_text(summaries), database_.session, database_.catalog,
                                      database_.dialect));
  for (const plan::SummaryPlan& summary : plans_) {
    lifecycle::ApplyOptions options;
    options.reconcile = tiny_chunks();
    must(lifecycle::apply(database_, summary, options));
    history_.push_back("-- applied " + summary.spec.name);
  }
}

std::vector<std::string> Scene::trigger_names() {
  std::vector<std::string> names;
  for (const auto& trigger : maintain::trigger_set(plan(), database_.dialect)) {
    names.push_back(trigger.name);
  }
  return names;
}

const plan::SummaryPlan& Scene::plan(std::size_t i) const {
  for (const plan::SummaryPlan& plan : plans_) {
    if (plan.side_of.empty() && i-- == 0) return plan;
  }
  throw std::out_of_range("no such summary");
}

reconcile::RunReport Scene::verify(std::size_t i) {
  reconcile::ReconcileOptions options = tiny_chunks();
  options.verify_only = true;
  auto report = must(reconcile::reconcile(database_, plan(i), options));
  for (const plan::SideTable& side : plan(i).sides) {
    auto beside = must(reconcile::reconcile(database_, *side.plan, options));
    report.drifted += beside.drifted;
    std::ranges::move(beside.drift, std::back_inserter(report.drift));
  }
  return report;
}

std::vector<reconcile::RunReport> Scene::reconcile_all() {
  std::vector<reconcile::RunReport> drifted;
  for (const plan::SummaryPlan& plan : plans_) {
    auto report = must(reconcile::reconcile(database_, plan, tiny_chunks()));
    if (report.drifted > 0) drifted.push_back(std::move(report));
  }
  history_.push_back("-- reconciled");
  return drifted;
}

std::string Scene::differences(const plan::SummaryPlan& plan, const std::string& recompute) {
  const std::string table = database_.dialect.identifier(plan.spec.name);
  std::vector<std::string> same_key, shown, differs, not_empty;
  for (const plan::KeyColumn& key : plan.keys) {
    const std::string name = database_.dialect.identifier(key.name);
    same_key.push_back(fmt::format("s.{0} = r.{0}", name));
    shown.push_back(fmt::format("r.{0}, s.{0}", name));
  }
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    const std::string name = database_.dialect.identifier(aggregate.column.name);
    const std::string& function = aggregate.column.function;
    const bool latch = function == "latch";
    const bool zero = latch || function == "sum" || function == "count" || function == "any" ||
                      function == "ordinal";
    shown.push_back(fmt::format("'{1}', r.{0}, s.{0}", name, aggregate.column.name));
    if (plan.state[aggregate.state.front()].floating) {
      differs.push_back(
          fmt::format("ABS(COALESCE(s.{0}, 0) - COALESCE(r.{0}, 0)) > 0.000001", name));
      not_empty.push_back(fmt::format("ABS(s.{}) > 0.000001", name));
    } else if (zero) {
      differs.push_back(
          fmt::format("COALESCE(s.{0}, 0) {1} COALESCE(r.{0}, 0)", name, latch ? "<" : "<>"));
      if (!latch) not_empty.push_back(fmt::format("s.{} <> 0", name));
    } else if (function.starts_with("var_") || function.starts_with("stddev_")) {
      differs.push_back(
          fmt::format("(s.{0} IS NULL) <> (r.{0} IS NULL) OR ABS(s.{0} - r.{0}) > 0.001", name));
      not_empty.push_back(fmt::format("s.{} IS NOT NULL", name));
    } else {
      // SQLite's mean is a float of all its digits.
      const bool rounded = !on_mariadb() && function == "avg";
      differs.push_back(fmt::format("NOT ({1} {2} r.{0})", name,
                                    rounded ? fmt::format("ROUND(s.{}, 4)", name) : "s." + name,
                                    on_mariadb() ? "<=>" : "IS"));
      not_empty.push_back(fmt::format("s.{} IS NOT NULL", name));
    }
  }
  if (not_empty.empty()) not_empty.emplace_back("1 = 0");
  const std::string columns = fmt::format("{}", fmt::join(shown, ", "));
  const std::string on = fmt::format("{}", fmt::join(same_key, " AND "));
  std::string found;
  for (const std::string& line :
       lines(fmt::format("SELECT {} FROM ({}) r LEFT JOIN {} s ON {} WHERE {}", columns, recompute,
                         table, on, fmt::join(differs, " OR ")))) {
    found += "  by hand, stored: " + line + "\n";
  }
  for (const std::string& line : lines(fmt::format(
           "SELECT {} FROM {} s LEFT JOIN ({}) r ON {} WHERE r.{} IS NULL AND ({})", columns, table,
           recompute, on, database_.dialect.identifier(plan.keys.front().name),
           fmt::join(not_empty, " OR ")))) {
    found += "  only stored: " + line + "\n";
  }
  return found;
}

std::string Scene::past() const { return fmt::format("{}", fmt::join(history_, ";\n")); }

void Scene::expect_equal(const std::string& recompute, std::size_t i) {
  const std::string found = differences(plan(i), recompute);
  EXPECT_EQ(found, "") << past();
  if (writer().in_transaction()) return;  // keepsum's own session cannot see it yet
  const reconcile::RunReport report = verify(i);
  EXPECT_EQ(report.drifted, 0) << past();
  for (const lifecycle::DriftRow& row : report.drift) {
    ADD_FAILURE() << "drift: " << row.group_key << " " << row.column << " stored "
                  << row.stored.value_or("NULL") << " expected " << row.expected.value_or("NULL");
  }
}

std::int64_t rows_read(db::Session& session) {
  const auto status = session.rows("SHOW SESSION STATUS LIKE 'Handler_read_%'");
  EXPECT_TRUE(status.has_value());
  std::int64_t sum = 0;
  for (const db::Row& row : status.value()) sum += std::stoll(db::as_text(row[1]));
  return sum;
}

std::vector<std::string> error_codes(const std::vector<schema::Diagnostic>& all) {
  std::vector<std::string> codes;
  for (const schema::Diagnostic& diagnostic : all) {
    if (diagnostic.severity == schema::Severity::error) codes.push_back(diagnostic.code);
  }
  return codes;
}

namespace {

// One text for each row that sorts as the order does, with the value behind it: the greatest text,
// or the least, is that of the row. No window, no seek: nothing that keepsum's own SQL is made of.
std::string follow(bool last, const std::string& argument, const std::string& filter, bool mariadb,
                   const std::vector<HandTerm>& order) {
  constexpr std::size_t text_width = 8, number_width = 13;
  std::vector<std::string> parts;
  std::size_t width = 0;
  for (const HandTerm& term : order) {
    if (term.text) {
      parts.push_back(mariadb ? fmt::format("RPAD({}, 8, ' ')", term.expr)
                              : fmt::format("printf('%-8s', {})", term.expr));
    } else {
      parts.push_back(
          fmt::format("(2000000000000 {} ({}))", term.descending ? "-" : "+", term.expr));
    }
    width += term.text ? text_width : number_width;
  }
  parts.push_back(
      // CONCAT() leaves a text its collation.
      mariadb ? fmt::format("COALESCE(CONCAT({}), '~')", argument)
              : fmt::format("COALESCE(CAST({} AS TEXT), '~')", argument));
  std::string row = mariadb ? fmt::format("CONCAT({})", fmt::join(parts, ", "))
                            : fmt::format("({})", fmt::join(parts, " || "));
  if (!filter.empty()) row = fmt::format("CASE WHEN {} THEN {} END", filter, row);
  return fmt::format("NULLIF({}({}({}), {}), '~')", mariadb ? "SUBSTRING" : "substr",
                     last ? "MAX" : "MIN", row, width + 1);
}

// By the textbook where the database has no function for it.
std::string spread(std::string_view function, const std::string& value, bool mariadb) {
  if (mariadb) {
    std::string upper(function);
    std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
    return fmt::format("{}({})", upper, value);
  }
  return fmt::format(
      "(SUM(({0}) * ({0})) * 1.0 - SUM({0}) * 1.0 * SUM({0}) / COUNT({0})) / NULLIF(COUNT({0}){1}, "
      "0)",
      value, function.ends_with("samp") ? " - 1" : "");
}

}  // namespace

namespace {

// The rows that come before one, as conditions on `row_before`; and the order that has the nearest
// first.
struct RowsBefore {
  std::string where, nearest_first;
};

RowsBefore rows_before(const HandRows& rows, const std::vector<HandTerm>& order) {
  const std::regex of_the_row("\\b" + rows.alias + "\\.");
  const auto before = [&](const std::string& text) {
    return std::regex_replace(text, of_the_row, "row_before.");
  };
  std::vector<std::string> terms, descending, equal;
  if (!rows.where.empty()) terms.push_back("(" + before(rows.where) + ")");
  for (const std::string& key : rows.keys) {
    terms.push_back(fmt::format("({}) = ({})", before(key), key));
  }
  std::vector<std::string> places;
  for (const HandTerm& term : order) {
    const std::string mine = fmt::format("({})", term.expr);
    const std::string theirs = fmt::format("({})", before(term.expr));
    std::vector<std::string> all = equal;
    all.push_back(fmt::format("{} {} {}", theirs, term.descending ? ">" : "<", mine));
    places.push_back(fmt::format("({})", fmt::join(all, " AND ")));
    equal.push_back(fmt::format("{} = {}", theirs, mine));
    descending.push_back(theirs + (term.descending ? "" : " DESC"));
  }
  terms.push_back(fmt::format("({})", fmt::join(places, " OR ")));
  return {fmt::format("{}", fmt::join(terms, " AND ")),
          fmt::format("{}", fmt::join(descending, ", "))};
}

}  // namespace

std::string steps_by_hand(const std::string& argument, const std::string& filter,
                          const HandRows& rows, const std::vector<HandTerm>& order) {
  const RowsBefore before = rows_before(rows, order);
  const std::regex prev("prev\\(" + rows.alias + "\\.(\\w+)\\)");
  const std::string step = std::regex_replace(
      argument, prev,
      fmt::format("(SELECT row_before.$1 FROM {} row_before WHERE {} ORDER BY {} LIMIT 1)",
                  rows.table, before.where, before.nearest_first));
  return fmt::format("COALESCE(SUM({}), 0)",
                     filter.empty() ? step : fmt::format("CASE WHEN {} THEN {} END", filter, step));
}

std::string place_by_hand(const std::string& filter, const HandRows& rows,
                          const std::vector<HandTerm>& order) {
  const std::string place = fmt::format("(SELECT 1 + COUNT(*) FROM {} row_before WHERE {})",
                                        rows.table, rows_before(rows, order).where);
  return fmt::format(
      "MAX({})",
      filter.empty() ? place : fmt::format("CASE WHEN {} THEN {} ELSE 0 END", filter, place));
}

bool is_refused(std::string_view function, bool mariadb) {
  return !mariadb && function.starts_with("stddev");
}

std::string in_spec(const aggregates::Aggregate& aggregate, const std::string& argument) {
  return fmt::format("{}({}{})", aggregate.signature().name,
                     aggregate.has_side_table() ? "DISTINCT " : "", argument);
}

std::string by_hand(std::string_view function, const std::string& argument,
                    const std::string& filter, bool mariadb, const std::vector<HandTerm>& order) {
  const std::string value = filter.empty()
                                ? argument
                                : fmt::format("CASE WHEN {} THEN {} END", filter,
                                              argument == "*" ? std::string("1") : argument);
  const std::string condition =
      filter.empty() ? argument : fmt::format("({}) AND ({})", argument, filter);
  // On SQLite a CASE of texts does not compare them as their column does.
  const auto of = [&](const char* call) {
    if (mariadb || filter.empty()) return fmt::format("{}{})", call, value);
    return fmt::format("{}{}) FILTER (WHERE {})", call, argument, filter);
  };
  if (function == "sum") return fmt::format("COALESCE(SUM({}), 0)", value);
  if (function == "count") return fmt::format("COUNT({})", value);
  if (function == "count_distinct") return of("COUNT(DISTINCT ");
  if (function == "avg") return fmt::format("ROUND(SUM({0}) * 1.0 / COUNT({0}), 4)", value);
  if (function == "min") return of("MIN(");
  if (function == "max") return of("MAX(");
  if (function == "any" || function == "latch") {
    return fmt::format("MAX(CASE WHEN {} THEN 1 ELSE 0 END)", condition);
  }
  if (function == "every") {
    const std::string rows = filter.empty() ? "" : fmt::format("({}) AND ", filter);
    return fmt::format("MIN(CASE WHEN {0}({1}) THEN 1 WHEN {0}NOT ({1}) THEN 0 END)", rows,
                       argument);
  }
  if (function == "latest" || function == "earliest") {
    return follow(function == "latest", argument, filter, mariadb, order);
  }
  if (function.starts_with("var_") || function.starts_with("stddev_")) {
    return spread(function, value, mariadb);
  }
  return {};
}

}  // namespace keepsum::test
