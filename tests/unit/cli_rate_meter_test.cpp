// The rate that an ETA is made of is that of the last while, not of the whole run.
#include <gtest/gtest.h>

#include "cli/run/rate_meter.hpp"

namespace keepsum::cli {
namespace {

using std::chrono::seconds;

class Clocked : public ::testing::Test {
 protected:
  RateMeter::Clock::time_point at(int second) const { return start_ + seconds{second}; }
  RateMeter::Clock::time_point start_ = RateMeter::Clock::now();
  RateMeter rate_{seconds{30}};
};

using RateMeterTest = Clocked;

TEST_F(RateMeterTest, NothingIsKnownAtFirst) {
  EXPECT_FALSE(rate_.per_second(at(0)));
  rate_.add(at(0), 0);
  EXPECT_FALSE(rate_.per_second(at(0)));
}

TEST_F(RateMeterTest, WhatWasDoneBeforeTheRunIsNoPartOfItsRate) {
  rate_.add(at(0), 1'000'000);
  rate_.add(at(10), 1'001'000);
  EXPECT_DOUBLE_EQ(*rate_.per_second(at(10)), 100);
}

TEST_F(RateMeterTest, OldSlownessIsForgotten) {
  for (int second = 0; second <= 100; ++second) {
    rate_.add(at(second), static_cast<std::uint64_t>(second));
  }
  for (int second = 101; second <= 160; ++second) {
    rate_.add(at(second), static_cast<std::uint64_t>(100 + (second - 100) * 1000));
  }
  EXPECT_DOUBLE_EQ(*rate_.per_second(at(160)), 1000);
}

TEST_F(RateMeterTest, AStandstillBringsItDown) {
  rate_.add(at(0), 0);
  rate_.add(at(10), 1000);
  EXPECT_DOUBLE_EQ(*rate_.per_second(at(20)), 50);
  EXPECT_DOUBLE_EQ(*rate_.per_second(at(200)), 0);
}

TEST_F(RateMeterTest, AnotherStartIsAnotherRate) {
  rate_.add(at(0), 0);
  rate_.add(at(10), 1000);
  rate_.add(at(11), 500);  // looked again from an earlier place
  rate_.add(at(12), 510);
  EXPECT_DOUBLE_EQ(*rate_.per_second(at(12)), 10);
}

TEST_F(RateMeterTest, ManyPointsMakeNoDifference) {
  for (int i = 0; i <= 200'000; ++i) {
    rate_.add(start_ + std::chrono::microseconds{100} * i, static_cast<std::uint64_t>(i));
  }
  EXPECT_NEAR(*rate_.per_second(at(20)), 10'000, 1);
}

}  // namespace
}  // namespace keepsum::cli
