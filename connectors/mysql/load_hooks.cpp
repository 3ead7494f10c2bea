#include <keepsum/mysql.hpp>

#include "connectors/mysql/catalog.hpp"
#include "connectors/mysql/dialect.hpp"
#include "engine/lifecycle/load_plans.hpp"

namespace keepsum::mysql {

Result<WriteHooks> load_hooks(st_mysql* handle, std::string_view spec_text) {
  const auto session = borrow(handle);
  MysqlCatalog catalog(*session);
  KEEPSUM_ASSIGN(const auto probed, capabilities(*session));
  const auto dialect = make_dialect(probed);
  KEEPSUM_ASSIGN(const auto plans,
                 lifecycle::load_plans(spec_text, *session, catalog, *dialect));
  return WriteHooks(plans, *dialect);
}

}  // namespace keepsum::mysql
