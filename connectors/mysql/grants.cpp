#include "connectors/mysql/grants.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <set>

#include "connectors/mysql/capabilities.hpp"
#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/changes.hpp"
#include "engine/lifecycle/control.hpp"
#include "engine/sql/seal.hpp"

namespace keepsum::mysql {

namespace {

// In the order in which they are written.
enum class Right { select, insert, update, remove, create, drop, alter, trigger };

std::string_view to_string(Right right) noexcept {
  constexpr std::string_view names[] = {"SELECT", "INSERT", "UPDATE", "DELETE",
                                        "CREATE", "DROP",   "ALTER",  "TRIGGER"};
  return names[static_cast<std::size_t>(right)];
}

using Rights = std::set<Right>;
using RightsOfTables = std::map<std::string, Rights>;

constexpr auto read_rights = {Right::select};
constexpr auto write_rights = {Right::select, Right::insert, Right::update, Right::remove};
constexpr auto own_rights = {Right::select, Right::insert, Right::update, Right::remove,
                             Right::create, Right::drop,   Right::alter};

// What runs do with each control table; one that is not named here they may write as they like.
const RightsOfTables& cron_control_rights() {
  static const RightsOfTables rights = {
      {"keepsum_captures", {Right::select}},
      {"keepsum_changes", {Right::select}},
      {"keepsum_causes", {Right::select, Right::insert}},
      {"keepsum_drift", {Right::select, Right::insert}},
      {"keepsum_key_checks", {Right::select, Right::insert, Right::update}},
      {"keepsum_leases", {Right::select, Right::insert, Right::update}},
      {"keepsum_migrations", {Right::select}},
      {"keepsum_probes", {Right::select, Right::insert, Right::update}},
      {"keepsum_runs", {Right::select, Right::insert, Right::update}},
      {"keepsum_seals", {Right::select, Right::insert, Right::update}},
      {"keepsum_seen", {Right::select, Right::insert, Right::update}},
      {"keepsum_shapes", {Right::select}},
      {"keepsum_slots", {}},
      {"keepsum_summaries", {Right::select, Right::update}},
      {"keepsum_tours", {Right::select, Right::insert, Right::update}},
      {"keepsum_undos", {Right::select, Right::insert, Right::update}}};
  return rights;
}

class Needs {
 public:
  Needs(lifecycle::Database& database, const std::vector<plan::SummaryPlan>& plans,
        std::span<const std::string_view> control_tables, bool is_mariadb)
      : database_(database),
        plans_(plans),
        control_tables_(control_tables),
        is_mariadb_(is_mariadb) {}

  Result<void> gather(Role role) {
    // By hooks now, or as the spec wants it.
    for (const plan::SummaryPlan& plan : plans_) {
      KEEPSUM_ASSIGN(const auto in_force, lifecycle::Control(database_).capture(plan.spec.name));
      if (plan.spec.capture == schema::Capture::hooks ||
          in_force == std::optional(schema::Capture::hooks)) {
        by_hooks_.insert(plan.spec.name);
      }
    }
    switch (role) {
      case Role::apply: apply(); break;
      case Role::cron: cron(); break;
      case Role::service: service(); break;
      case Role::reader: reader(); break;
    }
    return {};
  }

  [[nodiscard]] const RightsOfTables& tables() const noexcept { return tables_; }
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }
  [[nodiscard]] bool lock_tables() const noexcept { return lock_tables_; }

 private:
  void add(std::string_view table, std::initializer_list<Right> rights) {
    tables_[std::string(table)].insert(rights.begin(), rights.end());
  }
  // With the roots of foreign key actions, whose triggers make up for them.
  void on_base_tables(std::initializer_list<Right> rights) {
    for (const plan::SummaryPlan& plan : plans_) {
      for (const std::string& table : lifecycle::captured_tables(plan)) add(table, rights);
    }
  }
  // Theirs move the columns that count their rows.
  void triggers_on_side_tables() {
    for (const plan::SummaryPlan& plan : plans_) {
      for (const plan::SideTable& side : plan.sides) add(side.plan->spec.name, {Right::trigger});
    }
  }

  void apply() {
    on_base_tables({Right::select, Right::trigger});
    for (const plan::SummaryPlan& plan : plans_) {
      add(plan.spec.name, own_rights);
      // For the time of a change of its spec.
      for (const bool second : {false, true}) {
        const auto names = lifecycle::successor_names(plan.spec.name, second);
        for (const std::string& table :
             {names.successor, names.gate, names.turned_gate, names.barrier, names.aside}) {
          add(table, own_rights);
        }
      }
      if (plan.seal) add(sql::seal_table_name(plan.spec.name), own_rights);
    }
    triggers_on_side_tables();
    for (const std::string_view table : control_tables_) add(table, own_rights);
    notes_.emplace_back(
        "the triggers run with the rights of this user: do not remove it, nor take these rights "
        "away, while they are there");
    notes_.emplace_back(
        "with binary logging on, making triggers also takes log_bin_trust_function_creators=1 or "
        "SUPER");
    // Elsewhere no two tables exchange their names.
    lock_tables_ = is_mariadb_ || !by_hooks_.empty();
    if (lock_tables_) {
      notes_.push_back(fmt::format(
          "LOCK TABLES, for the moment in which {}, is granted for a database as a whole only; it "
          "locks nothing without SELECT on the table",
          by_hooks_.empty() ? "a summary takes another spec beside writers that leave no pause"
                            : "triggers and hooks take turns"));
    }
    if (!is_mariadb_) {
      notes_.emplace_back(
          "on MySQL reads that lock rows (FOR UPDATE) take one of UPDATE, DELETE or LOCK TABLES as "
          "well; not run here");
    }
  }

