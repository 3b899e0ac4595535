# Tests of the whole tree.
#
# tests/unit/test-NAME.c is a cmocka program of its own, linked with the user
# library; one that needs more objects gets a line
#   $(BUILD)/tests/test-NAME: $(BUILD)/path/of.o
# and one that needs other libraries a line  LIBS_test-NAME := -lname

LIBS_test-crc := -lz

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test-*.c))
BENCHES	   := $(patsubst tests/bench/%.c,$(BUILD)/tests/%,$(wildcard tests/bench/bench-*.c))

FIXTURE_TEST := $(BUILD)/tests/guest-fixtures
FIXTURES    := $(BUILD)/tests/fixtures/.made

.PHONY: unit bench-native guest-tests test-programs

unit: $(UNIT_TESTS) ## build and run the unit tests
	$(Q)CMOCKA_MESSAGE_OUTPUT=tap prove -e '' $(UNIT_TESTS)

bench-native: $(BENCHES) ## build and run the benchmarks that need no driver
	$(Q)set -e; for bench in $(BENCHES); do $$bench; done

$(BUILD)/.deps-test: scripts/deps | $(BUILD)
	$(Q)$< check test
	$(Q)touch $@

$(UNIT_TESTS): | $(BUILD)/.deps-test
$(UNIT_TESTS): $(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS_$*) -lcmocka

$(BENCHES): $(BUILD)/tests/%: $(BUILD)/tests/bench/%.o $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS_$*)

# What the guest's tests need beside the programs: theirs, and images.
guest-tests: $(FIXTURE_TEST) $(FIXTURES)
test-programs: guest-tests

$(FIXTURE_TEST): $(BUILD)/tests/guest/fixtures.o $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) -lz

$(FIXTURES): tests/fixtures/make-fixtures | $(BUILD)/.deps-test
	$(call say,GEN,$(@D))$< $(@D) && touch $@
