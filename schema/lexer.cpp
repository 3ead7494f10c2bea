#include "schema/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "schema/limits.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

constexpr std::string_view int64_max = "9223372036854775807";

struct RefusedSymbol {
  std::string_view symbol;
  std::string_view code;
  std::string_view message;
  std::string_view hint;
};

// Longer ones first: the first that fits is taken.
constexpr std::array refused_symbols{
    RefusedSymbol{"<=>", "null-safe-equal", "`<=>` is not portable",
                  "write `a = b OR (a IS NULL AND b IS NULL)`"},
    RefusedSymbol{"/*", "sql-comment", "a comment inside an expression",
                  "put comments beside the JSON, with `//`"},
    RefusedSymbol{"--", "sql-comment", "`--` starts a comment in SQL",
                  "put comments beside the JSON, with `//`; to subtract a negative number write "
                  "`a - (-b)`"},
    RefusedSymbol{"==", "double-equal", "`==` is not SQL's equality", "write `=`"},
    RefusedSymbol{"||", "double-bar", "`||` joins strings on some databases and means OR on others",
                  "write `concat(a, b)`, or `OR`"},
    RefusedSymbol{"&&", "double-ampersand", "`&&` is not portable", "write `AND`"},
    RefusedSymbol{"<<", "bit-operator", "bit operators are not supported", ""},
    RefusedSymbol{">>", "bit-operator", "bit operators are not supported", ""},
    RefusedSymbol{"::", "cast-operator", "`::` is not portable", "write `CAST(x AS type)`"},
    RefusedSymbol{":=", "assignment", "an expression cannot assign", ""},
    RefusedSymbol{"@@", "session-variable",
                  "a server variable: the result must depend on the row alone",
                  "write the value itself"},
    RefusedSymbol{"@", "session-variable",
                  "a session variable: the result must depend on the row alone",
                  "write the value itself"},
    RefusedSymbol{"?", "parameter", "a parameter: a spec has no values to bind",
                  "write the value itself; a key to look rows up by belongs in `group_by`"},
    RefusedSymbol{":", "parameter", "a parameter: a spec has no values to bind",
                  "write the value itself; a key to look rows up by belongs in `group_by`"},
    RefusedSymbol{"$", "parameter", "a parameter: a spec has no values to bind",
                  "write the value itself; a key to look rows up by belongs in `group_by`"},
    RefusedSymbol{"/", "division",
                  "the precision of a division depends on a setting of the session",
                  "keep numerator and denominator as two sums, or write `div(a, b)` for integer "
                  "division"},
    RefusedSymbol{";", "semicolon", "an expression is not a statement", "remove the `;`"},
    RefusedSymbol{"#", "sql-comment", "`#` starts a comment in SQL",
                  "put comments beside the JSON, with `//`"},
    RefusedSymbol{"!", "exclamation-mark", "`!` binds differently on different databases",
                  "write `NOT`"},
    RefusedSymbol{"|", "bit-operator", "bit operators are not supported", ""},
    RefusedSymbol{"&", "bit-operator", "bit operators are not supported", ""},
    RefusedSymbol{"^", "bit-operator", "bit operators are not supported", ""},
    RefusedSymbol{"~", "bit-operator", "bit operators are not supported", ""},
};

constexpr std::array<std::string_view, 22> symbols{"->>", "->", "<=", ">=", "<>", "!=", "(", ")",
                                                   ",",   ".",  "*",  "+",  "-",  "%",  "<", ">",
                                                   "=",   "[",  "]",  "{",  "}",  "\\"};

class Lexer {
 public:
  Lexer(const LocatedText& source, Reporter& reporter)
      : source_(source), text_(source.text), reporter_(reporter) {}

