// Mistakes planted in the statements of the reconciler, of the fill and of the lease, one at a
// time, as they go to the server. After each a spoilt summary is mended, or an empty one filled,
// and what is then stored, and written down of it, is compared with queries by hand: the mistake
// has to show.
#include <fmt/format.h>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <functional>

#include "engine/lifecycle/apply.hpp"
#include "engine/reconcile/lease.hpp"
#include "engine/reconcile/repair.hpp"
#include "engine/reconcile/scan.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using Rewrite = std::function<std::string(std::string sql)>;

// Sends other statements than it is given.
class MutantSession final : public db::Session {
 public:
  MutantSession(std::unique_ptr<db::Session> session, const Rewrite& rewrite, int& changed)
      : session_(std::move(session)), rewrite_(rewrite), changed_(changed) {}

  Result<std::uint64_t> execute(std::string_view sql, std::span<const db::Value> params) override {
    const std::string text = rewritten(sql);
    // A statement that was forgotten.
    if (text.empty()) return std::uint64_t{1};
    return session_->execute(text, params);
  }
  Result<void> query(std::string_view sql, std::span<const db::Value> params,
                     const db::RowHandler& handler) override {
    return session_->query(rewritten(sql), params, handler);
  }
  Result<std::vector<db::ResultColumn>> describe_query(std::string_view sql) override {
    return session_->describe_query(sql);
  }
  Result<void> begin(db::TransactionMode mode) override { return session_->begin(mode); }
  Result<void> commit() override { return session_->commit(); }
  Result<void> rollback() override { return session_->rollback(); }
  Result<void> limit_statements(std::optional<std::chrono::milliseconds> limit) override {
    return session_->limit_statements(limit);
  }
  Result<void> limit_lock_waits(std::optional<std::chrono::seconds> limit) override {
    return session_->limit_lock_waits(limit);
  }
  void interrupt() noexcept override { session_->interrupt(); }
  [[nodiscard]] bool in_transaction() const noexcept override { return session_->in_transaction(); }

 private:
  std::string rewritten(std::string_view sql) {
    std::string text = rewrite_(std::string(sql));
    if (text != sql) ++changed_;
    return text;
  }

  std::unique_ptr<db::Session> session_;
  const Rewrite& rewrite_;
  int& changed_;
};

struct Mistake {
  std::string name;
  Rewrite rewrite;
};

bool has(const std::string& sql, const char* text) { return boost::algorithm::contains(sql, text); }

Rewrite replacing(std::string where, std::string from, std::string to) {
  return [=](std::string sql) {
    if (has(sql, where.c_str())) boost::algorithm::replace_all(sql, from, to);
    return sql;
  };
}

Rewrite forgetting(std::string beginning, std::string with) {
  return [=](std::string sql) {
    return sql.starts_with(beginning) && has(sql, with.c_str()) ? std::string() : sql;
  };
}

class ReconcilerMutants : public EngineOnBoth {
 protected:
  static constexpr const char* spec =
      R"json("cards": {"from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
         "where": "p.voided = 0", "group_by": {"card": "p.card"},
         "aggregates": {"total": "sum(t.amount)", "n": "count(*)", "most": "max(t.amount)"}})json";
  static constexpr const char* by_hand =
      "SELECT p.card AS card, COALESCE(SUM(t.amount), 0) AS total, COUNT(*) AS n, MAX(t.amount) AS "
      "most FROM payments p JOIN items t ON t.payment_id = p.id WHERE p.voided = 0 GROUP BY p.card";

  void SetUp() override {
    run_all(
        {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, voided "
         "INT NOT NULL)",
         "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT NOT NULL, amount "
         "BIGINT)",
         "CREATE INDEX payments_card ON payments (card)",
         "CREATE INDEX items_payment ON items (payment_id)"});
    for (int i = 1; i <= 24; ++i) {
      run(fmt::format("INSERT INTO payments VALUES ({}, {}, {})", i, 1 + i % 9,
                      i % 7 == 0 ? 1 : 0));
      run(fmt::format("INSERT INTO items VALUES ({0}, {0}, {1}), ({2}, {0}, {3})", i, i % 5 - 1,
                      100 + i, i % 3 == 0 ? "NULL" : "7"));
    }
  }

  // Each key wrong in another way, and one that has no source.
  void spoil() {
    run("UPDATE cards SET total = total + 3 WHERE card % 3 = 0");
    run("UPDATE cards SET n = n - 1, most = 99 WHERE card % 3 = 1");
    run("DELETE FROM cards WHERE card = 5");
    run("INSERT INTO cards (card, total, n, most) VALUES (77, 1, 1, 1)");
  }

  lifecycle::Database mutated(const Rewrite& rewrite) {
    session_ = std::make_unique<MutantSession>(connect(), rewrite, changed_);
    return {*session_, database().catalog, database().dialect, database().open_session};
  }

  // What is wrong; "" if nothing.
  std::string wrong() { return differences(plan(), by_hand); }
  [[nodiscard]] int changed() const noexcept { return changed_; }

 private:
  std::unique_ptr<db::Session> session_;
  int changed_ = 0;
};
KEEPSUM_ON_BOTH(ReconcilerMutants);

