// Collects what is wrong while a spec is read. Knows the text, so that callers speak in byte
// offsets. Order of reporting does not matter: `take` sorts by place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "schema/diagnostic.hpp"

namespace keepsum::schema {

// A decoded string and where each of its bytes stands in the file.
struct LocatedText {
  std::string text;
  std::vector<std::size_t> offsets;  // one for each byte of `text`, then one for its end
  std::string pointer;               // the JSON pointer of the string
};

// What a message says, apart from where.
struct Complaint {
  std::string code;
  std::string message;
  std::string hint = {};
};

class Reporter {
 public:
  // `source` must outlive the reporter. A byte order mark at its start is no part of line 1.
  explicit Reporter(std::string_view source);

  [[nodiscard]] Place place(std::size_t offset, std::string pointer) const;

  void error(Place place, Complaint complaint);
  void error(std::size_t offset, std::string pointer, Complaint complaint);

  [[nodiscard]] std::size_t error_count() const { return error_count_; }

  // In the order of the file. Hostile input earns a bounded number of them.
  [[nodiscard]] std::vector<Diagnostic> take();

 private:
  std::vector<std::size_t> line_starts_;
  std::vector<Diagnostic> diagnostics_;
  std::size_t error_count_ = 0;
};

}  // namespace keepsum::schema
