// The parser's events carry no positions. They come in the order of the text, so a cursor that
// walks the same text finds each token again: skip to the next one, and step over it.
#include "schema/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <unordered_map>
#include <utility>

#include "schema/json_errors.hpp"
#include "schema/limits.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace json = boost::json;

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// For each byte of a decoded string, where its character starts in the raw text; then the place
// of the closing quote. `at` is the opening quote, and the string is known to be well-formed.
std::vector<std::size_t> map_string(std::string_view text, std::size_t at,
                                    std::string_view decoded) {
  std::vector<std::size_t> offsets;
  offsets.reserve(decoded.size() + 1);
  ++at;
  while (offsets.size() < decoded.size()) {
    if (text[at] != '\\') {
      offsets.push_back(at++);
      continue;
    }
    // One escape is one character, of one to four bytes; a surrogate pair is two escapes.
    std::size_t length = 1;
    while (offsets.size() + length < decoded.size() &&
           is_continuation(decoded[offsets.size() + length])) {
      ++length;
    }
    offsets.insert(offsets.end(), length, at);
    at += text[at + 1] != 'u' ? 2U : length == 4 ? 12U : 6U;
  }
  offsets.push_back(at);
  return offsets;
}

struct Frame {
  JsonValue* value = nullptr;
  std::unordered_map<std::string, std::size_t> keys;  // key → offset of its first
  bool after_key = false;
};

struct Repeat {
  std::string key;
  std::size_t offset = 0;
  std::size_t first_offset = 0;
};

struct Builder {
  static constexpr std::size_t max_object_size = spec_bytes_max;
  static constexpr std::size_t max_array_size = spec_bytes_max;
  static constexpr std::size_t max_key_size = spec_bytes_max;
  static constexpr std::size_t max_string_size = spec_bytes_max;

  Builder(std::string_view source, std::size_t start) : text(source), cursor(start) {}

  std::string_view text;
  std::size_t cursor;  // the end of the last token that was read
  JsonValue root;
  bool root_read = false;
  std::vector<Frame> frames;
  std::string buffer;
  std::vector<Repeat> repeats;

  // The value that the next event describes. Values still open are always the last of their
  // parents, so pointers to them stay good.
  JsonValue& open_value(JsonKind kind) {
    JsonValue* value = &root;
    root_read = true;
    if (!frames.empty()) {
      Frame& frame = frames.back();
      const bool in_array = frame.value->kind == JsonKind::array;
      value = in_array ? &frame.value->elements.emplace_back() : &frame.value->members.back().value;
      frame.after_key = false;
    }
    cursor = skip_to_token(text, cursor);
    value->kind = kind;
    value->offset = cursor;
    return *value;
  }

  bool open_container(JsonKind kind) {
    JsonValue& value = open_value(kind);
    ++cursor;
    frames.push_back(Frame{&value, {}, false});
    return true;
  }

  bool close_container() {
    cursor = skip_to_token(text, cursor) + 1;
    std::erase_if(frames.back().value->members,
                  [](const JsonMember& member) { return member.repeated; });
    frames.pop_back();
    return true;
  }

  JsonValue& add_scalar(JsonKind kind, std::size_t length) {
    JsonValue& value = open_value(kind);
    cursor += length;
    return value;
  }

  JsonValue& add_number(JsonKind kind) {
    const std::size_t start = skip_to_token(text, cursor);
    const std::size_t end = text.find_first_not_of("+-.0123456789eE", start);
    return add_scalar(kind, std::min(end, text.size()) - start);
  }