const std::vector<Mistake>& of_a_run() {
  static const std::vector<Mistake> all = {
      {"a range leaves its first key out", replacing("both_sides", ">= ?", "> ?")},
      {"a range ends one key too early", replacing("both_sides", "< ?", "< ? - 1")},
      {"the stored side is forgotten",
       [](std::string sql) {
         const std::size_t at = sql.find(" UNION ALL SELECT");
         const std::size_t end = sql.find(") AS both_sides");
         if (at != std::string::npos && end != std::string::npos) sql.erase(at, end - at);
         return sql;
       }},
      {"the condition of the spec is forgotten",
       [](std::string sql) {
         for (const char* name : {"`p`.`voided` = 0", "\"p\".\"voided\" = 0"}) {
           boost::algorithm::replace_all(sql, name, "TRUE");
         }
         return sql;
       }},
      {"a difference is taken for a value",
       [](std::string sql) {
         if (!sql.starts_with("INSERT INTO")) return sql;
         boost::algorithm::replace_all(sql, "`cards`.`total` + ", "");
         boost::algorithm::replace_all(sql, "\"cards\".\"total\" + ", "");
         return sql;
       }},
      {"a difference has the wrong sign",
       [](std::string sql) {
         if (!sql.starts_with("INSERT INTO")) return sql;
         boost::algorithm::replace_all(sql, "`cards`.`n` + ", "`cards`.`n` - ");
         boost::algorithm::replace_all(sql, "\"cards\".\"n\" + ", "\"cards\".\"n\" - ");
         return sql;
       }},
      {"the extreme is not read again",
       [](std::string sql) {
         return sql.starts_with("UPDATE") && has(sql, "most") && has(sql, "MAX(") ? std::string()
                                                                                  : sql;
       }},
      {"what differs is the count alone",
       [](std::string sql) {
         if (!has(sql, "both_sides")) return sql;
         boost::algorithm::replace_all(sql, "SUM(e0) <> SUM(s0) OR ", "");
         return sql;
       }},
      {"no evidence is written", forgetting("INSERT INTO keepsum_drift", "")},
  };
  return all;
}

TEST_P(ReconcilerMutants, MistakesOfARunShow) {
  apply(spec);
  reconcile::ReconcileOptions options;
  options.chunk_rows = 2;
  options.order = plan::Pass::key_ranges;
  options.guard.share_max = 1;
  int caught = 0;
  const auto drift_rows = [&] { return std::stoi(lines("SELECT COUNT(*) FROM keepsum_drift")[0]); };
  const auto mend = [&](const Rewrite& rewrite) {
    run("DELETE FROM keepsum_tours");
    const int before = drift_rows();
    auto with = mutated(rewrite);
    const auto report = reconcile::reconcile(with, plan(), options);
    if (report.has_error()) return describe(report.error());
    std::string fault = wrong();
    if (report->repaired > 0 && drift_rows() == before) fault += "repairs without evidence\n";
    return fault;
  };
  const Rewrite none = [](std::string sql) { return sql; };
  spoil();
  ASSERT_EQ(mend(none), "");
  for (const Mistake& mistake : of_a_run()) {
    spoil();
    const int before = changed();
    const std::string fault = mend(mistake.rewrite);
    EXPECT_GT(changed(), before) << mistake.name << ": no statement was changed";
    EXPECT_NE(fault, "") << mistake.name << " does not show";
    caught += fault.empty() ? 0 : 1;
    run("DELETE FROM keepsum_leases");
    EXPECT_EQ(mend(none), "") << "after: " << mistake.name;
  }
  RecordProperty("planted", std::to_string(of_a_run().size()));
  RecordProperty("caught", std::to_string(caught));
}

