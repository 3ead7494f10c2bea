// What a target begins with: inputs that reach far, and words to put into others.
//
// NAME.folders    folders of the repository; each .json file in or under them is an input
// NAME.seeds      an input on each line, in quotes
// NAME.dict       a word on each line, in quotes: libFuzzer's own form
//
// Inside quotes \xAB is a byte, \n a line end, and \\ and \" are themselves; `#` begins a comment.
#pragma once

#include <string>
#include <vector>

namespace keepsum::fuzz {

struct Corpus {
  std::vector<std::string> seeds;
  std::vector<std::string> words;
};

// Throws std::runtime_error if the target has no seeds, or a line is malformed.
[[nodiscard]] Corpus corpus_of(const std::string& target);

}  // namespace keepsum::fuzz
