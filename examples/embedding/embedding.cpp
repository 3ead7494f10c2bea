// The least a service does to keep a summary by hooks: it lends its SQLite handle, and tells
// keepsum of each row in the row's own transaction.
//
//   sqlite3 payments.db <schema.sql
//   keepsum apply --yes
//   embedding payments.db keepsum.json    exits 0 if the summary is right, each time it is run
#include <sqlite3.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <keepsum/sqlite.hpp>
#include <keepsum/version.hpp>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

constexpr std::int64_t card = 7;

void run(sqlite3* handle, const std::string& sql) {
  if (sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(handle));
  }
}

class Payments {
 public:
  Payments(sqlite3* handle, const std::string& spec)
      : handle_(handle),
        summaries_(keepsum::sqlite::load(handle, spec).value()),  // value() throws the error
        session_(keepsum::sqlite::borrow(handle)) {}

  // Each inside the caller's transaction.
  std::int64_t add(std::int64_t cents) {
    run(handle_, "INSERT INTO payments (card_id, cents) VALUES (" + std::to_string(card) + ", " +
                     std::to_string(cents) + ")");
    const std::int64_t id = sqlite3_last_insert_rowid(handle_);
    summaries_.inserted(*session_, "payments", {id}).value();
    return id;
  }
  void change(std::int64_t id, std::int64_t cents) {
    keepsum::UnitOfWork unit(summaries_, *session_);
    unit.updating("payments", {id}).value();
    run(handle_, "UPDATE payments SET cents = " + std::to_string(cents) +
                     " WHERE id = " + std::to_string(id));
    unit.apply().value();
  }
  // What the card has spent, by the summary.
  std::int64_t spent() {
    const auto value =
        session_->scalar("SELECT spent FROM card_totals WHERE card_id = ?", {{card}});
    return keepsum::db::as_int64(value.value());
  }

 private:
  sqlite3* handle_;
  keepsum::Summaries summaries_;
  std::unique_ptr<keepsum::db::Session> session_;
};

void use(sqlite3* handle, const std::string& spec) {
  Payments payments(handle, spec);
  const std::int64_t before = payments.spent();

  run(handle, "BEGIN IMMEDIATE");
  const std::int64_t payment = payments.add(1250);
  payments.add(99);
  run(handle, "COMMIT");

  run(handle, "BEGIN IMMEDIATE");
  payments.change(payment, 1000);
  run(handle, "COMMIT");

  run(handle, "BEGIN IMMEDIATE");
  payments.add(777);
  run(handle, "ROLLBACK");

  const std::int64_t spent = payments.spent() - before;
  std::printf("keepsum %s: card %d spent %d\n", KEEPSUM_VERSION_STRING, static_cast<int>(card),
              static_cast<int>(spent));
  if (spent != 1000 + 99) throw std::runtime_error("the summary is wrong");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  sqlite3* handle = nullptr;
  int code = 0;
  try {
    std::ifstream file(argv[2]);
    const std::string spec(std::istreambuf_iterator<char>(file), {});
    if (sqlite3_open(argv[1], &handle) != SQLITE_OK) throw std::runtime_error("cannot open");
    use(handle, spec);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "embedding: %s\n", error.what());
    code = 1;
  }
  sqlite3_close(handle);
  return code;
}
