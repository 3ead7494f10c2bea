// The unit of work as a log: what was noted, and what was read before it changed.
//
// Let N be the noted rows, and S₀ the tables as the summary last counted them. Invariant: `taken`
// is minus what the joined rows of S₀ that hold a row of N contribute. A row that is about to
// change and is not in N yet is the same in S₀ as now, and so is whatever it is joined with outside
// N: a read that leaves out N sees exactly what must be taken. A row just inserted is in no joined
// row of S₀. So at apply(), adding what joined rows with a row of N contribute now is all that is
// left.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <keepsum/summaries.hpp>
#include <optional>
#include <set>

#include "engine/embed/compiled.hpp"
#include "engine/sql/carried.hpp"
#include "engine/sql/delta.hpp"

namespace keepsum {

using embed::Change;
using embed::Compiled;
using embed::Shape;
using embed::TableUses;
using embed::Use;

namespace {

// Above this, servers stop planning IN lists as ranges, and texts grow long.
constexpr std::size_t rows_per_statement = 512;

std::size_t padded(std::size_t count) { return count == 0 ? 0 : std::bit_ceil(count); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return a == b ||
         (a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                             [](char x, char y) { return lower(x) == lower(y); }));
}

Error refusal(ErrorCode code, std::string message, std::string hint) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

struct Noted {
  std::uint64_t step = 0;
  PrimaryKey key;
};

struct Taken {
  std::uint64_t step = 0;
  db::Row row;  // the key, then the stored columns
};

// An inserted row whose values are all sure.
struct GivenRow {
  std::uint64_t step = 0;
  std::vector<db::Value> values;  // as Use::columns
};

struct Pending {
  std::vector<std::vector<Noted>> noted;     // by base table
  std::vector<std::vector<GivenRow>> given;  // by base table
  std::vector<Taken> taken;

  [[nodiscard]] bool empty() const {
    return taken.empty() &&
           std::all_of(noted.begin(), noted.end(), [](const auto& rows) { return rows.empty(); });
  }
  [[nodiscard]] Shape shape() const {
    Shape shape;
    for (const auto& rows : noted) shape.push_back(padded(rows.size()));
    return shape;
  }
};

// The values of `keys`, the last repeated up to the padded count.
class Parameters {
 public:
  template <class Rows, class Key>
  void add(const Rows& rows, std::size_t begin, std::size_t end, const Key& key_of) {
    for (std::size_t i = begin; i < begin + padded(end - begin); ++i) {
      const PrimaryKey& key = key_of(rows[std::min(i, end - 1)]);
      values_.insert(values_.end(), key.begin(), key.end());
    }
  }
  void add(const std::vector<Noted>& rows) { add(rows, 0, rows.size()); }
  void add(const std::vector<Noted>& rows, std::size_t begin, std::size_t end) {
    add(rows, begin, end, [](const Noted& noted) -> const PrimaryKey& { return noted.key; });
  }
  void add(std::span<const PrimaryKey> keys) {
    add(keys, 0, keys.size(), [](const PrimaryKey& key) -> const PrimaryKey& { return key; });
  }
  void add(const db::Value& value) { values_.push_back(value); }

  [[nodiscard]] std::span<const db::Value> values() const { return values_; }

 private:
  std::vector<db::Value> values_;
};

}  // namespace

