#include "schema/parse.hpp"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "schema/expression_parser.hpp"
#include "schema/json_reader.hpp"
#include "schema/object_reader.hpp"
#include "schema/reconcile_reader.hpp"
#include "schema/sources.hpp"
#include "schema/summary_reader.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

constexpr std::int64_t format_version = 1;
constexpr std::size_t summaries_max = 200;

void check_version(const ObjectReader& object, Reporter& reporter) {
  const JsonMember* version = object.find("keepsum");
  if (!version) return;
  const JsonValue& value = version->value;
  if (value.kind == JsonKind::integer && value.integer == format_version) return;
  const bool newer = value.kind == JsonKind::integer && value.integer > format_version;
  reporter.error(
      value.offset, object.pointer_of("keepsum"),
      Complaint{"format-version",
                newer ? fmt::format("this spec is of format {}, and this keepsum reads "
                                    "format {}",
                                    value.integer, format_version)
                      : fmt::format("`keepsum` is the format of the spec, and must be {}",
                                    format_version),
                newer ? "use a newer keepsum" : ""});
}

void check_summary_name(const SummarySpec& summary, const std::vector<SummarySpec>& others,
                        Reporter& reporter) {
  for (const SummarySpec& other : others) {
    if (!same_name(summary.name, other.name)) continue;
    reporter.error(summary.place,
                   Complaint{"duplicate-summary",
                             fmt::format("{} is already the name of a summary, in line {}",
                                         quoted(summary.name), other.place.line),
                             "names that differ in case alone are one table on some servers"});
  }
}

void read_summaries(const ObjectReader& object, std::span<const AggregateSignature> aggregates,
                    Reporter& reporter, Spec& spec) {
  const JsonValue* summaries = object.find("summaries", JsonKind::object);
  const std::string list = object.pointer_of("summaries");
  if (!summaries || !expect_at_most(*summaries, summaries_max, list, reporter)) return;
  if (summaries->members.empty()) {
    reporter.error(summaries->offset, list,
                   Complaint{"empty-object", "`summaries` is empty", "declare at least one"});
  }
  for (const JsonMember& member : summaries->members) {
    SummaryReader reader(aggregates, reporter);
    SummarySpec summary = reader.read(member, pointer_to(list, member.key));
    check_summary_name(summary, spec.summaries, reporter);
    spec.summaries.push_back(std::move(summary));
  }
  for (const Diagnostic& found : check_sources(spec.summaries)) {
    reporter.error(found.place, Complaint{found.code, found.message, found.hint});
  }
}

void read_database(const ObjectReader& object, Reporter& reporter, Spec& spec) {
  std::optional<LocatedText> text = object.find_text("database");
  if (!text) return;
  spec.database_place = reporter.place(object.find("database")->value.offset, text->pointer);
  if (text->text.empty()) {
    reporter.error(spec.database_place,
                   Complaint{"empty-database", "`database` is empty",
                             "write a URL such as `mysql://user@host/db` or `sqlite:file.db`, or "
                             "leave it out"});
  }
  spec.database = std::move(text->text);
}

}  // namespace

const std::vector<PropertyName>& spec_properties() {
  static const std::vector<PropertyName> properties{
      {"keepsum", true}, {"database", false}, {"reconcile", false}, {"summaries", true},
      {"$schema", false}};
  return properties;
}

ParseResult parse_spec(std::string_view text, std::span<const AggregateSignature> aggregates) {
  Reporter reporter(text);
  Spec spec;
  if (const std::optional<JsonValue> root = read_json(text, reporter)) {
    if (expect_kind(*root, JsonKind::object, "", reporter)) {
      const ObjectReader object(*root, "", "a spec", spec_properties(), reporter);
      check_version(object, reporter);
      read_database(object, reporter, spec);
      static_cast<void>(object.find("$schema", JsonKind::string));
      if (const JsonMember* reconcile = object.find("reconcile")) {
        spec.reconcile =
            read_reconcile(reconcile->value, object.pointer_of("reconcile"), reporter);
      }
      read_summaries(object, aggregates, reporter, spec);
    }
  }
  ParseResult result;
  if (reporter.error_count() == 0) result.spec = std::move(spec);
  result.diagnostics = reporter.take();
  return result;
}

ExprResult parse_expression(std::string_view text) {
  Reporter reporter(text);
  LocatedText source{std::string(text), std::vector<std::size_t>(text.size() + 1), ""};
  std::iota(source.offsets.begin(), source.offsets.end(), std::size_t{0});
  ExprResult result;
  const std::size_t invalid = find_invalid_utf8(text);
  if (invalid != std::string_view::npos) {
    reporter.error(invalid, "", Complaint{"invalid-utf8", "not valid UTF-8 from here on"});
  } else {
    const ExpressionContext context;
    TokenCursor cursor(source, reporter);
    ExpressionParser parser(cursor, context);
    result.expr = parser.parse();
    parser.expect_end();
    if (cursor.failed()) result.expr = nullptr;
  }
  result.diagnostics = reporter.take();
  return result;
}

}  // namespace keepsum::schema
