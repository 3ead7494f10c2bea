#include "engine/embed/load.hpp"

#include <keepsum/sqlite.hpp>

#include "connectors/sqlite/catalog.hpp"
#include "connectors/sqlite/dialect.hpp"

namespace keepsum::sqlite {

Result<Summaries> load(sqlite3* handle, std::string_view spec_text) {
  const auto session = borrow(handle);
  SqliteCatalog catalog(*session);
  return embed::load(spec_text, *session, catalog, make_dialect());
}

}  // namespace keepsum::sqlite
