// What the benchmarks that run the binary beside writers share: a server whose tables fit in
// memory, payments in it, and runs of `keepsum reconcile`.
#pragma once

#include <string>
#include <vector>

#include "bench/database.hpp"
#include "bench/open_loop.hpp"
#include "tests/support/child.hpp"
#include "tests/support/mariadb_server.hpp"

namespace keepsum::bench {

[[nodiscard]] std::vector<std::string> server_options();
// The same, each commit on disk before it is answered, as a service that takes payments has it.
[[nodiscard]] std::vector<std::string> durable_server_options();

// Fills the tables of PaymentsDatabase, applies its spec, and leaves the spec in the server's
// folder.
[[nodiscard]] LoadOptions prepare(test::MariadbServer& server, std::int64_t payments, int cards);

// With the arguments of KEEPSUM_BENCH_ARGUMENTS. The server must outlive it.
class ReconcileRun {
 public:
  ReconcileRun(const test::MariadbServer& server, const connectors::ConnectionUrl& url);
  [[nodiscard]] test::Child start(const std::vector<std::string>& arguments) const;
  [[nodiscard]] test::Ended finish(const std::vector<std::string>& arguments) const;

 private:
  std::vector<std::string> command_;
  std::string base_;
};

}  // namespace keepsum::bench
