// Any text as a connection URL: taken or refused, and nothing that is said of it, nor what is shown
// of a URL that was taken, has a piece of the text that may be of a password.
#include <array>
#include <string>

#include "connectors/url.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/targets.hpp"

namespace keepsum::fuzz {

namespace {

constexpr std::string_view secret = "Xs3cr3tX";

void refuse_to_tell(const std::string& url) {
  const auto parsed = connectors::parse_url(url);
  if (parsed.has_error()) {
    const std::string said = describe(parsed.error());
    require(said.find(secret) == std::string::npos, "told of " + url + ": " + said);
    require_printable(said);
    return;
  }
  const std::string shown = parsed->display();
  require_printable(shown);
  require(
      parsed->password.find(secret) == std::string::npos || shown.find(secret) == std::string::npos,
      "shown of " + url + ": " + shown);
  const auto again = connectors::parse_url(shown);  // verify_ca without ssl-ca is none
  require(again.has_error() || again->display() == shown, "shown as another URL: " + shown);
}

}  // namespace

void url(std::string_view input) {
  const std::string text(input.substr(0, 4096));
  if (text.find(secret) != std::string::npos) return;  // then it may be a name as well
  refuse_to_tell(text);
  static_cast<void>(connectors::expand_environment(text));
  // A password that was not encoded, or put where none belongs: its pieces land anywhere.
  for (std::size_t at = 0; at <= text.size(); at += 1 + text.size() / 16) {
    refuse_to_tell(text.substr(0, at) + std::string(secret) + text.substr(at));
  }
}

}  // namespace keepsum::fuzz

KEEPSUM_FUZZ_ENTRY(keepsum::fuzz::url(input))
