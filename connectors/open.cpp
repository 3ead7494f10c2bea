#include "connectors/open.hpp"

#include "connectors/mysql/catalog.hpp"
#include "connectors/mysql/dialect.hpp"
#include "connectors/mysql/session.hpp"
#include "connectors/sqlite/catalog.hpp"
#include "connectors/sqlite/dialect.hpp"
#include "connectors/sqlite/session.hpp"

namespace keepsum::connectors {

Result<std::unique_ptr<db::Session>> open_session(const ConnectionUrl& url) {
  if (url.kind == DatabaseKind::sqlite) return sqlite::open(url);
  ConnectionUrl with_password = url;
  KEEPSUM_TRY(resolve_password(with_password));
  return mysql::open(with_password);
}

Result<Connection> open(const ConnectionUrl& url) {
  Connection connection;
  connection.kind = url.kind;
  KEEPSUM_ASSIGN(connection.session, open_session(url));
  if (url.kind == DatabaseKind::sqlite) {
    connection.catalog = std::make_unique<sqlite::SqliteCatalog>(*connection.session);
    connection.dialect = sqlite::make_dialect();
  } else {
    connection.catalog = std::make_unique<mysql::MysqlCatalog>(*connection.session);
    KEEPSUM_ASSIGN(const auto capabilities, mysql::capabilities(*connection.session));
    connection.dialect = mysql::make_dialect(capabilities);
  }
  return connection;
}

}  // namespace keepsum::connectors
