// A walk over the tokens of one text, and the way its parsers complain.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "schema/lexer.hpp"

namespace keepsum::schema {

// A position in a list of tokens, and a way to complain about it.
class TokenCursor {
 public:
  // Both must outlive the cursor.
  TokenCursor(const LocatedText& source, Reporter& reporter);

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const;
  Token next();

  [[nodiscard]] bool at_end() const { return peek().kind == TokenKind::end; }
  [[nodiscard]] bool at_symbol(std::string_view symbol, std::size_t ahead = 0) const;
  [[nodiscard]] bool at_keyword(std::string_view lower, std::size_t ahead = 0) const;
  bool accept_symbol(std::string_view symbol);
  bool accept_keyword(std::string_view lower);

  // Of a token, or of a byte of the decoded text.
  [[nodiscard]] Place place(const Token& token) const { return place(token.begin); }
  [[nodiscard]] Place place(std::size_t at) const;
  [[nodiscard]] const std::string& source_text() const { return source_.text; }

  // Marks the text as wrong; always null, so that a parser can return it.
  std::nullptr_t error(const Token& token, Complaint complaint);
  std::nullptr_t error_at(Place place, Complaint complaint);

  // Whether anything in this text was reported.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  const LocatedText& source_;
  Reporter& reporter_;
  std::vector<Token> tokens_;
  std::size_t position_ = 0;
  bool failed_ = false;
};

// The token as a message names it.
[[nodiscard]] std::string describe(const Token& token);

}  // namespace keepsum::schema
