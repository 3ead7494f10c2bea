#include "tests/interleaving/case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace keepsum::test {

namespace {

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::vector<std::string> statements_of(const std::string& text) {
  std::vector<std::string> statements;
  std::string statement;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = trimmed(text.substr(begin, end - begin));
    begin = end + 1;
    if (statement.empty() && line.starts_with('@')) {
      statements.push_back(line);
      continue;
    }
    statement += (statement.empty() ? "" : "\n") + line;
    if (!line.ends_with(';')) continue;
    statement.pop_back();
    statements.push_back(std::move(statement));
    statement.clear();
  }
  if (!trimmed(statement).empty()) throw std::runtime_error("no `;` after: " + statement);
  return statements;
}

void put(Case& into, const std::string& section, const std::string& text) {
  if (section == "about") {
    into.about = trimmed(text);
  } else if (section == "tables") {
    into.tables = statements_of(text);
  } else if (section == "summary") {
    into.summary = trimmed(text);
  } else if (section == "recompute") {
    into.recompute = trimmed(text);
  } else if (section == "start") {
    into.start = statements_of(text);
  } else if (section == "end") {
    into.end = statements_of(text);
  } else if (section == "only") {
    into.only = trimmed(text);
  } else if (section.starts_with("session ")) {
    into.actors.push_back({section.substr(8), statements_of(text)});
  } else {
    throw std::runtime_error("no such section: " + section);
  }
}

}  // namespace

Case read_case(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  Case result;
  result.name = path.stem().string();
  std::string section, text, line;
  const auto finish = [&] {
    if (section.empty()) return;
    try {
      put(result, section, text);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(
          fmt::format("{}: section {}: {}", path.string(), section, error.what()));
    }
    text.clear();
  };
  while (std::getline(file, line)) {
    if (line.starts_with("== ")) {
      finish();
      section = trimmed(line.substr(3));
    } else {
      text += line + "\n";
    }
  }
  finish();
  if (result.about.empty() || result.summary.empty() || result.recompute.empty() ||
      result.actors.size() < 2) {
    throw std::runtime_error(path.string() +
                             ": about, summary, recompute and two sessions are needed");
  }
  return result;
}

std::vector<std::filesystem::path> case_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(KEEPSUM_SOURCE_DIR "/tests/interleaving/cases")) {
    if (entry.path().extension() == ".case") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::vector<std::size_t>> orders_of(const Case& of) {
  std::vector<std::size_t> order;
  for (std::size_t actor = 0; actor < of.actors.size(); ++actor) {
    order.insert(order.end(), of.actors[actor].steps.size(), actor);
  }
  std::vector<std::vector<std::size_t>> all;
  do all.push_back(order);
  while (std::next_permutation(order.begin(), order.end()));
  return all;
}

}  // namespace keepsum::test
