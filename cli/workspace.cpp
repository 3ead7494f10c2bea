#include "cli/workspace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "cli/terminal.hpp"

namespace keepsum::cli {

namespace {

Error spec_error(const LoadedSpec& loaded, const std::vector<schema::Diagnostic>& diagnostics) {
  Error error;
  error.code = ErrorCode::invalid_spec;
  error.recovery = Recovery::fix_spec;
  error.message = schema::render(diagnostics, loaded.file, loaded.text);
  error.where = loaded.file;
  return error;
}

Error config_error(std::string message, std::string hint) {
  Error error;
  error.code = ErrorCode::invalid_spec;
  error.recovery = Recovery::fix_spec;
  error.message = "error: " + std::move(message) + "\n";
  if (!hint.empty()) error.message += "  hint: " + hint + "\n";
  return error;
}

}  // namespace

Result<LoadedSpec> load_spec(const GlobalOptions& options) {
  LoadedSpec loaded;
  loaded.file = options.config;
  std::ifstream file(options.config, std::ios::binary);
  if (!file) {
    return config_error(fmt::format("cannot read the spec `{}`", options.config),
                        "name it with --config FILE, or run in the folder that has keepsum.json");
  }
  std::ostringstream text;
  text << file.rdbuf();
  loaded.text = text.str();
  const auto signatures = aggregates::signatures();
  schema::ParseResult parsed = schema::parse_spec(loaded.text, signatures);
  if (!parsed.spec) return spec_error(loaded, parsed.diagnostics);
  loaded.spec = std::move(*parsed.spec);
  return loaded;
}

Result<Workspace> Workspace::open(const GlobalOptions& options) {
  Workspace workspace;
  KEEPSUM_ASSIGN(workspace.loaded_, load_spec(options));
  std::string url = options.database;
  if (url.empty()) {
    if (!workspace.loaded_.spec.database) {
      return config_error("the spec names no database",
                          "add \"database\": \"${DATABASE_URL}\" to it, or pass --database URL");
    }
    url = *workspace.loaded_.spec.database;
  }
  const auto expanded = connectors::expand_environment(url);
  if (expanded.has_error()) {
    return config_error(expanded.error().message, expanded.error().hint);
  }
  auto parsed = connectors::parse_url(*expanded);
  if (parsed.has_error()) return config_error(parsed.error().message, parsed.error().hint);
  workspace.url_ = std::move(parsed).value();
  for (const std::string& warning : connectors::password_warnings(workspace.url_)) {
    print_err(fmt::format("{} {}\n", paint_err(Style::yellow, "!"), warning));
  }
  auto connection = connectors::open(workspace.url_);
  if (connection.has_error()) {
    // What the connection was told comes from the configuration, not from the command line.
    Error error = std::move(connection).error();
    if (error.code == ErrorCode::invalid_argument) error.code = ErrorCode::invalid_spec;
    return error;
  }
  workspace.connection_ = std::move(connection).value();
  workspace.database_.emplace(
      lifecycle::Database{*workspace.connection_.session, *workspace.connection_.catalog,
                          *workspace.connection_.dialect,
                          [target = workspace.url_] { return connectors::open_session(target); }});
  return workspace;
}

Result<std::vector<plan::SummaryPlan>> Workspace::plans(const std::vector<std::string>& names,
                                                        bool show_warnings) {
  std::vector<std::string> known;
  for (const schema::SummarySpec& summary : loaded_.spec.summaries) known.push_back(summary.name);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    Error error;
    error.code = ErrorCode::invalid_argument;
    error.message = fmt::format("the spec {} has no summary `{}`", loaded_.file, name);
    const std::string near = schema::did_you_mean(name, known);
    if (!near.empty()) error.hint = fmt::format("did you mean `{}`?", near);
    return error;
  }
  KEEPSUM_ASSIGN(auto compiled, plan::compile_all(loaded_.spec.summaries, database_->session,
                                                  database_->catalog, database_->dialect, names));
  if (schema::has_errors(compiled.diagnostics)) return spec_error(loaded_, compiled.diagnostics);
  if (show_warnings) print_err(schema::render(compiled.diagnostics, loaded_.file, loaded_.text));
  return std::move(compiled.plans);
}

Result<plan::SummaryPlan> Workspace::plan(const std::string& name) {
  const bool is_side_table = name.starts_with("ks_");  // no summary of a spec has such a name
  std::vector<std::string> asked;
  if (!is_side_table) asked.push_back(name);
  KEEPSUM_ASSIGN(const auto all, plans(asked, false));
  for (const plan::SummaryPlan& plan : all) {
    if (plan.spec.name == name) return plan;
  }
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.message = fmt::format("the spec {} has no side table `{}`", loaded_.file, name);
  error.hint = "`keepsum status` lists what is there";
  return error;
}

}  // namespace keepsum::cli
