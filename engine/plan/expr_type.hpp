// The static type of an expression: what keepsum must know to refuse what cannot be exact.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/db/catalog.hpp"
#include "schema/diagnostic.hpp"
#include "schema/expr.hpp"

namespace keepsum::plan {

// Types that a text beside them is turned into. Where it is none, the server ends a writer's
// statement.
enum class Form { moment, clock, uuid, inet4, inet6 };
// The forms that a text literal has.
using Forms = std::set<Form>;
[[nodiscard]] Forms forms_of(const std::string& text);
// What text beside a column becomes; nothing for an ENUM and its like, which compare with any text.
[[nodiscard]] std::optional<Form> form_of(const db::ColumnInfo& column);

struct ExprType {
  db::TypeFamily family = db::TypeFamily::other;
  bool is_null = false;  // the literal NULL: fits any family
  std::optional<Form> form;
  Forms forms;  // of text: those that it has for sure
  bool is_unsigned = false;
  bool nullable = true;
  int precision = 0;
  int scale = 0;
  std::int64_t length = 0;
  std::string charset;
  std::string collation;

  [[nodiscard]] bool is_number() const noexcept {
    return family == db::TypeFamily::integer || family == db::TypeFamily::decimal ||
           family == db::TypeFamily::floating;
  }
  [[nodiscard]] bool is_temporal() const noexcept {
    return family == db::TypeFamily::date || family == db::TypeFamily::datetime ||
           family == db::TypeFamily::timestamp || family == db::TypeFamily::time;
  }
  // Whether each of its values has that form.
  [[nodiscard]] bool has(Form wanted) const;
};

[[nodiscard]] std::string_view to_string(db::TypeFamily family) noexcept;

// The tables an expression may refer to, by alias.
using Scope = std::map<std::string, const db::TableInfo*, std::less<>>;

// The column a reference names, or null.
[[nodiscard]] const db::ColumnInfo* find_column(const Scope& scope, const schema::Expr& reference);

// Infers types, and collects a diagnostic for each thing that is wrong or would depend on the
// writer's session. `exact_decimals` says whether the database has a DECIMAL type (SQLite has not:
// there a literal with a point is a float).
class TypeChecker {
 public:
  TypeChecker(const Scope& scope, bool exact_decimals, std::vector<schema::Diagnostic>& diagnostics)
      : scope_(scope), exact_decimals_(exact_decimals), diagnostics_(diagnostics) {}

  // Expressions that are true of every row that counts: an `x IS NOT NULL`, a comparison or a
  // join condition there makes x not NULL everywhere else.
  void assume(const schema::ExprPtr& condition);

  ExprType infer(const schema::ExprPtr& expr);
  // As infer(), and refuses what is no condition.
  void check_condition(const schema::ExprPtr& expr);

 private:
  ExprType infer_node(const schema::Expr& expr);
  ExprType infer_column(const schema::Expr& expr);
  ExprType infer_binary(const schema::Expr& expr);
  ExprType infer_case(const schema::Expr& expr);
  ExprType infer_function(const schema::Expr& expr);
  ExprType infer_bucket(const schema::Expr& expr, const ExprType& instant);
  ExprType infer_cast(const schema::Expr& expr);
  ExprType common(const schema::Expr& expr, const std::vector<ExprType>& types);
  void check_comparable(const schema::Expr& at, const ExprType& a, const ExprType& b);
  void check_form(const schema::Expr& at, Form form, const ExprType& other);
  void report(const schema::Expr& at, std::string code, std::string message, std::string hint);

  const Scope& scope_;
  bool exact_decimals_;
  std::vector<schema::Diagnostic>& diagnostics_;
  std::vector<schema::ExprPtr> never_null_;
};

}  // namespace keepsum::plan