class UnitOfWork::State {
 public:
  State(const Compiled& compiled, db::Session& session)
      : compiled_(compiled), session_(session), pending_(compiled.plans().size()) {
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      pending_[i].noted.resize(compiled.plans()[i].tables.size());
      pending_[i].given.resize(compiled.plans()[i].tables.size());
    }
  }

  Result<void> change(Change change, std::string_view call, std::string_view table,
                      std::span<const PrimaryKey> keys);
  Result<void> insert_given(std::string_view table, const PrimaryKey& key,
                            const std::vector<Given>& values);
  Result<void> note_new_key(std::string_view table, const PrimaryKey& key);
  Result<void> apply();
  [[nodiscard]] std::uint64_t step() const { return step_; }
  void rollback_to(std::uint64_t step);
  [[nodiscard]] std::size_t noted() const;

 private:
  Result<const TableUses*> find(std::string_view call, std::string_view table,
                                std::span<const PrimaryKey> keys);
  Result<void> lock(std::string_view call, const TableUses& table,
                    std::span<const PrimaryKey> keys);
  Result<void> take(const Use& use, std::span<const PrimaryKey> keys);
  void note(const Use& use, std::span<const PrimaryKey> keys);
  void keep_given(const Use& use, const PrimaryKey& key, const std::vector<Given>& values);
  Result<void> apply(std::size_t summary);
  // False if plain hooks may not write now: then nothing has been done.
  Result<bool> merge_given(std::size_t summary);
  Result<bool> merge(std::size_t summary, bool asks);
  Result<bool> merge_at_once(std::size_t summary, bool asks);
  Result<bool> merge_in_parts(std::size_t summary, bool asks);
  Result<bool> run_merge(std::string_view sql, std::span<const db::Value> parameters);
  [[nodiscard]] std::optional<std::vector<const GivenRow*>> complete(const Pending& pending,
                                                                     const embed::GivenPath& path,
                                                                     std::size_t table,
                                                                     std::size_t row) const;
  // The statement's parameters, if all that is noted is given.
  [[nodiscard]] std::optional<std::vector<db::Value>> given_parameters(
      std::size_t summary, const embed::GivenPath::Statement*& statement) const;
  void add_carried(std::size_t summary, Parameters& parameters, std::size_t begin,
                   std::size_t end) const;
  Result<void> recompute(std::size_t summary);

  const Compiled& compiled_;
  db::Session& session_;
  std::vector<Pending> pending_;  // by summary
  std::uint64_t step_ = 0;
};

Result<const TableUses*> UnitOfWork::State::find(std::string_view call, std::string_view name,
                                                 std::span<const PrimaryKey> keys) {
  const TableUses* table = compiled_.table(name);
  if (table == nullptr) {
    return refusal(ErrorCode::invalid_argument,
                   fmt::format("{}(): no summary reads a table `{}`", call, name),
                   "pass the table's name, not its alias in the spec");
  }
  for (const PrimaryKey& key : keys) {
    if (key.size() == table->key_columns) continue;
    return refusal(ErrorCode::invalid_argument,
                   fmt::format("{}(): the primary key of `{}` has {} columns, and {} values came",
                               call, name, table->key_columns, key.size()),
                   "");
  }
  if (!session_.in_transaction()) {
    return refusal(ErrorCode::not_in_transaction,
                   fmt::format("{}() was called outside a transaction: the row could commit "
                               "without its summary",
                               call),
                   "begin a transaction before changing the row, and call the hook inside it");
  }
  return table;
}

// The locking read of `take` keeps hold of a row only where it is part of the join (READ COMMITTED
// lets go of what does not match), and shares it with others. A row that another transaction made
// part of the join in between would then be added twice, or never taken.
Result<void> UnitOfWork::State::lock(std::string_view call, const TableUses& table,
                                     std::span<const PrimaryKey> keys) {
  std::set<std::string> distinct;
  for (const PrimaryKey& key : keys) {
    std::string text;
    for (const db::Value& value : key) text += db::display(value) + '\0';
    distinct.insert(std::move(text));
  }
  const auto sql = compiled_.lock(table, padded(keys.size()));
  if (sql->empty()) return {};
  Parameters parameters;
  parameters.add(keys);
  KEEPSUM_ASSIGN(const db::Value found, session_.scalar(*sql, parameters.values()));
  const auto count = static_cast<std::size_t>(db::as_int64(found));
  if (count >= distinct.size()) return {};
  return refusal(ErrorCode::row_not_found,
                 fmt::format("{}(): `{}` has {} of the {} rows", call, table.base->info.name, count,
                             distinct.size()),
                 "do not run the statement: a row that is not there may be inserted by another "
                 "transaction meanwhile");
}

Result<void> UnitOfWork::State::take(const Use& use, std::span<const PrimaryKey> keys) {
  Pending& pending = pending_[use.summary];
  const auto sql = compiled_.taken(use.summary, use.table, padded(keys.size()), pending.shape());
  Parameters parameters;
  parameters.add(keys);
  for (const auto& rows : pending.noted) {
    if (!rows.empty()) parameters.add(rows);
  }
  KEEPSUM_ASSIGN(auto rows, session_.rows(*sql, parameters.values()));
  for (db::Row& row : rows) pending.taken.push_back({step_, std::move(row)});
  return {};
}

