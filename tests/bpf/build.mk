# SPDX-License-Identifier: MIT
# The BPF tests: cmocka programs that run the real BPF programs, natively, as root.

BPF_TESTS := $(patsubst tests/bpf/%.c,$(BUILD)/tests/%,$(wildcard tests/bpf/test-*.c))
VERIFIER_TEST := $(BUILD)/tests/test-verifier

.PHONY: test-programs
test-programs: $(UNIT_TESTS) $(BPF_TESTS) static

# Here, on a machine that loads modules; `make guest-check` runs the same in a guest.
.PHONY: check
check: all test-programs ## all tests but the experiments, on a machine that loads modules (as root, after make install)
	$(Q)PATH=$$PATH:/usr/sbin:/sbin modinfo -n vpipe >/dev/null 2>&1 || { \
		echo "vpipe: the tests load the module: install it first (sudo make install)" >&2; exit 1; }
	$(Q)rm -f $(BUILD)/tests/*.tap
	$(Q)tests/run expect native guest
	$(Q)tests/run native; native=$$?; tests/run guest; guest=$$?; \
	echo; echo "all tests:"; tests/run summary && [ "$$native$$guest" = 00 ]

CMOCKA_TESTS := $(filter-out $(VERIFIER_TEST),$(BPF_TESTS))
$(CMOCKA_TESTS): | $(BUILD)/.deps-test
$(CMOCKA_TESTS): $(BUILD)/tests/%: $(BUILD)/tests/bpf/%.o $(BUILD)/tests/bpf/feed.o \
	      $(BUILD)/tests/bpf/children.o $(LOADER_LIB) $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(LOADER_LIBS) -lcmocka -lpthread

# It knows the skeletons, and nothing else: for each compiler it is built in a folder of its own.
$(BUILD)/tests/bpf/test-verifier.o: $(BPF_SKELS)
$(BUILD)/tests/bpf/test-verifier.o: ALL_CFLAGS += -isystem $(BPF_OUT)

$(VERIFIER_TEST): $(BUILD)/tests/bpf/test-verifier.o
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lbpf
