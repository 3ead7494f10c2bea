// keepsum read: one key's figures, buckets of time, or the top of a list.
#include "engine/lifecycle/read.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/key_arguments.hpp"
#include "cli/listing_text.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "cli/usage_error.hpp"
#include "engine/lifecycle/list.hpp"
#include "schema/text.hpp"

namespace keepsum::cli {

namespace json = boost::json;

namespace {

using lifecycle::SomeKeys;

// The one column=value table of a key.
void print_values(const plan::SummaryPlan& plan, const std::vector<std::size_t>& aggregates,
                  const std::vector<db::Value>& values) {
  std::vector<std::vector<std::string>> rows{{"column", "value"}};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const plan::AggregatePlan& aggregate = plan.aggregates[aggregates[i]];
    rows.push_back({aggregate.column.name, display(aggregate, values[i])});
  }
  print(table(rows));
}

std::vector<std::size_t> every_aggregate(const plan::SummaryPlan& plan) {
  std::vector<std::size_t> all(plan.aggregates.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

Result<int> read_key(Workspace& workspace, const plan::SummaryPlan& plan, bool as_json,
                     const ReadOptions& options) {
  KEEPSUM_ASSIGN(const auto key, parse_key(plan, options.key));
  KEEPSUM_ASSIGN(const auto reading, lifecycle::read(workspace.database(), plan, key));
  if (as_json) {
    json::object answer = head(plan, reading.from_summary, reading.standing);
    answer["key"] = key_object(plan, key);
    answer["values"] = value_object(plan, every_aggregate(plan), reading.values);
    print(json::serialize(answer) + "\n");
    return exit_ok;
  }
  print_values(plan, every_aggregate(plan), reading.values);
  say_source(plan, reading.from_summary, reading.standing);
  return exit_ok;
}

Result<int> read_range(Workspace& workspace, const plan::SummaryPlan& plan, bool as_json,
                       const ReadOptions& options) {
  const auto given = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  KEEPSUM_ASSIGN(const SomeKeys within, parse_some_keys(plan, options.key));
  KEEPSUM_ASSIGN(const auto listing,
                 lifecycle::read_buckets(workspace.database(), plan, within,
                                         {given(options.last), given(options.from),
                                          given(options.to), given(options.as_of), options.each}));
  if (as_json) {
    print(json::serialize(range_json(plan, listing)) + "\n");
    return exit_ok;
  }
  // One row of a merged range is shown as a key is.
  const bool one = !options.each && std::none_of(listing.keys.begin(), listing.keys.end(),
                                                 [&](std::size_t key) { return !within[key]; });
  if (one) {
    print_values(plan, listing.aggregates, listing.rows.front().values);
  } else {
    print(listing_table(plan, listing, std::nullopt));
  }
  say_range(plan, listing, options.each);
  say_source(plan, listing.from_summary, listing.standing);
  return exit_ok;
}

Result<std::size_t> order_column(const plan::SummaryPlan& plan, const std::string& name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
    if (plan.aggregates[i].column.name == name) return i;
    names.push_back(plan.aggregates[i].column.name);
  }
  const std::string near = schema::did_you_mean(name, names);
  return usage(fmt::format("{} has no column `{}` to order by", plan.spec.name, name),
               near.empty() ? fmt::format("the columns are {}", fmt::join(names, ", "))
                            : fmt::format("did you mean `{}`?", near));
}

// A list without its index reads every row.
void warn_of_index(const plan::SummaryPlan& plan, const SomeKeys& within, std::size_t aggregate) {
  if (lifecycle::index_serves(plan, within, aggregate)) return;
  std::vector<std::string> wanted;
  for (std::size_t i = 0; i < within.size(); ++i) {
    if (within[i]) wanted.push_back(fmt::format("\"{}\"", plan.keys[i].name));
  }
  wanted.push_back(fmt::format("\"{}\"", plan.aggregates[aggregate].column.name));
  print_err(fmt::format(
      "{} no index of {} has this order, so the rows are read and sorted; add to the spec: "
      "\"indexes\": [[{}]]\n",
      paint_err(Style::yellow, "!"), plan.spec.name, fmt::join(wanted, ", ")));
}

Result<int> read_top(Workspace& workspace, const plan::SummaryPlan& plan, bool as_json,
                     const ReadOptions& options) {
  KEEPSUM_ASSIGN(const std::size_t by, order_column(plan, options.by));
  KEEPSUM_ASSIGN(const SomeKeys within, parse_some_keys(plan, options.key));
  KEEPSUM_ASSIGN(const auto listing,
                 lifecycle::top(workspace.database(), plan, within, by, options.ascending,
                                static_cast<std::uint64_t>(options.top)));
  if (listing.from_summary) warn_of_index(plan, within, by);
  if (as_json) {
    json::object answer = top_json(plan, listing, by);
    answer["ascending"] = options.ascending;
    print(json::serialize(answer) + "\n");
    return exit_ok;
  }
  print(listing_table(plan, listing, by));
  say_source(plan, listing.from_summary, listing.standing);
  return exit_ok;
}

Result<int> read_rank(Workspace& workspace, const plan::SummaryPlan& plan, bool as_json,
                      const ReadOptions& options) {
  KEEPSUM_ASSIGN(const std::size_t by, order_column(plan, options.by));
  KEEPSUM_ASSIGN(const SomeKeys within, parse_some_keys(plan, options.key));
  std::vector<std::string> whole = options.key;
  whole.insert(whole.end(), options.rank_of.begin(), options.rank_of.end());
  KEEPSUM_ASSIGN(const auto key, parse_key(plan, whole));
  KEEPSUM_ASSIGN(const auto rank, lifecycle::rank_of(workspace.database(), plan, within, key, by,
                                                     options.ascending));
  if (rank.from_summary) warn_of_index(plan, within, by);
  if (as_json) {
    json::object answer = head(plan, rank.from_summary, rank.standing);
    answer["by"] = options.by;
    answer["ascending"] = options.ascending;
    answer["key"] = key_object(plan, key);
    answer["rank"] = rank.rank == 0 ? json::value() : json::value(rank.rank);
    answer["value"] =
        rank.rank == 0 ? json::value() : to_json(plan.aggregates[by], rank.values[by]);
    print(json::serialize(answer) + "\n");
    return exit_ok;
  }
  if (rank.rank == 0) {
    print_err(fmt::format("{}: this key has no rows, so it has no rank\n", plan.spec.name));
  } else {
    print(table({{"column", "value"},
                 {"rank", with_separators(rank.rank)},
                 {options.by, display(plan.aggregates[by], rank.values[by])}}));
  }
  say_source(plan, rank.from_summary, rank.standing);
  return exit_ok;
}

}  // namespace

Result<int> run_read(const GlobalOptions& global, const ReadOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const plan::SummaryPlan plan, workspace.plan(options.name));
  if (options.top > 0) return read_top(workspace, plan, global.json, options);
  if (!options.rank_of.empty()) return read_rank(workspace, plan, global.json, options);
  const bool range = options.each || !options.last.empty() || !options.from.empty() ||
                     !options.to.empty() || !options.as_of.empty();
  if (range) return read_range(workspace, plan, global.json, options);
  if (!options.by.empty()) {
    return usage("--by is the order of a list", "add --top 100, or --rank-of column=value");
  }
  return read_key(workspace, plan, global.json, options);
}

}  // namespace keepsum::cli
