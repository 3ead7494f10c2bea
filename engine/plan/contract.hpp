// Parts of write_contract().
#pragma once

#include <string>
#include <vector>

#include "engine/plan/steps.hpp"

namespace keepsum::plan {

[[nodiscard]] bool is_mysql(const Compilation& compilation);

// By what a group's extreme, or first row by an order, is found again.
struct Wanted {
  std::string what;  // "largest"
  std::string index_name;
  std::vector<std::string> columns;  // after the keys; none: no index can help, and why
  std::string why_none;
};

// What an index on `alias` would have to hold for the exprs to be its order.
[[nodiscard]] Wanted wanted_index(const std::string& alias,
                                  const std::vector<schema::ExprPtr>& exprs);

// The statement that makes an index of a table that is not keepsum's; it is called by the table's
// name and `name`.
[[nodiscard]] std::string create_index(const sql::Dialect& dialect, const std::string& table,
                                       const std::string& name,
                                       const std::vector<std::string>& columns);

// What makes the index: a summary's are its spec's.
[[nodiscard]] std::string index_to_make(const sql::Dialect& dialect, const BaseTable& table,
                                        const std::string& name,
                                        const std::vector<std::string>& columns);

// What prev() and ordinal() cost, and the indexes they want.
void say_of_sequences(Compilation& compilation, SummaryPlan& plan);

}  // namespace keepsum::plan
