// Any bytes as a spec: refused or taken, with a bounded number of diagnostics that are fit to be
// printed; and no diagnostic shows the password of a URL that stands beside what is wrong.
#include <fmt/format.h>

#include "engine/aggregates/aggregate.hpp"
#include "schema/parse.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/targets.hpp"

namespace keepsum::fuzz {

namespace {

constexpr std::size_t diagnostics_max = 101;
constexpr std::size_t rendered_bytes_max = 2048;  // of one diagnostic

std::string diagnosed(const std::string& text) {
  static const auto signatures = aggregates::signatures();
  const schema::ParseResult result = schema::parse_spec(text, signatures);
  require(result.spec.has_value() != schema::has_errors(result.diagnostics),
          "a spec with errors, or none without");
  require(result.diagnostics.size() <= diagnostics_max,
          fmt::format("{} diagnostics", result.diagnostics.size()));
  const std::string shown = schema::render(result.diagnostics, "keepsum.json", text);
  require(shown.size() <= rendered_bytes_max * result.diagnostics.size(),
          fmt::format("{} bytes of diagnostics: {}", shown.size(), shown.substr(0, 4096)));
  require_printable(shown);
  return shown;
}

}  // namespace

void spec(std::string_view input) {
  diagnosed(std::string(input));
  const std::string password = "s3cr3t:@#";
  if (input.find("s3cr3t") != std::string_view::npos) return;
  const std::string shown = diagnosed(
      fmt::format(R"({{"keepsum": 1, "database": "mysql://app:{}@db/pay", {})", password, input));
  require(shown.find("s3cr3t") == std::string::npos, "the password is shown: " + shown);
}

}  // namespace keepsum::fuzz

KEEPSUM_FUZZ_ENTRY(keepsum::fuzz::spec(input))
