#include "schema/scope.hpp"

#include <algorithm>

#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

const TableRef* find_in(const std::vector<TableRef>& tables, std::string_view name,
                        std::string TableRef::*member) {
  const auto found = std::find_if(tables.begin(), tables.end(), [&](const TableRef& table) {
    return same_name(table.*member, name);
  });
  return found == tables.end() ? nullptr : &*found;
}

}  // namespace

const TableRef* Scope::find(std::string_view alias) const {
  return find_in(tables, alias, &TableRef::alias);
}

const TableRef* Scope::find_later(std::string_view alias) const {
  return find_in(later, alias, &TableRef::alias);
}

const TableRef* Scope::find_by_table(std::string_view table) const {
  return find_in(tables, table, &TableRef::table);
}

std::vector<std::string> Scope::aliases() const {
  std::vector<std::string> names;
  for (const TableRef& table : tables) names.push_back(table.alias);
  return names;
}

}  // namespace keepsum::schema
