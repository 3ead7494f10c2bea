#include <fmt/format.h>

#include <algorithm>
#include <keepsum/sqlite.hpp>

#include "connectors/sqlite/catalog.hpp"
#include "connectors/sqlite/client.hpp"
#include "connectors/sqlite/dialect.hpp"
#include "migrations/migrations.hpp"
#include "tests/fuzz/ground.hpp"
#include "tests/fuzz/target.hpp"

namespace keepsum::fuzz {

namespace {

class SqliteGround final : public Ground {
 public:
  db::Session& session() override { return *session_; }
  db::Catalog& catalog() override { return *catalog_; }
  const sql::Dialect& dialect() override { return *dialect_; }
  bool is_mariadb() const noexcept override { return false; }

  bool rebuild(const std::vector<std::string>& schema) override;
  void restrict_to(Owned owned) override {
    owned_ = std::move(owned);
    sqlite3_set_authorizer(handle_.get(), authorize, this);
  }
  void prepare(const std::string& sql) override { static_cast<void>(prepared(sql)); }
  Result<std::uint64_t> run(const std::string& sql) override {
    const auto done = session_->execute(sql);
    require_owned(sql);
    return done;
  }
  void require_canary() override {
    sqlite3_set_authorizer(handle_.get(), nullptr, nullptr);
    const auto rows = session_->scalar("SELECT count(*) FROM canary WHERE song = 'still here'");
    require(rows.has_value() && db::display(*rows) == "1", "the canary is gone");
  }

 private:
  sqlite::StatementHandle prepared(const std::string& sql);
  void open();
  void require_owned(const std::string& sql) {
    require(reached_.empty(), fmt::format("reaches {}: {}", std::exchange(reached_, {}), sql));
  }

  static int authorize(void* self, int action, const char* first, const char* second,
                       const char* database, const char* trigger);
  [[nodiscard]] bool may(int action, const std::string& table, bool in_trigger) const;

  sqlite::ConnectionHandle handle_;
  std::unique_ptr<db::Session> session_;
  std::unique_ptr<db::Catalog> catalog_;
  std::unique_ptr<sql::Dialect> dialect_ = sqlite::make_dialect();
  Owned owned_;
  std::string reached_;
};

// All of an input happens in a transaction, which a rollback takes back, tables and triggers too.
bool SqliteGround::rebuild(const std::vector<std::string>& schema) {
  if (!handle_) {
    open();
  } else {
    sqlite3_set_authorizer(handle_.get(), nullptr, nullptr);
    require(session_->execute("ROLLBACK").has_value(), "no way back");
  }
  require(session_->execute("BEGIN").has_value(), "no transaction");
  return std::ranges::all_of(schema, [this](const std::string& statement) {
    return session_->execute(statement).has_value();
  });
}

void SqliteGround::open() {
  sqlite3* handle = nullptr;
  require(sqlite3_open(":memory:", &handle) == SQLITE_OK, "no database");
  handle_.reset(handle);
  session_ = sqlite::borrow(handle);
  catalog_ = std::make_unique<sqlite::SqliteCatalog>(*session_);
  require(session_->execute("CREATE TABLE canary (song TEXT)").has_value(), "no canary");
  require(session_->execute("INSERT INTO canary VALUES ('still here')").has_value(), "no song");
  for (const auto& migration : migrations::files(dialect_->name())) {
    require(sqlite3_exec(handle, std::string(migration.sql).c_str(), nullptr, nullptr, nullptr) ==
                SQLITE_OK,
            std::string("keepsum's own tables: ") + sqlite3_errmsg(handle));
  }
}

sqlite::StatementHandle SqliteGround::prepared(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, &tail);
  sqlite::StatementHandle owner(statement);
  require(code == SQLITE_OK, fmt::format("{}: {}", sqlite3_errmsg(handle_.get()), sql));
  require(statement != nullptr && tail == sql.data() + sql.size(), "more than one: " + sql);
  require_owned(sql);
  return owner;
}

int SqliteGround::authorize(void* self, int action, const char* first, const char* second,
                            const char* /*database*/, const char* trigger) {
  const auto text = [](const char* given) { return std::string(given == nullptr ? "" : given); };
  auto& ground = *static_cast<SqliteGround*>(self);
  const bool second_counts =
      action == SQLITE_FUNCTION || action == SQLITE_CREATE_TRIGGER || action == SQLITE_CREATE_INDEX;
  const std::string what = text(second_counts ? second : first);
  if (ground.may(action, what, trigger != nullptr)) return SQLITE_OK;
  ground.reached_ = fmt::format("`{}` by action {}, trigger `{}`", what, action, text(trigger));
  return SQLITE_DENY;
}

bool SqliteGround::may(int action, const std::string& table, bool in_trigger) const {
  const bool makes = table.starts_with("sqlite_");
  const bool ours = owned_.summary.contains(table) || table.starts_with("keepsum_");
  switch (action) {
    // Of an index that is being made: its name.
    case SQLITE_REINDEX:
      return std::any_of(
          owned_.summary.begin(), owned_.summary.end(),
          [&](const std::string& name) { return table.starts_with("ks_" + name + "_"); });
    case SQLITE_CREATE_INDEX: return owned_.summary.contains(table);
    case SQLITE_READ:
    case SQLITE_ANALYZE: return makes || ours || owned_.base.contains(table) || table.empty();
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return owned_.summary.contains(table) ||
             (!in_trigger && (makes || owned_.base.contains(table)));
    case SQLITE_CREATE_TRIGGER:
      return owned_.base.contains(table) || owned_.summary.contains(table);
    case SQLITE_FUNCTION: return table != "load_extension" && table != "random";
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
    case SQLITE_PRAGMA: return false;
    default: return true;
  }
}

}  // namespace

std::unique_ptr<Ground> sqlite_ground() { return std::make_unique<SqliteGround>(); }

}  // namespace keepsum::fuzz
