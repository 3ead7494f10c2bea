// What is wrong with a spec, said so that it can be mended without reading the manual.
#pragma once

#include <string>
#include <vector>

#include "schema/expr.hpp"

namespace keepsum::schema {

enum class Severity { error, warning, note };

struct Diagnostic {
  Severity severity = Severity::error;
  std::string code;  // stable, kebab-case: "unknown-column", "nullable-key", …
  Place place;
  std::string message;  // what and why
  std::string hint;     // what to write instead; may be empty
};

// "keepsum.json:12:24: error: <message> [code]\n    at /summaries/…\n    hint: …\n" for each,
// in the order of the file, with the source line and a caret under it when `source` is given.
[[nodiscard]] std::string render(const std::vector<Diagnostic>& diagnostics,
                                 const std::string& file_name, const std::string& source);

[[nodiscard]] bool has_errors(const std::vector<Diagnostic>& diagnostics);

// The candidate nearest to `name` by edit distance, if near enough to be a likely slip of the
// pen; else "". Ready to be put in a hint.
[[nodiscard]] std::string did_you_mean(const std::string& name,
                                       const std::vector<std::string>& candidates);

}  // namespace keepsum::schema
