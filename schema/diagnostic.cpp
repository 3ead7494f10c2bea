#include "schema/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

constexpr std::size_t shown_bytes_max = 100;
constexpr std::size_t compared_bytes_max = 64;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::note: return "note";
  }
  return "";
}

std::string_view line_of(std::string_view source, std::size_t line) {
  if (source.starts_with(byte_order_mark)) source.remove_prefix(byte_order_mark.size());
  for (; line > 1; --line) {
    const std::size_t end = source.find('\n');
    if (end == std::string_view::npos) return {};
    source.remove_prefix(end + 1);
  }
  source = source.substr(0, source.find('\n'));
  if (source.ends_with('\r')) source.remove_suffix(1);
  return source;
}

// A database URL may stand on any line that is shown; its password must not.
std::string without_password(std::string_view line) {
  std::string result(line);
  for (std::size_t at = result.find("://"); at != std::string::npos; at = result.find("://", at)) {
    at += 3;
    const std::size_t end = std::min(result.find_first_of("\"' \t", at), result.size());
    const std::size_t host = result.rfind('@', end == 0 ? 0 : end - 1);
    if (host == std::string::npos || host < at) continue;
    const std::size_t colon = result.find(':', at);
    if (colon >= host) continue;
    std::fill(result.begin() + static_cast<std::ptrdiff_t>(colon + 1),
              result.begin() + static_cast<std::ptrdiff_t>(host), '*');
  }
  return result;
}

// Source may hold anything; a terminal must not act on it, and whoever reads the message as text
// must be able to.
void make_printable(std::string& line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (const std::size_t acting = acting_bytes(line, at); acting > 0) {
      line.replace(at, acting, acting, ' ');
    }
  }
  for (std::size_t at = find_invalid_utf8(line); at != std::string::npos;
       at = find_invalid_utf8(line)) {
    line[at] = '?';
  }
}

std::string excerpt(std::string_view source, const Place& place) {
  std::string line = without_password(line_of(source, place.line));
  make_printable(line);
  std::size_t at = std::min(place.column - 1, line.size());
  // Of a long line, the part around the place.
  std::size_t begin =
      at > shown_bytes_max / 2 && line.size() > shown_bytes_max ? at - shown_bytes_max / 2 : 0;
  while (begin < at && is_continuation(line[begin])) ++begin;
  std::size_t end = std::min(begin + shown_bytes_max, line.size());
  while (end < line.size() && is_continuation(line[end])) ++end;
  const std::string_view shown = std::string_view(line).substr(begin, end - begin);
  const std::string_view lead = begin > 0 ? "…" : "";
  const std::size_t caret = character_count(shown.substr(0, at - begin)) + character_count(lead);
  const std::string number = fmt::format("{}", place.line);
  return fmt::format(" {} | {}{}{}\n {:{}} | {:{}}^\n", number, lead, shown,
                     end < line.size() ? "…" : "", "", number.size(), "", caret);
}

// Damerau-Levenshtein, neighbours swapped count one; without regard to case.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> previous(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = std::move(previous);
    previous = std::move(row);
  }
  return previous[b.size()];
}

}  // namespace

std::string render(const std::vector<Diagnostic>& diagnostics, const std::string& file_name,
                   const std::string& source) {
  std::string result;
  for (const Diagnostic& diagnostic : diagnostics) {
    const Place& place = diagnostic.place;
    result += fmt::format("{}:{}:{}: {}: {} [{}]\n", file_name, place.line, place.column,
                          severity_name(diagnostic.severity), printable(diagnostic.message),
                          diagnostic.code);
    if (!source.empty()) result += excerpt(source, place);
    if (!place.pointer.empty()) result += fmt::format("    at {}\n", printable(place.pointer));
    if (!diagnostic.hint.empty()) {
      result += fmt::format("    hint: {}\n", printable(diagnostic.hint));
    }
  }
  return result;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.severity == Severity::error;
  });
}

std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates) {
  if (name.empty() || name.size() > compared_bytes_max) return "";
  const std::string wanted = to_lower(name);
  std::string best;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > compared_bytes_max) continue;
    const std::size_t distance = edit_distance(wanted, to_lower(candidate));
    const std::size_t allowed =
        std::max<std::size_t>(1, std::max(name.size(), candidate.size()) / 3);
    // A name of one letter is a slip of any other; only its case may differ.
    if (distance > allowed || distance >= std::max(name.size(), candidate.size())) continue;
    if (best.empty() || distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace keepsum::schema
