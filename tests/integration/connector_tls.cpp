// TLS: each ssl-mode accepts what it says and refuses the rest, against a server with a
// certificate of a private authority and against one that has TLS switched off.
#include <cstdlib>
#include <filesystem>

#include "tests/integration/connector_support.hpp"
#include "tests/support/mariadb_server.hpp"

namespace keepsum::test {
namespace {

// Two authorities; the server's certificate is by the first, for the name "localhost" alone.
class Certificates {
 public:
  Certificates() {
    std::string folder = std::filesystem::temp_directory_path() / "keepsum-tls-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = folder;
    const std::string script =
        "cd '" + folder +
        "' && exec >log 2>&1 && "
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ours -keyout ca.key -out "
        "ca.pem"
        " && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=theirs -keyout other.key "
        "-out other.pem && openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "
        "server.key"
        " -out server.csr && echo subjectAltName=DNS:localhost >ext && openssl x509 -req -in "
        "server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out server.pem";
    if (std::system(script.c_str()) != 0) {  // NOLINT(concurrency-mt-unsafe)
      throw std::runtime_error("openssl could not make certificates; see " + folder + "/log");
    }
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

std::string outcome(const MariadbServer& server, const std::string& host,
                    const std::string& options) {
  auto url = connectors::parse_url("mysql://root@" + host + ":" + std::to_string(server.port()) +
                                   "/?" + options);
  if (url.has_error()) return describe(url.error());
  const auto connection = connectors::open_session(*url);
  if (connection.has_error()) {
    EXPECT_EQ(connection.error().native_code, 2026) << describe(connection.error());
    EXPECT_EQ(connection.error().recovery, Recovery::none);
    return "refused";
  }
  const auto cipher = (*connection)->row("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
  return db::as_text(cipher.value()->at(1)).empty() ? "plain" : "encrypted";
}

TEST(MysqlTls, ModesAgainstAServerWithACertificate) {
  const Certificates certificates;
  const MariadbServer server({"--ssl-ca=" + certificates.path("ca.pem"),
                              "--ssl-cert=" + certificates.path("server.pem"),
                              "--ssl-key=" + certificates.path("server.key")});
  const std::string ours = "&ssl-ca=" + certificates.path("ca.pem");
  const std::string other = "&ssl-ca=" + certificates.path("other.pem");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=disabled"), "plain");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=preferred"), "encrypted");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=required"), "encrypted");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=verify_ca" + ours), "encrypted");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=verify_ca" + other), "refused");
  EXPECT_EQ(outcome(server, "localhost", "ssl-mode=verify_identity" + ours), "encrypted");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=verify_identity" + ours), "refused");
  EXPECT_EQ(outcome(server, "localhost", "ssl-mode=verify_identity" + other), "refused");
  EXPECT_EQ(outcome(server, "localhost", "ssl-mode=verify_identity"), "refused");
}

TEST(MysqlTls, ModesAgainstAServerWithout) {
  const MariadbServer server({"--skip-ssl"});
  const Certificates certificates;
  const std::string ours = "&ssl-ca=" + certificates.path("ca.pem");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=disabled"), "plain");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=preferred"), "plain");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=required"), "refused");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=verify_ca" + ours), "refused");
  EXPECT_EQ(outcome(server, "127.0.0.1", "ssl-mode=verify_identity" + ours), "refused");
}

}  // namespace
}  // namespace keepsum::test