void UnitOfWork::State::note(const Use& use, std::span<const PrimaryKey> keys) {
  auto& rows = pending_[use.summary].noted[use.table];
  for (const PrimaryKey& key : keys) rows.push_back({step_, key});
}

Result<void> UnitOfWork::State::change(Change change, std::string_view call, std::string_view name,
                                       std::span<const PrimaryKey> keys) {
  KEEPSUM_ASSIGN(const TableUses* table, find(call, name, keys));
  if (keys.empty()) return {};
  if (noted() + keys.size() > rows_max) {
    return refusal(ErrorCode::invalid_argument,
                   fmt::format("{}(): more than {} rows are noted", call, rows_max),
                   "apply() in between");
  }
  const auto needed = [&](const Use& use) { return use.needed[static_cast<std::size_t>(change)]; };
  ++step_;
  const bool takes =
      change != Change::insert && std::any_of(table->uses.begin(), table->uses.end(), needed);
  for (std::size_t begin = 0; takes && begin < keys.size(); begin += rows_per_statement) {
    const auto part = keys.subspan(begin, std::min(rows_per_statement, keys.size() - begin));
    KEEPSUM_TRY(lock(call, *table, part));
  }
  for (const Use& use : table->uses) {
    if (change != Change::insert) pending_[use.summary].given[use.table].clear();
    if (!needed(use)) continue;
    // Each part is noted before the next is read: a joined row of two of them is taken once.
    for (std::size_t begin = 0; begin < keys.size(); begin += rows_per_statement) {
      const auto part = keys.subspan(begin, std::min(rows_per_statement, keys.size() - begin));
      if (change != Change::insert) KEEPSUM_TRY(take(use, part));
      note(use, part);
    }
  }
  return {};
}

Result<void> UnitOfWork::State::note_new_key(std::string_view name, const PrimaryKey& key) {
  const std::span<const PrimaryKey> one(&key, 1);
  KEEPSUM_ASSIGN(const TableUses* table, find("updated", name, one));
  ++step_;
  for (const Use& use : table->uses) {
    pending_[use.summary].given[use.table].clear();
    if (use.needed[static_cast<std::size_t>(Change::update)]) note(use, one);
  }
  return {};
}

Result<void> UnitOfWork::State::insert_given(std::string_view name, const PrimaryKey& key,
                                             const std::vector<Given>& values) {
  KEEPSUM_TRY(change(Change::insert, "inserted", name, std::span(&key, 1)));
  for (const Use& use : compiled_.table(name)->uses) keep_given(use, key, values);
  return {};
}

void UnitOfWork::State::keep_given(const Use& use, const PrimaryKey& key,
                                   const std::vector<Given>& values) {
  GivenRow row{step_, std::vector<db::Value>(use.columns.size())};
  std::vector<bool> known(use.columns.size(), false);
  const auto keep = [&](std::size_t column, const db::Value& value) {
    known[column] = embed::is_stored_as_given(value, use.columns[column]);
    row.values[column] = value;
  };
  for (const Given& given : values) {
    for (std::size_t c = 0; c < use.columns.size(); ++c) {
      if (same_name(use.columns[c].column->name, given.column)) keep(c, given.value);
    }
  }
  for (std::size_t k = 0; k < key.size(); ++k) keep(use.key[k], key[k]);
  if (std::find(known.begin(), known.end(), false) != known.end()) return;
  pending_[use.summary].given[use.table].push_back(std::move(row));
}

void UnitOfWork::State::rollback_to(std::uint64_t step) {
  const auto later = [step](const auto& entry) { return entry.step > step; };
  for (Pending& pending : pending_) {
    for (auto& rows : pending.noted) std::erase_if(rows, later);
    for (auto& rows : pending.given) std::erase_if(rows, later);
    std::erase_if(pending.taken, later);
  }
}

std::size_t UnitOfWork::State::noted() const {
  std::size_t most = 0;
  for (const Pending& pending : pending_) {
    std::size_t count = 0;
    for (const auto& rows : pending.noted) count += rows.size();
    most = std::max(most, count);
  }
  return most;
}

Result<void> UnitOfWork::State::apply() {
  if (!session_.in_transaction()) {
    return refusal(ErrorCode::not_in_transaction, "apply() was called outside a transaction",
                   "call it right before COMMIT; if the transaction was rolled back, discard the "
                   "unit of work");
  }
  for (std::size_t i = 0; i < pending_.size(); ++i) {
    if (!pending_[i].empty()) KEEPSUM_TRY(apply(i));
  }
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
  for (auto& rows : pending.noted) rows.clear();
  for (auto& rows : pending.given) rows.clear();
  pending.taken.clear();
  return {};
}

