// The tables an expression may speak of, and what they are called there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/spec.hpp"

namespace keepsum::schema {

struct Scope {
  std::vector<TableRef> tables;  // in the order they are joined
  std::vector<TableRef> later;   // joined after this expression, and so out of its reach
  bool complete = true;  // false if a table could not be read: then unknown names are silent

  [[nodiscard]] const TableRef* find(std::string_view alias) const;
  [[nodiscard]] const TableRef* find_later(std::string_view alias) const;
  [[nodiscard]] const TableRef* find_by_table(std::string_view table) const;
  [[nodiscard]] std::vector<std::string> aliases() const;
};

}  // namespace keepsum::schema
