#include "engine/reconcile/lease.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

namespace keepsum::reconcile {

namespace {

std::string host_name() {
  char name[256] = {};
  if (gethostname(name, sizeof(name) - 1) != 0) return "unknown";
  return name;
}

// The process's start in clock ticks since boot; "0" if there is no such process, or if it has
// ended and is only not reaped yet. Together with the boot's own identity it tells a process from a
// later one with the same number.
std::string process_start(long pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(stat, text)) return "0";
  // The name is in parentheses and may hold anything. Of the fields after it the first is the
  // state, the 18th the number of threads and the 20th the start.
  std::istringstream stream(text.substr(text.rfind(')') + 1));
  const std::vector<std::string> fields{std::istream_iterator<std::string>(stream), {}};
  if (fields.size() < 20) return "0";
  // A zombie with other threads is a process whose first thread has ended: it is at work.
  const bool is_alone = fields[17] == "0" || fields[17] == "1";
  const bool has_ended = is_alone && (fields[0] == "Z" || fields[0] == "X");
  if (has_ended) return "0";
  std::ifstream boot("/proc/sys/kernel/random/boot_id");
  std::string boot_id;
  std::getline(boot, boot_id);
  return fields[19] + "@" + boot_id.substr(0, 8);
}

struct Holding {
  std::int64_t fence = 0;
  std::string holder, expires_at;
  bool free = false;
};

// Leases are given for seconds: one that ends in days was written by a clock that was ahead.
constexpr std::chrono::seconds far_off = std::chrono::hours{24};

// Whoever holds one that is taken over has the fence to find out by.
Result<Holding> look(lifecycle::Database& database, const std::string& name) {
  const sql::Dialect& dialect = database.dialect;
  KEEPSUM_ASSIGN(
      const auto row,
      database.session.row(
          fmt::format("SELECT fence, holder, expires_at, CASE WHEN holder = '' OR expires_at < {} "
                      "OR expires_at > {} THEN 1 ELSE 0 END FROM keepsum_leases WHERE name = ?",
                      dialect.utc_now(), dialect.utc_now_plus(std::to_string(far_off.count()))),
          std::vector<db::Value>{name}));
  Holding holding;
  if (!row) return holding;
  holding.fence = db::as_int64((*row)[0]);
  holding.holder = db::as_text((*row)[1]);
  holding.expires_at = db::as_text((*row)[2]);
  holding.free = db::as_int64((*row)[3]) == 1 || is_dead(holding.holder);
  return holding;
}

// A dropped summary loses its row. A new one of its name starts above any fence the old one can
// have reached, so that a run that slept through the drop does not find its own number again.
std::int64_t first_fence() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Result<void> make_row(lifecycle::Database& database, const std::string& name) {
  KEEPSUM_TRY(database.session.execute(
      fmt::format("INSERT INTO keepsum_leases (name, fence, holder, expires_at) VALUES (?, ?, '', "
                  "{}) {}",
                  database.dialect.utc_now(),
                  database.dialect.upsert_clause({"name"}, {"fence = keepsum_leases.fence"})),
      std::vector<db::Value>{name, first_fence()}));
  return {};
}

// The old fence in the condition makes this compare-and-set.
Result<bool> take(lifecycle::Database& database, const std::string& name, const Holding& seen,
                  const std::string& holder, std::chrono::seconds expiry) {
  KEEPSUM_ASSIGN(
      const auto changed,
      database.session.execute(
          fmt::format("UPDATE keepsum_leases SET fence = fence + 1, holder = ?, expires_at = {} "
                      "WHERE name = ? AND fence = ?",
                      database.dialect.utc_now_plus(std::to_string(expiry.count()))),
          std::vector<db::Value>{holder, name, seen.fence}));
  return changed == 1;
}

}  // namespace

std::string this_holder() {
  const long pid = getpid();
  return fmt::format("{}/{}/{}", host_name(), pid, process_start(pid));
}

bool is_dead(const std::string& holder) {
  const std::size_t first = holder.find('/');
  const std::size_t second = holder.find('/', first + 1);
  if (first == std::string::npos || second == std::string::npos) return false;
  if (holder.substr(0, first) != host_name()) return false;
  long pid = 0;
  std::from_chars(holder.data() + first + 1, holder.data() + second, pid);
  return pid > 0 && process_start(pid) != holder.substr(second + 1);
}

