// keepsum check: the spec alone, then against the database.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"

namespace keepsum::cli {

Result<int> run_check(const GlobalOptions& global) {
  KEEPSUM_ASSIGN(const LoadedSpec loaded, load_spec(global));
  const bool has_database = !global.database.empty() || loaded.spec.database.has_value();
  if (has_database) {
    KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
    KEEPSUM_TRY(workspace.plans({}, true));
  }
  if (global.json) {
    print(boost::json::serialize(boost::json::object{
              {"version", 1}, {"ok", true}, {"against_database", has_database}}) +
          "\n");
  } else {
    print(fmt::format("{} {}: {} {}\n", paint(Style::green, "ok"), loaded.file,
                      loaded.spec.summaries.size(),
                      has_database ? "summaries, checked against the database"
                                   : "summaries; no database named, so tables were not checked"));
  }
  return exit_ok;
}

}  // namespace keepsum::cli
