// Schemas whose foreign keys act by themselves, and statements that set them off.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace keepsum::test {

struct CascadeCase {
  std::string name;
  std::vector<std::string> tables;
  std::vector<std::string> rows;
  std::string spec;   // from, joins, where, group_by
  std::string value;  // what is summed up
  std::string hand_keys, hand_from, hand_groups;
  std::vector<std::string> statements;
  bool refused_on_mariadb = false;  // with "cascade": it could not be exact there
};

inline void PrintTo(const CascadeCase& each, std::ostream* out) { *out << each.name; }

const std::vector<CascadeCase>& cascade_cases();

}  // namespace keepsum::test
