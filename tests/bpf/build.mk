# The BPF tests: cmocka programs that run the real BPF programs, natively, as root.

BPF_TESTS := $(patsubst tests/bpf/%.c,$(BUILD)/tests/%,$(wildcard tests/bpf/test-*.c))

.PHONY: test-programs
test-programs: $(UNIT_TESTS) $(BPF_TESTS)

$(BPF_TESTS): | $(BUILD)/.deps-test
$(BPF_TESTS): $(BUILD)/tests/%: $(BUILD)/tests/bpf/%.o $(BUILD)/loader/trace.o \
	      $(BUILD)/loader/child.o $(BUILD)/loader/costs.o $(BUILD)/loader/latency.o $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lbpf -lm -lcmocka -lpthread
