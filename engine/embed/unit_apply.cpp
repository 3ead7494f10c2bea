#include <algorithm>

#include "engine/embed/unit_state.hpp"
#include "engine/sql/carried.hpp"
#include "engine/sql/delta.hpp"

namespace keepsum {

using embed::GivenPath;
using embed::GivenRow;
using embed::Noted;
using embed::padded;
using embed::Parameters;
using embed::Pending;
using embed::rows_per_statement;
using embed::Shape;
using embed::Taken;
using embed::Values;

Result<void> UnitOfWork::State::apply() {
  if (!session_.in_transaction()) {
    return embed::refusal(
        ErrorCode::not_in_transaction, "apply() was called outside a transaction",
        "call it right before COMMIT; if the transaction was rolled back, discard the "
        "unit of work");
  }
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (!pending_[i].empty()) KEEPSUM_TRY(apply(i));
  }
  applied_ = true;
  return {};
}

Result<void> UnitOfWork::State::apply(std::size_t summary) {
  Pending& pending = pending_[summary];
  KEEPSUM_ASSIGN(bool done, merge_given(summary));
  if (!done) {
    KEEPSUM_ASSIGN(done, merge(summary, false));
  }
  // Somebody is moving the summary from triggers to hooks or back: ask in each statement.
  if (!done) {
    KEEPSUM_TRY(merge(summary, true));
  }
  KEEPSUM_TRY(recompute(summary));
  pending.forget();
  return {};
}

Result<bool> UnitOfWork::State::merge_given(std::size_t summary) {
  const embed::GivenPath::Statement* statement = nullptr;
  const auto parameters = given_parameters(summary, statement);
  if (!parameters) return false;
  return merged(session_.execute_known(statement->text, *parameters));
}

std::optional<std::size_t> UnitOfWork::State::table_of_one(const Pending& pending) {
  std::optional<std::size_t> table;
  if (!pending.taken.empty()) return table;
  for (std::size_t t = 0; t < pending.noted.size(); ++t) {
    if (pending.noted[t].empty()) continue;
    if (table || pending.noted[t].size() > 1) return std::nullopt;
    table = t;
  }
  return table;
}

Result<bool> UnitOfWork::State::merge(std::size_t summary, bool asks) {
  const Pending& pending = pending_[summary];
  const auto table = asks ? std::nullopt : table_of_one(pending);
  if (table) {
    const Values& key = pending.noted[*table].front().key;
    return merged(session_.execute_known(compiled_.merge_one(summary, *table), key));
  }
  const bool small = std::all_of(pending.noted.begin(), pending.noted.end(), [](const auto& rows) {
    return rows.size() <= rows_per_statement;
  });
  return small && pending.taken.size() <= rows_per_statement ? merge_at_once(summary, asks)
                                                             : merge_in_parts(summary, asks);
}

// The first statement of the unit that fails so has changed nothing, and none before it has run.
Result<bool> UnitOfWork::State::merged(const Result<std::uint64_t>& done) {
  if (done.has_value()) return true;
  const Error& error = done.error();
  if (error.code == ErrorCode::statement_failed &&
      error.server_message.find(sql::hooks_marker) != std::string::npos) {
    return false;
  }
  return error;
}

bool UnitOfWork::State::complete(const Pending& pending, const GivenPath& path,
                                 JoinedRow& joined) const {
  for (const GivenPath::Step& step : path.steps()) {
    const auto fits = [&](const GivenRow& candidate) {
      return std::all_of(step.equal.begin(), step.equal.end(), [&](const auto& equal) {
        const db::Value& other = joined[equal.second.table]->values[equal.second.column];
        return !db::is_null(other) && candidate.values[equal.first] == other;
      });
    };
    const auto& rows = pending.given[step.table];
    const auto found = std::find_if(rows.begin(), rows.end(), fits);
    if (found == rows.end()) return false;
    joined[step.table] = &*found;
  }
  return std::all_of(path.integers().begin(), path.integers().end(), [&](const auto& equal) {
    const auto& [column, integer] = equal;
    return joined[column.table]->values[column.column] == db::Value(integer);
  });
}

std::optional<std::size_t> UnitOfWork::State::given_table(const Pending& pending) const {
  std::optional<std::size_t> table;
  for (std::size_t t = 0; t < pending.noted.size(); ++t) {
    if (pending.noted[t].empty()) continue;
    if (table || pending.given[t].size() != pending.noted[t].size()) return std::nullopt;
    table = t;
  }
  // A row that is noted twice counts once: by its key, the database sees to that.
  const auto& noted = pending.noted[*table];
  for (std::size_t row = 1; row < std::min(noted.size(), GivenPath::rows_max); ++row) {
    for (std::size_t other = 0; other < row; ++other) {
      if (noted[row].key == noted[other].key) return std::nullopt;
    }
  }
  return table;
}

