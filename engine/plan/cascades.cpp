// Foreign key actions that change what the spec reads.
//
// On MySQL and MariaDB a cascade fires no trigger, so the statement's root table gets a BEFORE
// trigger: while the children can still be seen, their contributions are taken back, and what
// they will contribute afterwards is added, computed from the values the action will give them.
// What cannot be computed so is refused. On SQLite cascades do fire triggers, but after the
// parent row is gone; there it is enough that the parent's own hook runs before (see hooks.cpp).
#include "engine/plan/cascades.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "engine/plan/names.hpp"
#include "engine/plan/steps.hpp"

namespace keepsum::plan {

using db::ForeignKey;
using db::ReferentialAction;

namespace {

constexpr std::size_t chain_keys_max = 8;

bool overlap(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& n) { return contains(b, n); });
}

bool acts(ReferentialAction action) {
  return action == ReferentialAction::cascade || action == ReferentialAction::set_null ||
         action == ReferentialAction::set_default;
}

std::string_view words(ReferentialAction action) {
  switch (action) {
    case ReferentialAction::cascade: return "CASCADE";
    case ReferentialAction::set_null: return "SET NULL";
    case ReferentialAction::set_default: return "SET DEFAULT";
    default: return "RESTRICT";
  }
}

// One chain of foreign keys from a base table up to the table a statement strikes.
struct Chain {
  const BaseTable* reached = nullptr;
  std::vector<ForeignKey> keys;  // keys[0] is of the base table; the last one references the root
};

class CascadeFinder {
 public:
  CascadeFinder(Compilation& compilation, SummaryPlan& plan)
      : compilation_(compilation), plan_(plan) {}

  Result<void> run() {
    for (const BaseTable& table : plan_.tables) {
      for (const ForeignKey& key : table.info.foreign_keys) {
        const bool reads_key = overlap(key.columns, table.read_columns);
        if (acts(key.on_delete) && (key.on_delete == ReferentialAction::cascade || reads_key)) {
          KEEPSUM_TRY(follow_delete({&table, {key}}));
        }
        if (acts(key.on_update) && reads_key) KEEPSUM_TRY(follow_update({&table, {key}}));
      }
    }
    for (Cascade& cascade : plan_.cascades) check(cascade);
    return {};
  }

 private:
  const BaseTable* base_table(const std::string& name) const {
    for (const BaseTable& table : plan_.tables) {
      if (same_name(table.info.name, name)) return &table;
    }
    return nullptr;
  }

  void refuse(const std::string& message) {
    compilation_.refuse(plan_.spec.place, "cascade", message,
                        "drop the action from the foreign key and delete or update the children "
                        "first, in statements of their own, which triggers do see");
  }

  // Adds the chain's root, then goes on to the roots above it: deleting a grandparent row
  // deletes the parent, which deletes the child.
  Result<void> follow_delete(const Chain& chain) {
    const ForeignKey& top = chain.keys.back();
    const BaseTable* revisited = nullptr;
    if (same_name(top.referenced_table, chain.reached->info.name)) revisited = chain.reached;
    for (std::size_t i = 0; i + 1 < chain.keys.size(); ++i) {
      if (same_name(chain.keys[i].referenced_table, top.referenced_table))
        revisited = chain.reached;
    }
    if (revisited != nullptr || chain.keys.size() > chain_keys_max) {
      refuse(
          fmt::format("foreign key {} deletes rows of `{}` through `{}` again and again, to a "
                      "depth nobody can name beforehand, and a cascade fires no trigger",
                      top.name, chain.reached->info.name, top.referenced_table));
      return {};
    }
    KEEPSUM_TRY(add(chain, sql::Event::remove));
    KEEPSUM_ASSIGN(const auto root, compilation_.catalog.table(top.referenced_table));
    if (!root) return {};
    for (const ForeignKey& above : root->foreign_keys) {
      if (above.on_delete != ReferentialAction::cascade) continue;
      Chain longer = chain;
      longer.keys.push_back(above);
      KEEPSUM_TRY(follow_delete(longer));
    }
    return {};
  }

