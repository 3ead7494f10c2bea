// The independent check: nothing here knows the engine's SQL or shares its code.
#pragma once

#include <cstdint>
#include <string>

#include "tests/faults/ground.hpp"

namespace keepsum::test {

struct Books {
  std::int64_t spoilt = 0;    // figures
  std::int64_t evidence = 0;  // rows
  std::int64_t keys = 0;      // that were ever spoilt
};

// Fails the test unless in one snapshot each figure of card_activity is
//
//   what the source gives + what was spoilt of it + what the evidence says was added to it
//   (rows that tell of a repair; others tell of what was left).
//
// Writers, spoiler and repairs each change two of these in one transaction, so it holds in every
// snapshot, between any two kills, and in what a server recovered. Returns whether it did.
bool check_balance(const Ground& ground, db::Session& session, const std::string& when);

// Fails the test unless, of each key and column, the evidence tells what was done to it:
//
// Let s_1 … s_n be what the spoiler added to a figure and d_1 … d_m = expected - stored of its
// evidence, both in the order they were committed. A snapshot shows s_1 … s_i and the repairs so
// far, so a repair that is applied once, with its evidence, takes back exactly what came between
// two snapshots: each -(d_1 + … + d_k) is some s_1 + … + s_i, with i growing in k, and i = n at
// last. All s of a key have one sign, so a repair applied twice, one without evidence, evidence
// without its repair, or a row of a writer's that was lost would each leave a sum that is none of
// these.
Books check_evidence(const Ground& ground, db::Session& session);

// Fails the test unless each summary equals its source, both ways.
void check_figures(db::Session& session);

// Fails the test unless runs, leases and tours are as runs that ended leave them: fences only rise,
// no lease is held, every piece of evidence belongs to a run, the last tour came round.
void check_control_tables(db::Session& session);

}  // namespace keepsum::test