  [[nodiscard]] JsonStop where(std::size_t at) const {
    JsonStop stop{text, at, cursor, JsonPosition::at_start, 0};
    if (frames.empty()) {
      if (root_read) stop.position = JsonPosition::after_document;
      return stop;
    }
    const Frame& frame = frames.back();
    const bool in_array = frame.value->kind == JsonKind::array;
    stop.open_offset = frame.value->offset;
    if (frame.after_key) {
      stop.position = JsonPosition::after_key;
    } else if (in_array) {
      stop.position =
          frame.value->elements.empty() ? JsonPosition::array_begin : JsonPosition::after_element;
    } else {
      stop.position =
          frame.value->members.empty() ? JsonPosition::object_begin : JsonPosition::after_member;
    }
    return stop;
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return open_container(JsonKind::object); }
  bool on_object_end(std::size_t, json::error_code&) { return close_container(); }
  bool on_array_begin(json::error_code&) { return open_container(JsonKind::array); }
  bool on_array_end(std::size_t, json::error_code&) { return close_container(); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    buffer.append(part.data(), part.size());
    return true;
  }

  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    buffer.append(part.data(), part.size());
    cursor = skip_to_token(text, cursor);
    Frame& frame = frames.back();
    JsonMember& member = frame.value->members.emplace_back();
    member.key = std::exchange(buffer, {});
    member.key_offset = cursor;
    const auto [known, fresh] = frame.keys.try_emplace(member.key, cursor);
    member.repeated = !fresh;
    if (!fresh) repeats.push_back(Repeat{member.key, cursor, known->second});
    cursor = map_string(text, cursor, member.key).back() + 1;
    frame.after_key = true;
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    buffer.append(part.data(), part.size());
    return true;
  }

  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    buffer.append(part.data(), part.size());
    JsonValue& value = open_value(JsonKind::string);
    value.string.text = std::exchange(buffer, {});
    value.string.offsets = map_string(text, cursor, value.string.text);
    cursor = value.string.offsets.back() + 1;
    return true;
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }

  bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
    add_number(JsonKind::integer).integer = number;
    return true;
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
    add_number(JsonKind::real).real = static_cast<double>(number);
    return true;
  }
  bool on_double(double number, json::string_view, json::error_code&) {
    add_number(JsonKind::real).real = number;
    return true;
  }
  bool on_bool(bool boolean, json::error_code&) {
    add_scalar(JsonKind::boolean, boolean ? 4 : 5).boolean = boolean;
    return true;
  }
  bool on_null(json::error_code&) {
    add_scalar(JsonKind::null, 4);
    return true;
  }
};

bool check_text(std::string_view text, Reporter& reporter) {
  if (text.size() > spec_bytes_max) {
    reporter.error(
        0, "",
        Complaint{"file-too-large", fmt::format("the file has {} bytes; a spec has at most {}",
                                                text.size(), spec_bytes_max)});
    return false;
  }
  const std::size_t invalid = find_invalid_utf8(text);
  if (invalid != std::string_view::npos) {
    reporter.error(
        invalid, "",
        Complaint{"invalid-utf8", "the file is not valid UTF-8 from here on", "save it as UTF-8"});
    return false;
  }
  return true;
}

}  // namespace

std::string pointer_to(const std::string& parent, std::string_view key) {
  std::string result = parent + "/";
  for (const char c : key) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

std::string pointer_to(const std::string& parent, std::size_t index) {
  return fmt::format("{}/{}", parent, index);
}

std::string_view kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::null: return "null";
    case JsonKind::boolean: return "true or false";
    case JsonKind::integer: return "a number";
    case JsonKind::real: return "a number";
    case JsonKind::string: return "a string";
    case JsonKind::array: return "an array";
    case JsonKind::object: return "an object";
  }
  return "";
}

std::optional<JsonValue> read_json(std::string_view text, Reporter& reporter) {
  if (!check_text(text, reporter)) return std::nullopt;
  const std::size_t start = text.substr(0, 3) == byte_order_mark ? byte_order_mark.size() : 0;

  json::parse_options options;
  options.max_depth = spec_depth_max;
  options.allow_comments = true;
  options.allow_trailing_commas = true;
  json::basic_parser<Builder> parser(options, text, start);
  json::error_code error;
  const std::string_view rest = text.substr(start);
  const std::size_t read = parser.write_some(false, rest.data(), rest.size(), error);
  const std::size_t stopped = std::min(start + read, text.size());
  Builder& builder = parser.handler();

  for (const Repeat& repeat : builder.repeats) {
    const Place first = reporter.place(repeat.first_offset, "");
    reporter.error(repeat.offset, "",
                   Complaint{"duplicate-key",
                             fmt::format("{} stands here a second time; the first is in line {}",
                                         quoted(repeat.key), first.line),
                             "remove one of the two"});
  }
  if (error == json::error::too_deep) {
    reporter.error(
        stopped, "",
        Complaint{"json-too-deep", fmt::format("more than {} levels of nesting", spec_depth_max)});
    return std::nullopt;
  }
  if (error || skip_to_token(text, stopped) < text.size()) {
    report_json_syntax(builder.where(error ? stopped : skip_to_token(text, stopped)), reporter);
    return std::nullopt;
  }
  return std::move(builder.root);
}

}  // namespace keepsum::schema
