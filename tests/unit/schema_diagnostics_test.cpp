// What the user reads for each wrong spec: tests/diagnostics/NN-name.json gives NN-name.expected.
// KEEPSUM_UPDATE_GOLDEN=1 rewrites the expected files; read the difference before keeping it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/unit/schema_support.hpp"

namespace keepsum::schema {
namespace {

using std::filesystem::path;

std::vector<path> cases() {
  std::vector<path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(testing::tests_folder() / "diagnostics")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class Diagnostics : public ::testing::TestWithParam<path> {};

TEST_P(Diagnostics, ReadsAsExpected) {
  const std::string source = testing::read_file(GetParam());
  const ParseResult result = testing::parse(source);
  EXPECT_FALSE(result.spec.has_value());
  const std::string text = render(result.diagnostics, GetParam().filename().string(), source);
  path expected = GetParam();
  expected.replace_extension(".expected");
  if (std::getenv("KEEPSUM_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expected, std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, testing::read_file(expected));
}

std::string test_name(const ::testing::TestParamInfo<path>& info) {
  std::string name = info.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Specs, Diagnostics, ::testing::ValuesIn(cases()), test_name);

}  // namespace
}  // namespace keepsum::schema
