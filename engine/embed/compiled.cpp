#include "engine/embed/compiled.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <boost/algorithm/string/case_conv.hpp>
#include <map>

#include "engine/sql/carried.hpp"

namespace keepsum::embed {

using sql::Event;

namespace {

constexpr Event events[] = {Event::insert, Event::update, Event::remove};
constexpr std::size_t kind_taken = 0, kind_merge = 1, kind_lock = 2;

// Without a hook of its own, a table may still be where a foreign key action starts: its children
// can be seen before the change, and no longer after it.
bool is_needed(const plan::SummaryPlan& plan, const std::string& alias, Event event) {
  const plan::Hook* hook = plan.hook(alias, event);
  if (hook == nullptr) return false;
  return hook->needed ||
         std::any_of(plan.cascades.begin(), plan.cascades.end(), [&](const plan::Cascade& cascade) {
           return cascade.root_alias == alias && cascade.event == event;
         });
}

// Names are mostly told apart by their lengths.
bool is_before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::span<const GivenType> columns_of(const plan::BaseTable& base, const sql::Dialect& dialect,
                                      Together& together) {
  std::vector<GivenType> columns;
  for (const std::string& name : given_columns(base)) {
    GivenType& column = columns.emplace_back(given_type(*base.info.find_column(name), dialect));
    const auto& key = base.info.primary_key;
    const auto place = std::find_if(key.begin(), key.end(), [&](const std::string& each) {
      return base.info.find_column(each)->name == column.name;
    });
    if (place != key.end()) column.place_in_key = static_cast<std::int16_t>(place - key.begin());
    column.name = together.keep(column.name);
  }
  return together.keep(columns);
}

std::string none_of(const plan::BaseTable& table, const sql::Dialect& dialect, std::size_t rows) {
  return fmt::format("NOT ({})", sql::primary_key_in(table, dialect, rows));
}

}  // namespace

Compiled::Compiled(std::vector<plan::SummaryPlan> plans,
                   std::unique_ptr<const sql::Dialect> dialect,
                   const std::set<std::string>& altered)
    : plans_(std::move(plans)),
      dialect_(std::move(dialect)),
      recomputes_(plans_.size()),
      given_paths_(plans_.size()),
      merges_of_one_(plans_.size()) {
  std::map<std::string, std::pair<TableUses, std::vector<Use>>> tables;  // by name in lower case
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    const plan::SummaryPlan& plan = written(i);
    given_paths_[i].resize(plan.tables.size());
    merges_of_one_[i].resize(plan.tables.size());
    for (std::size_t t = 0; t < plan.tables.size(); ++t) {
      const plan::BaseTable& base = plan.tables[t];
      auto& [table, uses] = tables[boost::algorithm::to_lower_copy(base.info.name)];
      table.key_columns = base.info.primary_key.size();
      table.base = &base;
      if (plan.spec.capture != schema::Capture::hooks) continue;
      Use& use = uses.emplace_back();
      use.summary = i;
      use.table = t;
      use.columns = columns_of(base, *dialect_, together_);
      given_paths_[i][t] = GivenPath::make(plan, *dialect_, t, altered, together_);
      use.path = given_path(i, t);
      for (std::size_t e = 0; e < std::size(events); ++e) {
        use.needed[e] = is_needed(plan, base.alias, events[e]);
        table.needed[e] = table.needed[e] || use.needed[e];
      }
      if (std::find(use.needed.begin(), use.needed.end(), true) != use.needed.end()) {
        Shape one(plan.tables.size(), 0);
        one[t] = 1;
        merges_of_one_[i][t].emplace(render(i, {one, one, 0, false}));
        use.merge_one = &merge_one(i, t);
      }
    }
    recomputes_[i] = sql::reread_group(plan, *dialect_);
  }
  std::vector<TableUses> all;
  std::vector<Named> named;
  for (auto& [name, table] : tables) {
    table.first.uses = together_.keep(table.second);
    all.push_back(table.first);
    named.push_back({together_.keep(name), nullptr});
  }
  const auto kept = together_.keep(all);
  for (std::size_t i = 0; i < named.size(); ++i) named[i].table = &kept[i];
  std::sort(named.begin(), named.end(),
            [](const Named& a, const Named& b) { return is_before(a.name, b.name); });
  by_length_ = together_.keep(named);
}

