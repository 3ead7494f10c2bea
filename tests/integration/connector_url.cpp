// Connection URLs: what is read from them, what is refused, and that no secret leaves them.
#include <filesystem>
#include <fstream>

#include "tests/integration/connector_support.hpp"

namespace keepsum::test {
namespace {

using connectors::DatabaseKind;
using connectors::expand_environment;
using connectors::parse_url;
using connectors::resolve_password;
using connectors::SqliteMode;
using connectors::SslMode;
using testing::HasSubstr;
using testing::Not;

class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST(ConnectionUrl, ReadsAllParts) {
  const auto url = parse_url(
      "mariadb://pay%40app:s%3Acret@db.example:3307/shop%20eu?socket=/run/"
      "my.sock&ssl-mode=VERIFY_CA"
      "&ssl-ca=/etc/ca.pem&connect-timeout=7&read-timeout=0&charset=utf8mb4");
  ASSERT_OK(url);
  EXPECT_EQ(url->kind, DatabaseKind::mysql);
  EXPECT_EQ(url->user, "pay@app");
  EXPECT_EQ(url->password, "s:cret");
  EXPECT_EQ(url->host, "db.example");
  EXPECT_EQ(url->port, 3307);
  EXPECT_EQ(url->database, "shop eu");
  EXPECT_EQ(url->socket, "/run/my.sock");
  EXPECT_EQ(url->ssl_mode, SslMode::verify_ca);
  EXPECT_EQ(url->ssl_ca, "/etc/ca.pem");
  EXPECT_EQ(url->connect_timeout_s, 7U);
  EXPECT_EQ(url->read_timeout_s, 0U);
}

TEST(ConnectionUrl, ReadsShortForms) {
  const auto plain = parse_url("mysql://localhost/shop");
  ASSERT_OK(plain);
  EXPECT_EQ(plain->user, "");
  EXPECT_EQ(plain->port, 3306);
  EXPECT_EQ(plain->ssl_mode, SslMode::preferred);
  const auto ipv6 = parse_url("mysql://u@[::1]:3308/shop");
  ASSERT_OK(ipv6);
  EXPECT_EQ(ipv6->host, "::1");
  EXPECT_EQ(ipv6->port, 3308);
  EXPECT_EQ(ipv6->display(), "mysql://u@[::1]:3308/shop");
  EXPECT_EQ(parse_url("mysql://u@h")->database, "");
}

TEST(ConnectionUrl, ReadsSqliteForms) {
  EXPECT_EQ(parse_url("sqlite:pay ments.db")->path, "pay ments.db");
  EXPECT_EQ(parse_url("sqlite:a%20b.db")->path, "a b.db");
  EXPECT_EQ(parse_url("sqlite:/var/app.db")->path, "/var/app.db");
  EXPECT_EQ(parse_url("sqlite:///var/app.db")->path, "/var/app.db");
  EXPECT_EQ(parse_url("sqlite::memory:")->path, ":memory:");
  EXPECT_EQ(parse_url("sqlite::memory:")->display(), "sqlite::memory:");
  EXPECT_EQ(parse_url("sqlite:a.db")->mode, SqliteMode::read_write);
  EXPECT_EQ(parse_url("sqlite:a.db?mode=rwc")->mode, SqliteMode::read_write_create);
  EXPECT_EQ(parse_url("sqlite:a.db?mode=ro&busy-timeout=0")->busy_timeout_s, 0U);
  EXPECT_THAT(error_of(parse_url("sqlite://app.db")).hint, HasSubstr("sqlite:app.db"));
}

TEST(ConnectionUrl, RefusesWhatItDoesNotKnow) {
  const Error option = error_of(parse_url("mysql://h/d?ssl-mod=required"));
  EXPECT_EQ(option.code, ErrorCode::invalid_argument);
  EXPECT_EQ(option.recovery, Recovery::fix_spec);
  EXPECT_THAT(option.message, HasSubstr("ssl-mod"));
  EXPECT_THAT(option.hint, HasSubstr("ssl-mode"));
  for (const char* wrong : {
           "",
           "h/d",
           "postgres://h/d",
           "mysql:h/d",
           "mysql://h:0/d",
           "mysql://h:99999/d",
           "mysql://h:x/d",
           "mysql://h/d/e",
           "mysql://h/d?ssl-mode=maybe",
           "mysql://h/d?charset=latin1",
           "mysql://h/d?connect-timeout=0",
           "mysql://h/d?connect-timeout=-1",
           "mysql://h/d?read-timeout=5s",
           "mysql://h/d?socket",
           "mysql://h/d?=x",
           "mysql://h/d?socket=a&socket=b",
           "mysql://h%2/d",
           "mysql://h%zz/d",
           "mysql://h%00/d",
           "mysql://[::1/d",
           "mysql://[::1]x/d",
           "mysql://h/d?ssl-mode=verify_ca",
           "mysql://u:p@h/d?password-file=f",
           "sqlite:",
           "sqlite:a?mode=wild",
           "sqlite:a?mode",
           "sqlite:a?ssl-mode=required",
       }) {
    EXPECT_EQ(error_of(parse_url(wrong)).code, ErrorCode::invalid_argument) << wrong;
  }
}

TEST(ConnectionUrl, NeverShowsThePassword) {
  const auto url = parse_url("mysql://pay:hunter2@h:3306/d?ssl-mode=required&socket=/s");
  ASSERT_OK(url);
  EXPECT_EQ(url->display(), "mysql://pay@h:3306/d?socket=/s&ssl-mode=required");
  // Passwords whose special characters were not encoded, so that pieces land everywhere.
  for (const char* careless : {
           "mysql://pay:hun/ter2@h/d",
           "mysql://pay:hun?ter2@h/d",
           "mysql://pay:hun?ter2=1@h/d",
           "mysql://pay:hun#ter2@h/d",
           "mysql://pay:hun%ter2@h/d",
           "pay:ter2@h/d",
           "mysql://h:ter2/d",
           "mysql:pay:ter2@h/d",
       }) {
    EXPECT_THAT(describe(error_of(parse_url(careless))), Not(HasSubstr("ter2"))) << careless;
  }
}

TEST(ConnectionUrl, AWrongPasswordIsDeniedAndNotShown) {
  auto url = fresh_mariadb().url;
  url.password = "hunter2";
  const Error error = error_of(connectors::open(url));
  EXPECT_EQ(error.code, ErrorCode::access_denied);
  EXPECT_EQ(error.recovery, Recovery::none);
  EXPECT_EQ(error.native_code, 1045);
  EXPECT_THAT(describe(error), Not(HasSubstr("hunter2")));
}

TEST(ConnectionUrl, PasswordComesFromTheFirstPlaceThatHasOne) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("keepsum-password-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "a") << "from option\n";
  std::ofstream(folder / "b") << "from file\r\n";
  const auto password = [](const std::string& text) {
    auto url = parse_url(text).value();
    const auto resolved = resolve_password(url);
    return resolved.has_value() ? url.password : describe(resolved.error());
  };
  EXPECT_EQ(password("mysql://u@h/d"), "");
  const Environment file("KEEPSUM_PASSWORD_FILE", (folder / "b").string());
  EXPECT_EQ(password("mysql://u@h/d"), "from file");
  const Environment direct("KEEPSUM_PASSWORD", "from environment");
  EXPECT_EQ(password("mysql://u@h/d"), "from environment");
  EXPECT_EQ(password("mysql://u@h/d?password-file=" + (folder / "a").string()), "from option");
  EXPECT_EQ(password("mysql://u:own@h/d"), "own");
  EXPECT_EQ(password("sqlite:a.db"), "");
  EXPECT_THAT(password("mysql://u@h/d?password-file=/no/such"), HasSubstr("/no/such"));
  std::filesystem::remove_all(folder);
}

TEST(ExpandEnvironment, ReplacesAndNamesWhatIsMissing) {
  const Environment host("KEEPSUM_TEST_HOST", "db.example");
  const Environment secret("KEEPSUM_TEST_SECRET", "a$b${c}");
  EXPECT_EQ(expand_environment("mysql://${KEEPSUM_TEST_HOST}/d").value(), "mysql://db.example/d");
  EXPECT_EQ(expand_environment("no variables").value(), "no variables");
  EXPECT_EQ(expand_environment("$$ $x 5$").value(), "$ $x 5$");
  EXPECT_EQ(expand_environment("${KEEPSUM_TEST_SECRET}").value(), "a$b${c}");
  const Error missing = error_of(expand_environment("${KEEPSUM_TEST_SECRET}${KEEPSUM_NO_SUCH}"));
  EXPECT_THAT(missing.message, HasSubstr("KEEPSUM_NO_SUCH"));
  EXPECT_THAT(describe(missing), Not(HasSubstr("a$b")));
  EXPECT_TRUE(expand_environment("${").has_error());
  EXPECT_TRUE(expand_environment("${}").has_error());
}

}  // namespace
}  // namespace keepsum::test
