# SPDX-License-Identifier: MIT
# The benches that need no driver. Each prints rows, which tests/bench/table judges.

BENCH_OUT := $(BUILD)/tests/bench
BENCHES	  := $(patsubst tests/bench/%.c,$(BENCH_OUT)/%,$(wildcard tests/bench/bench-*.c))
BENCH_SCRIPTS := tests/bench/bench-sched
BENCH_CSV := bench/bench.csv

# As the kernel compiles a module: what decides about its code, without what only the
# kernel can link.
KERNEL_CFLAGS := -std=gnu11 -O2 -fno-strict-aliasing -fno-strict-overflow -fno-tree-vectorize \
		 -fno-allow-store-data-races -fno-delete-null-pointer-checks -fno-jump-tables
ifeq ($(ARCH),x86)
KERNEL_CFLAGS += -mno-sse -mno-mmx -mno-sse2 -mno-3dnow -mno-avx -mno-80387 -mno-fp-ret-in-387 \
		 -falign-jumps=1 -falign-loops=1 -mtune=generic
else
KERNEL_CFLAGS += -mgeneral-regs-only
endif

# What `make guest-bench` runs in the guest.
GUEST_BENCH := $(BENCH_OUT)/guest-node

$(GUEST_BENCH): $(BENCH_OUT)/%: $(BENCH_OUT)/%.o $(BENCH_OUT)/bench.o $(BUILD)/tests/guest/m2m.o \
		$(USER_LIB) | $(BUILD)/.deps-test
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka -lpthread

# The module without its trace events: what they cost when nobody listens. And one that knows no
# way to flush caches, as on an architecture that it has none for. Each for a kernel.
UNTRACED_KO := $(if $(KMOD_KV),$(BENCH_OUT)/untraced/$(KMOD_KV)/vpipe.ko,kmod-kdir)
FLUSHLESS_KO := $(if $(KMOD_KV),$(BENCH_OUT)/flushless/$(KMOD_KV)/vpipe.ko,kmod-kdir)
$(UNTRACED_KO) $(FLUSHLESS_KO): MAKEOVERRIDES :=
$(BENCH_OUT)/untraced/%/vpipe.ko: $(KMOD_DIR)/vpipe.ko
	$(call build_without,-DNOTRACE)

$(BENCH_OUT)/flushless/%/vpipe.ko: $(KMOD_DIR)/vpipe.ko
	$(call build_without,-DVPIPE_NO_FLUSH)

# $(call build_without,FLAG)
define build_without
	$(call say,KMOD,$@)mkdir -p $(@D)
	$(Q)find $(@D) -maxdepth 1 -type l -delete
	$(Q)ln -srf $(KMOD_SRC) $(@D)/
	$(Q)+KCFLAGS=$(1) $(call kbuild,$(@D),$(MEM2MEM_SYMVERS))
	$(Q)touch $@
endef

.PHONY: bench guest-bench-programs
guest-bench-programs: $(GUEST_BENCH) $(BUILD)/tests/guest-reader $(BENCH_OUT)/trace-sched $(UNTRACED_KO) test-kmod
# so that what no test runs still builds
test-programs: $(BENCHES) $(GUEST_BENCH) $(BENCH_OUT)/trace-sched

# Every one runs, whatever becomes of the others. What a bench needs and does not find, it
# counts as unmeasured; one that fails says why on stderr.
bench: $(BENCHES) ## build and run the benchmarks that need no driver (as root)
	$(Q)for bench in $(BENCHES) $(BENCH_SCRIPTS); do \
		echo "bench: $${bench##*/}" >&2; \
		BUILD=$(BUILD) $$bench || printf '%s\t1\t1\t=0\tits exit status was not 0\n' "$${bench##*/}: failed"; \
	done >$(BENCH_OUT)/rows
	$(Q)tests/bench/table $(BENCH_CSV) <$(BENCH_OUT)/rows

$(BENCHES): $(BENCH_OUT)/%: $(BENCH_OUT)/%.o $(BENCH_OUT)/bench.o $(LOADER_LIB) $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -Wl,--as-needed $(LOADER_LIBS) -lpthread

$(BENCH_OUT)/bench-cv: $(addprefix $(BENCH_OUT)/kernel-flags/,kmod/vpipe-cv.o tests/bench/bytewise.o)

$(BENCH_OUT)/bench-cache: $(BENCH_OUT)/flush.o $(BENCH_OUT)/kernel-flags/kmod/vpipe-cv.o

$(BENCH_OUT)/kernel-flags/%.o: %.c | $(BUILD)/.deps-build
	$(Q)mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(KERNEL_CFLAGS) -I. -MMD -MP -c -o $@ $<

$(BENCH_OUT)/bench-bpf: $(BUILD)/tests/bpf/feed.o $(BENCH_OUT)/empty.o
$(BENCH_OUT)/bench-loader: $(BUILD)/tests/bpf/feed.o

# Not a bench itself, but what bench-sched runs.
bench: $(BENCH_OUT)/trace-sched

$(BENCH_OUT)/trace-sched: $(BENCH_OUT)/trace-sched.o $(LOADER_LIB) $(USER_LIB)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(LOADER_LIBS)
