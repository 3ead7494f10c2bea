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
#include <stdexcept>
#include <string>

namespace {

constexpr std::int64_t card = 7;

void run(sqlite3* handle, const std::string& sql) {
  if (sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(handle));
  }
}

std::int64_t add(sqlite3* handle, keepsum::UnitOfWork& unit, std::int64_t cents) {
  run(handle, "INSERT INTO payments (card_id, cents) VALUES (" + std::to_string(card) + ", " +
                  std::to_string(cents) + ")");
  const std::int64_t id = sqlite3_last_insert_rowid(handle);
  unit.inserted("payments", {id}).value();  // value() throws the error, if there is one
  return id;
}

void change(sqlite3* handle, keepsum::UnitOfWork& unit, std::int64_t id, std::int64_t cents) {
  unit.updating("payments", {id}).value();  // before the statement
  run(handle,
      "UPDATE payments SET cents = " + std::to_string(cents) + " WHERE id = " + std::to_string(id));
}

// What the card has spent, by the summary.
std::int64_t spent(keepsum::db::Session& session) {
  const auto value = session.scalar("SELECT spent FROM card_totals WHERE card_id = ?", {{card}});
  return keepsum::db::as_int64(value.value());
}

void use(sqlite3* handle, const std::string& spec) {
  const keepsum::Summaries summaries = keepsum::sqlite::load(handle, spec).value();
  const auto session = keepsum::sqlite::borrow(handle);
  const std::int64_t before = spent(*session);
  {
    run(handle, "BEGIN IMMEDIATE");
    keepsum::UnitOfWork unit(summaries, *session);
    const std::int64_t payment = add(handle, unit, 1250);
    add(handle, unit, 99);
    change(handle, unit, payment, 1000);
    unit.apply().value();
    run(handle, "COMMIT");
  }
  {
    run(handle, "BEGIN IMMEDIATE");
    keepsum::UnitOfWork unit(summaries, *session);
    add(handle, unit, 777);
    unit.apply().value();
    run(handle, "ROLLBACK");
  }
  const std::int64_t sum = spent(*session) - before;
  std::printf("keepsum %s: card %d spent %d\n", KEEPSUM_VERSION_STRING, static_cast<int>(card),
              static_cast<int>(sum));
  if (sum != 1000 + 99) throw std::runtime_error("the summary is wrong");
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
