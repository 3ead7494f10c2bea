#include "schema/object_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

std::string_view found_name(const JsonValue& value) {
  if (value.kind == JsonKind::boolean) return value.boolean ? "`true`" : "`false`";
  return kind_name(value.kind);
}

}  // namespace

ObjectReader::ObjectReader(const JsonValue& object, std::string pointer, std::string_view what,
                           const std::vector<PropertyName>& known, Reporter& reporter)
    : object_(object), pointer_(std::move(pointer)), reporter_(reporter) {
  std::vector<std::string> names;
  for (const PropertyName& property : known) names.emplace_back(property.name);
  std::vector<std::string> absent;
  for (const std::string& name : names) {
    if (!find(name)) absent.push_back(name);
  }
  std::vector<std::string> suggested;
  for (const JsonMember& member : object.members) {
    if (std::find(names.begin(), names.end(), member.key) != names.end()) continue;
    const std::string near = did_you_mean(member.key, absent);
    suggested.push_back(near);
    reporter_.error(
        member.key_offset, pointer_of(member.key),
        Complaint{"unknown-property",
                  fmt::format("{} has no property {}", what, quoted(member.key)),
                  near.empty() ? fmt::format("the properties are {}", fmt::join(names, ", "))
                               : fmt::format("did you mean {}?", quoted(near))});
  }
  for (const PropertyName& property : known) {
    if (!property.required || find(property.name)) continue;
    // A misspelt property is one mistake, not two.
    if (std::find(suggested.begin(), suggested.end(), property.name) != suggested.end()) continue;
    reporter_.error(object.offset, pointer_,
                    Complaint{"missing-property", fmt::format("{} needs the property {}", what,
                                                              quoted(property.name))});
  }
}

std::string ObjectReader::pointer_of(std::string_view name) const {
  return pointer_to(pointer_, name);
}

const JsonMember* ObjectReader::find(std::string_view name) const {
  for (const JsonMember& member : object_.members) {
    if (member.key == name) return &member;
  }
  return nullptr;
}

const JsonValue* ObjectReader::find(std::string_view name, JsonKind kind) const {
  const JsonMember* member = find(name);
  if (!member || !expect_kind(member->value, kind, pointer_of(name), reporter_)) return nullptr;
  return &member->value;
}

std::optional<LocatedText> ObjectReader::find_text(std::string_view name) const {
  const JsonMember* member = find(name);
  if (!member) return std::nullopt;
  return expect_text(member->value, pointer_of(name), reporter_);
}

bool expect_kind(const JsonValue& value, JsonKind kind, const std::string& pointer,
                 Reporter& reporter) {
  if (value.kind == kind) return true;
  reporter.error(value.offset, pointer,
                 Complaint{"wrong-type", fmt::format("expected {}, found {}", kind_name(kind),
                                                     found_name(value))});
  return false;
}

bool expect_at_most(const JsonValue& value, std::size_t most, const std::string& pointer,
                    Reporter& reporter) {
  const std::size_t count = value.elements.size() + value.members.size();
  if (count <= most) return true;
  reporter.error(
      value.offset, pointer,
      Complaint{"too-many", fmt::format("{} entries; at most {} are allowed", count, most)});
  return false;
}

std::optional<LocatedText> expect_text(const JsonValue& value, const std::string& pointer,
                                       Reporter& reporter) {
  if (!expect_kind(value, JsonKind::string, pointer, reporter)) return std::nullopt;
  LocatedText text = value.string;
  text.pointer = pointer;
  return text;
}

}  // namespace keepsum::schema
