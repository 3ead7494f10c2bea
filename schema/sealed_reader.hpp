// A summary's "sealed" object: history that only grows.
#pragma once

#include <optional>
#include <span>

#include "schema/object_reader.hpp"
#include "schema/parse.hpp"
#include "schema/scope.hpp"
#include "schema/spec.hpp"

namespace keepsum::schema {

[[nodiscard]] const std::vector<PropertyName>& sealed_properties();

// The property `sealed` of a summary; nothing if there is none. What is wrong was reported.
[[nodiscard]] std::optional<SealSpec> read_sealed(const ObjectReader& summary, const Scope& scope,
                                                  std::span<const AggregateSignature> aggregates,
                                                  Reporter& reporter);

}  // namespace keepsum::schema
