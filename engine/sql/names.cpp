#include "engine/sql/names.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace keepsum::sql {

namespace {

std::uint32_t digest(const std::string& text) {
  std::uint32_t sum = 2166136261U;  // FNV-1a
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619U;
  return sum;
}

}  // namespace

std::string fit(const std::string& name, std::size_t length_max) {
  if (name.size() <= length_max) return name;
  return fmt::format("{}_{:08x}", name.substr(0, length_max - 9), digest(name));
}

std::string safe(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    text += plain ? c : '_';
  }
  return text == name ? text : fmt::format("{}_{:08x}", text, digest(name));
}

std::string side_table_name(const std::string& summary, const std::string& column) {
  return fit(fmt::format("ks_{}${}", summary, column), summary_name_max);
}

}  // namespace keepsum::sql