Result<bool> UnitOfWork::State::merge_given(std::size_t summary) {
  const embed::GivenPath::Statement* statement = nullptr;
  const auto parameters = given_parameters(summary, statement);
  if (!parameters) return false;
  return run_merge(statement->sql, *parameters);
}

Result<bool> UnitOfWork::State::merge(std::size_t summary, bool asks) {
  const Pending& pending = pending_[summary];
  const bool small = std::all_of(pending.noted.begin(), pending.noted.end(), [](const auto& rows) {
    return rows.size() <= rows_per_statement;
  });
  return small && pending.taken.size() <= rows_per_statement ? merge_at_once(summary, asks)
                                                             : merge_in_parts(summary, asks);
}

// The first statement of the unit that fails so has changed nothing, and none before it has run.
Result<bool> UnitOfWork::State::run_merge(std::string_view sql,
                                          std::span<const db::Value> parameters) {
  const auto done = session_.execute(sql, parameters);
  if (done.has_value()) return true;
  const Error& error = done.error();
  if (error.code == ErrorCode::statement_failed &&
      error.server_message.find(sql::hooks_marker) != std::string::npos) {
    return false;
  }
  return error;
}

// The joined row that the given row is part of: one given row of each table.
std::optional<std::vector<const GivenRow*>> UnitOfWork::State::complete(
    const Pending& pending, const embed::GivenPath& path, std::size_t table,
    std::size_t row) const {
  std::vector<const GivenRow*> joined(pending.given.size(), nullptr);
  joined[table] = &pending.given[table][row];
  for (const embed::GivenPath::Step& step : path.steps()) {
    const auto fits = [&](const GivenRow& candidate) {
      return std::all_of(step.equal.begin(), step.equal.end(), [&](const auto& equal) {
        const db::Value& other = joined[equal.second.table]->values[equal.second.column];
        return !db::is_null(other) && candidate.values[equal.first] == other;
      });
    };
    const auto& rows = pending.given[step.table];
    const auto found = std::find_if(rows.begin(), rows.end(), fits);
    if (found == rows.end()) return std::nullopt;
    joined[step.table] = &*found;
  }
  for (const auto& [column, integer] : path.integers()) {
    if (joined[column.table]->values[column.column] != db::Value(integer)) return std::nullopt;
  }
  return joined;
}

std::optional<std::vector<db::Value>> UnitOfWork::State::given_parameters(
    std::size_t summary, const embed::GivenPath::Statement*& statement) const {
  const Pending& pending = pending_[summary];
  if (!pending.taken.empty()) return std::nullopt;
  std::optional<std::size_t> table;
  for (std::size_t t = 0; t < pending.noted.size(); ++t) {
    if (pending.noted[t].empty()) continue;
    if (table || pending.given[t].size() != pending.noted[t].size()) return std::nullopt;
    table = t;
  }
  const std::size_t rows = pending.noted[*table].size();
  const embed::GivenPath* path = compiled_.given_path(summary, *table);
  if (path == nullptr || rows > embed::GivenPath::rows_max) return std::nullopt;
  // A row that is noted twice counts once: by its key, the database sees to that.
  const auto& noted = pending.noted[*table];
  for (std::size_t row = 1; row < rows; ++row) {
    for (std::size_t other = 0; other < row; ++other) {
      if (noted[row].key == noted[other].key) return std::nullopt;
    }
  }
  std::vector<std::vector<const GivenRow*>> joined;
  for (std::size_t row = 0; row < rows; ++row) {
    auto whole = complete(pending, *path, *table, row);
    if (!whole) return std::nullopt;
    joined.push_back(std::move(*whole));
  }
  statement = &path->statement(rows);
  std::vector<db::Value> parameters;
  parameters.reserve(statement->parameters.size());
  for (const auto& [row, column] : statement->parameters) {
    parameters.push_back(joined[row][column.table]->values[column.column]);
  }
  return parameters;
}

