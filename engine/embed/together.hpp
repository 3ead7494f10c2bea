// What every payment looks at, next to one another: between two payments a service waits for its
// database, and finds it again in main memory, line by line and page by page.
#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace keepsum::embed {

class Together {
 public:
  // Copies that live as long as this.
  template <class T>
  [[nodiscard]] std::span<const T> keep(const std::vector<T>& items) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* const to = std::pmr::polymorphic_allocator<T>(&memory_).allocate(items.size());
    std::uninitialized_copy(items.begin(), items.end(), to);
    return {to, items.size()};
  }
  [[nodiscard]] std::string_view keep(std::string_view text) {
    const auto copy = keep(std::vector<char>(text.begin(), text.end()));
    return {copy.data(), copy.size()};
  }

 private:
  static constexpr std::size_t bytes_at_first = 4096;  // a page
  std::pmr::monotonic_buffer_resource memory_{bytes_at_first};
};

}  // namespace keepsum::embed
