// What others on the machine can see of this process.
#pragma once

namespace keepsum::cli {

// Overwrites the passwords of URLs among the arguments, which every user of the machine can read
// while the process runs. For an instant after its start they were there: a password file, an
// option file or the environment keeps them from ever being.
void hide_passwords(int argc, char** argv) noexcept;

}  // namespace keepsum::cli