Result<bool> UnitOfWork::State::merge_at_once(std::size_t summary, bool asks) {
  const Pending& pending = pending_[summary];
  Parameters parameters;
  for (std::size_t t = 0; t < pending.noted.size(); ++t) {
    if (pending.noted[t].empty()) continue;
    for (std::size_t i = 0; i <= t; ++i) {
      const auto& rows = pending.noted[i == 0 ? t : i - 1];
      if (!rows.empty()) parameters.add(rows);
    }
  }
  add_carried(summary, parameters, 0, pending.taken.size());
  const Shape shape = pending.shape();
  const auto sql = compiled_.merge(summary, {shape, shape, padded(pending.taken.size()), asks});
  return run_merge(*sql, parameters.values());
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
      parameters.add(rows, begin, end);
      for (std::size_t i = 0; i < t; ++i) {
        if (!pending.noted[i].empty()) parameters.add(pending.noted[i]);
      }
      const auto sql = compiled_.merge(summary, {driving, before, 0, asks});
      KEEPSUM_ASSIGN(const bool written, run_merge(*sql, parameters.values()));
      if (!written) return false;
    }
  }
  for (std::size_t begin = 0; begin < pending.taken.size(); begin += rows_per_statement) {
    const std::size_t end = std::min(begin + rows_per_statement, pending.taken.size());
    Parameters parameters;
    add_carried(summary, parameters, begin, end);
    const Shape none(tables, 0);
    const auto sql = compiled_.merge(summary, {none, none, padded(end - begin), asks});
    KEEPSUM_ASSIGN(const bool written, run_merge(*sql, parameters.values()));
    if (!written) return false;
  }
  return true;
}

void UnitOfWork::State::add_carried(std::size_t summary, Parameters& parameters, std::size_t begin,
                                    std::size_t end) const {
  const plan::SummaryPlan& plan = compiled_.plans()[summary];
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
    for (const auto& [column, sql] : compiled_.recomputes(summary)) {
      const db::Value& extreme = taken.row[keys + column];
      if (db::is_null(extreme)) continue;
      std::vector<db::Value> parameters;
      for (int i = 0; i < 2; ++i) {
        parameters.insert(parameters.end(), taken.row.begin(),
                          taken.row.begin() + static_cast<std::ptrdiff_t>(keys));
      }
      parameters.push_back(extreme);
      KEEPSUM_TRY(session_.execute(sql, parameters));
    }
  }
  return {};
}

UnitOfWork::UnitOfWork(const Summaries& summaries, db::Session& session)
    : state_(std::make_unique<State>(summaries.compiled(), session)) {}
UnitOfWork::UnitOfWork(UnitOfWork&&) noexcept = default;
UnitOfWork& UnitOfWork::operator=(UnitOfWork&&) noexcept = default;
UnitOfWork::~UnitOfWork() = default;

Result<void> UnitOfWork::inserted(std::string_view table, const PrimaryKey& key) {
  return inserted(table, std::span(&key, 1));
}
Result<void> UnitOfWork::inserted(std::string_view table, std::span<const PrimaryKey> keys) {
  return state_->change(Change::insert, "inserted", table, keys);
}
Result<void> UnitOfWork::inserted(std::string_view table, const PrimaryKey& key,
                                  const std::vector<Given>& values) {
  return state_->insert_given(table, key, values);
}
Result<void> UnitOfWork::updating(std::string_view table, const PrimaryKey& key) {
  return updating(table, std::span(&key, 1));
}
Result<void> UnitOfWork::updating(std::string_view table, std::span<const PrimaryKey> keys) {
  return state_->change(Change::update, "updating", table, keys);
}
Result<void> UnitOfWork::updated(std::string_view table, const PrimaryKey& new_key) {
  return state_->note_new_key(table, new_key);
}
Result<void> UnitOfWork::deleting(std::string_view table, const PrimaryKey& key) {
  return deleting(table, std::span(&key, 1));
}
Result<void> UnitOfWork::deleting(std::string_view table, std::span<const PrimaryKey> keys) {
  return state_->change(Change::remove, "deleting", table, keys);
}
Result<void> UnitOfWork::apply() { return state_->apply(); }
UnitOfWork::Mark UnitOfWork::mark() const noexcept { return state_->step(); }
void UnitOfWork::rollback_to(Mark mark) { state_->rollback_to(mark); }
std::size_t UnitOfWork::noted() const noexcept { return state_->noted(); }

}  // namespace keepsum
