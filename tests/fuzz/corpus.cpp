#include "tests/fuzz/corpus.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace keepsum::fuzz {

namespace {

namespace fs = std::filesystem;

const fs::path source_folder = KEEPSUM_SOURCE_DIR;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string unquoted(const std::string& line) {
  const std::size_t begin = line.find('"');
  const std::size_t end = line.rfind('"');
  if (begin == std::string::npos || begin == end) throw std::runtime_error("no quotes: " + line);
  std::string text;
  for (std::size_t at = begin + 1; at < end; ++at) {
    if (line[at] != '\\') {
      text += line[at];
    } else if (line[++at] == 'x') {
      text += static_cast<char>(std::stoi(line.substr(at + 1, 2), nullptr, 16));
      at += 2;
    } else {
      text += line[at] == 'n' ? '\n' : line[at];
    }
  }
  return text;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  }
  return lines;
}

}  // namespace

Corpus corpus_of(const std::string& target) {
  const fs::path folder = source_folder / "tests/fuzz";
  std::vector<fs::path> files;
  for (const std::string& named : lines_of(folder / (target + ".folders"))) {
    for (const auto& entry : fs::recursive_directory_iterator(source_folder / named)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);  // a seed of the tests draws the same on every machine
  Corpus corpus;
  for (const fs::path& file : files) corpus.seeds.push_back(read_file(file));
  for (const std::string& line : lines_of(folder / (target + ".seeds"))) {
    corpus.seeds.push_back(unquoted(line));
  }
  for (const std::string& line : lines_of(folder / (target + ".dict"))) {
    corpus.words.push_back(unquoted(line));
  }
  if (corpus.seeds.empty()) throw std::runtime_error("no seeds of " + target);
  return corpus;
}

}  // namespace keepsum::fuzz
