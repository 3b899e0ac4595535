# SPDX-License-Identifier: MIT
# The tests that need the driver. NAME.t is run in the guest; test-NAME.c makes a cmocka
# program, with m2m.c and the user library under it, that a .t starts.

GUEST_TESTS := $(patsubst tests/guest/%.c,$(BUILD)/tests/%,$(wildcard tests/guest/test-*.c))
# Debian releases whose v4l2-compliance is used as well
SYSROOTS    := trixie sid

.PHONY: sysroots guest-modules reach-tests
reach-tests: $(BPF_TESTS) $(GUEST_TESTS) guest-tests static
test-programs: $(GUEST_TESTS)
guest-check reach-ready debug-ready: sysroots
guest-check guest-reach reach-ready debug-ready: GUEST_GROUPS += clients

$(GUEST_TESTS): | $(BUILD)/.deps-test
$(GUEST_TESTS): $(BUILD)/tests/%: $(BUILD)/tests/guest/%.o $(BUILD)/tests/guest/m2m.o $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lz -lcmocka -lpthread

# Modules that are not as the programs expect them.
guest-modules: $(UNTRACED_KO) $(FLUSHLESS_KO)

# What maltreats the driver.
TORTURE := $(addprefix $(BUILD)/tests/test-,load torture failures hostile)
$(TORTURE): $(BUILD)/tests/guest/torture.o
$(BUILD)/tests/test-failures: $(BUILD)/tests/guest/inject.o

# Without them the tests say what they skip: no reason to fail.
sysroots: | guest-ready
	$(Q)for suite in $(SYSROOTS); do \
		scripts/sysroot --arch $(ARCH) $$suite v4l-utils >/dev/null || echo "sysroots: going on without $$suite" >&2; \
	done

# The experiments' own clients.
guest-tests: $(BUILD)/tests/guest-client

$(BUILD)/tests/guest-client: $(BUILD)/tests/guest/guest-client.o $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# A USB camera.
guest-tests: $(BUILD)/tests/guest-usbcam

$(BUILD)/tests/guest-usbcam: $(patsubst %,$(BUILD)/tests/guest/%.o,guest-usbcam usbip uvc) $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# Clients with a clock of their own.
guest-tests: $(addprefix $(BUILD)/tests/guest-,reader m2m flip writer)

$(BUILD)/tests/guest-reader: $(patsubst %,$(BUILD)/tests/guest/%.o,guest-reader client qlock stream) $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/tests/guest-m2m: $(patsubst %,$(BUILD)/tests/guest/%.o,guest-m2m client stream) $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/tests/guest-flip: $(patsubst %,$(BUILD)/tests/guest/%.o,guest-flip client kms stream) $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/tests/guest-writer: $(patsubst %,$(BUILD)/tests/guest/%.o,guest-writer client stream) $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# A module that has only what is fixed, for the tools.
guest-tests: $(BUILD)/tests/fixed-node.so

$(BUILD)/tests/guest/fixed-node.o: CFLAGS += -fPIC
$(BUILD)/tests/fixed-node.so: $(BUILD)/tests/guest/fixed-node.o
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $^
