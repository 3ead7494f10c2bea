// A zone that the server does not know makes every date of it NULL: that is found here, before a
// trigger has it.
#include <fmt/format.h>

#include <set>

#include "engine/plan/steps.hpp"

namespace keepsum::plan {

namespace {

constexpr const char* load_zones =
    "load the zones into the server: `mariadb-tzinfo-to-sql /usr/share/zoneinfo | mariadb mysql` "
    "(MySQL: mysql_tzinfo_to_sql); or write a fixed offset, as '+09:00'";

}  // namespace

std::vector<schema::Expr> calls_with_zones(const SummaryPlan& plan) {
  std::vector<schema::Expr> calls;
  const auto look = [&](const schema::Expr& expr) {
    if (schema::is_bucket(expr) && schema::bucket_of(expr).zone.is_named()) calls.push_back(expr);
  };
  for (const schema::ExprPtr& condition : plan.all_conditions()) schema::walk(condition, look);
  for (const schema::KeyPart& key : plan.spec.group_by) schema::walk(key.expr, look);
  for (const schema::AggregateColumn& aggregate : plan.spec.aggregates) {
    schema::walk(aggregate.argument, look);
    schema::walk(aggregate.filter, look);
  }
  return calls;
}

Result<void> check_zones(Compilation& compilation, const SummaryPlan& plan) {
  std::set<std::string> asked;
  for (const schema::Expr& call : calls_with_zones(plan)) {
    const schema::Place& place = call.args[2]->place;
    const std::string zone = schema::bucket_of(call).zone.name;
    const std::string question = compilation.dialect.named_zone(zone);
    if (question.empty()) {
      compilation.refuse(place, "unknown-zone",
                         fmt::format("this database knows no time zones by name, so `{}` means "
                                     "nothing to it",
                                     zone),
                         "write a fixed offset, as '+09:00'");
      continue;
    }
    if (!asked.insert(zone).second) continue;
    KEEPSUM_ASSIGN(const auto answer, compilation.session.scalar(question));
    if (db::is_null(answer)) {
      compilation.refuse(place, "unknown-zone",
                         fmt::format("the server knows no time zone `{}`", zone), load_zones);
    }
  }
  return {};
}

}  // namespace keepsum::plan
