// keepsum explain: which source rows make one key's figures, and which one explains a difference.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/key_arguments.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/read.hpp"
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
  std::vector<std::string> suspects;     // rows that would explain every difference on their own
};

std::vector<std::string> row_header(const plan::SummaryPlan& plan) {
  std::vector<std::string> header;
  for (const plan::BaseTable& table : plan.tables) {
    for (const std::string& column : table.info.primary_key) {
      header.push_back(table.alias + "." + column);
    }
  }
  for (const plan::StateColumn& column : plan.state) {
    header.push_back(sql::display_name(plan, column));
  }
  return header;
}

// The stored columns of the key and their recompute, side by side.
Result<void> compare(lifecycle::Database& database, const plan::SummaryPlan& plan,
                     const std::vector<db::Value>& key, Explanation& explanation) {
  KEEPSUM_ASSIGN(const auto row,
                 database.session.row(sql::compare_key(plan, database.dialect),
                                      [&] {
                                        std::vector<db::Value> twice = key;
                                        twice.insert(twice.end(), key.begin(), key.end());
                                        return twice;
                                      }()));
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

// "-1.50" and "-1.5" are one number; so are "0.0000" and "-0".
std::string plain_number(std::string text) {
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string negated(const std::string& number) {
  if (number == "0") return number;
  return number.starts_with('-') ? number.substr(1) : "-" + number;
}

// A row is a suspect if leaving it out, or counting it twice, would give just the differences
// that are there in all columns that add up.
void suspect(const plan::SummaryPlan& plan, const db::Row& row, std::size_t keys,
             Explanation& explanation) {
  constexpr std::size_t suspects_max = 5;
  if (explanation.suspects.size() == suspects_max) return;
  bool left_out = true, twice = true, differs = false;
  for (std::size_t i = 0; i < explanation.columns.size(); ++i) {
    if (plan.state[i].merge != plan::Merge::add) continue;
    const std::string difference = plain_number(db::display(explanation.columns[i].difference));
    const std::string contribution = plain_number(db::display(row[keys + i]));
    differs = differs || difference != "0";
    left_out = left_out && contribution == difference;
    twice = twice && contribution == negated(difference);
  }
  if (!differs || (!left_out && !twice)) return;
  std::string id;
  for (std::size_t k = 0; k < keys; ++k) {
    id += fmt::format("{}{}={}", k == 0 ? "" : " ", explanation.row_columns[k],
                      db::display(row[k]));
  }
  explanation.suspects.push_back(id + (left_out ? " was not counted" : " was counted twice"));
}

Result<Explanation> gather(lifecycle::Database& database, const plan::SummaryPlan& plan,
                           const std::vector<db::Value>& key, std::int64_t limit) {
  Explanation explanation;
  explanation.row_columns = row_header(plan);
  const std::size_t keys = explanation.row_columns.size() - plan.state.size();
  KEEPSUM_ASSIGN(auto snapshot,
                 db::Transaction::begin(database.session, db::TransactionMode::snapshot));
  KEEPSUM_TRY(compare(database, plan, key, explanation));
  KEEPSUM_TRY(database.session.query(
      sql::contributing_rows(plan, database.dialect), key,
      [&](const db::Row& row) -> Result<db::Flow> {
        suspect(plan, row, keys, explanation);
        if (explanation.rows_total++ < limit) explanation.rows.push_back(row);
        return db::Flow::more;
      }));
  KEEPSUM_TRY(snapshot.commit());
  return explanation;
}

void print_explanation(const Explanation& explanation) {
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
                       finding.differs ? (db::is_null(finding.difference)
                                              ? std::string("differs")
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
  return {{"version", 1},
          {"summary", plan.spec.name},
          {"key", std::move(key_object)},
          {"source_rows", explanation.rows_total},
          {"rows", std::move(rows)},
          {"columns", std::move(columns)},
          {"suspects", std::move(suspects)}};
}

}  // namespace

Result<int> run_explain(const GlobalOptions& global, const KeyOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const auto plans, workspace.plans({options.name}, false));
  const plan::SummaryPlan& plan = plans.front();
  KEEPSUM_ASSIGN(const auto key, parse_key(plan, options.key));
  KEEPSUM_ASSIGN(const auto now, lifecycle::standing(workspace.database(), plan));
  if (now.state == lifecycle::State::absent) {
    Error error;
    error.code = ErrorCode::statement_failed;
    error.message = fmt::format("{} is not applied: there is nothing stored to explain", plan.spec.name);
    error.hint = "`keepsum apply` makes it; `keepsum read` answers from the source already";
    return error;
  }
  KEEPSUM_ASSIGN(const auto explanation, gather(workspace.database(), plan, key, options.limit));
  if (global.json) {
    print(json::serialize(to_json(plan, key, explanation)) + "\n");
  } else {
    print_explanation(explanation);
  }
  return exit_ok;
}

}  // namespace keepsum::cli
