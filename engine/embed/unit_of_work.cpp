#include <fmt/format.h>

#include <set>
#include <utility>

#include "engine/embed/unit_state.hpp"

namespace keepsum {

using embed::Change;
using embed::padded;
using embed::Parameters;
using embed::Pending;
using embed::refusal;
using embed::rows_per_statement;
using embed::TableUses;
using embed::Use;

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return a == b ||
         (a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                             [](char x, char y) { return lower(x) == lower(y); }));
}

// The value of a column, or null. `next` is where it is likely to be, as columns are often given in
// one order, and is moved on.
const db::Value* value_of(std::string_view column, std::span<const Given> values,
                          std::size_t& next) {
  for (std::size_t tries = values.size(); tries > 0; --tries) {
    if (next == values.size()) next = 0;
    const Given& given = values[next++];
    if (same_name(column, given.column)) return &given.value;
  }
  return nullptr;
}

}  // namespace

Error embed::refusal(ErrorCode code, std::string message, std::string hint) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

// Whole or not at all, also where memory runs out: a row that is noted twice counts once.
void UnitOfWork::State::spill() {
  if (!log_) {
    Log log(memory());
    log.reserve(compiled_.plans().size());
    for (const plan::SummaryPlan& plan : compiled_.plans()) {
      log.emplace_back(plan.tables.size(), memory());
    }
    log_.emplace(std::move(log));
  }
  if (only_.table == nullptr) return;
  const std::span<const View> key(only_.key.data(), only_.key.size());
  for (const Use& use : only_.table->uses) {
    if (use.needed[static_cast<std::size_t>(Change::insert)]) note(use, key, only_.step);
  }
  only_.table = nullptr;
}

Result<const TableUses*> UnitOfWork::State::find(std::string_view call,
                                                 std::string_view name) const {
  const TableUses* table = compiled_.table(name);
  if (table == nullptr) {
    return refusal(ErrorCode::invalid_argument,
                   fmt::format("{}(): no summary reads a table `{}`", call, name),
                   "pass the table's name, not its alias in the spec");
  }
  return table;
}

Result<void> UnitOfWork::State::check_key(std::string_view call, const TableUses& table, Key key) {
  if (key.size() == table.key_columns) return {};
  return refusal(ErrorCode::invalid_argument,
                 fmt::format("{}(): the primary key of `{}` has {} columns, and {} values came",
                             call, table.base->info.name, table.key_columns, key.size()),
                 "");
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
  const auto sql =
      compiled_.taken(use.summary, use.table, padded(keys.size()), pending(use.summary).shape());
  Parameters parameters;
  parameters.add(keys);
  for (const auto& rows : pending(use.summary).noted) parameters.add(rows);
  KEEPSUM_ASSIGN(auto rows, session_.rows(*sql, parameters.values()));
  for (db::Row& row : rows) pending(use.summary).taken.push_back({step_, std::move(row)});
  return {};
}

template <class Value>
void UnitOfWork::State::note(const Use& use, std::span<const Value> key, std::uint64_t step) {
  embed::Values values(memory());
  values.reserve(key.size());
  for (const View each : key) values.push_back(each.value());
  pending(use.summary).noted[use.table].push_back({step, std::move(values)});
}

Result<void> UnitOfWork::State::check_room(std::string_view call, std::size_t rows) const {
  if (noted() + rows <= rows_max) return {};
  return refusal(ErrorCode::invalid_argument,
                 fmt::format("{}(): more than {} rows are noted", call, rows_max),
                 "apply() in between");
}

Result<void> UnitOfWork::State::check_transaction(std::string_view call) const {
  if (session_.in_transaction()) return {};
  return refusal(ErrorCode::not_in_transaction,
                 fmt::format("{}() was called outside a transaction: the row could commit without "
                             "its summary",
                             call),
                 "begin a transaction before changing the row, and call the hook inside it");
}

