// fuzz_seeds TARGET FOLDER
//
// Writes the inputs a target begins with as files, as libFuzzer takes them.
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/fuzz/corpus.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  try {
    const std::filesystem::path folder = argv[2];
    std::filesystem::create_directories(folder);
    std::size_t n = 0;
    for (const std::string& seed : keepsum::fuzz::corpus_of(argv[1]).seeds) {
      std::ofstream(folder / ("seed-" + std::to_string(n++)), std::ios::binary) << seed;
    }
  } catch (const std::exception& error) {
    std::cerr << "fuzz_seeds: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
