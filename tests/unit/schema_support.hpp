// What the tests of the spec parser share.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "schema/parse.hpp"

namespace keepsum::schema::testing {

inline const std::vector<AggregateSignature>& signatures() {
  static const std::vector<AggregateSignature> all{
      {"sum", AggregateArgument::value, AggregateOrder::none, false, true},
      {"count", AggregateArgument::value_or_star, AggregateOrder::none, true},
      {"avg", AggregateArgument::value},
      {"any", AggregateArgument::condition},
      {"latch", AggregateArgument::condition},
      {"min", AggregateArgument::value},
      {"max", AggregateArgument::value},
      {"ordinal", AggregateArgument::none, AggregateOrder::required},
  };
  return all;
}

inline ParseResult parse(std::string_view text) { return parse_spec(text, signatures()); }

inline std::string rendered(const std::string& text) {
  return render(parse(text).diagnostics, "keepsum.json", text);
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::filesystem::path tests_folder() {
  return std::filesystem::path(KEEPSUM_SOURCE_DIR) / "tests";
}

}  // namespace keepsum::schema::testing
