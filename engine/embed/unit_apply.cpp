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
using embed::Use;
using embed::Values;

namespace {

boost::container::small_vector<db::ValueView, 4> views_of(const Values& key) {
  return {key.begin(), key.end()};
}

std::span<const db::ValueView> span_of(const auto& views) { return {views.data(), views.size()}; }

}  // namespace

Result<void> UnitOfWork::State::apply() {
  if (!session_.in_transaction()) [[unlikely]] {
    return embed::refusal(
        ErrorCode::not_in_transaction, "apply() was called outside a transaction",
        "call it right before COMMIT; if the transaction was rolled back, discard the "
        "unit of work");
  }
  if (only_.table != nullptr) {
    // Beside a log only where memory ran out in the midst of spill().
    if (log_) [[unlikely]] {
      spill();
    } else {
      KEEPSUM_TRY(apply_only());
    }
  }
  for (std::size_t i = 0; log_ && i < log_->size(); ++i) {
    if (!pending(i).empty()) KEEPSUM_TRY(apply(i));
  }
  applied_ = true;
  return {};
}

Result<void> UnitOfWork::State::apply_only() {
  const auto& uses = only_.table->uses;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const Use& use = uses[i];
    if (!use.needed[static_cast<std::size_t>(embed::Change::insert)]) continue;
    const auto done = merge_only(use);
    if (done.has_value() && *done) continue;
    spill();
    for (std::size_t before = 0; before < i; ++before) forget(uses[before].summary);
    if (done.has_error()) return done.error();
    return {};
  }
  only_.table = nullptr;
  return {};
}

Result<bool> UnitOfWork::State::merge_only(const Use& use) {
  for (const GivenRow& row : given_) {
    if (row.use != &use) continue;
    const GivenRow* const one = &row;
    KEEPSUM_ASSIGN(const bool done, merge_given_rows({&one, 1}));
    if (done) return true;
  }
  return merged(session_.execute_known(*use.merge_one, span_of(only_.key)));
}

Result<void> UnitOfWork::State::apply(std::size_t summary) {
  KEEPSUM_ASSIGN(bool done, merge_given(summary));
  if (!done) {
    KEEPSUM_ASSIGN(done, merge(summary, false));
  }
  // Somebody is moving the summary from triggers to hooks or back: ask in each statement.
  if (!done) {
    KEEPSUM_TRY(merge(summary, true));
  }
  KEEPSUM_TRY(recompute(summary));
  forget(summary);
  return {};
}

Result<bool> UnitOfWork::State::merge_given(std::size_t summary) {
  const GivenRows rows = given_rows(summary);
  if (rows.empty()) return false;
  return merge_given_rows(rows);
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
  const Pending& pending = this->pending(summary);
  const auto table = asks ? std::nullopt : table_of_one(pending);
  if (table) {
    const Values& key = pending.noted[*table].front().key;
    return merged(
        session_.execute_known(compiled_.merge_one(summary, *table), span_of(views_of(key))));
  }
  const bool small = std::all_of(pending.noted.begin(), pending.noted.end(), [](const auto& rows) {
    return rows.size() <= rows_per_statement;
  });
  return small && pending.taken.size() <= rows_per_statement ? merge_at_once(summary, asks)
                                                             : merge_in_parts(summary, asks);
}

// The summary's first statement that fails so has changed nothing, and none before it has run.
Result<bool> UnitOfWork::State::failed_to_merge(const Error& error) {
  if (error.code == ErrorCode::statement_failed &&
      error.server_message.find(sql::hooks_marker) != std::string::npos) {
    return false;
  }
  return error;
}

const db::ValueView* UnitOfWork::State::next_row(std::size_t summary, const GivenPath::Step& step,
                                                 JoinedRow joined) const {
  for (const GivenRow& candidate : given_) {
    if (candidate.use->summary != summary || candidate.use->table != step.table) continue;
    const View* const values = values_of(candidate);
    bool joins = true;
    for (const auto& [column, other] : step.equal) {
      const View& value = joined[other.table][other.column];
      joins = joins && !value.is_null() && values[column] == value;
    }
    if (joins) return values;
  }
  return nullptr;
}

bool UnitOfWork::State::complete(std::size_t summary, const GivenPath& path,
                                 JoinedRow joined) const {
  for (const GivenPath::Step& step : path.steps()) {
    const View* const row = next_row(summary, step, joined);
    if (row == nullptr) return false;
    joined[step.table] = row;
  }
  for (const auto& [column, integer] : path.integers()) {
    const View& value = joined[column.table][column.column];
    if (value.kind() != View::Kind::integer || value.integer() != integer) return false;
  }
  return true;
}

UnitOfWork::State::GivenRows UnitOfWork::State::given_rows(std::size_t summary) const {
  const Pending& pending = this->pending(summary);
  if (given_.empty() || !pending.taken.empty()) return {};
  std::optional<std::size_t> table;
  for (std::size_t t = 0; t < pending.noted.size(); ++t) {
    if (pending.noted[t].empty()) continue;
    if (table || pending.noted[t].size() > GivenPath::rows_max) return {};
    table = t;
  }
  // A row that is noted twice counts once: by its key, the database sees to that.
  const auto& noted = pending.noted[*table];
  for (std::size_t row = 1; row < noted.size(); ++row) {
    for (std::size_t other = 0; other < row; ++other) {
      if (noted[row].key == noted[other].key) return {};
    }
  }
  GivenRows rows;
  for (const GivenRow& row : given_) {
    if (row.use->summary == summary && row.use->table == *table) rows.push_back(&row);
  }
  if (rows.size() != noted.size()) rows.clear();
  return rows;
}

Result<bool> UnitOfWork::State::merge_given_rows(std::span<const GivenRow* const> rows) {
  const Use& use = *rows.front()->use;
  const GivenPath* const path = use.path;
  if (path == nullptr) return false;
  const std::size_t tables = path->tables();
  boost::container::small_vector<const View*, 8> joined(rows.size() * tables, nullptr);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const JoinedRow of_row(joined.data() + row * tables, tables);
    of_row[use.table] = values_of(*rows[row]);
    if (!complete(use.summary, *path, of_row)) return false;
  }
  const auto value_of = [&](std::size_t row, embed::GivenColumn column) -> const View& {
    return joined[row * tables + column.table][column.column];
  };
  const GivenPath::Statement& statement =
      rows.size() == 1
          ? path->statement_for([&](embed::GivenColumn c) -> const View& { return value_of(0, c); })
          : path->statement(rows.size());
  boost::container::small_vector<View, 8> parameters;
  for (const auto& [row, column] : statement.parameters) {
    parameters.push_back(value_of(row, column));
  }
  return merged(session_.execute_known(statement.text, span_of(parameters)));
}

Result<bool> UnitOfWork::State::merge_at_once(std::size_t summary, bool asks) {
  const Pending& pending = this->pending(summary);
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
  const Pending& pending = this->pending(summary);
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
    const db::Row& row = pending(summary).taken[std::min(i, end - 1)].row;
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
  for (const Taken& taken : pending(summary).taken) {
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
