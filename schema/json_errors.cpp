#include "schema/json_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

Complaint syntax(std::string message, std::string hint = {}) {
  return Complaint{"json-syntax", std::move(message), std::move(hint)};
}

// What is wrong inside the string whose opening quote is at `start`.
Complaint explain_string(std::string_view text, std::size_t start, std::size_t at) {
  if (at >= text.size()) return syntax("this string is not closed", "add a closing `\"`");
  if (static_cast<unsigned char>(text[at]) < 0x20U) {
    if (text[at] == '\n' || text[at] == '\r') {
      return syntax("a string cannot go on in the next line", "close it with `\"` on this line");
    }
    return syntax("a control character inside a string", R"(a tab is written `\t`)");
  }
  if (at > start + 1 && text[at - 1] == '\\') {
    std::size_t end = at + 1;
    while (end < text.size() && is_continuation(text[end])) ++end;
    return syntax(
        fmt::format("{} is not an escape of JSON", quoted(text.substr(at - 1, end - at + 1))),
        R"(write `\\` for a backslash)");
  }
  return syntax("a broken `\\u` escape inside a string",
                "four hexadecimal digits follow `\\u`; characters past U+FFFF take two escapes");
}

Complaint explain_expected(std::string_view expected, std::string_view text, std::size_t at) {
  std::string hint;
  if (text[at] == '/') hint = "a comment starts with `//` or `/*`";
  if (text[at] == '\'') hint = "JSON strings stand in double quotes";
  if (is_letter(text[at])) {
    std::size_t end = at;
    while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
    hint = "names and text stand in double quotes";
    return syntax(fmt::format("expected {}, found {}", expected, quoted(text.substr(at, end - at))),
                  hint);
  }
  std::size_t length = 1;
  while (at + length < text.size() && is_continuation(text[at + length])) ++length;
  return syntax(fmt::format("expected {}, found {}", expected, quoted(text.substr(at, length))),
                hint);
}

Complaint explain_structure(const JsonStop& stop) {
  const std::string_view between = stop.text.substr(stop.cursor, stop.at - stop.cursor);
  // Comments may hold commas too; then the message says a little less than it could.
  const bool separated = between.find_first_of(",:") != std::string_view::npos;
  std::string_view expected;
  switch (stop.position) {
    case JsonPosition::at_start: expected = "an object, `{`"; break;
    case JsonPosition::after_document: expected = "the end of the file"; break;
    case JsonPosition::after_key: expected = separated ? "a value" : "`:`"; break;
    case JsonPosition::object_begin: expected = "a name in double quotes or `}`"; break;
    case JsonPosition::array_begin: expected = "a value or `]`"; break;
    case JsonPosition::after_member:
      expected = separated ? "a name in double quotes or `}`" : "`,` or `}`";
      break;
    case JsonPosition::after_element: expected = separated ? "a value or `]`" : "`,` or `]`"; break;
  }
  const char next = stop.text[stop.at];
  if (expected.starts_with("`,`") &&
      (next == '"' || next == '{' || next == '[' || is_digit(next))) {
    return syntax("a comma is missing before this", "put `,` after the value that ends here");
  }
  return explain_expected(expected, stop.text, stop.at);
}

}  // namespace

// Past white space, comments and the separators between tokens.
std::size_t skip_to_token(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const char c = text[at];
    if (is_space(c) || c == ',' || c == ':') {
      ++at;
    } else if (text.substr(at, 2) == "//") {
      at = std::min(text.find('\n', at), text.size());
    } else if (text.substr(at, 2) == "/*") {
      const std::size_t end = text.find("*/", at + 2);
      at = end == std::string_view::npos ? text.size() : end + 2;
    } else {
      break;
    }
  }
  return at;
}

void report_json_syntax(const JsonStop& stop, Reporter& reporter) {
  const std::string_view text = stop.text;
  const std::size_t token = skip_to_token(text, stop.cursor);
  if (token < stop.at && text[token] == '"') {
    reporter.error(stop.at >= text.size() ? token : stop.at, "",
                   explain_string(text, token, stop.at));
    return;
  }
  // A lone slash might have become a comment, so the parser stops one byte after it.
  const bool slash = token < stop.at && text[token] == '/';
  if (stop.at < text.size() && !slash) {
    reporter.error(stop.at, "", explain_structure(stop));
    return;
  }
  // A word or a slash that the end of the file cut short, or that never was a token.
  if (token < text.size() && (is_letter(text[token]) || text[token] == '/')) {
    JsonStop at_token = stop;
    at_token.at = token;
    reporter.error(token, "", explain_structure(at_token));
    return;
  }
  const std::size_t comment = text.find("/*", stop.cursor);
  if (comment != std::string_view::npos) {
    reporter.error(comment, "", syntax("this comment is not closed", "add `*/`"));
    return;
  }
  if (stop.position == JsonPosition::at_start) {
    reporter.error(text.size(), "", syntax("the file holds no spec", "start with `{`"));
    return;
  }
  const char open = text[stop.open_offset];
  reporter.error(stop.open_offset, "",
                 syntax(fmt::format("`{}` is not closed: the file ends before its `{}`", open,
                                    open == '[' ? ']' : '}')));
}

}  // namespace keepsum::schema