  void cron() {
    on_base_tables({Right::select, Right::trigger});
    for (const plan::SummaryPlan& plan : plans_) {
      add(plan.spec.name, write_rights);
      if (plan.seal) add(sql::seal_table_name(plan.spec.name), write_rights);
    }
    triggers_on_side_tables();
    for (const std::string_view table : control_tables_) {
      const auto known = cron_control_rights().find(std::string(table));
      if (known == cron_control_rights().end()) {
        add(table, write_rights);
      } else if (!known->second.empty()) {
        tables_[std::string(table)] = known->second;
      }
    }
    // A run that finds drift in numbered rows holds all lists; a read that locks takes UPDATE.
    if (std::any_of(plans_.begin(), plans_.end(), [](const auto& p) { return p.has_places(); })) {
      add("keepsum_slots", {Right::select, Right::update});
    }
    notes_.emplace_back(
        "TRIGGER is there to see whether the triggers are in place, for which the server knows no "
        "lesser right; it would also allow to make and drop triggers");
  }

  void service() {
    for (const std::string& summary : by_hooks_) {
      add(summary, {Right::select, Right::insert, Right::update});
    }
    if (!by_hooks_.empty()) {
      // The whole spec is compiled, whoever captures its summaries.
      on_base_tables(read_rights);
      // BEFORE INSERT triggers change what a service says it inserts.
      if (!is_mariadb_) on_base_tables({Right::trigger});
      add("keepsum_captures", read_rights);
      add("keepsum_summaries", read_rights);
      add("keepsum_shapes", read_rights);
    }
    if (by_hooks_.size() < plans_.size()) {
      notes_.emplace_back(
          "a summary that triggers keep takes no right of the service: they run with the rights of "
          "who applied. To read it through keepsum: --as reader");
    }
    notes_.emplace_back(
        "what the service itself writes to the base tables is not keepsum's to say");
  }

  void reader() {
    on_base_tables(read_rights);
    for (const plan::SummaryPlan& plan : plans_) add(plan.spec.name, read_rights);
    add("keepsum_summaries", read_rights);
    add("keepsum_shapes", read_rights);
    notes_.emplace_back(
        "SELECT on the base tables is for answers from the source, until a summary is live; your "
        "own queries on a live summary take SELECT on that table alone");
  }

  lifecycle::Database& database_;
  const std::vector<plan::SummaryPlan>& plans_;
  std::span<const std::string_view> control_tables_;
  bool is_mariadb_;
  std::set<std::string> by_hooks_;
  bool lock_tables_ = false;
  RightsOfTables tables_;
  std::vector<std::string> notes_;
};

// Where a right is granted on a whole database, `_` and `%` of its name are patterns.
std::string as_pattern(const std::string& database) {
  std::string text;
  for (const char c : database) {
    if (c == '_' || c == '%' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

std::string quoted(const std::string& text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') literal += c;
    literal += c;
  }
  return literal + "'";
}

}  // namespace

std::string_view to_string(Role role) noexcept {
  constexpr std::string_view names[] = {"apply", "cron", "service", "reader"};
  return names[static_cast<std::size_t>(role)];
}

std::string Account::sql() const { return quoted(user) + "@" + quoted(host); }

Result<Account> parse_account(std::string_view text) {
  static const std::regex form("(?:'([^'\\\\]+)'|([^'@\\s]+))(?:@(?:'([^'\\\\]+)'|([^'@\\s]+)))?");
  std::match_results<std::string_view::const_iterator> part;
  const bool is_text = std::none_of(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (is_text && std::regex_match(text.begin(), text.end(), part, form)) {
    Account account;
    account.user = part[1].matched ? part[1].str() : part[2].str();
    if (part[3].matched || part[4].matched) {
      account.host = part[3].matched ? part[3].str() : part[4].str();
    }
    return account;
  }
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.message = fmt::format("`{}` is no user of the database", text);
  error.hint = "write \"'user'@'host'\", user@host, or user for any host";
  return error;
}

Result<Grants> grants_for(lifecycle::Database& database,
                          const std::vector<plan::SummaryPlan>& plans,
                          std::span<const std::string_view> control_tables, Role role,
                          const Account& account) {
  KEEPSUM_ASSIGN(const auto probed, capabilities(database.session));
  KEEPSUM_ASSIGN(const auto schema, database.session.scalar("SELECT DATABASE()"));
  const std::string name = db::as_text(schema);
  Needs needs(database, plans, control_tables, probed.is_mariadb);
  KEEPSUM_TRY(needs.gather(role));
  Grants grants;
  grants.notes = needs.notes();
  const std::string to = account.sql();
  for (const auto& [table, rights] : needs.tables()) {
    std::vector<std::string_view> words;
    for (const Right right : rights) words.push_back(to_string(right));
    grants.statements.push_back(fmt::format("GRANT {} ON {}.{} TO {}", fmt::join(words, ", "),
                                            database.dialect.identifier(name),
                                            database.dialect.identifier(table), to));
    // A right to create may be granted before the table is there, and no other.
    if (rights.contains(Right::create)) continue;
    KEEPSUM_ASSIGN(const auto info, database.catalog.table(table));
    if (!info) grants.missing.push_back(table);
  }
  if (needs.lock_tables()) {
    grants.statements.push_back(fmt::format("GRANT LOCK TABLES ON {}.* TO {}",
                                            database.dialect.identifier(as_pattern(name)), to));
  }
  return grants;
}

}  // namespace keepsum::mysql
