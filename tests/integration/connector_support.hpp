// What the connector tests share: one description per database, so that a law that holds on all
// of them is written once.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "connectors/open.hpp"

namespace keepsum::test {

// Fails the test with the whole error instead of throwing.
#define ASSERT_OK(expression)                                          \
  do {                                                                 \
    const auto& assert_ok = (expression);                              \
    ASSERT_TRUE(assert_ok.has_value()) << describe(assert_ok.error()); \
  } while (false)

// The error of a result that must have one; an empty Error with a failure otherwise.
template <class T>
Error error_of(const Result<T>& result) {
  if (result.has_error()) return result.error();
  ADD_FAILURE() << "an error was expected";
  return {};
}

// A fresh, empty database of its own for one test. On SQLite: a file in WAL mode.
struct Database {
  connectors::ConnectionUrl url;
  std::shared_ptr<void> lifetime;  // removes the file

  [[nodiscard]] connectors::Connection connect() const;
};

Database fresh_mariadb();
Database fresh_sqlite();

// The words in which the databases differ.
struct Backend {
  std::string name;
  std::function<Database()> fresh;
  std::string text_type;
  std::string blob_type;
  std::string double_type;
  std::string short_lock_wait;  // a statement
  std::string table_suffix;
};

inline void PrintTo(const Backend& backend, std::ostream* out) { *out << backend.name; }

const std::vector<Backend>& backends();

inline db::Value text(const char* value) { return std::string(value); }
inline db::Value number(std::int64_t value) { return value; }

}  // namespace keepsum::test