Result<const TableUses*> UnitOfWork::State::check_insert(std::string_view name, Key key) const {
  KEEPSUM_ASSIGN(const TableUses* const table, find("inserted", name));
  KEEPSUM_TRY(check_key("inserted", *table, key));
  KEEPSUM_TRY(check_room("inserted", 1));
  KEEPSUM_TRY(check_transaction("inserted"));
  return table;
}

void UnitOfWork::State::begin_step() {
  if (applied_) [[unlikely]] {
    log_.reset();
    memory_.reset();
    given_.clear();
    given_values_.clear();
    text_bytes_used_ = 0;
    applied_ = false;
  }
  ++step_;
}

Result<void> UnitOfWork::State::change(Change change, std::string_view call, std::string_view name,
                                       std::span<const PrimaryKey> keys) {
  KEEPSUM_ASSIGN(const TableUses* const found, find(call, name));
  const TableUses& table = *found;
  for (const PrimaryKey& key : keys) KEEPSUM_TRY(check_key(call, table, key));
  KEEPSUM_TRY(check_room(call, keys.size()));
  KEEPSUM_TRY(check_transaction(call));
  begin_step();
  spill();
  const auto needed = [&](const auto& by) { return by.needed[static_cast<std::size_t>(change)]; };
  const bool takes = change != Change::insert && needed(table);
  for (std::size_t begin = 0; takes && begin < keys.size(); begin += rows_per_statement) {
    const auto part = keys.subspan(begin, std::min(rows_per_statement, keys.size() - begin));
    KEEPSUM_TRY(lock(call, table, part));
  }
  for (const Use& use : table.uses) {
    if (change != Change::insert) forget_given(use);
    if (!needed(use)) continue;
    // Each part is noted before the next is read: a joined row of two of them is taken once.
    for (std::size_t begin = 0; begin < keys.size(); begin += rows_per_statement) {
      const auto part = keys.subspan(begin, std::min(rows_per_statement, keys.size() - begin));
      if (change != Change::insert) KEEPSUM_TRY(take(use, part));
      for (const PrimaryKey& key : part) note(use, Key(key), step_);
    }
  }
  return {};
}

Result<void> UnitOfWork::State::note_new_key(std::string_view name, const PrimaryKey& key) {
  KEEPSUM_ASSIGN(const TableUses* table, find("updated", name));
  KEEPSUM_TRY(check_key("updated", *table, key));
  // Room or not: the UPDATE has been run.
  KEEPSUM_TRY(check_transaction("updated"));
  begin_step();
  spill();
  for (const Use& use : table->uses) {
    forget_given(use);
    if (use.needed[static_cast<std::size_t>(Change::update)]) note(use, Key(key), step_);
  }
  return {};
}

Result<void> UnitOfWork::State::insert(std::string_view name, Key key,
                                       std::span<const Given> values) {
  const TableUses* table = compiled_.table(name);
  // The same as check_insert(), which says what is wrong, and quicker.
  if (table == nullptr || key.size() != table->key_columns || noted() >= rows_max ||
      !session_.in_transaction()) [[unlikely]] {
    KEEPSUM_ASSIGN(table, check_insert(name, key));
  }
  begin_step();
  if (table->needed[static_cast<std::size_t>(Change::insert)]) note_inserted(*table, key);
  if (values.empty()) return {};
  for (const Use& use : table->uses) keep_given(use, key, values);
  return {};
}

void UnitOfWork::State::note_inserted(const TableUses& table, Key key) {
  if (only_.table == nullptr && !log_) [[likely]] {
    only_.key.clear();
    for (const View value : key) only_.key.push_back(kept(value));
    only_.step = step_;
    only_.table = &table;
    return;
  }
  spill();
  for (const Use& use : table.uses) {
    if (use.needed[static_cast<std::size_t>(Change::insert)]) note(use, key, step_);
  }
}

