# SPDX-License-Identifier: MIT
# Tests of the whole tree.
#
# tests/unit/test-NAME.c is a cmocka program of its own, linked with what it uses of our libraries.

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
$(UNIT_TESTS): $(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(LOADER_LIB) $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(LOADER_LIBS) -lcmocka

# What the guest's tests need beside the programs: theirs, and images.
guest-tests: $(FIXTURE_TEST) $(FIXTURES)
test-programs: guest-tests

$(FIXTURE_TEST): $(BUILD)/tests/guest/guest-fixtures.o $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) -lz

$(FIXTURES): tests/fixtures/make-fixtures | $(BUILD)/.deps-test
	$(call say,GEN,$(@D))$< $(@D) && touch $@
