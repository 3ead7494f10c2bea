// A spec against a real database: compiled, and if it is taken, all of it has to work.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/fuzz/ground.hpp"

namespace keepsum::fuzz {

struct Exercise {
  std::vector<std::string> schema;   // the base tables
  std::set<std::string> tables;      // their names
  std::string spec;                  // text
  std::vector<std::string> changes;  // of a writer's, in their order
};

// False if the spec, or the schema, is refused. Otherwise every object the spec makes is made, the
// changes are made beside it, the summaries are what their source says, and the database's parser
// takes every other statement; or this throws Broken. A change may fail over its values, not over
// keepsum's SQL.
bool exercise(Ground& ground, const Exercise& exercise);

}  // namespace keepsum::fuzz
