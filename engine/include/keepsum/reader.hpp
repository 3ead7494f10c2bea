// Typed reads of a summary, right at every moment of its life: from its table while it is live, and
// from the source while it is not, decided by each statement anew.
//
//   struct Card {
//     keepsum::db::Decimal total_spent;        // exact
//     std::int64_t payments = 0;
//     bool has_made_transactions = false;
//     std::optional<std::int64_t> largest;     // a column that may be NULL must be optional
//   };
//   auto reader = keepsum::Reader<Card>::make(               // once, at start-up
//       summaries, "card_activity",
//       keepsum::field("total_spent", &Card::total_spent),
//       keepsum::field("payments", &Card::payments),
//       keepsum::field("has_made_transactions", &Card::has_made_transactions),
//       keepsum::field("largest_payment", &Card::largest));
//
//   auto card = reader->get(session, {card_id});             // Result<Card>
//   auto held = reader->get_for_update(session, {card_id});  // inside a transaction: limit checks
//   auto paid = reader->latched(session, {card_id}, "has_made_transactions");
//
// docs/reading.md says when to use which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <keepsum/export.hpp>
#include <keepsum/result.hpp>
#include <keepsum/session.hpp>
#include <keepsum/summaries.hpp>
#include <keepsum/value.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace keepsum {

// A group's key: its values in the order of "group_by". Never NULL.
using GroupKey = std::vector<db::Value>;

// Where an answer comes from.
enum class ReadsFrom { summary, source };

namespace reading {

// What a field can hold:
//   std::int64_t, std::uint64_t  integers, and decimals without a fraction (what MySQL and MariaDB
//                                make of a sum of integers); a value out of range is an error
//   bool                         columns of any() and latch()
//   double                       floating-point columns only
//   db::Decimal                  decimals and integers, exact
//   std::string                  text, dates and times
//   db::Blob                     bytes
//   db::Value                    anything, NULL too
//   std::optional of these       the same or NULL
enum class Kind { integer, unsigned_integer, boolean, floating, decimal, text, blob, any };

template <class T>
constexpr std::optional<Kind> kind_of() {
  if (std::is_same_v<T, std::int64_t>) return Kind::integer;
  if (std::is_same_v<T, std::uint64_t>) return Kind::unsigned_integer;
  if (std::is_same_v<T, bool>) return Kind::boolean;
  if (std::is_same_v<T, double>) return Kind::floating;
  if (std::is_same_v<T, db::Decimal>) return Kind::decimal;
  if (std::is_same_v<T, std::string>) return Kind::text;
  if (std::is_same_v<T, db::Blob>) return Kind::blob;
  if (std::is_same_v<T, db::Value>) return Kind::any;
  return std::nullopt;
}

template <class T>
struct IsOptional : std::false_type {
  using Inner = T;
};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
  using Inner = T;
};

// An integer of any of the kinds that hold one.
[[nodiscard]] KEEPSUM_API bool take_integer(const db::Value& value, std::int64_t& field);
[[nodiscard]] KEEPSUM_API bool take_integer(const db::Value& value, std::uint64_t& field);

// Move the value into the field; false if the field cannot hold it exactly.
[[nodiscard]] inline bool take(db::Value&& value, std::int64_t& field) {
  const auto* const number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return take_integer(value, field);
  field = *number;
  return true;
}
[[nodiscard]] inline bool take(db::Value&& value, std::uint64_t& field) {
  return take_integer(value, field);
}
[[nodiscard]] inline bool take(db::Value&& value, bool& field) {
  std::int64_t number = 0;
  if (!take(std::move(value), number)) return false;
  field = number != 0;
  return true;
}
[[nodiscard]] KEEPSUM_API bool take(db::Value&& value, double& field);
[[nodiscard]] KEEPSUM_API bool take(db::Value&& value, db::Decimal& field);
[[nodiscard]] KEEPSUM_API bool take(db::Value&& value, std::string& field);
[[nodiscard]] KEEPSUM_API bool take(db::Value&& value, db::Blob& field);
[[nodiscard]] KEEPSUM_API bool take(db::Value&& value, db::Value& field);
template <class T>
[[nodiscard]] bool take(db::Value&& value, std::optional<T>& field) {
  if (!db::is_null(value)) return take(std::move(value), field.emplace());
  field.reset();
  return true;
}

// A GroupKey, wherever its values are.
using Key = std::span<const db::Value>;

struct FieldSpec {
  std::string column;
  Kind kind = Kind::any;
  bool optional = false;
};

// What a read needs, and leaves for the next one to use again.
struct Room {
  db::Row row;
  std::optional<Error> why;  // the short way failed; nothing between reads
};

