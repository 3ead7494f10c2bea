// Marks what the shared library exports; everything else in it is hidden. The same objects go
// into the static library, so the mark is the same there.
#pragma once

#define KEEPSUM_API __attribute__((visibility("default")))
// For what lies in a class that is exported and is not part of it.
#define KEEPSUM_INTERNAL __attribute__((visibility("hidden")))
