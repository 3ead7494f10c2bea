// Two joined tables with a sealed summary, on both databases, and the law of its totals: what the
// table of totals holds of a sealed key is what a query written by hand gives of its rows up to the
// seal.
#pragma once

#include <cstdint>
#include <string>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {

class SealedOnBoth : public EngineOnBoth {
 protected:
  std::string by = "p.id";
  std::string after = "0";
  std::string audit = "168h";
  reconcile::ReconcileOptions options;  // of go()

  void make_tables();
  // The tables with `rows` pairs of rows in four keys, and the summary `s` over them.
  void make(std::int64_t rows);
  void apply_sealed();
  // Drops the summary and the tables.
  void clear();
  // `sealed`: the object, or "" for none.
  [[nodiscard]] std::string spec(const std::string& sealed, const std::string& more = {}) const;
  // Pairs of rows with ids from `from` on.
  void add(std::int64_t from, std::int64_t rows);

  reconcile::RunReport go();
  // Runs with a session whose connection is lost after so many statements. Whether it came to its
  // end before.
  bool end_after(int statements);
  // As with triggers that were disabled for a time: they are as before afterwards.
  void past_the_triggers(const std::string& statement);

  [[nodiscard]] std::string totals();
  void expect_right();
  void expect_totals_right();
};

}  // namespace keepsum::test
