#include "request_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <utility>

namespace payment_service {

namespace json = boost::json;

RequestBody::RequestBody(std::string_view text) {
  if (text.empty()) return;
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) {
    note("the body is not JSON: " + error.message());
  } else if (!value.is_object()) {
    note("the body is JSON, but not an object");
  } else {
    object_ = std::move(value.get_object());
  }
}

std::optional<std::int64_t> RequestBody::optional_number(std::string_view name, std::int64_t most) {
  const json::value* const value = find(name);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code error;
  const auto number = value->is_number() ? value->to_number<std::int64_t>(error) : 0;
  // 12.0 would be a number as well; money that was a floating-point number is not let in.
  if (error || value->is_double() || number < 1 || number > most) {
    note(fmt::format("`{}` must be a whole number from 1 to {}", name, most));
    return std::nullopt;
  }
  return number;
}

std::int64_t RequestBody::number(std::string_view name, std::int64_t most) {
  const auto value = optional_number(name, most);
  if (!value) note(fmt::format("`{}` is missing", name));
  return value.value_or(0);
}

std::string RequestBody::text(std::string_view name, std::size_t bytes_max) {
  const json::value* const value = find(name);
  if (value == nullptr) {
    note(fmt::format("`{}` is missing", name));
    return {};
  }
  if (!value->is_string() || value->get_string().empty() ||
      value->get_string().size() > bytes_max) {
    note(fmt::format("`{}` must be a text of 1 to {} bytes", name, bytes_max));
    return {};
  }
  return {value->get_string().data(), value->get_string().size()};
}

std::string RequestBody::key(std::string_view name, std::size_t bytes_max) {
  std::string key = text(name, bytes_max);
  if (!std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; })) {
    note(fmt::format("`{}` must be of printable ASCII characters without spaces", name));
  }
  return key;
}

const std::string& RequestBody::problem() {
  for (const auto& member : object_) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      note(fmt::format("`{}` is not a field of this request", name));
    }
  }
  return problem_;
}

const json::value* RequestBody::find(std::string_view name) {
  known_.push_back(name);
  return object_.if_contains(json::string_view(name.data(), name.size()));
}

void RequestBody::note(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

}  // namespace payment_service
