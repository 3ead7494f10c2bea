// Spec text → Summaries, for programs that embed keepsum.
#pragma once

#include <keepsum/summaries.hpp>
#include <memory>
#include <string_view>

#include "engine/db/catalog.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::embed {

// Compiles the spec against the catalog and checks that each summary kept by hooks has been
// applied with the same meaning. Writes nothing.
// Errors: invalid_spec, with every diagnostic in `message`; plan_moved if a summary kept by hooks
// is not in the database or is there with another meaning; those of the session.
Result<Summaries> load(std::string_view spec_text, db::Session& session, db::Catalog& catalog,
                       std::unique_ptr<const sql::Dialect> dialect);

}  // namespace keepsum::embed
