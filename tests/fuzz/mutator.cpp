#include "tests/fuzz/mutator.hpp"

#include <algorithm>
#include <utility>

namespace keepsum::fuzz {

namespace {

constexpr std::size_t slice_bytes_max = 64;

bool is_of_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

// The word at `at`, or what stands alone there: where it begins, and its bytes.
std::pair<std::size_t, std::size_t> word_at(const std::string& text, std::size_t at) {
  std::size_t begin = at;
  std::size_t end = at;
  while (end < text.size() && is_of_word(text[end])) ++end;
  while (begin > 0 && begin < end && is_of_word(text[begin - 1])) --begin;
  return {begin, std::max<std::size_t>(end - begin, 1)};
}

}  // namespace

std::string Mutator::next() {
  std::string text = corpus_.seeds[below(corpus_.seeds.size())];
  std::size_t changes = below(2) == 0 ? 1 : 1 + below(4);
  for (; changes > 0; --changes) change(text);
  return text;
}

// Keeps more of the grammar than bytes do.
void Mutator::change_word(std::string& text) {
  const std::string& other = corpus_.seeds[below(corpus_.seeds.size())];
  const auto [begin, bytes] = word_at(text, below(text.size()));
  const auto [from, taken] = word_at(other, below(other.size()));
  const bool known = below(2) == 0 && !corpus_.words.empty();
  text.replace(std::min(begin, text.size()), bytes,
               known ? corpus_.words[below(corpus_.words.size())]
                     : other.substr(std::min(from, other.size()), taken));
}

void Mutator::change(std::string& text) {
  const std::size_t at = below(text.size() + 1);
  const std::size_t kind = below(12);
  if (kind == 0 && at < text.size()) {
    text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << below(8)));
  } else if (kind == 1) {
    text.erase(at, 1 + below(slice_bytes_max));
  } else if (kind == 2) {
    text.insert(at, text.substr(below(text.size()), 1 + below(slice_bytes_max)));
  } else if (kind == 3) {
    const std::string& other = corpus_.seeds[below(corpus_.seeds.size())];
    text.replace(at, below(slice_bytes_max),
                 other.substr(below(other.size()), 1 + below(slice_bytes_max)));
  } else if (kind == 4 || corpus_.words.empty()) {
    text.insert(at, 1, static_cast<char>(below(256)));
  } else if (kind > 5) {
    change_word(text);
  } else {
    const std::string& word = corpus_.words[below(corpus_.words.size())];
    if (below(2) == 0) text.erase(at, word.size());
    text.insert(at, word);
  }
}

}  // namespace keepsum::fuzz
