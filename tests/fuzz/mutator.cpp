#include "tests/fuzz/mutator.hpp"

namespace keepsum::fuzz {

namespace {

constexpr std::size_t slice_bytes_max = 64;

}  // namespace

std::string Mutator::next() {
  std::string text = corpus_.seeds[below(corpus_.seeds.size())];
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(text);
  return text;
}

void Mutator::change(std::string& text) {
  const std::size_t at = below(text.size() + 1);
  const std::size_t kind = below(6);
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
  } else {
    const std::string& word = corpus_.words[below(corpus_.words.size())];
    if (below(2) == 0) text.erase(at, word.size());
    text.insert(at, word);
  }
}

}  // namespace keepsum::fuzz
