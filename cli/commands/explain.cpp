// keepsum explain: which source rows make one key's figures, and which one explains a difference.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/key_arguments.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/evidence.hpp"
#include "engine/lifecycle/read.hpp"
#include "engine/reconcile/scan.hpp"
#include "engine/reconcile/suspects.hpp"
#include "engine/sql/compare.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::cli {

namespace json = boost::json;

namespace {

// One stored column of the key: as it is, and as the source gives it.
struct ColumnFinding {
  std::string name;
  db::Value stored, expected, difference;
  bool differs = false;
};

struct Explanation {
  std::vector<std::string> row_columns;  // primary keys, then contributions
  std::vector<db::Row> rows;             // the first `limit`
  std::int64_t rows_total = 0;
  std::vector<ColumnFinding> columns;
  std::vector<lifecycle::DriftRecord> recorded;  // what runs have found, newest first
  std::vector<std::string> suspects;  // rows that would explain every difference on their own
  bool stored = false;                // the summary has a row of the key

  // A key that neither has is mistyped more often than not.
  [[nodiscard]] bool is_of_nobody() const noexcept { return !stored && rows_total == 0; }
};

// The stored columns of the key and their recompute, side by side.
Result<void> compare(lifecycle::Database& database, const plan::SummaryPlan& plan,
                     const std::vector<db::Value>& key, Explanation& explanation) {
  KEEPSUM_ASSIGN(const auto row,
                 database.session.row(sql::compare_key(plan, database.dialect), [&] {
                   std::vector<db::Value> twice = key;
                   twice.insert(twice.end(), key.begin(), key.end());
                   return twice;
                 }()));
  explanation.stored = row && db::as_int64((*row)[plan.keys.size() + 1]) != 0;
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    ColumnFinding finding;
    finding.name = sql::display_name(plan, plan.state[i]);
    if (row) {
      const std::size_t at = plan.keys.size() + 3 + 3 * i;
      finding.expected = (*row)[at];
      finding.stored = (*row)[at + 1];
      finding.difference = (*row)[at + 2];
      const bool latch = plan.state[i].merge == plan::Merge::latch;
      finding.differs = latch ? db::as_int64(finding.expected) > db::as_int64(finding.stored)
                              : db::display(finding.expected) != db::display(finding.stored);
    }
    explanation.columns.push_back(std::move(finding));
  }
  return {};
}

constexpr std::size_t recorded_max = 5;

Result<std::vector<lifecycle::DriftRecord>> recorded_drift(lifecycle::Database& database,
                                                           const plan::SummaryPlan& plan,
                                                           const std::vector<db::Value>& key) {
  std::vector<lifecycle::DriftRecord> records;
  lifecycle::DriftFilter filter;
  filter.summary = plan.spec.name;
  filter.group_key = reconcile::key_json(plan, key);
  KEEPSUM_TRY(
      lifecycle::Evidence(database).each_drift(filter, [&](const lifecycle::DriftRecord& record) {
        records.push_back(record);
        return records.size() < recorded_max ? db::Flow::more : db::Flow::stop;
      }));
  return records;
}

Result<Explanation> gather(lifecycle::Database& database, const plan::SummaryPlan& plan,
                           const std::vector<db::Value>& key, std::int64_t limit) {
  Explanation explanation;
  explanation.row_columns = reconcile::contributing_columns(plan);
  KEEPSUM_ASSIGN(auto snapshot,
                 db::Transaction::begin(database.session, db::TransactionMode::snapshot));
  KEEPSUM_TRY(compare(database, plan, key, explanation));
  std::vector<db::Value> difference;
  for (const ColumnFinding& finding : explanation.columns) difference.push_back(finding.difference);
  reconcile::Suspects suspects(plan, difference);
  KEEPSUM_TRY(database.session.query(sql::contributing_rows(plan, database.dialect), key,
                                     [&](const db::Row& row) -> Result<db::Flow> {
                                       suspects.look_at(row);
                                       if (explanation.rows_total++ < limit)
                                         explanation.rows.push_back(row);
                                       return db::Flow::more;
                                     }));
  KEEPSUM_TRY(snapshot.commit());
  for (const auto& suspect : suspects.found()) {
    const bool left_out = suspect.kind == reconcile::Suspects::Kind::not_counted;
    explanation.suspects.push_back(suspect.row +
                                   (left_out ? " was not counted" : " was counted twice"));
  }
  KEEPSUM_ASSIGN(explanation.recorded, recorded_drift(database, plan, key));
  return explanation;
}

