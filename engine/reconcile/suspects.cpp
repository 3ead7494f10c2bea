#include "engine/reconcile/suspects.hpp"

#include <fmt/format.h>

#include "engine/sql/summary_table.hpp"

namespace keepsum::reconcile {

namespace {

// "-1.50" and "-1.5" are one number; so are "0.0000" and "-0".
std::string plain_number(std::string text) {
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string negated(const std::string& number) {
  if (number == "0") return number;
  return number.starts_with('-') ? number.substr(1) : "-" + number;
}

}  // namespace

std::vector<std::string> contributing_columns(const plan::SummaryPlan& plan) {
  std::vector<std::string> names;
  for (const plan::BaseTable& table : plan.tables) {
    for (const std::string& column : table.info.primary_key) {
      names.push_back(table.alias + "." + column);
    }
  }
  for (const plan::StateColumn& column : plan.state) {
    names.push_back(sql::display_name(plan, column));
  }
  return names;
}

Suspects::Suspects(const plan::SummaryPlan& plan, const std::vector<db::Value>& difference)
    : names_(contributing_columns(plan)) {
  names_.resize(names_.size() - plan.state.size());
  bool values_differ = false;
  for (std::size_t i = 0; i < plan.state.size() && i < difference.size(); ++i) {
    if (plan.state[i].merge != plan::Merge::add) continue;
    // What a row contributes to a count of values, and to steps, follows from the group's other
    // rows.
    if (plan.is_kept_apart(plan.state[i].aggregate)) {
      values_differ = values_differ || plain_number(db::display(difference[i])) != "0";
      continue;
    }
    const std::string wanted = plain_number(db::display(difference[i]));
    possible_ = possible_ || wanted != "0";
    wanted_.push_back({names_.size() + i, wanted, negated(wanted)});
  }
  possible_ = possible_ && !values_differ;
}

void Suspects::look_at(const db::Row& row) {
  constexpr std::size_t kept_max = 5;
  if (!possible_) return;
  bool left_out = true, twice = may_be_twice_;
  for (const Wanted& wanted : wanted_) {
    const std::string contribution = plain_number(db::display(row[wanted.column]));
    left_out = left_out && contribution == wanted.left_out;
    twice = twice && contribution == wanted.twice;
  }
  if (!left_out && !twice) return;
  ++count_;
  if (found_.size() == kept_max) return;
  std::string id;
  for (std::size_t k = 0; k < names_.size(); ++k) {
    id += fmt::format("{}{}={}", k == 0 ? "" : " ", names_[k], db::display(row[k]));
  }
  found_.push_back({std::move(id), left_out ? Kind::not_counted : Kind::counted_twice});
}

}  // namespace keepsum::reconcile
