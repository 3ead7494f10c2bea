// How much memory the binary takes of the machine it runs on, for more and more keys of the same
// rows: a fill, a verification in each order, and a repair. What it holds has to be bounded by what
// it works at, not by how many keys there are.
//
//   KEEPSUM_BENCH_PAYMENTS [2000000]; the keys are a hundredth, a tenth and all of that
#include <fmt/format.h>

#include <boost/json.hpp>

#include "bench/reconcile_run.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;

class Measured {
 public:
  Measured(const test::MariadbServer& server, const connectors::ConnectionUrl& url)
      : connection_(raw::connect(url)),
        base_(server.folder() + "/memory"),
        config_(server.folder() + "/keepsum.json"),
        database_(server.url(url.database)) {}

  void print_line(std::int64_t keys) {
    most_mib({"drop", "card_activity", "--yes"});
    raw::run(connection_.get(), fmt::format("UPDATE payments SET card_id = 1 + id % {}", keys));
    const double fill = most_mib({"apply", "--yes"});
    const double in_one_pass = most_mib({"reconcile", "--order", "one-pass"});
    const double by_ranges = most_mib({"reconcile", "--order", "key-ranges"});
    raw::run(connection_.get(),
             "UPDATE card_activity SET total_spent = total_spent + 1 WHERE card_id % 100 = 0");
    const double repairs = most_mib({"reconcile", "--guard", "100"});
    const auto drifted = last_.at("summaries").at(0).at("drifted").to_number<std::int64_t>();
    fmt::print("{:>10}{:>10.1f}{:>16.1f}{:>12.1f}{:>12.1f}  of {}\n", keys_, fill, in_one_pass,
               by_ranges, repairs, drifted);
    std::fflush(stdout);
  }

 private:
  // Resident, at most, while the command ran.
  double most_mib(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{KEEPSUM_BINARY, "--json",     "--config",
                                     config_,        "--database", database_};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const test::Ended ended = test::Child(command, base_).finish();
    if (ended.code != 0 && ended.code != 2) {
      throw std::runtime_error(
          fmt::format("{}: exit {}: {}{}", arguments[0], ended.code, ended.out, ended.err));
    }
    if (arguments[0] == "reconcile") {
      last_ = boost::json::parse(ended.out);
      keys_ = last_.at("summaries").at(0).at("keys_checked").to_number<std::int64_t>();
    }
    return static_cast<double>(ended.most_resident_kib) / 1024;
  }

  mysql::ConnectionHandle connection_;
  std::string base_, config_, database_;
  boost::json::value last_;
  std::int64_t keys_ = 0;
};

void run() {
  const auto payments = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 2'000'000));
  test::MariadbServer server(server_options());
  const LoadOptions load = prepare(server, payments, static_cast<int>(payments / 100));
  Measured measured(server, load.url);
  fmt::print(
      "Resident memory of the binary, at most, in MiB: {} "
      "payments\n\n{:>10}{:>10}{:>16}{:>12}{:>12}\n",
      payments, "keys", "fill", "verify at once", "by ranges", "repair 1 %");
  for (const std::int64_t part : {100, 10, 1}) measured.print_line(payments / part);
  fmt::print(
      "\nClaim: the same for all keys as for a hundredth of them. What has drifted waits in\n"
      "memory, 16 MiB of it at most.\n");
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_memory: {}\n", error.what());
    return 1;
  }
}
