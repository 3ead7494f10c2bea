// A file that others read at any moment: they see the old text or the new one, whole.
#pragma once

#include <keepsum/result.hpp>
#include <string>
#include <string_view>

namespace keepsum::cli {

// Writes a file beside it, syncs it, renames it over `path`, syncs the folder. Readable by
// everybody (0644) whatever the umask is. Errors: io_failed, naming the step; what was at `path` is
// untouched then.
Result<void> write_atomically(const std::string& path, std::string_view text);

}  // namespace keepsum::cli
