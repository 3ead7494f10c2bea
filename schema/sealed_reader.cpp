#include "schema/sealed_reader.hpp"

#include <fmt/format.h>

#include "schema/duration.hpp"
#include "schema/expression_parser.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

using Parse = std::optional<std::chrono::milliseconds> (*)(std::string_view);

void read_time(const ObjectReader& object, std::string_view name, Parse parse,
               std::string_view or_none, Reporter& reporter, std::chrono::milliseconds& into) {
  const auto text = object.find_text(name);
  if (!text) return;
  if (const auto time = parse(text->text)) {
    into = *time;
    return;
  }
  reporter.error(object.find(name)->value.offset, object.pointer_of(name),
                 Complaint{"duration", fmt::format("{} is no time", quoted(text->text)),
                           fmt::format("write {}{}", duration_form, or_none)});
}

}  // namespace

const std::vector<PropertyName>& sealed_properties() {
  static const std::vector<PropertyName> properties{
      {"by", true}, {"after", false}, {"audit", false}};
  return properties;
}

std::optional<SealSpec> read_sealed(const ObjectReader& summary, const Scope& scope,
                                    std::span<const AggregateSignature> aggregates,
                                    Reporter& reporter) {
  const JsonValue* value = summary.find("sealed", JsonKind::object);
  if (!value) return std::nullopt;
  const std::string pointer = summary.pointer_of("sealed");
  const ObjectReader object(*value, pointer, "`sealed`", sealed_properties(), reporter);
  SealSpec seal;
  seal.place = reporter.place(value->offset, pointer);
  read_time(object, "after", parse_duration_or_none, "; or 0 for none", reporter, seal.after);
  read_time(object, "audit", parse_duration, "", reporter, seal.audit);
  const std::optional<LocatedText> text = object.find_text("by");
  if (!text) return seal;
  const ExpressionContext context{&scope, aggregates};
  TokenCursor cursor(*text, reporter);
  ExpressionParser parser(cursor, context);
  seal.by = parser.parse();
  parser.expect_end();
  if (cursor.failed() || !seal.by || seal.by->kind == ExprKind::column) return seal;
  cursor.error_at(seal.by->place,
                  Complaint{"sealed-no-column", "`by` is no column",
                            "name the column by which rows come in order, such as `p.id`"});
  return seal;
}

}  // namespace keepsum::schema
