#include "schema/sources.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

class Sources {
 public:
  explicit Sources(std::span<const SummarySpec> summaries) : summaries_(summaries) {}

  std::vector<Diagnostic> check() {
    for (const SummarySpec& summary : summaries_) {
      check_joins(summary);
      const auto source = find_summary(summaries_, summary.from.table);
      if (!source) continue;
      if (const auto path = cycle(summary); !path.empty()) {
        refuse(summary.from.place, "summary-cycle",
               fmt::format("{} is made from itself: {}", quoted(summary.name),
                           fmt::join(path, " from ")),
               path.size() == 2
                   ? "name the table it is made from; or rename the summary, if a table "
                     "of this name exists"
                   : "make one of them from a table");
        continue;
      }
      check_level(summary, *source);
    }
    return std::move(found_);
  }

 private:
  void refuse(const Place& place, std::string code, std::string message, std::string hint) {
    found_.push_back(
        {Severity::error, std::move(code), place, std::move(message), std::move(hint)});
  }

  void check_joins(const SummarySpec& summary) {
    for (const Join& join : summary.joins) {
      if (!find_summary(summaries_, join.table.table)) continue;
      refuse(join.table.place, "summary-in-join",
             fmt::format("{} is a summary of this spec, and a summary can only stand in `from`",
                         quoted(join.table.table)),
             "swap it with the table in `from`: inner joins may be written in any order");
    }
  }

  // The names on the way from the summary back to itself; empty if there is none.
  std::vector<std::string> cycle(const SummarySpec& summary) const {
    std::vector<std::string> path{summary.name};
    const SummarySpec* at = &summary;
    for (std::size_t step = 0; step < summaries_.size(); ++step) {
      const auto next = find_summary(summaries_, at->from.table);
      if (!next) return {};
      at = &summaries_[*next];
      path.push_back(at->name);
      if (at == &summary) return path;
    }
    return {};  // it leads into a cycle of others, which are told
  }

  void check_level(const SummarySpec& summary, std::size_t source) {
    if (summary.capture == Capture::hooks) {
      refuse(summary.from.place, "summary-by-hooks",
             fmt::format("{} is made from the summary {}, whose rows change by triggers, hooks and "
                         "repairs: no hook of a service sees all of that",
                         quoted(summary.name), quoted(summaries_[source].name)),
             "leave `capture` out: the database's triggers keep it, whoever keeps its source");
    }
    for (const DeclaredKey& key : summary.declared_keys) {
      if (key.parent_alias != summary.from.alias) continue;
      refuse(key.place, "declared-key-to-summary",
             fmt::format("rows of the summary {} come and go with their figures, so none of them "
                         "can be a parent that stays",
                         quoted(summaries_[source].name)),
             "leave the declared key out");
    }
    // The source's own trigger on such a table changes the source while the table has changed
    // already: the joined rows of both changes would be counted once too often.
    for (const Join& join : summary.joins) {
      for (auto at = std::optional(source); at;
           at = find_summary(summaries_, summaries_[*at].from.table)) {
        if (!reads(summaries_[*at], join.table.table)) continue;
        refuse(join.table.place, "shared-with-source",
               fmt::format("{} is a base table of {} too: one change of it would change both "
                           "sides of this join",
                           quoted(join.table.table), quoted(summaries_[*at].name)),
               fmt::format("keep what you need of it in {}: as a key, or as an aggregate",
                           quoted(summaries_[*at].name)));
        break;
      }
    }
  }

  static bool reads(const SummarySpec& summary, const std::string& table) {
    return same_name(summary.from.table, table) ||
           std::any_of(summary.joins.begin(), summary.joins.end(),
                       [&](const Join& join) { return same_name(join.table.table, table); });
  }

  std::span<const SummarySpec> summaries_;
  std::vector<Diagnostic> found_;
};

}  // namespace

std::optional<std::size_t> find_summary(std::span<const SummarySpec> summaries,
                                        std::string_view table) {
  if (table.empty()) return std::nullopt;
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    if (same_name(summaries[i].name, table)) return i;
  }
  return std::nullopt;
}

std::vector<Diagnostic> check_sources(std::span<const SummarySpec> summaries) {
  return Sources(summaries).check();
}

std::vector<std::size_t> by_sources(std::span<const SummarySpec> summaries) {
  std::vector<std::size_t> order;
  std::vector<bool> done(summaries.size(), false);
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    std::vector<std::size_t> chain;
    for (std::optional<std::size_t> at = i; at && !done[*at];
         at = find_summary(summaries, summaries[*at].from.table)) {
      done[*at] = true;
      chain.push_back(*at);
    }
    order.insert(order.end(), chain.rbegin(), chain.rend());
  }
  return order;
}

}  // namespace keepsum::schema
