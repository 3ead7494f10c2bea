// Expression text → tokens. What SQL has and the grammar has not (comments, parameters, bit
// operators, …) is refused here, each with its own reason.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/reporter.hpp"

namespace keepsum::schema {

enum class TokenKind { word, quoted_name, integer, decimal, string, symbol, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;       // a word as written; a name or string decoded; a number normalised
  std::string lower;      // of a word, for keywords; else ""
  std::size_t begin = 0;  // in the decoded text
  std::size_t finish = 0;
  char quote = '\0';  // of a quoted name
};

// The tokens, the last of them `end`; or nothing after the first error, which was reported.
[[nodiscard]] std::vector<Token> read_tokens(const LocatedText& source, Reporter& reporter);

// Whether the word has a meaning in the grammar, so that it cannot be a bare name.
[[nodiscard]] bool is_keyword(std::string_view lower);

}  // namespace keepsum::schema
