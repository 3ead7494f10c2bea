#include "engine/db/catalog.hpp"

#include <boost/algorithm/string/predicate.hpp>

namespace keepsum::db {

const ColumnInfo* TableInfo::find_column(std::string_view column_name) const noexcept {
  // Column names are case-insensitive on every database keepsum knows.
  for (const ColumnInfo& column : columns) {
    if (boost::algorithm::iequals(column.name, column_name)) return &column;
  }
  return nullptr;
}

}  // namespace keepsum::db
