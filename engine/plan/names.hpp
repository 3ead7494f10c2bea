// Names of tables and columns, as the databases compare them.
#pragma once

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <string>
#include <vector>

namespace keepsum::plan {

inline bool same_name(const std::string& a, const std::string& b) {
  return boost::algorithm::iequals(a, b);
}

inline bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& n) { return same_name(n, name); });
}

}  // namespace keepsum::plan