std::optional<Values> UnitOfWork::State::given_parameters(std::size_t summary,
                                                          const GivenPath::Statement*& statement) {
  const Pending& pending = pending_[summary];
  if (!pending.taken.empty()) return std::nullopt;
  const auto table = given_table(pending);
  if (!table) return std::nullopt;
  const GivenPath* path = compiled_.given_path(summary, *table);
  const std::size_t rows = pending.noted[*table].size();
  if (path == nullptr || rows > GivenPath::rows_max) return std::nullopt;
  std::pmr::vector<JoinedRow> joined(&arena_);
  joined.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    joined.emplace_back(pending.given.size(), nullptr);
    joined.back()[*table] = &pending.given[*table][row];
    if (!complete(pending, *path, joined.back())) return std::nullopt;
  }
  const auto value_of = [&](std::size_t row, embed::GivenColumn column) -> const db::Value& {
    return joined[row][column.table]->values[column.column];
  };
  statement = rows == 1 ? &path->statement_for([&](embed::GivenColumn c) -> const db::Value& {
    return value_of(0, c);
  })
                        : &path->statement(rows);
  Values parameters(&arena_);
  parameters.reserve(statement->parameters.size());
  for (const auto& [row, column] : statement->parameters) {
    parameters.push_back(value_of(row, column));
  }
  return parameters;
}

Result<bool> UnitOfWork::State::merge_at_once(std::size_t summary, bool asks) {
  const Pending& pending = pending_[summary];
  Parameters parameters;
  for (std::size_t t = 0; t < pending.noted.size(); ++t) {
    if (pending.noted[t].empty()) continue;
    for (std::size_t i = 0; i <= t; ++i) {
      parameters.add(pending.noted[i == 0 ? t : i - 1]);
    }
  }
  add_carried(summary, parameters, 0, pending.taken.size());
  const Shape shape = pending.shape();
  const auto sql = compiled_.merge(summary, {shape, shape, padded(pending.taken.size()), asks});
  return merged(session_.execute(*sql, parameters.values()));
}

Result<bool> UnitOfWork::State::merge_in_parts(std::size_t summary, bool asks) {
  const Pending& pending = pending_[summary];
  const std::size_t tables = pending.noted.size();
  for (std::size_t t = 0; t < tables; ++t) {
    const auto& rows = pending.noted[t];
    Shape before(tables, 0);
    for (std::size_t i = 0; i < t; ++i) before[i] = padded(pending.noted[i].size());
    for (std::size_t begin = 0; begin < rows.size(); begin += rows_per_statement) {
      const std::size_t end = std::min(begin + rows_per_statement, rows.size());
      Shape driving(tables, 0);
      driving[t] = padded(end - begin);
      Parameters parameters;
      parameters.add(std::span(rows).subspan(begin, end - begin));
      for (std::size_t i = 0; i < t; ++i) parameters.add(pending.noted[i]);
      const auto sql = compiled_.merge(summary, {driving, before, 0, asks});
      KEEPSUM_ASSIGN(const bool written, merged(session_.execute(*sql, parameters.values())));
      if (!written) return false;
    }
  }
  for (std::size_t begin = 0; begin < pending.taken.size(); begin += rows_per_statement) {
    const std::size_t end = std::min(begin + rows_per_statement, pending.taken.size());
    Parameters parameters;
    add_carried(summary, parameters, begin, end);
    const Shape none(tables, 0);
    const auto sql = compiled_.merge(summary, {none, none, padded(end - begin), asks});
    KEEPSUM_ASSIGN(const bool written, merged(session_.execute(*sql, parameters.values())));
    if (!written) return false;
  }
  return true;
}

void UnitOfWork::State::add_carried(std::size_t summary, Parameters& parameters, std::size_t begin,
                                    std::size_t end) const {
  const plan::SummaryPlan& plan = compiled_.written(summary);
  for (std::size_t i = begin; i < begin + padded(end - begin); ++i) {
    const db::Row& row = pending_[summary].taken[std::min(i, end - 1)].row;
    for (std::size_t k = 0; k < plan.keys.size(); ++k) parameters.add(row[k]);
    for (std::size_t c = 0; c < plan.state.size(); ++c) {
      if (!sql::carries(plan.state[c])) continue;
      const bool padding = i >= end;
      parameters.add(padding ? db::Value(std::int64_t{0}) : row[plan.keys.size() + c]);
    }
  }
}

Result<void> UnitOfWork::State::recompute(std::size_t summary) {
  const std::size_t keys = compiled_.plans()[summary].keys.size();
  for (const Taken& taken : pending_[summary].taken) {
    for (const sql::GroupReread& statement : compiled_.recomputes(summary)) {
      if (db::is_null(taken.row[keys + statement.held])) continue;
      std::vector<db::Value> parameters;
      for (const std::size_t i : statement.parameters) parameters.push_back(taken.row[i]);
      KEEPSUM_TRY(session_.execute(statement.sql, parameters));
    }
  }
  return {};
}

}  // namespace keepsum