// Two runs, of which the first was taken for dead: only the fence says so.
TEST_P(ReconcilerMutants, AFenceThatIsNotRaisedShows) {
  apply(spec);
  const auto second_repair = [&](const Rewrite& rewrite) {
    run("UPDATE cards SET total = total + 3 WHERE card = 3");
    auto with = mutated(rewrite);
    auto first = reconcile::Lease::acquire(with, "cards", {}).value();
    const auto found = reconcile::scan(with.session, plan(), with.dialect, {}, {}).value();
    run("UPDATE keepsum_leases SET expires_at = '2001-01-01 00:00:00'");
    const auto second = reconcile::Lease::acquire(with, "cards", {});
    if (second.has_error()) return describe(second.error());
    reconcile::RepairContext by_second{with, plan(), *second.value(), std::nullopt};
    const auto mended = reconcile::repair(by_second, found.drifted);
    if (mended.has_error()) return describe(mended.error());
    reconcile::RepairContext by_first{with, plan(), *first, std::nullopt};
    static_cast<void>(reconcile::repair(by_first, found.drifted));
    static_cast<void>(second.value()->release());
    const std::string fault = wrong();
    first.reset();
    run("DELETE FROM keepsum_leases");
    return fault;
  };
  ASSERT_EQ(second_repair([](std::string sql) { return sql; }), "");
  EXPECT_NE(second_repair(replacing("keepsum_leases", "fence = fence + 1", "fence = fence")), "");
  EXPECT_GT(changed(), 0);
}

TEST_P(ReconcilerMutants, MistakesOfAFillShow) {
  int caught = 0;
  const std::vector<Mistake> mistakes = {
      {"a range leaves its first key out", replacing("both_sides", ">= ?", "> ?")},
      {"a table is skipped: its trigger is not made",
       [](std::string sql) {
         return has(sql, "CREATE TRIGGER") && has(sql, "t_ins") ? std::string() : sql;
       }},
      {"a trigger goes by the wrong sign",
       [](std::string sql) {
         if (has(sql, "TRIGGER") && has(sql, "t_del")) {
           boost::algorithm::replace_all(sql, "-(COALESCE(OLD", "(COALESCE(OLD");
         }
         return sql;
       }},
  };
  for (const Mistake& mistake : mistakes) {
    apply(spec);
    auto with = mutated(mistake.rewrite);
    ASSERT_TRUE(lifecycle::drop(database(), "cards").has_value());
    lifecycle::ApplyOptions options;
    options.reconcile.chunk_rows = 2;
    options.reconcile.order = plan::Pass::key_ranges;
    const int before = changed();
    const auto applied = lifecycle::apply(with, plan(), options);
    std::string fault = applied.has_error() ? describe(applied.error()) : wrong();
    if (fault.empty()) {
      run("INSERT INTO items VALUES (900, 3, 5)");
      fault = wrong();
      run("DELETE FROM items WHERE id = 900");
      fault += wrong();
    }
    EXPECT_GT(changed(), before) << mistake.name << ": no statement was changed";
    EXPECT_NE(fault, "") << mistake.name << " does not show";
    caught += fault.empty() ? 0 : 1;
    run("DELETE FROM items WHERE id = 900");
    run("DELETE FROM keepsum_leases");
    static_cast<void>(lifecycle::drop(database(), "cards"));
  }
  RecordProperty("planted", std::to_string(mistakes.size()));
  RecordProperty("caught", std::to_string(caught));
}

}  // namespace
}  // namespace keepsum::test
