// The SQLite library as one would use it by hand: what the hand-written twins are made of.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "connectors/sqlite/client.hpp"

namespace keepsum::bench::lite {

// Throws std::runtime_error with the library's words, as all here do.
[[noreturn]] void fail(sqlite3* database);
[[nodiscard]] sqlite::ConnectionHandle open(const std::string& path);
void run(sqlite3* database, const std::string& sql);

class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);

  // Integers and text; runs to the end.
  template <class... Values>
  void run(const Values&... values) {
    bind_all(values...);
    while (step()) {
    }
    sqlite3_reset(handle_.get());
  }
  // The integers of the first row, as many as there is room for; false if there is no row.
  template <class... Values>
  [[nodiscard]] bool read(std::span<std::int64_t> columns, const Values&... values) {
    bind_all(values...);
    const bool found = step();
    for (std::size_t i = 0; found && i < columns.size(); ++i) {
      columns[i] = sqlite3_column_int64(handle_.get(), static_cast<int>(i));
    }
    sqlite3_reset(handle_.get());
    return found;
  }

 private:
  template <class... Values>
  void bind_all(const Values&... values) {
    int at = 0;
    (bind(++at, values), ...);
  }
  void bind(int at, std::int64_t value) { sqlite3_bind_int64(handle_.get(), at, value); }
  bool step();

  sqlite3* database_;
  sqlite::StatementHandle handle_;
};

}  // namespace keepsum::bench::lite
