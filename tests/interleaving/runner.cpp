#include "tests/interleaving/runner.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "engine/reconcile/lease.hpp"
#include "engine/reconcile/repair.hpp"
#include "engine/reconcile/scan.hpp"
#include "tests/integration/engine_application.hpp"
#include "tests/integration/engine_random_case.hpp"

namespace keepsum::test {

using namespace std::chrono_literals;

namespace {

template <class T>
T must(Result<T> result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
  return std::move(result).value();
}

void must(const Result<void>& result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
}

using Clock = std::chrono::steady_clock;

// Longer than any step takes that waits for nobody.
constexpr auto sqlite_step = 15ms;
// Who sleeps between two looks at a lease, or waits for a table's metadata, is in no list of locks.
constexpr auto any_step = 300ms;
constexpr auto deadline = 60s;

std::vector<std::string> statements_of(const std::string& all) {
  std::vector<std::string> each;
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = std::min(all.find(';', begin), all.size());
    each.push_back(all.substr(begin, end - begin));
    begin = end + 1;
  }
  return each;
}

}  // namespace

const std::vector<Setting>& settings() {
  static const auto mariadb = [](const char* name, const char* level, const char* strict) {
    return Setting{name, Server::mariadb,
                   fmt::format("SET SESSION TRANSACTION ISOLATION LEVEL {};"
                               "SET SESSION innodb_snapshot_isolation = {};"
                               "SET SESSION innodb_lock_wait_timeout = 10",
                               level, strict)};
  };
  static const std::vector<Setting> all = {
      {"sqlite", Server::sqlite, "PRAGMA recursive_triggers = ON;PRAGMA busy_timeout = 10000"},
      mariadb("mariadb_read_committed", "READ COMMITTED", "OFF"),
      mariadb("mariadb_repeatable_read", "REPEATABLE READ", "OFF"),
      mariadb("mariadb_repeatable_read_strict", "REPEATABLE READ", "ON"),
      mariadb("mariadb_serializable", "SERIALIZABLE", "OFF"),
  };
  return all;
}

// One session: at most one step is under way.
class Runner::Player {
 public:
  Player(const Runner& runner, const Actor& actor)
      : runner_(runner),
        actor_(actor),
        connection_(must(connectors::open(runner.url()))),
        database_{*connection_.session, *connection_.catalog, *connection_.dialect,
                  [url = runner.url()] { return connectors::open_session(url); }} {
    const std::vector<std::string> settings = statements_of(runner.setting_.on_connect);
    if (runner.is_kept_by_hooks()) app_.emplace(runner, settings, runner.case_.summary);
    for (const std::string& setting : settings) must(connection_.session->execute(setting));
    if (runner.on_mariadb()) id_ = db::as_int64(must(session().scalar("SELECT CONNECTION_ID()")));
  }

  // A service's own, where it calls hooks.
  [[nodiscard]] db::Session& session() { return app_ ? app_->session() : *connection_.session; }
  [[nodiscard]] std::int64_t id() const noexcept { return id_; }
  [[nodiscard]] const std::string& name() const noexcept { return actor_.name; }
  [[nodiscard]] bool is_busy() const noexcept { return step_.valid(); }
  [[nodiscard]] bool refused() const noexcept { return refused_; }
  [[nodiscard]] bool has_more() const noexcept { return !refused_ && next_ < actor_.steps.size(); }
  [[nodiscard]] bool is_due() const noexcept { return granted_ > next_ && has_more(); }

