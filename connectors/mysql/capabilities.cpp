#include "connectors/mysql/capabilities.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <charconv>

namespace keepsum::mysql {

Capabilities parse_version(std::string_view text) noexcept {
  Capabilities found;
  found.is_mariadb = boost::algorithm::icontains(text, "mariadb");
  // MariaDB 10 calls itself "5.5.5-10.x.y-MariaDB" towards replicas.
  if (found.is_mariadb && text.starts_with("5.5.5-")) text.remove_prefix(6);
  int parts[3] = {0, 0, 0};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (int& part : parts) {
    const auto [stop, error] = std::from_chars(at, end, part);
    if (error != std::errc{}) break;
    at = stop;
    if (at == end || *at != '.') break;
    ++at;
  }
  found.version = parts[0] * 10000 + parts[1] * 100 + parts[2];
  return found;
}

Result<Capabilities> capabilities(db::Session& session) {
  KEEPSUM_ASSIGN(const auto row, session.row("SELECT VERSION(), @@collation_database"));
  if (!row) {
    return Error{.code = ErrorCode::internal,
                 .recovery = Recovery::none,
                 .message = "the server did not say its version",
                 .where = {},
                 .hint = {},
                 .server_message = {}};
  }
  Capabilities found = parse_version(db::as_text(row->at(0)));
  found.default_collation = db::as_text(row->at(1));
  return found;
}

}  // namespace keepsum::mysql