const TableUses* Compiled::table(std::string_view name) const {
  const TableUses* const table = table_in_lower_case(name);
  return table != nullptr ? table
                          : table_in_lower_case(boost::algorithm::to_lower_copy(std::string(name)));
}

const TableUses* Compiled::table_in_lower_case(std::string_view name) const {
  const auto found = std::lower_bound(
      by_length_.begin(), by_length_.end(), name,
      [](const Named& entry, std::string_view other) { return is_before(entry.name, other); });
  return found != by_length_.end() && found->name == name ? found->table : nullptr;
}

template <class Render>
std::shared_ptr<const std::string> Compiled::cached(const TextKey& key,
                                                    const Render& render) const {
  {
    const std::shared_lock reading(mutex_);
    const auto found = texts_.find(key);
    if (found != texts_.end()) return found->second;
  }
  auto text = std::make_shared<const std::string>(render());
  const std::unique_lock writing(mutex_);
  return texts_.emplace(key, std::move(text)).first->second;
}

std::shared_ptr<const std::string> Compiled::taken(std::size_t summary, std::size_t table,
                                                   std::size_t rows, const Shape& noted) const {
  const auto render = [&] {
    const plan::SummaryPlan& plan = written(summary);
    sql::Branch branch;
    branch.weight = -1;
    branch.extra = {sql::primary_key_in(plan.tables[table], *dialect_, rows)};
    for (std::size_t t = 0; t < noted.size(); ++t) {
      if (noted[t] > 0) branch.extra.push_back(none_of(plan.tables[t], *dialect_, noted[t]));
    }
    return sql::read_taken(plan, *dialect_, branch);
  };
  TextKey key{kind_taken, summary, table, rows};
  key.insert(key.end(), noted.begin(), noted.end());
  return cached(key, render);
}

std::string Compiled::render(std::size_t summary, const Merge& merge) const {
  const plan::SummaryPlan& plan = written(summary);
  std::vector<sql::Branch> branches;
  for (std::size_t t = 0; t < merge.driving.size(); ++t) {
    if (merge.driving[t] == 0) continue;
    const plan::BaseTable& base = plan.tables[t];
    sql::Branch branch;
    if (merge.asks) branch.extra.push_back(sql::hooks_write(plan, *dialect_));
    branch.extra.push_back(sql::primary_key_in(base, *dialect_, merge.driving[t]));
    for (std::size_t before = 0; before < t; ++before) {
      if (merge.before[before] == 0) continue;
      branch.extra.push_back(none_of(plan.tables[before], *dialect_, merge.before[before]));
    }
    const plan::Hook* hook = plan.hook(base.alias, Event::insert);
    branch.single_row = merge.driving[t] == 1 && hook != nullptr && hook->single_row;
    branches.push_back(std::move(branch));
  }
  const std::string condition = merge.asks ? sql::hooks_write(plan, *dialect_) : std::string();
  const std::vector<std::string> carried(merge.carried,
                                         sql::carried_select(plan, *dialect_, condition));
  return sql::upsert(plan, *dialect_, branches, {.further = carried, .plain_hook = !merge.asks});
}

std::shared_ptr<const std::string> Compiled::merge(std::size_t summary, const Merge& merge) const {
  TextKey key{kind_merge, summary, merge.carried, merge.asks ? 1U : 0U};
  key.insert(key.end(), merge.driving.begin(), merge.driving.end());
  key.insert(key.end(), merge.before.begin(), merge.before.end());
  return cached(key, [&] { return render(summary, merge); });
}

std::shared_ptr<const std::string> Compiled::lock(const TableUses& table, std::size_t rows) const {
  const auto render = [&]() -> std::string {
    if (dialect_->row_lock_clause().empty()) return {};
    const plan::BaseTable& base = *table.base;
    return fmt::format("SELECT COUNT(*) FROM {} {} WHERE {}{}",
                       dialect_->identifier(base.info.name), dialect_->identifier(base.alias),
                       sql::primary_key_in(base, *dialect_, rows), dialect_->row_lock_clause());
  };
  return cached({kind_lock, std::bit_cast<std::uintptr_t>(table.base), rows}, render);
}

}  // namespace keepsum::embed
