// The functions of the grammar, and those users will try that it cannot have. Every function here
// means the same on every database, or can be written so that it does.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace keepsum::schema {

struct FunctionSignature {
  std::string_view name;
  std::size_t arguments_min = 0;
  std::size_t arguments_max = 0;
};

// A well-known name with no place in a spec.
struct RefusedFunction {
  std::string_view name;
  std::string_view reason;
  std::string_view hint;
};

// All of these take a lower-case name and give null if they do not know it.
[[nodiscard]] const FunctionSignature* find_function(std::string_view name);
[[nodiscard]] const RefusedFunction* find_refused_function(std::string_view name);
// SQL's aggregates, whether keepsum has them or not.
[[nodiscard]] const RefusedFunction* find_refused_aggregate(std::string_view name);
[[nodiscard]] bool is_aggregate_name(std::string_view name);

[[nodiscard]] std::vector<std::string> function_names();

// "`substr` takes 2 or 3 arguments".
[[nodiscard]] std::string arity_text(const FunctionSignature& function);

}  // namespace keepsum::schema