  void begin() {
    next_ = granted_ = 0;
    refused_ = false;
  }
  void grant() { ++granted_; }
  void start() {
    const std::string& step = actor_.steps[next_++];
    started_ = Clock::now();
    step_ = std::async(std::launch::async, [this, &step] { return run(step); });
  }
  template <class Time>
  bool wait(Time time) {
    return step_.wait_for(time) == std::future_status::ready;
  }
  [[nodiscard]] Clock::duration busy_for() const { return Clock::now() - started_; }
  void finish() {
    const Result<void> result = step_.get();
    if (result.has_value()) return;
    const Error& error = result.error();
    if (runner_.case_.may_fail && is_constraint(error, runner_.on_mariadb())) return;
    if (error.recovery != Recovery::retry_transaction) {
      throw std::runtime_error(fmt::format("session {}, step {}: {}", actor_.name,
                                           actor_.steps[next_ - 1], describe(error)));
    }
    refused_ = true;
    roll_back();
    lease_.reset();
  }
  void play_again() {
    begin();
    while (has_more()) {
      grant();
      start();
      finish();
      if (!refused_) continue;
      begin();
    }
  }
  void let_go() {
    lease_.reset();
    found_.reset();
    roll_back();
  }

 private:
  void roll_back() {
    if (!session().in_transaction()) return;
    if (app_) {
      must(session().execute("ROLLBACK"));
    } else {
      must(session().rollback());
    }
  }
  Result<void> run(const std::string& step) {
    if (app_ && !step.starts_with('@')) return with_unit(step);
    if (!step.starts_with('@')) {
      const bool begins = !runner_.on_mariadb() && step == "BEGIN";
      KEEPSUM_TRY(session().execute(begins ? "BEGIN IMMEDIATE" : step));
      return {};
    }
    if (step == "@apply") return unit_->apply();
    if (step.starts_with("@insert ") || step.starts_with("@update ") ||
        step.starts_with("@delete ")) {
      return change_row(step);
    }
    if (step == "@scan") return scan();
    if (step == "@repair") return repair();
    if (step == "@reconcile") return reconcile();
    if (step == "@change") return change();
    if (step == "@lease") return take_lease();
    if (step == "@take-over") return take_over();
    if (step == "@release") return lease_->release();
    throw std::runtime_error("no such step: " + step);
  }

  Result<void> with_unit(const std::string& step) {
    const bool begins = step == "BEGIN";
    if (begins) unit_.emplace(app_->summaries(), session());
    if (step == "COMMIT" && unit_) KEEPSUM_TRY(unit_->apply());
    KEEPSUM_TRY(session().execute(begins && !runner_.on_mariadb() ? "BEGIN IMMEDIATE" : step));
    if (!unit_) return {};
    if (step.starts_with("SAVEPOINT")) mark_ = unit_->mark();
    if (step.starts_with("ROLLBACK TO")) unit_->rollback_to(mark_);
    return {};
  }
  Result<void> change_row(const std::string& step) {
    std::istringstream words(step);
    std::string kind, table, statement;
    std::int64_t id = 0, new_id = 0;
    words >> kind >> table >> id;
    if (kind == "@update") words >> new_id;
    std::getline(words >> std::ws, statement);
    const auto& tables = runner_.plan().tables;
    const bool is_read = std::ranges::any_of(
        tables, [&](const plan::BaseTable& each) { return each.info.name == table; });
    if (!is_read) {
      KEEPSUM_TRY(session().execute(statement));
      return {};
    }
    if (!unit_) throw std::runtime_error("a hook before BEGIN");
    if (kind == "@insert") {
      KEEPSUM_TRY(session().execute(statement));
      return unit_->inserted(table, PrimaryKey{id});
    }
    const auto noted = kind == "@update" ? unit_->updating(table, PrimaryKey{id})
                                         : unit_->deleting(table, PrimaryKey{id});
    if (noted.has_error() && noted.error().code == ErrorCode::row_not_found) return {};
    KEEPSUM_TRY(noted);
    KEEPSUM_ASSIGN(const std::uint64_t changed, session().execute(statement));
    const bool is_moved = kind == "@update" && new_id != id && changed > 0;
    if (!is_moved) return {};
    return unit_->updated(table, PrimaryKey{new_id});
  }

