// keepsum read: one key's figures.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/key_arguments.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/read.hpp"

namespace keepsum::cli {

namespace json = boost::json;

Result<int> run_read(const GlobalOptions& global, const KeyOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const plan::SummaryPlan plan, workspace.plan(options.name));
  KEEPSUM_ASSIGN(const auto key, parse_key(plan, options.key));
  KEEPSUM_ASSIGN(const auto reading, lifecycle::read(workspace.database(), plan, key));
  if (global.json) {
    json::object key_object, values;
    for (std::size_t i = 0; i < key.size(); ++i) key_object[plan.keys[i].name] = to_json(key[i]);
    for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
      values[plan.aggregates[i].column.name] = to_json(plan.aggregates[i], reading.values[i]);
    }
    print(json::serialize(json::object{{"version", 1},
                                       {"summary", plan.spec.name},
                                       {"key", std::move(key_object)},
                                       {"from", reading.from_summary ? "summary" : "source"},
                                       {"shadow", reading.standing.shadow},
                                       {"values", std::move(values)}}) +
          "\n");
    return exit_ok;
  }
  std::vector<std::vector<std::string>> rows{{"column", "value"}};
  for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
    const plan::AggregatePlan& aggregate = plan.aggregates[i];
    const db::Value& value = reading.values[i];
    rows.push_back({aggregate.column.name,
                    aggregate.aggregate->is_condition() ? (db::as_int64(value) != 0 ? "true" : "false")
                                                        : db::display(value)});
  }
  print(table(rows));
  if (!reading.from_summary) {
    print_err(fmt::format("{} {}: computed from the source\n", plan.spec.name,
                          reading.standing.is_true() ? "is a shadow" : "is not live yet"));
  }
  return exit_ok;
}

}  // namespace keepsum::cli