  Result<void> follow_update(const Chain& chain) {
    const ForeignKey& key = chain.keys.back();
    KEEPSUM_ASSIGN(const auto root, compilation_.catalog.table(key.referenced_table));
    if (!root) return {};
    for (const ForeignKey& above : root->foreign_keys) {
      if (!acts(above.on_update) &&
          !(acts(above.on_delete) && above.on_delete != ReferentialAction::cascade)) {
        continue;
      }
      if (!overlap(above.columns, key.referenced_columns)) continue;
      refuse(
          fmt::format("a change of `{}` reaches `{}` through two foreign keys in a row ({}, "
                      "{}), and a cascade fires no trigger",
                      above.referenced_table, chain.reached->info.name, above.name, key.name));
      return {};
    }
    return add(chain, sql::Event::update);
  }

  // "the row of `child` hangs on the OLD row of the chain's root", as SQL.
  std::string predicate(const Chain& chain, std::size_t level, const std::string& child) const {
    const sql::Dialect& d = compilation_.dialect;
    const ForeignKey& key = chain.keys[level];
    const bool last = level + 1 == chain.keys.size();
    const std::string parent = d.identifier(fmt::format("ks{}", level + 1));
    std::string equal;
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
      equal +=
          fmt::format("{}{}.{} = {}.{}", i == 0 ? "" : " AND ", child, d.identifier(key.columns[i]),
                      last ? "OLD" : parent, d.identifier(key.referenced_columns[i]));
    }
    if (last) return equal;
    // A lock clause does not reach into a subquery, and a plain read inside a trigger may be as
    // old as the whole statement.
    return fmt::format("EXISTS (SELECT 1 FROM {} {} WHERE {} AND {}{})",
                       d.identifier(key.referenced_table), parent, equal,
                       predicate(chain, level + 1, parent), d.lock_clause());
  }

  // Between the trigger and the action itself, another transaction could give a row that is not
  // part of the join yet a child, or make it match: counted there, and gone with the row here.
  // Locked, the row can neither be referenced nor changed. The root row is locked already, and so
  // is what is reached where the reached row's own hook reads the root.
  std::vector<std::string> rows_to_lock(const Chain& chain) const {
    const sql::Dialect& d = compilation_.dialect;
    std::vector<std::string> rows;
    for (std::size_t level = chain.keys.size(); level-- > 0;) {
      const std::string table =
          level == 0 ? chain.reached->info.name : chain.keys[level - 1].referenced_table;
      const std::string alias =
          d.identifier(level == 0 ? chain.reached->alias : fmt::format("ks{}", level));
      rows.push_back(fmt::format("{} {} WHERE {}", d.identifier(table), alias,
                                 predicate(chain, level, alias)));
    }
    return rows;
  }

  bool is_link(const BaseTable& child, const ForeignKey& key) const {
    return std::any_of(plan_.links.begin(), plan_.links.end(), [&](const ParentLink& link) {
      return !link.trusted && link.child_alias == child.alias &&
             link.child_columns == key.columns &&
             same_name(plan_.table(link.parent_alias).info.name, key.referenced_table);
    });
  }

  Result<void> add(const Chain& chain, sql::Event event) {
    const ForeignKey& top = chain.keys.back();
    const ForeignKey& bottom = chain.keys.front();
    // A child joined to its parent vanishes from the join with it: the parent's own reach says it.
    const bool joined_to_parent = is_link(*chain.reached, bottom);
    if (event == sql::Event::remove && chain.keys.size() > 1 && joined_to_parent) return {};

    Cascade& cascade = find_or_add(top, event);
    if (cascade.root.name.empty()) {
      KEEPSUM_ASSIGN(auto root, compilation_.catalog.table(top.referenced_table));
      if (root) cascade.root = std::move(*root);
      if (const BaseTable* base = base_table(top.referenced_table)) {
        cascade.root_alias = base->alias;
      }
    }
    for (const std::string& column : top.referenced_columns) {
      if (!contains(cascade.root_columns, column)) cascade.root_columns.push_back(column);
    }
    Cascade::Reach reach;
    reach.alias = chain.reached->alias;
    reach.columns = bottom.columns;
    reach.root_columns =
        chain.keys.size() == 1 ? bottom.referenced_columns : std::vector<std::string>{};
    reach.predicate = predicate(chain, 0, compilation_.dialect.identifier(chain.reached->alias));
    reach.action = event == sql::Event::remove ? bottom.on_delete : bottom.on_update;
    reach.implied = chain.keys.size() == 1 && joined_to_parent && !cascade.root_alias.empty();
    if (!reach.implied) reach.rows_to_lock = rows_to_lock(chain);
    cascade.reaches.push_back(std::move(reach));
    cascade.reason += fmt::format("{}{} (ON {} {})", cascade.reason.empty() ? "" : ", ",
                                  bottom.name, event == sql::Event::remove ? "DELETE" : "UPDATE",
                                  words(cascade.reaches.back().action));
    return {};
  }

  Cascade& find_or_add(const ForeignKey& top, sql::Event event) {
    for (Cascade& cascade : plan_.cascades) {
      if (cascade.event == event && same_name(cascade.root_table, top.referenced_table)) {
        return cascade;
      }
    }
    Cascade cascade;
    cascade.root_table = top.referenced_table;
    cascade.event = event;
    plan_.cascades.push_back(std::move(cascade));
    return plan_.cascades.back();
  }

  // What a BEFORE trigger on the root could not compute exactly.
  void check(const Cascade& cascade) {
    const bool mixed = std::any_of(
        cascade.reaches.begin(), cascade.reaches.end(), [&](const Cascade::Reach& reach) {
          const bool vanishes =
              cascade.event == sql::Event::remove && reach.action == ReferentialAction::cascade;
          return !vanishes && !reach.implied;
        });
    if (mixed && cascade.reaches.size() > 1) {
      refuse(
          fmt::format("a change of `{}` changes base tables through several foreign keys at "
                      "once: {}",
                      cascade.root_table, cascade.reason));
      return;
    }
    if (mixed && !cascade.root_alias.empty()) {
      refuse(
          fmt::format("`{}` changes `{}` by a foreign key action, and the join does not follow "
                      "that key: {}",
                      cascade.root_table, cascade.reaches.front().alias, cascade.reason));
      return;
    }
    if (cascade.root.name.empty()) {
      refuse(fmt::format("`{}` cannot be read, and its foreign key actions reach base tables: {}",
                         cascade.root_table, cascade.reason));
      return;
    }
    for (const Cascade::Reach& reach : cascade.reaches) {
      if (reach.action == ReferentialAction::set_default) {
        refuse(fmt::format("ON … SET DEFAULT on `{}`", reach.alias));
      }
      const bool vanishes =
          cascade.event == sql::Event::remove && reach.action == ReferentialAction::cascade;
      if (vanishes) continue;
      for (const db::ColumnInfo& column : plan_.table(reach.alias).info.columns) {
        if (column.generated && contains(plan_.table(reach.alias).read_columns, column.name)) {
          refuse(
              fmt::format("the generated column `{}.{}` may follow the foreign key, and its "
                          "new value cannot be known before the change ({})",
                          reach.alias, column.name, cascade.reason));
        }
      }
    }
  }

  Compilation& compilation_;
  SummaryPlan& plan_;
};

}  // namespace

bool others_read_reached_rows(const SummaryPlan& plan) {
  return plan.tables.size() > 1 || plan.has_sequences();
}

Result<void> find_cascades(Compilation& compilation, SummaryPlan& plan) {
  if (compilation.dialect.cascades_fire_triggers()) return {};
  return CascadeFinder(compilation, plan).run();
}

}  // namespace keepsum::plan