  Result<void> scan() {
    KEEPSUM_ASSIGN(found_, reconcile::scan(session(), runner_.plan(), database_.dialect, {}, {}));
    return {};
  }
  // Whoever has lost the lease has to stop: that is no failure, and nothing may be written.
  Result<void> repair() {
    if (!found_ || !lease_) throw std::runtime_error("@repair before @lease and @scan");
    reconcile::RepairContext context{database_, runner_.plan(), *lease_, std::nullopt};
    const auto done = reconcile::repair(context, found_->drifted);
    if (done.has_error() && done.error().code == ErrorCode::lease_lost) return {};
    return done;
  }
  Result<void> reconcile() {
    reconcile::ReconcileOptions options;
    options.chunk_rows = 2;
    options.guard.share_max = 1;
    options.lease.wait_max = 30s;
    const auto done = reconcile::reconcile(database_, runner_.plan(), options);
    // Between the two specs of a @change, a run by one of them has no say.
    if (done.has_error() && done.error().code == ErrorCode::plan_moved) return {};
    if (done.has_error()) return done.error();
    // Nobody spoils anything in a random history: what it would repair is a delta that was wrong.
    if (runner_.case_.may_fail && done->drifted > 0) {
      throw std::runtime_error(
          fmt::format("a reconciler found that {} keys had drifted", done->drifted));
    }
    return {};
  }
  // Where writers leave no moment for it, the change is left half done: fault() ends it.
  Result<void> change() {
    for (const std::string& summary : {runner_.case_.other_summary, runner_.case_.summary}) {
      KEEPSUM_ASSIGN(const auto plans,
                     lifecycle::load_plans(spec_text(summary), session(), *connection_.catalog,
                                           *connection_.dialect));
      for (const plan::SummaryPlan& plan : plans) {
        lifecycle::ApplyOptions options;
        options.reconcile.chunk_rows = 2;
        options.reconcile.lease.wait_max = 30s;
        const auto applied = lifecycle::apply(database_, plan, options);
        if (applied.has_value()) continue;
        const bool later = applied.error().recovery == Recovery::retry_transaction ||
                           applied.error().code == ErrorCode::lease_held;
        if (later) return {};
        return applied.error();
      }
    }
    return {};
  }
  Result<void> take_lease() {
    reconcile::LeaseOptions options;
    options.wait_max = 30s;
    KEEPSUM_ASSIGN(lease_, reconcile::Lease::acquire(database_, runner_.plan().spec.name, options));
    return {};
  }
  Result<void> take_over() {
    KEEPSUM_TRY(session().execute("UPDATE keepsum_leases SET expires_at = '2001-01-01 00:00:00'"));
    return take_lease();
  }

  const Runner& runner_;
  const Actor& actor_;
  connectors::Connection connection_;
  lifecycle::Database database_;
  std::optional<Application> app_;  // where the summary is kept by hooks
  std::optional<UnitOfWork> unit_;
  UnitOfWork::Mark mark_ = 0;
  std::int64_t id_ = 0;
  std::optional<reconcile::ScanResult> found_;
  std::unique_ptr<reconcile::Lease> lease_;
  std::future<Result<void>> step_;
  Clock::time_point started_;
  std::size_t next_ = 0, granted_ = 0;
  bool refused_ = false;
};

Runner::Runner(const Case& played, const Setting& setting)
    : Scene(setting.server), case_(played), setting_(setting), watch_(connect()) {
  run_all(case_.tables);
  apply(case_.summary);
  for (const Actor& actor : case_.actors) {
    players_.push_back(std::make_unique<Player>(*this, actor));
  }
}

Runner::~Runner() = default;