  std::vector<Token> run() {
    if (text_.size() > expression_bytes_max) {
      fail(0, Complaint{"expression-too-long",
                        fmt::format("this expression has {} bytes; at most {} are allowed",
                                    text_.size(), expression_bytes_max)});
      return {};
    }
    while (!failed_) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      if (at_ >= text_.size()) break;
      read_token();
    }
    if (failed_) return {};
    add(TokenKind::end, at_, "");
    return std::move(tokens_);
  }

 private:
  void fail(std::size_t at, Complaint complaint) {
    failed_ = true;
    reporter_.error(source_.offsets[std::min(at, text_.size())], source_.pointer,
                    std::move(complaint));
  }

  Token& add(TokenKind kind, std::size_t begin, std::string text) {
    Token token;
    token.kind = kind;
    token.text = std::move(text);
    token.begin = begin;
    token.finish = at_;
    tokens_.push_back(std::move(token));
    return tokens_.back();
  }

  void read_token() {
    const char c = text_[at_];
    const bool point = c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
    if (is_letter(c)) {
      read_word();
    } else if (is_digit(c) || (point && !after_name())) {
      read_number();
    } else if (c == '\'') {
      read_string();
    } else if (c == '"' || c == '`') {
      read_quoted_name();
    } else {
      read_symbol();
    }
  }

  // In `t.1x` the point belongs to the name before it.
  [[nodiscard]] bool after_name() const {
    return !tokens_.empty() && (tokens_.back().kind == TokenKind::word ||
                                tokens_.back().kind == TokenKind::quoted_name);
  }

  void read_word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    const bool string_before = !tokens_.empty() && tokens_.back().kind == TokenKind::string &&
                               tokens_.back().finish == begin;
    if (string_before) {
      fail(begin, Complaint{"syntax", fmt::format("the string ends before {}", quoted(word)),
                            "a quote inside a string is written `''`"});
      return;
    }
    if (word.size() > identifier_characters_max) {
      fail(begin, Complaint{"name-too-long",
                            fmt::format("{} has {} characters; a name has at most {}", quoted(word),
                                        word.size(), identifier_characters_max)});
      return;
    }
    Token& token = add(TokenKind::word, begin, std::string(word));
    token.lower = to_lower(word);
  }

  void read_number() {
    const std::size_t begin = at_;
    const auto digits = [this] {
      const std::size_t from = at_;
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
      return text_.substr(from, at_ - from);
    };
    const std::string_view whole = digits();
    std::optional<std::string_view> fraction;
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      fraction = digits();
    }
    if (at_ < text_.size() && (is_letter(text_[at_]) || text_[at_] == '.')) {
      fail_number(begin);
      return;
    }
    if (fraction && (whole.empty() || fraction->empty())) {
      fail(begin, Complaint{"bad-number", "a digit is missing beside the point",
                            "write `0.5` for `.5`, and `5` for `5.`"});
      return;
    }
    std::string normal(whole.substr(std::min(whole.find_first_not_of('0'), whole.size() - 1)));
    if (!fraction) {
      if (normal.size() > int64_max.size() ||
          (normal.size() == int64_max.size() && normal > int64_max)) {
        fail(begin, Complaint{"integer-too-large",
                              fmt::format("{} does not fit in 64 bits", quoted(whole)),
                              fmt::format("the largest integer is {}", int64_max)});
        return;
      }
      add(TokenKind::integer, begin, std::move(normal));
      return;
    }
    if (normal.size() + fraction->size() > std::size_t{decimal_precision_max} ||
        fraction->size() > std::size_t{decimal_scale_max}) {
      fail(begin,
           Complaint{"decimal-too-long",
                     fmt::format("a DECIMAL has at most {} digits, {} of them after the point",
                                 decimal_precision_max, decimal_scale_max)});
      return;
    }
    add(TokenKind::decimal, begin, normal + "." + std::string(*fraction));
  }

  void fail_number(std::size_t begin) {
    std::size_t end = begin;
    while (end < text_.size() &&
           (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '.'))
      ++end;
    const std::string_view number = text_.substr(begin, end - begin);
    const char next = text_[at_];
    const bool exponent =
        (next == 'e' || next == 'E') && at_ + 1 < text_.size() &&
        (is_digit(text_[at_ + 1]) || text_[at_ + 1] == '+' || text_[at_ + 1] == '-');
    if (exponent) {
      fail(begin,
           Complaint{"exponent", "a number with an exponent is a DOUBLE, and that is not exact",
                     "write all of its digits: `1000` for `1e3`"});
    } else {
      fail(begin, Complaint{"bad-number", fmt::format("{} is not a number", quoted(number)),
                            "numbers are written `12` or `1.50`; a name that starts with a digit "
                            "stands in double quotes"});
    }
  }

  // Up to the closing quote; a doubled quote stands for one.
  std::optional<std::string> read_quoted(char quote) {
    std::string result;
    ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] != quote) {
        result += text_[at_++];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
        result += quote;
        at_ += 2;
      } else {
        ++at_;
        return result;
      }
    }
    return std::nullopt;
  }

  void read_string() {
    const std::size_t begin = at_;
    std::optional<std::string> value = read_quoted('\'');
    if (!value) {
      fail(begin, Complaint{"unclosed-string", "this string is not closed",
                            "add a `'`; a quote inside a string is written `''`"});
      return;
    }
    if (value->find('\0') != std::string::npos) {
      fail(begin, Complaint{"nul-character", "a string cannot hold a NUL character"});
      return;
    }
    add(TokenKind::string, begin, std::move(*value));
  }

  void read_quoted_name() {
    const std::size_t begin = at_;
    const char quote = text_[at_];
    std::optional<std::string> name = read_quoted(quote);
    if (!name) {
      fail(begin, Complaint{"unclosed-name", "this quoted name is not closed",
                            quote == '"' ? "add a `\"`; a string stands in single quotes"
                                         : "add a backtick"});
      return;
    }
    const std::size_t length = character_count(*name);
    if (length == 0 || length > identifier_characters_max ||
        name->find('\0') != std::string::npos) {
      fail(begin, Complaint{"bad-name",
                            fmt::format("a name has 1 to {} characters, and no NUL",
                                        identifier_characters_max),
                            quote == '"' ? "a string stands in single quotes" : ""});
      return;
    }
    add(TokenKind::quoted_name, begin, std::move(*name)).quote = quote;
  }

  void read_symbol() {
    const std::string_view rest = text_.substr(at_);
    const auto starts = [rest](const auto& symbol) { return rest.starts_with(symbol); };
    // `!=` is a symbol and `!` is not; the other lists do not overlap in this way.
    const auto known = std::find_if(symbols.begin(), symbols.end(), starts);
    const auto refused =
        std::find_if(refused_symbols.begin(), refused_symbols.end(),
                     [&](const RefusedSymbol& entry) { return starts(entry.symbol); });
    const std::size_t known_length = known == symbols.end() ? 0 : known->size();
    if (refused != refused_symbols.end() && refused->symbol.size() > known_length) {
      fail(at_, Complaint{std::string(refused->code), std::string(refused->message),
                          std::string(refused->hint)});
      return;
    }
    if (known == symbols.end()) {
      std::size_t length = 1;
      while (length < rest.size() && is_continuation(rest[length])) ++length;
      fail(at_, Complaint{"unexpected-character",
                          fmt::format("{} has no meaning here", quoted(rest.substr(0, length))),
                          static_cast<unsigned char>(rest.front()) >= 0x80U
                              ? "names with other characters than A-Z, 0-9 and _ stand in double "
                                "quotes"
                              : ""});
      return;
    }
    const std::size_t begin = at_;
    at_ += known->size();
    add(TokenKind::symbol, begin, std::string(*known));
  }

  const LocatedText& source_;
  std::string_view text_;
  Reporter& reporter_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

std::vector<Token> read_tokens(const LocatedText& source, Reporter& reporter) {
  return Lexer(source, reporter).run();
}

}  // namespace keepsum::schema
