#include "cli/seal_text.hpp"

#include <fmt/format.h>

#include "cli/terminal.hpp"

namespace keepsum::cli {

namespace json = boost::json;

namespace {

json::value nullable(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

std::string by_of(const plan::SummaryPlan& plan) {
  return plan.seal->alias + "." + plan.seal->column;
}

}  // namespace

std::string seal_text(const reconcile::RunReport& report) {
  const reconcile::SealReport& seal = *report.seal;
  std::string text;
  if (!seal.used) {
    text = fmt::format("  the whole history was read: {}\n", seal.why_not);
  } else {
    text = fmt::format(
        "  sealed: {} rows of {} above the seal were read, and {} whole; history audited "
        "{:.2f} "
        "%{}\n",
        with_separators(seal.rows_above), seal.by, keys_text(seal.keys_whole), seal.audited * 100,
        report.tour.share > 0 && !report.tour.complete
            ? fmt::format(", {:.1f} % in this round", report.tour.share * 100)
            : "");
  }
  if (seal.contradicted > 0) {
    text += fmt::format("  {} {} sealed totals were not what their rows make{}\n",
                        paint(Style::red, "!"), with_separators(seal.contradicted),
                        seal.sealed_anew > 0 ? ": made anew" : "");
  }
  text += seal.up_to ? fmt::format("  sealed up to {} {}: {} rows\n", seal.by, *seal.up_to,
                                   with_separators(seal.rows_sealed))
                     : fmt::format("  nothing is sealed by {} yet\n", seal.by);
  return text;
}

json::object seal_json(const reconcile::SealReport& seal) {
  return {{"by", seal.by},
          {"up_to", nullable(seal.up_to)},
          {"rows_sealed", seal.rows_sealed},
          {"used", seal.used},
          {"why_not", seal.why_not},
          {"rows_above", seal.rows_above},
          {"keys_whole", seal.keys_whole},
          {"keys_open", seal.keys_open},
          {"contradicted", seal.contradicted},
          {"sealed_anew", seal.sealed_anew},
          {"audited", seal.audited}};
}

std::string seal_text(const plan::SummaryPlan& plan, const reconcile::Seal& seal) {
  const std::string audit =
      fmt::format("; its history is what the tour goes round, once in {:g} h",
                  static_cast<double>(plan.spec.sealed->audit.count()) / 3'600'000);
  if (!seal.watermark) {
    return fmt::format("  sealed     nothing yet by {}\n", by_of(plan));
  }
  return fmt::format("  sealed     {} rows up to {} {}, {} UTC{}\n",
                     with_separators(seal.rows_sealed), by_of(plan), db::display(*seal.watermark),
                     seal.sealed_at.value_or("").substr(0, 19), audit);
}

json::object seal_json(const plan::SummaryPlan& plan, const reconcile::Seal& seal) {
  return {
      {"by", by_of(plan)},
      {"up_to", seal.watermark ? json::value(db::display(*seal.watermark)) : json::value(nullptr)},
      {"moving_to",
       seal.next_watermark ? json::value(db::display(*seal.next_watermark)) : json::value(nullptr)},
      {"rows_sealed", seal.rows_sealed},
      {"sealed_at", nullable(seal.sealed_at)},
      {"verified_at", nullable(seal.verified_at)},
      {"keys_open", seal.open_keys},
      {"audit_seconds", static_cast<double>(plan.spec.sealed->audit.count()) / 1000}};
}

}  // namespace keepsum::cli
