#include "schema/token_cursor.hpp"

#include <algorithm>
#include <utility>

#include "schema/text.hpp"

namespace keepsum::schema {

TokenCursor::TokenCursor(const LocatedText& source, Reporter& reporter)
    : source_(source), reporter_(reporter), tokens_(read_tokens(source, reporter)) {
  failed_ = tokens_.empty();
  if (failed_) tokens_.emplace_back();
}

const Token& TokenCursor::peek(std::size_t ahead) const {
  return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
}

Token TokenCursor::next() {
  Token token = peek();
  if (position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool TokenCursor::at_symbol(std::string_view symbol, std::size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::symbol && token.text == symbol;
}

bool TokenCursor::at_keyword(std::string_view lower, std::size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::word && token.lower == lower;
}

bool TokenCursor::accept_symbol(std::string_view symbol) {
  if (!at_symbol(symbol)) return false;
  ++position_;
  return true;
}

bool TokenCursor::accept_keyword(std::string_view lower) {
  if (!at_keyword(lower)) return false;
  ++position_;
  return true;
}

Place TokenCursor::place(std::size_t at) const {
  return reporter_.place(source_.offsets[at], source_.pointer);
}

std::nullptr_t TokenCursor::error(const Token& token, Complaint complaint) {
  return error_at(place(token), std::move(complaint));
}

std::nullptr_t TokenCursor::error_at(Place place, Complaint complaint) {
  failed_ = true;
  reporter_.error(std::move(place), std::move(complaint));
  return nullptr;
}

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::end: return "the end";
    case TokenKind::string: return "the string " + quoted("'" + token.text + "'");
    default: return quoted(token.text);
  }
}

}  // namespace keepsum::schema
