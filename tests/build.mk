# Tests of the whole tree.
#
# tests/unit/test-NAME.c is a cmocka program of its own, linked with the user
# library; one that needs more objects gets a line
#   $(BUILD)/tests/test-NAME: $(BUILD)/path/of.o
# and one that needs other libraries a line  LIBS_test-NAME := -lname

LIBS_test-crc := -lz
LIBS_test-text := -ljansson
LIBS_test-staging := -ljansson -lz
LIBS_test-results := -ljansson -lz -lm
$(BUILD)/tests/test-counters: $(BUILD)/loader/counters.o
$(BUILD)/tests/test-depth: $(BUILD)/loader/depth.o
$(BUILD)/tests/test-costs: $(BUILD)/loader/costs.o
$(BUILD)/tests/test-drops: $(BUILD)/loader/drops.o
$(BUILD)/tests/test-staging: $(BUILD)/loader/staging.o $(BUILD)/loader/identity.o
$(BUILD)/tests/test-results: $(patsubst %,$(BUILD)/loader/%.o,files results counters costs latency staging identity)

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test-*.c))

FIXTURE_TEST := $(BUILD)/tests/guest-fixtures
FIXTURES    := $(BUILD)/tests/fixtures/.made

.PHONY: unit guest-tests test-programs

unit: $(UNIT_TESTS) ## build and run the unit tests
	$(Q)CMOCKA_MESSAGE_OUTPUT=tap prove -e tests/tap $(UNIT_TESTS)

$(BUILD)/.deps-test: scripts/deps | $(BUILD)
	$(Q)$< check test
	$(Q)touch $@

$(UNIT_TESTS): | $(BUILD)/.deps-test
$(UNIT_TESTS): $(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS_$*) -lcmocka

# What the guest's tests need beside the programs: theirs, and images.
guest-tests: $(FIXTURE_TEST) $(FIXTURES)
test-programs: guest-tests

$(FIXTURE_TEST): $(BUILD)/tests/guest/fixtures.o $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) -lz

$(FIXTURES): tests/fixtures/make-fixtures | $(BUILD)/.deps-test
	$(call say,GEN,$(@D))$< $(@D) && touch $@
