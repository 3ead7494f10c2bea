// Which columns are equated, which tables are parents of which, and in what order a statement
// reads the tables from a given row.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "engine/plan/names.hpp"
#include "engine/plan/steps.hpp"

namespace keepsum::plan {

namespace {

bool equated(const SummaryPlan& plan, const std::string& a, const std::string& a_column,
             const std::string& b, const std::string& b_column) {
  return std::any_of(plan.equalities.begin(), plan.equalities.end(), [&](const JoinEquality& e) {
    return (e.left_alias == a && same_name(e.left_column, a_column) && e.right_alias == b &&
            same_name(e.right_column, b_column)) ||
           (e.left_alias == b && same_name(e.left_column, b_column) && e.right_alias == a &&
            same_name(e.right_column, a_column));
  });
}

bool all_equated(const SummaryPlan& plan, const ParentLink& link) {
  for (std::size_t i = 0; i < link.child_columns.size(); ++i) {
    if (!equated(plan, link.child_alias, link.child_columns[i], link.parent_alias,
                 link.parent_columns[i])) {
      return false;
    }
  }
  return true;
}

// A key to columns that are not unique, which InnoDB allows, names no one parent: a further one
// finds children in place, and one of several may go.
bool names_one_parent(const SummaryPlan& plan, const ParentLink& link) {
  const auto is_named = [&](const std::string& column) {
    return std::any_of(link.parent_columns.begin(), link.parent_columns.end(),
                       [&](const std::string& named) { return same_name(named, column); });
  };
  const auto& indexes = plan.table(link.parent_alias).info.indexes;
  return std::any_of(indexes.begin(), indexes.end(), [&](const db::IndexInfo& index) {
    return index.unique && !index.partial && !index.columns.empty() &&
           std::all_of(index.columns.begin(), index.columns.end(), is_named);
  });
}

void add_enforced_links(const SummaryPlan& plan, std::vector<ParentLink>& links) {
  for (const BaseTable& child : plan.tables) {
    // What stands before it is part of joined rows without it.
    if (child.left_on) continue;
    for (const db::ForeignKey& key : child.info.foreign_keys) {
      for (const BaseTable& parent : plan.tables) {
        if (!same_name(parent.info.name, key.referenced_table)) continue;
        ParentLink link{child.alias, parent.alias,  key.columns,  key.referenced_columns,
                        false,       key.on_delete, key.on_update};
        if (all_equated(plan, link) && names_one_parent(plan, link)) {
          links.push_back(std::move(link));
        }
      }
    }
  }
}

void add_declared_links(Compilation& compilation, const SummaryPlan& plan,
                        std::vector<ParentLink>& links) {
  for (const schema::DeclaredKey& key : plan.spec.declared_keys) {
    ParentLink link{key.child_alias,
                    key.parent_alias,
                    key.child_columns,
                    key.parent_columns,
                    true,
                    db::ReferentialAction::restrict,
                    db::ReferentialAction::restrict};
    bool known = true;
    const auto check = [&](const std::string& alias, const std::vector<std::string>& columns) {
      for (const std::string& column : columns) {
        if (plan.table(alias).info.find_column(column) != nullptr) continue;
        known = false;
        compilation.refuse(
            key.place, "unknown-column",
            fmt::format("table `{}` has no column `{}`", plan.table(alias).info.name, column), "");
      }
    };
    check(key.child_alias, key.child_columns);
    check(key.parent_alias, key.parent_columns);
    if (!known) continue;
    if (!all_equated(plan, link)) {
      compilation.refuse(
          key.place, "declared-key-not-joined",
          "a declared key must be one the join follows, column by column",
          fmt::format("join {} ON {}.{} = {}.{}", key.parent_alias, key.child_alias,
                      key.child_columns[0], key.parent_alias, key.parent_columns[0]));
      continue;
    }
    if (!names_one_parent(plan, link)) {
      compilation.refuse(key.place, "declared-key-not-unique",
                         fmt::format("{}.({}) is not unique: a child must have one parent",
                                     key.parent_alias, fmt::join(key.parent_columns, ", ")),
                         "declare a key to the parent's primary key or to a unique one");
      continue;
    }
    if (plan.table(link.child_alias).left_on) {
      compilation.refuse(key.place, "declared-key-left",
                         fmt::format("{} is joined by a LEFT JOIN: a row of {} counts without it, "
                                     "and the key spares nothing",
                                     key.child_alias, key.parent_alias),
                         "leave the declared key out");
      continue;
    }
    const bool enforced = std::any_of(links.begin(), links.end(), [&](const ParentLink& l) {
      return l.child_alias == link.child_alias && l.parent_alias == link.parent_alias &&
             l.child_columns == link.child_columns;
    });
    if (!enforced) links.push_back(std::move(link));
  }
}

}  // namespace

void find_equalities(SummaryPlan& plan) {
  for (const schema::ExprPtr& term : plan.all_conditions()) {
    if (term->kind != schema::ExprKind::binary || term->op != schema::Operator::equal) continue;
    const schema::Expr& left = *term->args[0];
    const schema::Expr& right = *term->args[1];
    if (left.kind != schema::ExprKind::column || right.kind != schema::ExprKind::column) continue;
    if (left.qualifier == right.qualifier) continue;
    plan.equalities.push_back({left.qualifier, left.text, right.qualifier, right.text});
  }
}

void find_links(Compilation& compilation, SummaryPlan& plan) {
  // A foreign key counts only where the server enforces it for every writer.
  if (compilation.dialect.enforces_foreign_keys()) add_enforced_links(plan, plan.links);
  add_declared_links(compilation, plan, plan.links);
}

std::vector<std::string> equated_columns(const SummaryPlan& plan,
                                         const std::set<std::string>& known,
                                         const std::string& to) {
  std::vector<std::string> columns;
  for (const JoinEquality& e : plan.equalities) {
    if (e.left_alias == to && known.contains(e.right_alias)) columns.push_back(e.left_column);
    if (e.right_alias == to && known.contains(e.left_alias)) columns.push_back(e.right_column);
  }
  return columns;
}

bool determines(const SummaryPlan& plan, const std::set<std::string>& known,
                const std::string& to) {
  const std::vector<std::string> bound = equated_columns(plan, known, to);
  const auto is_bound = [&](const std::string& column) {
    return std::any_of(bound.begin(), bound.end(),
                       [&](const std::string& b) { return same_name(b, column); });
  };
  for (const db::IndexInfo& index : plan.table(to).info.indexes) {
    if (!index.unique || index.partial || index.columns.empty()) continue;
    if (std::all_of(index.columns.begin(), index.columns.end(), is_bound)) return true;
  }
  return false;
}

namespace {

// A LEFT JOIN is made once all is known that its condition speaks of.
bool can_follow(const BaseTable& table, const std::set<std::string>& known) {
  if (!table.left_on) return true;
  const std::set<std::string> needs = aliases_of(table.left_on);
  return std::all_of(needs.begin(), needs.end(), [&](const std::string& alias) {
    return alias == table.alias || known.contains(alias);
  });
}

}  // namespace

std::vector<std::string> reading_order(const SummaryPlan& plan, std::set<std::string> known) {
  std::vector<std::string> order;
  const bool from_a_row = !known.empty();
  while (known.size() < plan.tables.size()) {
    std::string next;
    // Single rows first, then whatever is joined, then the order of the spec.
    for (int preference = from_a_row ? 0 : 1; preference < 3 && next.empty(); ++preference) {
      for (const BaseTable& table : plan.tables) {
        if (known.contains(table.alias)) continue;
        if (!can_follow(table, known)) continue;
        const bool fits = preference == 0   ? determines(plan, known, table.alias)
                          : preference == 1 ? !equated_columns(plan, known, table.alias).empty()
                                            : true;
        if (fits) {
          next = table.alias;
          break;
        }
      }
    }
    order.push_back(next);
    known.insert(next);
  }
  return order;
}

const db::IndexInfo* index_on(const SummaryPlan& plan, const std::string& alias,
                              const std::vector<std::string>& columns) {
  for (const db::IndexInfo& index : plan.table(alias).info.indexes) {
    if (index.partial || index.columns.empty()) continue;
    for (const std::string& column : columns) {
      if (same_name(index.columns.front(), column)) return &index;
    }
  }
  return nullptr;
}

}  // namespace keepsum::plan
