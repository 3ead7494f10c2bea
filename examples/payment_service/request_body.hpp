// Reads a request's JSON object field by field, and says of the first field that is wrong what it
// should have been.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace payment_service {

class RequestBody {
 public:
  // An empty body is an empty object.
  explicit RequestBody(std::string_view text);

  // A whole number from 1 to `most`.
  std::int64_t number(std::string_view name, std::int64_t most);
  std::optional<std::int64_t> optional_number(std::string_view name, std::int64_t most);
  // Not empty, at most `bytes_max` bytes.
  std::string text(std::string_view name, std::size_t bytes_max);
  // As text(), of printable ASCII only.
  std::string key(std::string_view name, std::size_t bytes_max);

  // After the last field: what is wrong, or "". Fields that nobody asked for are.
  [[nodiscard]] const std::string& problem();

 private:
  const boost::json::value* find(std::string_view name);
  void note(std::string problem);

  boost::json::object object_;
  std::vector<std::string_view> known_;
  std::string problem_;
};

}  // namespace payment_service
