// Tells a monitor by a GET of its URL that a run ended, the way healthcheck services want it.
//
// The path of such a URL is its secret: who knows it can say that all is well. Nothing here puts
// more of it than scheme, host and port into any message.
#pragma once

#include <chrono>
#include <keepsum/result.hpp>
#include <string>
#include <string_view>

namespace keepsum::cli {

struct PingUrl {
  bool tls = false;
  std::string host;
  std::string port;
  std::string path;   // "/abc"; begins with / or is empty
  std::string query;  // "?a=b", or empty
  // "https://monitor.example:8443/…"
  [[nodiscard]] std::string display() const;
};

// http://host[:port][/path][?query], and https:// likewise. Errors: invalid_argument, which quotes
// nothing of the text.
Result<PingUrl> parse_ping_url(std::string_view text);

enum class Ping { start, success, failure };

inline constexpr std::chrono::milliseconds ping_time_max{5'000};

// One GET, of the URL or of its path with /start or /fail added; any answer of 200 to 299 is good.
// Redirects are not followed: what follows them today may lead elsewhere tomorrow. https: TLS 1.2
// or later, with the host's name checked against the certificate, and that against the system's
// authorities (or SSL_CERT_FILE, SSL_CERT_DIR). Takes at most `time_max`, and as long as the system
// takes to look up the name. Errors: io_failed.
Result<void> ping(const PingUrl& url, Ping what,
                  std::chrono::milliseconds time_max = ping_time_max);

}  // namespace keepsum::cli