Tally Runner::play_all(std::size_t orders_max) {
  const std::vector<std::vector<std::size_t>> all = orders_of(case_);
  // Of many, some from each part of the list: that begins with the first session, ends with the
  // last.
  const std::size_t stride = (all.size() + orders_max - 1) / orders_max;
  for (std::size_t i = 0; i < all.size(); i += stride) {
    const std::vector<std::size_t>& order = all[i];
    std::vector<std::string> names;
    for (const std::size_t actor : order) names.push_back(case_.actors[actor].name);
    SCOPED_TRACE(fmt::format("{}\norder: {}", case_.about, fmt::join(names, " ")));
    try {
      play(order);
      expect_equal(case_.recompute);
    } catch (const std::runtime_error& error) {
      ADD_FAILURE() << error.what();
    }
    ++tally_.orders;
    if (testing::Test::HasFailure()) break;
  }
  return tally_;
}

// Through the triggers, so that the summary follows, or mended; what a latch remembers stays.
void Runner::reset() {
  for (auto table = case_.tables.rbegin(); table != case_.tables.rend(); ++table) {
    if (!table->starts_with("CREATE TABLE ")) continue;
    const std::string rest = table->substr(13);
    run("DELETE FROM " + rest.substr(0, rest.find_first_of(" (\n")));
  }
  if (!case_.may_fail) run("DELETE FROM " + plan().spec.name);
  for (const std::string& statement : case_.start) {
    try_to_run(statement, [&](const Error& error) {
      return case_.may_fail && is_constraint(error, on_mariadb());
    });
  }
  if (is_kept_by_hooks()) reconcile_all();
}

std::string Runner::fault(const std::vector<std::size_t>& order) {
  ++tally_.orders;
  try {
    play(order);
    if (!case_.other_summary.empty()) apply(case_.summary);
    std::string text = differences(plan(), case_.recompute);
    reconcile::ReconcileOptions options;
    options.verify_only = true;
    const auto report = must(reconcile::reconcile(database(), plan(), options));
    if (report.drifted != 0)
      text += fmt::format("  a verification finds {} keys\n", report.drifted);
    return text;
  } catch (const std::runtime_error& error) {
    return fmt::format("{}\n", error.what());
  }
}

// The server knows. SQLite has no such list: there, whoever takes long waits.
bool Runner::is_waiting(const Player& player) {
  if (!on_mariadb() || player.busy_for() > any_step) return true;
  const auto state = watch_->scalar(
      "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT' AND "
      "trx_mysql_thread_id = " +
      std::to_string(player.id()));
  return db::as_int64(must(state)) > 0;
}

// Runs the player's next step until it is through or waits for another session.
void Runner::advance(Player& player) {
  player.start();
  while (!player.wait(on_mariadb() ? 2ms : sqlite_step)) {
    if (!is_waiting(player)) continue;
    ++tally_.waits;
    return;
  }
  player.finish();
  if (player.refused()) ++tally_.retries;
}

// What waited may be through by what the last step did, and then what is due of it follows.
void Runner::settle() {
  for (bool moved = true; moved;) {
    moved = false;
    for (const auto& player : players_) {
      if (player->is_busy()) {
        if (!player->wait(on_mariadb() ? 1ms : 5ms)) {
          // One that neither waits nor is through is about to be.
          if (on_mariadb() && !is_waiting(*player)) moved = true;
          continue;
        }
        player->finish();
        if (player->refused()) ++tally_.retries;
        moved = true;
      }
      while (!player->is_busy() && player->is_due()) {
        advance(*player);
        moved = true;
      }
    }
  }
}

void Runner::play(const std::vector<std::size_t>& order) {
  for (const auto& player : players_) player->let_go();
  reset();
  for (const auto& player : players_) player->begin();
  for (const std::size_t i : order) {
    players_[i]->grant();
    settle();
  }
  const auto start = Clock::now();
  const auto is_open = [](const auto& player) { return player->is_busy() || player->has_more(); };
  while (std::any_of(players_.begin(), players_.end(), is_open)) {
    settle();
    if (Clock::now() - start > deadline) {
      throw std::runtime_error("sessions wait for one another, and nobody ends it");
    }
  }
  for (const auto& player : players_) {
    if (player->refused()) player->play_again();
    player->let_go();
  }
  run_all(case_.end);
}

}  // namespace keepsum::test
