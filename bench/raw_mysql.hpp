// The C client as one would use it by hand: what the hand-written twins are made of.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/mysql/client.hpp"
#include "connectors/url.hpp"

namespace keepsum::bench::raw {

// A deadlock or a lock wait that ran out: the transaction may be run again.
struct Conflict : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws Conflict or std::runtime_error, with the server's words.
mysql::ConnectionHandle connect(const connectors::ConnectionUrl& url);
void run(MYSQL* connection, std::string_view sql);
// All rows, as text; NULL is "NULL".
std::vector<std::vector<std::string>> rows(MYSQL* connection, std::string_view sql);
[[noreturn]] void fail(unsigned code, const std::string& words);

class Statement {
 public:
  Statement(MYSQL* connection, std::string_view sql);

  // Integers of 64 bits, and text.
  template <class... Values>
  void run(const Values&... values) {
    std::array<MYSQL_BIND, sizeof...(Values) + 1> binds{};
    std::size_t at = 0;
    (bind(binds[at++], values), ...);
    execute(binds.data());
  }
  // Runs a SELECT and stores its first row; false if there is none. At least as many columns as
  // the SELECT has.
  template <class... Values>
  bool read(std::span<MYSQL_BIND> columns, const Values&... values) {
    run(values...);
    return fetch(columns);
  }
  [[nodiscard]] std::int64_t insert_id() const {
    return static_cast<std::int64_t>(mysql_stmt_insert_id(handle_.get()));
  }

 private:
  static void bind(MYSQL_BIND& to, const std::int64_t& value) {
    to.buffer_type = MYSQL_TYPE_LONGLONG;
    to.buffer = const_cast<std::int64_t*>(&value);
  }
  static void bind(MYSQL_BIND& to, const std::string& value) {
    to.buffer_type = MYSQL_TYPE_STRING;
    to.buffer = const_cast<char*>(value.data());
    to.buffer_length = static_cast<unsigned long>(value.size());
    to.length = &to.buffer_length;
  }
  void execute(MYSQL_BIND* binds);
  bool fetch(std::span<MYSQL_BIND> columns);

  mysql::StatementHandle handle_;
};

}  // namespace keepsum::bench::raw
