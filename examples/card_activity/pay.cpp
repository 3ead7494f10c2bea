// A service's payment, with keepsum's embedded hook in it.
//
//   pay DATABASE SPEC CARD MERCHANT CENTS [rollback]
//
// merchant_activity has "capture": "hooks": no trigger watches its tables, so the service that
// writes them tells keepsum of each row, in the transaction of the row. What becomes of the
// transaction is the service's affair: the summary commits with it, or never was.
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <keepsum/sqlite.hpp>
#include <string>
#include <string_view>

#include "sqlite_statement.hpp"

namespace {

struct Payment {
  std::int64_t card, merchant, cents;
};

class PaymentService {
 public:
  // The spec is compiled once: all threads can share the Summaries. The session goes with the
  // handle, one for each.
  PaymentService(sqlite3* handle, std::string_view spec)
      : handle_(handle),
        summaries_(keepsum::sqlite::load(handle, spec).value()),
        session_(keepsum::sqlite::borrow(handle)) {}

  // Inside the caller's transaction. After an error the caller rolls back.
  keepsum::Result<void> book(const Payment& payment) {
    const std::int64_t payment_id = insert(
        "INSERT INTO payments (card_id, merchant_id, created_at) VALUES (?, ?, datetime('now'))",
        payment.card, payment.merchant);
    const std::int64_t transaction_id =
        insert("INSERT INTO balance_transactions (amount, booked_at) VALUES (?, datetime('now'))",
               payment.cents);
    const std::int64_t request_id = insert(
        "INSERT INTO request_histories (payment_id, balance_transaction_id, kind, approved) "
        "VALUES (?, ?, 'authorization', 1)",
        payment_id, transaction_id);

    keepsum::UnitOfWork unit(summaries_, *session_);
    KEEPSUM_TRY(unit.inserted("payments", {payment_id}));
    KEEPSUM_TRY(unit.inserted("balance_transactions", {transaction_id}));
    KEEPSUM_TRY(unit.inserted("request_histories", {request_id}));
    return unit.apply();
  }

  // Returns whether the payment was booked.
  bool pay(const Payment& payment, bool roll_back) {
    constexpr int attempts_max = 3;
    for (int attempt = 1;; ++attempt) {
      example::Transaction transaction(handle_);  // rolls back if it is not committed
      const auto booked = book(payment);
      if (booked.has_value()) {
        if (!roll_back) transaction.commit();
        return !roll_back;
      }
      const keepsum::Error& error = booked.error();
      if (error.recovery != keepsum::Recovery::retry_transaction || attempt == attempts_max) {
        throw std::runtime_error(keepsum::describe(error));
      }
    }
  }

 private:
  template <class... Values>
  std::int64_t insert(std::string_view sql, Values... values) {
    example::Statement(handle_, sql).run(values...);
    return sqlite3_last_insert_rowid(handle_);
  }

  sqlite3* handle_;
  keepsum::Summaries summaries_;
  std::unique_ptr<keepsum::db::Session> session_;
};

std::string read_file(const char* name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) throw std::runtime_error(std::string("cannot read ") + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main(int argc, char** argv) {
  const bool roll_back = argc == 7 && std::string_view(argv[6]) == "rollback";
  if (argc != 6 && !roll_back) {
    std::fputs("usage: pay DATABASE SPEC CARD MERCHANT CENTS [rollback]\n", stderr);
    return 64;
  }
  try {
    const example::Handle handle = example::open(argv[1]);
    PaymentService service(handle.get(), read_file(argv[2]));
    const Payment payment{std::stoll(argv[3]), std::stoll(argv[4]), std::stoll(argv[5])};
    const bool booked = service.pay(payment, roll_back);
    fmt::print("card {} pays {} to merchant {}: {}\n", payment.card, payment.cents,
               payment.merchant, booked ? "committed" : "rolled back");
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "pay: {}\n", error.what());
    return 1;
  }
}
