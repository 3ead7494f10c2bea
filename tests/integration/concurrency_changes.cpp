#include "tests/integration/concurrency_changes.hpp"

#include <fmt/format.h>

#include "tests/integration/concurrency_writers.hpp"

namespace keepsum::test {

namespace {

// Few enough that eight writers meet all the time.
constexpr int payment_ids = 600;
constexpr int history_ids = 1200;
constexpr int transaction_ids = 700;

Change update(const std::string& table, std::int64_t id, const std::string& assignment) {
  return {Change::Kind::update, table, id, id,
          fmt::format("UPDATE {} SET {} WHERE id = {}", table, assignment, id)};
}

Change update_key(const std::string& table, std::int64_t id, std::int64_t new_id) {
  Change change = update(table, id, fmt::format("id = {}", new_id));
  change.new_id = new_id;
  return change;
}

Change remove(const std::string& table, std::int64_t id) {
  return {Change::Kind::remove, table, id, id,
          fmt::format("DELETE FROM {} WHERE id = {}", table, id)};
}

Change insert(const std::string& table, std::int64_t id, const std::string& values) {
  return {Change::Kind::insert, table, id, id,
          fmt::format("INSERT INTO {} VALUES ({}, {})", table, id, values)};
}

}  // namespace

// A third of the changes meet on a few rows.
int Changes::id_below(int end) { return below(one_in(3) ? end / 30 : end); }

std::string Changes::amount() {
  if (one_in(15)) return "NULL";
  return fmt::format("{}.{:02}", below(400) - 100, below(100));
}

std::string Changes::kind() { return one_in(3) ? "'capture'" : "'authorization'"; }

std::string Changes::history_values() {
  return fmt::format("{}, {}, {}, {}", id_below(payment_ids), id_below(transaction_ids), below(2),
                     kind());
}

Change Changes::payment() {
  const std::string table = "payments";
  const int id = id_below(payment_ids);
  switch (below(10)) {
    case 0:
    case 1:
    case 2:
    case 3: return insert(table, id, fmt::format("{}, {}", below(card_count), one_in(10) ? 1 : 0));
    case 4:
    case 5:
    case 6: return update(table, id, fmt::format("card_id = {}", below(card_count)));
    case 7: return update(table, id, "voided = 1 - voided");
    case 8: return update_key(table, id, id_below(payment_ids));
    default: return remove(table, id);
  }
}

Change Changes::history() {
  const std::string table = "request_histories";
  const int id = id_below(history_ids);
  switch (below(10)) {
    case 0:
    case 1:
    case 2:
    case 3: return insert(table, id, history_values());
    case 4: return update(table, id, fmt::format("payment_id = {}", id_below(payment_ids)));
    case 5:
      return update(table, id,
                    fmt::format("balance_transaction_id = {}", id_below(transaction_ids)));
    case 6: return update(table, id, "approved = 1 - approved");
    case 7: return update(table, id, "kind = " + kind());
    case 8: return update_key(table, id, id_below(history_ids));
    default: return remove(table, id);
  }
}

Change Changes::transaction() {
  const std::string table = "balance_transactions";
  const int id = id_below(transaction_ids);
  switch (below(10)) {
    case 0:
    case 1:
    case 2:
    case 3: return insert(table, id, amount());
    case 4:
    case 5:
    case 6: return update(table, id, "amount = " + amount());
    case 7: return update(table, id, "amount = amount + 1");
    case 8: return update_key(table, id, id_below(transaction_ids));
    default: return remove(table, id);
  }
}

Change Changes::single() {
  switch (below(4)) {
    case 0: return payment();
    case 1: return transaction();
    default: return history();
  }
}

std::string Changes::multi_row() {
  const int p = id_below(payment_ids), h = id_below(history_ids), t = id_below(transaction_ids);
  const int many = 2 + below(3);
  const auto range = [many](int from) {
    return fmt::format("BETWEEN {} AND {}", from, from + many);
  };
  switch (below(8)) {
    case 0:
      return fmt::format("UPDATE payments SET card_id = {} WHERE id {}", below(card_count),
                         range(p));
    case 1: return "UPDATE payments SET voided = 1 - voided WHERE id " + range(p);
    case 2:
      return fmt::format("UPDATE request_histories SET payment_id = {} WHERE id {}", p, range(h));
    case 3:
      return "UPDATE request_histories SET approved = 1 - approved WHERE payment_id " + range(p);
    case 4: return "UPDATE balance_transactions SET amount = -amount WHERE id " + range(t);
    case 5: return fmt::format("DELETE FROM request_histories WHERE payment_id = {}", p);
    case 6:
      return fmt::format(
          "UPDATE payments p JOIN request_histories h ON h.payment_id = p.id "
          "SET p.card_id = {}, h.approved = 1 - h.approved WHERE p.id {}",
          below(card_count), range(p));
    default:
      return fmt::format("REPLACE INTO request_histories VALUES ({}, {}), ({}, {})", h,
                         history_values(), h + 1, history_values());
  }
}

}  // namespace keepsum::test
