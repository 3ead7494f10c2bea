#include "engine/embed/load.hpp"

#include <keepsum/mysql.hpp>

#include "connectors/mysql/catalog.hpp"
#include "connectors/mysql/dialect.hpp"

namespace keepsum::mysql {

namespace {

// Modes in which functions mean something else, or a CHAR has other characters: what a hook adds
// there would not be what the recompute query gives. All other modes are provided for.
Result<void> check_sql_mode(db::Session& session) {
  KEEPSUM_ASSIGN(const auto modes, session.scalar("SELECT CONCAT(',', @@sql_mode, ',')"));
  for (const char* const mode : {"ORACLE", "PAD_CHAR_TO_FULL_LENGTH"}) {
    if (db::as_text(modes).find(std::string(",") + mode + ",") == std::string::npos) continue;
    Error error;
    error.code = ErrorCode::unsupported;
    error.message = std::string("hooks cannot be exact in sql_mode ") + mode;
    error.hint = "take it out of the service's sql_mode, or use \"capture\": \"triggers\"";
    return error;
  }
  return {};
}

}  // namespace

Result<Summaries> load(st_mysql* handle, std::string_view spec_text) {
  const auto session = borrow(handle);
  KEEPSUM_TRY(check_sql_mode(*session));
  MysqlCatalog catalog(*session);
  KEEPSUM_ASSIGN(const auto probed, capabilities(*session));
  return embed::load(spec_text, *session, catalog, make_dialect(probed));
}

}  // namespace keepsum::mysql
