#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <keepsum/hooks.hpp>

#include "engine/maintain/change_statements.hpp"

namespace keepsum {

using maintain::Moment;

namespace {

constexpr Moment moments[] = {Moment::after_insert, Moment::before_update, Moment::after_update,
                              Moment::before_delete};
constexpr std::string_view moment_names[] = {"inserted", "updating", "updated", "deleting"};

Error refusal(ErrorCode code, std::string message, std::string hint) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

}  // namespace

WriteHooks::WriteHooks(std::span<const plan::SummaryPlan> plans, const sql::Dialect& dialect) {
  for (const plan::SummaryPlan& plan : plans) {
    for (const plan::BaseTable& base : plan.tables) {
      Table& table = tables_[boost::algorithm::to_lower_copy(base.info.name)];
      table.key_columns = base.info.primary_key.size();
      if (plan.spec.capture != schema::Capture::hooks) continue;
      for (std::size_t i = 0; i < std::size(moments); ++i) {
        for (auto& statement : maintain::hook_statements(plan, dialect, base.alias, moments[i])) {
          // One lock serves all summaries.
          if (statement.locks_row && !table.statements[i].empty()) continue;
          table.statements[i].push_back(
              {std::move(statement.sql), statement.key_repeats, statement.locks_row});
        }
      }
    }
  }
}

Result<void> WriteHooks::run(db::Session& session, std::string_view table_name,
                             std::span<const db::Value> primary_key, std::size_t moment) const {
  const auto found = tables_.find(boost::algorithm::to_lower_copy(std::string(table_name)));
  if (found == tables_.end()) {
    return refusal(
        ErrorCode::invalid_argument,
        fmt::format("{}(): no summary reads a table `{}`", moment_names[moment], table_name),
        "pass the table's name, not its alias in the spec");
  }
  const Table& table = found->second;
  if (primary_key.size() != table.key_columns) {
    return refusal(
        ErrorCode::invalid_argument,
        fmt::format("{}(): the primary key of `{}` has {} columns, and {} values came",
                    moment_names[moment], table_name, table.key_columns, primary_key.size()),
        "");
  }
  if (!session.in_transaction()) {
    return refusal(ErrorCode::not_in_transaction,
                   fmt::format("{}() was called outside a transaction: the row could commit "
                               "without its summary",
                               moment_names[moment]),
                   "begin a transaction before changing the row, and call the hook inside it");
  }
  for (const Statement& statement : table.statements[moment]) {
    std::vector<db::Value> params;
    for (std::size_t i = 0; i < statement.key_repeats; ++i) {
      params.insert(params.end(), primary_key.begin(), primary_key.end());
    }
    if (!statement.locks_row) {
      KEEPSUM_TRY(session.execute(statement.sql, params));
      continue;
    }
    KEEPSUM_ASSIGN(const auto row, session.row(statement.sql, params));
    if (!row) {
      return refusal(ErrorCode::row_not_found,
                     fmt::format("{}(): `{}` has no such row", moment_names[moment], table_name),
                     "do not run the statement: there is nothing for it to change");
    }
  }
  return {};
}

Result<void> WriteHooks::inserted(db::Session& session, std::string_view table,
                                  std::span<const db::Value> primary_key) const {
  return run(session, table, primary_key, 0);
}

Result<void> WriteHooks::updating(db::Session& session, std::string_view table,
                                  std::span<const db::Value> primary_key) const {
  return run(session, table, primary_key, 1);
}

Result<void> WriteHooks::updated(db::Session& session, std::string_view table,
                                 std::span<const db::Value> primary_key) const {
  return run(session, table, primary_key, 2);
}

Result<void> WriteHooks::deleting(db::Session& session, std::string_view table,
                                  std::span<const db::Value> primary_key) const {
  return run(session, table, primary_key, 3);
}

}  // namespace keepsum
