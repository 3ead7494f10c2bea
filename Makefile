# Two commands do everything on a bare Debian 12 machine, as root or through sudo:
#
#   make demo    set-up, build, the whole story on SQLite; no server needed
#   make test    set-up, build, every test, on SQLite and on a private MariaDB
#
# and a few more:
#
#   make              set-up and build; the binary is build/keepsum
#   make demo-service the example payment service: limits held under 32 clients at once
#   make bench-limit  the same with 100,000 attempts, on SQLite and on MariaDB
#   make soak         the tests under concurrent load, for longer
#   make fault-run    200 kills of the reconciler and 20 of the server, then the books are checked
#   make law          100,000 random row changes for each aggregate, on both databases, compared
#   make spec-change  specs of a live summary of 1,000,000 rows change beside writers and readers
#   make histories    1,000,000 random transactions over 1,000 specs on SQLite, 200,000 over 200 on MariaDB
#   make prove        what the tests prove, for ten minutes (MINUTES=n) and as a table
#   make interleavings every order of the steps of a few sessions, not some of them
#   make fuzz         hostile input, by libFuzzer for five minutes (MINUTES=n); installs clang
#   make bench        the speed claims, as ratios against hand-written twins
#   make format       clang-format everything
#   make tidy         clang-tidy
#   make plain-build  as without a preset, each source by itself: a unity build hides a missing include
#   make debug-test   all tests under the address and undefined-behaviour sanitizers
#   make tsan-test    all tests under the thread sanitizer
#   make valgrind     the connectors and the C interface under valgrind
#   make coverage     lines and branches of engine/ that the tests reach

.DEFAULT_GOAL := build
JOBS ?= $(shell nproc)
# Half of what tests do is wait: for a server, for a lock, for a process to die.
TEST_JOBS ?= $(shell echo $$((2 * $$(nproc))))
MINUTES ?= 10
SOURCES = $(shell git ls-files '*.cpp' '*.hpp' '*.c' '*.h')

.PHONY: setup build demo demo-service bench-limit test soak law fault-run spec-change interleavings histories prove fuzz bench format tidy plain-build debug-test tsan-test valgrind coverage clean

setup:
	@scripts/setup

build: setup
	@cmake --preset release >build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }
	@rm -f build.log
	@cmake --build --preset release -j $(JOBS)

demo: build
	@examples/card_activity/demo

demo-service: build
	@examples/payment_service/demo

# DATABASE_URL would name one of them for both runs.
bench-limit: build
	@env -u DATABASE_URL examples/payment_service/demo --attempts 100000 --rate 0
	@build/tests/with_mariadb examples/payment_service/demo --attempts 100000 --rate 0

test: build
	@ctest --preset release -j $(TEST_JOBS)

# Five seeds, each of 20,000 transactions per isolation level, by triggers and by hooks.
soak: build
	@for seed in 1 2 3 4 5; do \
	  KEEPSUM_TEST_SEED=$$seed KEEPSUM_TEST_TRANSACTIONS=20000 KEEPSUM_TEST_VERIFICATIONS=5000 \
	  KEEPSUM_TEST_ROUNDS=100 build/tests/concurrency_test || exit 1; done

# Some minutes. KEEPSUM_TEST_SEED draws other moments.
fault-run: build
	@KEEPSUM_TEST_KILLS=$${KEEPSUM_TEST_KILLS:-200} \
	  KEEPSUM_TEST_SERVER_KILLS=$${KEEPSUM_TEST_SERVER_KILLS:-20} build/tests/fault_run

# About an hour. KEEPSUM_TEST_CHANGES takes another number; compared after each KEEPSUM_TEST_COMPARE
# transactions of up to 25 statements.
law: build
	@export KEEPSUM_TEST_CHANGES=$${KEEPSUM_TEST_CHANGES:-100000}; \
	  export KEEPSUM_TEST_COMPARE=$${KEEPSUM_TEST_COMPARE:-5}; \
	  build/tests/engine_test --gtest_filter='*AggregateChanges*/sqlite*:*Mutants*' & sqlite=$$!; \
	  build/tests/engine_test --gtest_filter='*AggregateChanges*/mariadb*'; mariadb=$$?; \
	  wait $$sqlite && exit $$mariadb

# Some minutes.
spec-change: build
	@KEEPSUM_TEST_SPEC_ROWS=$${KEEPSUM_TEST_SPEC_ROWS:-1000000} \
	  build/tests/concurrency_test --gtest_filter='*ConcurrencySpecChange*'

# Half an hour.
interleavings: build
	@KEEPSUM_TEST_ORDERS=0 build/tests/interleaving_test

# An hour or less.
histories: build
	@tests/prove/histories.py $(if $(SEED),--seed $(SEED))

prove: build
	@tests/prove/run.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

fuzz: MINUTES = 5
fuzz:
	@scripts/setup fuzz
	@cmake --preset fuzz >/dev/null && cmake --build --preset fuzz -j $(JOBS)
	@tests/fuzz/run.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

bench: build
	@bench/run

format:
	@clang-format -i $(SOURCES)

tidy: build
	@clang-tidy -p build --quiet $(filter %.cpp,$(SOURCES))

debug-test: setup
	@cmake --preset debug >/dev/null && cmake --build --preset debug -j $(JOBS) && ctest --preset debug -j $(TEST_JOBS)

tsan-test: setup
	@cmake --preset tsan >/dev/null && cmake --build --preset tsan -j $(JOBS) && ctest --preset tsan -j $(TEST_JOBS)

VALGRIND = valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite

valgrind: build
	@scripts/setup valgrind
	@$(VALGRIND) build/tests/connector_test
	@export KEEPSUM_BINARY=$(CURDIR)/build/keepsum; \
	  $(VALGRIND) build/tests/c/c_test sqlite && build/tests/with_mariadb $(VALGRIND) build/tests/c/c_test mariadb

# The pages, line by line: build-coverage/report/index.html. Branches that only an exception takes are
# left out: g++ makes one at every call.
coverage:
	@scripts/setup && scripts/setup coverage
	@cmake --preset coverage >/dev/null && cmake --build --preset coverage -j $(JOBS)
	@find build-coverage -name '*.gcda' -delete
	@ctest --preset coverage -j $(TEST_JOBS)
	@mkdir -p build-coverage/report
	@gcovr --root . --filter engine/ --exclude-throw-branches --exclude-unreachable-branches -j $(JOBS) \
	  --html-details build-coverage/report/index.html --txt build-coverage/report/lines.txt \
	  --print-summary build-coverage

plain-build: setup
	@cmake -S . -B build-plain -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo
	@cmake --build build-plain -j $(JOBS)

clean:
	@rm -rf build build-debug build-tsan build-fuzz build-coverage build-plain
