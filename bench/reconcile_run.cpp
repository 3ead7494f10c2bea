#include "bench/reconcile_run.hpp"

#include <stdlib.h>

#include <fstream>
#include <sstream>

namespace keepsum::bench {

std::vector<std::string> server_options() {
  return {"--innodb-buffer-pool-size=1G", "--innodb-log-file-size=4G", "--skip-debug-no-sync",
          "--innodb-flush-method=fsync"};
}

std::vector<std::string> durable_server_options() {
  std::vector<std::string> options = server_options();
  options.push_back("--innodb-flush-log-at-trx-commit=1");
  return options;
}

LoadOptions prepare(test::MariadbServer& server, std::int64_t payments, int cards) {
  setenv("DATABASE_URL", server.url(server.create_database()).c_str(), 1);
  PaymentsDatabase database(Keys::foreign, payments, cards);
  database.apply();
  std::ofstream(server.folder() + "/keepsum.json") << database.spec();
  return {database.url(), 8, cards, payments + 1};
}

ReconcileRun::ReconcileRun(const test::MariadbServer& server, const connectors::ConnectionUrl& url)
    : command_{KEEPSUM_BINARY,
               "reconcile",
               "--json",
               "--config",
               server.folder() + "/keepsum.json",
               "--database",
               server.url(url.database)},
      base_(server.folder() + "/reconcile") {
  const char* const more = std::getenv("KEEPSUM_BENCH_ARGUMENTS");  // NOLINT(concurrency-mt-unsafe)
  std::istringstream stream(more == nullptr ? "" : more);
  for (std::string word; stream >> word;) command_.push_back(word);
}

test::Child ReconcileRun::start(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = command_;
  command.insert(command.end(), arguments.begin(), arguments.end());
  return test::Child(command, base_);
}

test::Ended ReconcileRun::finish(const std::vector<std::string>& arguments) const {
  return start(arguments).finish();
}

}  // namespace keepsum::bench