Result<bool> may_be_at_work(lifecycle::Database& database, const std::string& name,
                            std::int64_t fence) {
  KEEPSUM_ASSIGN(const auto holding, look(database, name));
  return holding.fence == fence && !holding.free;
}

Result<std::unique_ptr<Lease>> Lease::acquire(lifecycle::Database& database,
                                              const std::string& name,
                                              const LeaseOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + options.wait_max;
  const std::string holder = this_holder();
  KEEPSUM_TRY(make_row(database, name));
  for (;;) {
    KEEPSUM_ASSIGN(const auto holding, look(database, name));
    if (holding.free) {
      KEEPSUM_ASSIGN(const bool taken, take(database, name, holding, holder, options.expiry));
      if (taken) {
        return std::unique_ptr<Lease>(
            new Lease(database, name, holder, holding.fence + 1, options.expiry));
      }
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      Error error;
      error.code = ErrorCode::lease_held;
      error.message = fmt::format("another run works on {}: {} until {} UTC", name, holding.holder,
                                  holding.expires_at);
      error.where = name;
      error.hint = "wait for it to end; a run that was killed frees its lease by itself";
      return error;
    }
    if (options.on_wait) options.on_wait(holding.holder, holding.expires_at);
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
  }
}

Lease::Lease(lifecycle::Database& database, std::string name, std::string holder,
             std::int64_t fence, std::chrono::seconds expiry)
    : database_(database), name_(std::move(name)), holder_(std::move(holder)), fence_(fence) {
  heartbeat_ = std::thread([this, expiry] { beat(expiry); });
}

void Lease::beat(std::chrono::seconds expiry) {
  std::unique_ptr<db::Session> session;
  const std::string renew =
      fmt::format("UPDATE keepsum_leases SET expires_at = {} WHERE name = ? AND fence = ?",
                  database_.dialect.utc_now_plus(std::to_string(expiry.count())));
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, expiry / 3, [this] { return stop_; })) {
    lock.unlock();
    if (!session) {
      auto opened = database_.open_session();
      if (opened.has_value()) session = std::move(opened).value();
    }
    if (session) {
      // A renewal that fails is made up for by the next one, or by the fence.
      const auto renewed = session->execute(renew, std::vector<db::Value>{name_, fence_});
      if (renewed.has_error() && renewed.error().recovery == Recovery::reconnect) session.reset();
    }
    lock.lock();
  }
}

Lease::~Lease() { [[maybe_unused]] auto released = release(); }

Result<void> Lease::check() {
  KEEPSUM_ASSIGN(const auto row,
                 database_.session.row(
                     fmt::format("SELECT fence FROM keepsum_leases WHERE name = ? AND fence = ?{}",
                                 database_.dialect.lock_clause()),
                     std::vector<db::Value>{name_, fence_}));
  if (row) return {};
  Error error;
  error.code = ErrorCode::lease_lost;
  error.message =
      fmt::format("the lease of {} went to another run; this run repairs no more", name_);
  error.where = name_;
  error.hint = "the other run goes on; nothing was repaired twice";
  return error;
}

Result<void> Lease::release() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (heartbeat_.joinable()) heartbeat_.join();
  if (released_) return {};
  released_ = true;
  KEEPSUM_TRY(database_.session.execute(
      "UPDATE keepsum_leases SET holder = '' WHERE name = ? AND fence = ?",
      std::vector<db::Value>{name_, fence_}));
  return {};
}

Result<std::vector<std::unique_ptr<Lease>>> side_leases(lifecycle::Database& database,
                                                        const plan::SummaryPlan& plan,
                                                        const LeaseOptions& options) {
  std::vector<std::unique_ptr<Lease>> leases;
  for (const plan::SideTable& side : plan.sides) {
    KEEPSUM_ASSIGN(auto lease, Lease::acquire(database, side.plan->spec.name, options));
    leases.push_back(std::move(lease));
  }
  return leases;
}

}  // namespace keepsum::reconcile