void print_recorded(const plan::SummaryPlan& plan, const std::vector<std::string>& key,
                    const std::vector<lifecycle::DriftRecord>& recorded) {
  if (recorded.empty()) return;
  print("\n  this key has drifted before:\n");
  std::vector<std::vector<std::string>> rows{
      {"found (UTC)", "run", "column", "stored", "expected", ""}};
  for (const lifecycle::DriftRecord& record : recorded) {
    rows.push_back({record.found_at.substr(0, 19), std::to_string(record.run), record.row.column,
                    record.row.stored.value_or("NULL"), record.row.expected.value_or("NULL"),
                    record.by_undo ? "a repair taken back" : ""});
  }
  print(table(rows));
  std::string arguments;
  for (const std::string& argument : key) arguments += " --key " + argument;
  print(fmt::format("  `keepsum drift {}{}` shows all, and why\n", plan.spec.name, arguments));
}

void print_explanation(const Explanation& explanation) {
  if (explanation.is_of_nobody()) {
    print("neither the summary nor its source has a row of this key\n");
    return;
  }
  std::vector<std::vector<std::string>> rows{explanation.row_columns};
  for (const db::Row& row : explanation.rows) {
    std::vector<std::string> cells;
    for (const db::Value& value : row) cells.push_back(db::display(value));
    rows.push_back(std::move(cells));
  }
  print(fmt::format("{} source rows\n", with_separators(explanation.rows_total)));
  print(table(rows));
  const auto more = explanation.rows_total - static_cast<std::int64_t>(explanation.rows.size());
  if (more > 0) print(fmt::format("  … and {} more (--limit)\n", with_separators(more)));
  std::vector<std::vector<std::string>> figures{{"column", "stored", "source", "difference"}};
  for (const ColumnFinding& finding : explanation.columns) {
    figures.push_back({finding.name, db::display(finding.stored), db::display(finding.expected),
                       finding.differs
                           ? (db::is_null(finding.difference) ? std::string("differs")
                                                              : db::display(finding.difference))
                           : "0"});
  }
  print("\n" + table(figures));
  for (const std::string& suspect : explanation.suspects) {
    print(fmt::format("  {} one row explains the difference: {}\n", paint(Style::yellow, "→"),
                      suspect));
  }
}

json::object to_json(const plan::SummaryPlan& plan, const std::vector<db::Value>& key,
                     const Explanation& explanation) {
  json::object key_object;
  for (std::size_t i = 0; i < key.size(); ++i) {
    key_object[plan.keys[i].name] = cli::to_json(key[i]);
  }
  json::array rows, columns;
  for (const db::Row& row : explanation.rows) {
    json::object object;
    for (std::size_t i = 0; i < row.size(); ++i) {
      object[explanation.row_columns[i]] = cli::to_json(row[i]);
    }
    rows.push_back(std::move(object));
  }
  for (const ColumnFinding& finding : explanation.columns) {
    columns.push_back({{"name", finding.name},
                       {"stored", cli::to_json(finding.stored)},
                       {"source", cli::to_json(finding.expected)},
                       {"difference", cli::to_json(finding.difference)},
                       {"differs", finding.differs}});
  }
  json::array suspects;
  for (const std::string& s : explanation.suspects) suspects.push_back(json::value(s));
  json::array recorded;
  for (const auto& record : explanation.recorded) recorded.push_back(cli::to_json(record));
  return {{"version", 1},
          {"summary", plan.spec.name},
          {"key", std::move(key_object)},
          {"recorded_drift", std::move(recorded)},
          {"stored", explanation.stored},
          {"source_rows", explanation.rows_total},
          {"rows", std::move(rows)},
          {"columns", std::move(columns)},
          {"suspects", std::move(suspects)}};
}

}  // namespace

Result<int> run_explain(const GlobalOptions& global, const KeyOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const plan::SummaryPlan plan, workspace.plan(options.name));
  KEEPSUM_ASSIGN(const auto key, parse_key(plan, options.key));
  KEEPSUM_ASSIGN(const auto now, lifecycle::standing(workspace.database(), plan));
  if (now.state == lifecycle::State::absent) {
    Error error;
    error.code = ErrorCode::statement_failed;
    error.message =
        fmt::format("{} is not applied: there is nothing stored to explain", plan.spec.name);
    error.hint = "`keepsum apply` makes it; `keepsum read` answers from the source already";
    return error;
  }
  KEEPSUM_ASSIGN(const auto explanation, gather(workspace.database(), plan, key, options.limit));
  if (global.json) {
    print(json::serialize(to_json(plan, key, explanation)) + "\n");
  } else {
    print_explanation(explanation);
    print_recorded(plan, options.key, explanation.recorded);
  }
  return exit_ok;
}

}  // namespace keepsum::cli
