// The tables of a payment with foreign keys, filled alike for each side, and their summary made by
// the engine itself.
#pragma once

#include <string>
#include <string_view>

#include "bench/database.hpp"
#include "connectors/url.hpp"

namespace keepsum::bench {

inline constexpr int cards = 5000;

[[nodiscard]] std::string spec_text(std::string_view capture, Keys keys = Keys::foreign);

// A database of its own on the server, with `payments` payments of `cards` cards, one request and
// one transaction each. Throws std::runtime_error.
[[nodiscard]] connectors::ConnectionUrl make_database(const connectors::ConnectionUrl& server,
                                                      const std::string& name);
// `keepsum apply` of spec_text(capture, keys).
void apply(const connectors::ConnectionUrl& url, std::string_view capture,
           Keys keys = Keys::foreign);
// Throws if a twin was faster because it was wrong.
void verify(const connectors::ConnectionUrl& url, std::string_view capture,
            Keys keys = Keys::foreign);
// DATABASE_URL.
[[nodiscard]] connectors::ConnectionUrl server_url();
// The server's process, which must be on this machine.
[[nodiscard]] int server_pid(const connectors::ConnectionUrl& server);

}  // namespace keepsum::bench
