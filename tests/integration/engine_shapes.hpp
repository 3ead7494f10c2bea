// Joins of one, two and three tables, with and without foreign keys, and the changes to put them
// through: of arguments, keys, filters, conditions and join columns, one row and many at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {

struct Shape {
  std::string name;
  std::vector<std::string> tables;
  std::string spec;                      // from, joins, where, group_by
  std::string value, condition, filter;  // for the aggregates
  std::vector<HandTerm> order;           // a spec's order, which has ties
  std::vector<HandTerm> ties;            // what breaks them: the primary keys
  std::string hand_keys, hand_from, hand_groups;
  std::optional<HandRows> rows_by_hand;  // of one table
  bool rows_are_groups = false;          // each of them, by its primary key
  std::vector<std::string> rows;         // before the summary is made
  std::vector<std::string> changes;      // after
};

// 0: one table; 1: two tables without foreign keys; then further ones.
const std::vector<Shape>& shapes();

}  // namespace keepsum::test
