// Marks what the shared library exports; everything else in it is hidden. The same objects go
// into the static library, so the mark is the same there.
#pragma once

#define KEEPSUM_API __attribute__((visibility("default")))
