// Inputs made from others, for the tests: libFuzzer has ways of its own.
#pragma once

#include <random>
#include <string>

#include "tests/fuzz/corpus.hpp"

namespace keepsum::fuzz {

class Mutator {
 public:
  Mutator(const Corpus& corpus, std::uint64_t seed) : corpus_(corpus), random_(seed) {}

  // A seed of the corpus after some changes.
  [[nodiscard]] std::string next();

 private:
  [[nodiscard]] std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  void change(std::string& text);
  void change_word(std::string& text);

  const Corpus& corpus_;
  std::mt19937_64 random_;
};

}  // namespace keepsum::fuzz
