#include <keepsum/sqlite.hpp>

#include "connectors/sqlite/catalog.hpp"
#include "connectors/sqlite/dialect.hpp"
#include "engine/lifecycle/load_plans.hpp"

namespace keepsum::sqlite {

Result<WriteHooks> load_hooks(sqlite3* handle, std::string_view spec_text) {
  const auto session = borrow(handle);
  SqliteCatalog catalog(*session);
  const auto dialect = make_dialect();
  KEEPSUM_ASSIGN(const auto plans,
                 lifecycle::load_plans(spec_text, *session, catalog, *dialect));
  return WriteHooks(plans, *dialect);
}

}  // namespace keepsum::sqlite
