// The spec's "reconcile" object: how a run paces itself, and what it gives way to.
#pragma once

#include "schema/object_reader.hpp"
#include "schema/spec.hpp"

namespace keepsum::schema {

[[nodiscard]] const std::vector<PropertyName>& reconcile_properties();

// `value` is the object, or something else, which is reported.
[[nodiscard]] ReconcileSettings read_reconcile(const JsonValue& value, const std::string& pointer,
                                               Reporter& reporter);

}  // namespace keepsum::schema