// A reader but for the caller's struct: rows have one value for each field, in order.
class KEEPSUM_API Core {
 public:
  static Result<Core> make(const Summaries& summaries, std::string_view summary,
                           std::vector<FieldSpec> fields);

  // Into `room.row`.
  Result<void> get(db::Session& session, Key key, Room& room) const {
    if (get_quickly(session, key, room) != 0) return get_after(session, key, room);
    if (room.row.empty()) no_row(room.row);
    return {};
  }
  Result<std::vector<db::Row>> get_many(db::Session& session, std::span<const GroupKey> keys) const;
  Result<db::Row> get_for_update(db::Session& session, Key key) const;
  Result<bool> latched(db::Session& session, Key key, std::string_view column) const;
  Result<ReadsFrom> state(db::Session& session) const;
  // The error of a value that field `i` cannot hold.
  [[nodiscard]] Error misfit(std::size_t i) const;

 private:
  class KEEPSUM_INTERNAL Impl;
  explicit Core(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  // By session.quick_first_row(): 0 if the row is the group's in the summary, or empty for want of
  // one, which no_row() makes the group's. Else it is for get_after() to do.
  int get_quickly(db::Session& session, Key key, Room& room) const;
  void no_row(db::Row& row) const;
  Result<void> get_after(db::Session& session, Key key, Room& room) const;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace reading

// A column of the summary and the member it is read into.
template <class Record, class Member>
struct Field {
  std::string column;
  Member Record::*member;
};

template <class Record, class Member>
[[nodiscard]] Field<Record, Member> field(std::string column, Member Record::*member) {
  return {std::move(column), member};
}

// Reads groups of one summary into `Record`, a default-constructible struct of the caller. Other
// members of it keep their initial values.
//
// Immutable and cheap to copy: share one between threads, each with a session of its own. Keeps
// the spec alive. Sessions may be of any connection to the database the spec was loaded from; they
// need SELECT on the summary, on keepsum_summaries and on the spec's tables.
//
// NULL and nothing: a group without rows and a group that was never seen are the same: sum, count
// and any() are 0 or false, avg, min and max are NULL. No call fails for a missing group.
//
// Errors of every call, besides those named with it:
//   invalid_argument      none: the key has not as many values as the summary has key columns, or
//                         a NULL among them; a value is out of its field's range (read it as
//                         db::Decimal or db::Value)
//   transaction_conflict  retry_transaction: roll back, run the whole transaction again
//   connection_lost       reconnect: then run the whole transaction again
//   others of the session  none
template <class Record>
class Reader {
 public:
  // Sends nothing.
  // Errors: invalid_argument (none), with every fault at once: a summary or column that the spec
  // does not have, a member of a type that cannot hold the column, a column that may be NULL and
  // a member that is not optional, no field at all.
  template <class... Members>
  static Result<Reader> make(const Summaries& summaries, std::string_view summary,
                             Field<Record, Members>... fields);

  // The group as the session sees it: in a transaction that has a snapshot, as of the snapshot;
  // the transaction's own uncommitted changes included where hooks are applied or triggers write.
  // Takes no locks (at SERIALIZABLE, those of a SELECT: a shared one on the summary's row in
  // keepsum_summaries too, for which an apply waits).
  // Round trips: one while the summary is live; two while it is not, of which one is the query
  // that the summary saves. The first call of all calls compares definitions, in one more.
  Result<Record> get(db::Session& session, const GroupKey& key) const {
    return get_at(session, key);
  }
  // The same, with the key in braces: nothing is allocated for it.
  Result<Record> get(db::Session& session, std::initializer_list<db::Value> key) const {
    return get_at(session, {key.begin(), key.size()});
  }

  // The groups in the order of `keys`, which may repeat; as get(). Each statement is of one
  // moment; several are not, outside a transaction with a snapshot.
  // Round trips: one for each 512 keys of integers or bytes, 32 of others; while the summary is
  // not live, one more and one for each 16.
  Result<std::vector<Record>> get_many(db::Session& session, std::span<const GroupKey> keys) const;

  // The group as it is now, and nobody else's get_for_update() of it returns before this
  // transaction ends: to check a limit, then write. Reads what is committed now, also where the
  // transaction has an older snapshot.
  // Locks until the transaction ends. MySQL and MariaDB: the group's row exclusively, so that every
  // writer of the group waits too, and the summary's row in keepsum_summaries shared, for which an
  // apply waits. A group that has no row gets an empty one, which means the same. While the summary
  // is not live, the source's rows of the group are read under shared locks too. SQLite: the
  // database's write lock; begin with BEGIN IMMEDIATE, because a transaction that has read before
  // it writes may find that another has written since, and must be run again.
  // Round trips: one on MariaDB, two on MySQL; while the summary is not live one more, which reads
  // the source.
  // Needs INSERT and UPDATE on the summary (SQLite: a database that may be written).
  // Errors: not_in_transaction (none).
  //         plan_moved: there is no table whose rows could be locked. retry_transaction while it
  //         is being built anew; fix_spec if the summary has not been applied.
  Result<Record> get_for_update(db::Session& session, const GroupKey& key) const;

  // Whether a latch() or any() is true of the group. For "has this ever …" questions whose answer
  // is yes most of the time: a latch that is true need never be asked of the source again.
  //   true in the summary             true; a latch also while the summary is being built
  //   false, and the summary is live  false
  //   else                            asks the source, which stops at the first row that shows it
  // A latch that the source shows is set in the summary, so that the next call is one look-up. In a
  // transaction that is part of it: locks the group's row and, shared, the summary's row in
  // keepsum_summaries. Outside of one it is tried, and a failure (no privilege, a lock) is no
  // error. Takes no locks otherwise. Round trips: one; two if the source is asked, three if it
  // sets. Errors: invalid_argument also for a column that is neither.
  Result<bool> latched(db::Session& session, const GroupKey& key, std::string_view column) const {
    return core_.latched(session, key, column);
  }

  // Where get() would read from at this moment. For dashboards and tests: the answer may be old
  // when it arrives, and no other call needs it. One round trip, or two.
  Result<ReadsFrom> state(db::Session& session) const { return core_.state(session); }

 private:
  // Moves a row's values into the fields, up to the first that does not fit. Returns how many did.
  // `fields` is what a Reader's fields_ points to.
  using Take = std::size_t (*)(const void* fields, Record& into, db::Row& row);
  template <class... Members>
  using Fields = std::tuple<Members Record::*...>;

  template <class... Members>
  static std::size_t take_all(const void* fields, Record& into, db::Row& row);

  Reader(reading::Core core, std::shared_ptr<const void> fields, Take take)
      : core_(std::move(core)), fields_(std::move(fields)), take_(take) {}

  template <class Member>
  static reading::FieldSpec spec_of(const Field<Record, Member>& field);
  Result<Record> get_at(db::Session& session, reading::Key key) const;
  Result<Record> record(db::Row& row) const;

  reading::Core core_;
  std::shared_ptr<const void> fields_;  // Fields<…>, whose types take_ knows
  Take take_;
};

template <class Record>
template <class Member>
reading::FieldSpec Reader<Record>::spec_of(const Field<Record, Member>& field) {
  using Optional = reading::IsOptional<Member>;
  constexpr auto kind = reading::kind_of<typename Optional::Inner>();
  static_assert(kind.has_value(),
                "a field is std::int64_t, std::uint64_t, bool, double, std::string, db::Decimal, "
                "db::Blob, db::Value or a std::optional of one");
  return {field.column, *kind, Optional::value};
}

template <class Record>
template <class... Members>
Result<Reader<Record>> Reader<Record>::make(const Summaries& summaries, std::string_view summary,
                                            Field<Record, Members>... fields) {
  KEEPSUM_ASSIGN(auto core, reading::Core::make(summaries, summary, {spec_of(fields)...}));
  return Reader(std::move(core), std::make_shared<const Fields<Members...>>(fields.member...),
                &take_all<Members...>);
}

template <class Record>
template <class... Members>
std::size_t Reader<Record>::take_all(const void* fields, Record& into, db::Row& row) {
  const auto take = [&](const auto... members) {
    std::size_t taken = 0;
    static_cast<void>(
        ((reading::take(std::move(row[taken]), into.*members) && ++taken > 0) && ...));
    return taken;
  };
  return std::apply(take, *static_cast<const Fields<Members...>*>(fields));
}

template <class Record>
Result<Record> Reader<Record>::record(db::Row& row) const {
  Record result{};
  const std::size_t taken = take_(fields_.get(), result, row);
  if (taken < row.size()) return core_.misfit(taken);
  return result;
}

template <class Record>
Result<Record> Reader<Record>::get_at(db::Session& session, reading::Key key) const {
  static thread_local reading::Room room;
  KEEPSUM_TRY(core_.get(session, key, room));
  return record(room.row);
}

template <class Record>
Result<std::vector<Record>> Reader<Record>::get_many(db::Session& session,
                                                     std::span<const GroupKey> keys) const {
  KEEPSUM_ASSIGN(auto rows, core_.get_many(session, keys));
  std::vector<Record> records;
  records.reserve(rows.size());
  for (db::Row& row : rows) {
    KEEPSUM_ASSIGN(Record one, record(row));
    records.push_back(std::move(one));
  }
  return records;
}

template <class Record>
Result<Record> Reader<Record>::get_for_update(db::Session& session, const GroupKey& key) const {
  KEEPSUM_ASSIGN(auto row, core_.get_for_update(session, key));
  return record(row);
}

}  // namespace keepsum