void UnitOfWork::State::keep_given(const Use& use, Key key, std::span<const Given> values) {
  const std::size_t begin = given_values_.size();
  std::size_t next = 0;
  for (const embed::GivenType& column : use.columns) {
    const db::Value* const value = column.place_in_key >= 0
                                       ? &key[static_cast<std::size_t>(column.place_in_key)]
                                       : value_of(column.name, values, next);
    const View view = value == nullptr ? View() : View(*value);
    if (value == nullptr || !embed::is_stored_as_given(view, column)) {
      given_values_.resize(begin);
      return;
    }
    given_values_.push_back(view);
  }
  for (std::size_t i = begin; i < given_values_.size(); ++i) {
    given_values_[i] = kept(given_values_[i]);
  }
  given_.push_back({&use, step_, begin});
}

db::ValueView UnitOfWork::State::kept_bytes(const View& value) {
  const std::string_view bytes = value.bytes();
  char* room = nullptr;
  if (bytes.size() <= text_bytes_.size() - text_bytes_used_) {
    room = text_bytes_.data() + text_bytes_used_;
    text_bytes_used_ += bytes.size();
  } else {
    room = static_cast<char*>(memory()->allocate(bytes.size(), 1));
  }
  std::copy(bytes.begin(), bytes.end(), room);
  return value.over({room, bytes.size()});
}

void UnitOfWork::State::forget_given(const Use& use) {
  forget_given_if([&](const embed::GivenRow& row) { return row.use == &use; });
}

void UnitOfWork::State::forget(std::size_t summary) {
  pending(summary).forget();
  forget_given_if([&](const embed::GivenRow& row) { return row.use->summary == summary; });
}

void UnitOfWork::State::rollback_to(std::uint64_t step) {
  forget_given_if([step](const embed::GivenRow& row) { return row.step > step; });
  if (only_.step > step) only_.table = nullptr;
  if (!log_) return;
  for (Pending& pending : *log_) pending.forget_after(step);
}

std::size_t UnitOfWork::State::noted_in_log() const {
  std::size_t most = 0;
  for (const Pending& pending : *log_) {
    std::size_t count = 0;
    for (const auto& rows : pending.noted) count += rows.size();
    most = std::max(most, count);
  }
  return most;
}

UnitOfWork::UnitOfWork(const Summaries& summaries, db::Session& session)
    : state_(std::make_unique<State>(summaries.compiled(), session)) {
#if defined(__GLIBCXX__) && defined(__LP64__)
  static_assert(sizeof(State) <= State::allocated_quickly);
#endif
}
UnitOfWork::UnitOfWork(UnitOfWork&&) noexcept = default;
UnitOfWork& UnitOfWork::operator=(UnitOfWork&&) noexcept = default;
UnitOfWork::~UnitOfWork() = default;

Result<void> UnitOfWork::inserted(std::string_view table, const PrimaryKey& key) {
  return state_->insert(table, key, {});
}
Result<void> UnitOfWork::inserted(std::string_view table, std::initializer_list<db::Value> key) {
  return state_->insert(table, {key.begin(), key.size()}, {});
}
Result<void> UnitOfWork::inserted(std::string_view table, std::span<const PrimaryKey> keys) {
  return state_->change(Change::insert, "inserted", table, keys);
}
Result<void> UnitOfWork::inserted(std::string_view table, const PrimaryKey& key,
                                  const std::vector<Given>& values) {
  return state_->insert(table, key, values);
}
Result<void> UnitOfWork::inserted(std::string_view table, const PrimaryKey& key,
                                  std::initializer_list<Given> values) {
  return state_->insert(table, key, {values.begin(), values.size()});
}
Result<void> UnitOfWork::inserted(std::string_view table, std::initializer_list<db::Value> key,
                                  std::initializer_list<Given> values) {
  return state_->insert(table, {key.begin(), key.size()}, {values.begin(), values.size()});
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
