# SPDX-License-Identifier: MIT
# Everything in a guest with a stock kernel: needs no module on this machine's own.
# KERNEL= and ARCH= say which, of those that `scripts/kernel list` prints.
#
# The builds run in a make of their own: this one looked for its tools before they
# were installed.

.PHONY: guest-ready guest-run guest-smoke guest-counters guest-check guest-check-debug guest-check-kasan guest-check-kcsan
.PHONY: guest-shell guest-ledger guest-bench lint print-flags release-check
.PHONY: matrix guest-reach reach-ready smoke-alone reach-alone
.PHONY: check-native check-experiments check-guest-1 check-guest-2
.PHONY: debug-ready kasan-ready kcsan-ready kasan-driver kasan-faults kasan-tracer

KERNEL ?= 6.12
the_kernel = scripts/kernel --series $(KERNEL) --arch $(ARCH)
guest	   = scripts/guest --kernel "$$($(the_kernel) path)"

GUEST_GROUPS := build kmod guest guest-$(ARCH:x86=amd64)
guest-check: GUEST_GROUPS += static test browser bench lint fuzz
guest-check: some-compilers some-fleet
debug-ready: GUEST_GROUPS += test static bench
guest-reach reach-ready: GUEST_GROUPS += test static
guest-ledger guest-bench: GUEST_GROUPS += test bench

SUBMAKE = $(MAKE) --no-print-directory $(if $(filter 1,$(V)),,-s)

# What is built for a guest: by this machine's compiler, or with a root of the guest's architecture.
# The tests there and the scripts find it by BUILD.
GNU_x86	  := x86_64-linux-gnu
GNU_arm64 := aarch64-linux-gnu
GNU	  := $(GNU_$(ARCH))
TARGET_MAKE = $(SUBMAKE)
ifneq ($(foreign),)
export BUILD
GUEST_GROUPS += sysroot cross-$(ARCH:x86=amd64)
TARGET_MAKE = root=$$(scripts/foreign-root $(ARCH)) && PKG_CONFIG_LIBDIR="$$root/usr/lib/$(GNU)/pkgconfig" \
	$(SUBMAKE) ARCH=$(ARCH) BUILD=$(BUILD) CC="$(GNU)-gcc --sysroot=$$root" AR=$(GNU)-ar
endif

# Tools, a kernel, and the module for it.
guest-ready:
	$(Q)scripts/deps install $(GUEST_GROUPS)
	$(Q)+kernel=$$($(the_kernel) prepare) && $(TARGET_MAKE) tools kmod KDIR="$$kernel/build"

# A board has none of the libraries. For its architecture it is built as what runs in a guest is.
.PHONY: static
ifeq ($(CC_ARCH),$(ARCH))
static: $(STATIC) ## one file for boards, which needs no other (ARCH=arm64)
$(STATIC): | $(BUILD)/.deps-static
$(BUILD)/.deps-static: scripts/deps | $(BUILD)
	$(Q)$< check static
	$(Q)touch $@
else
static:
	$(Q)scripts/deps install build static sysroot cross-$(ARCH:x86=amd64)
	$(Q)+$(TARGET_MAKE) static
endif

guest-run: guest-ready ## trace a pipeline in a guest (ARGS= for vpipe-trace run, KERNEL= 6.1 6.12 6.12-rt 7.3, ARCH=)
	$(Q)$(guest) -- $(BUILD)/bin/vpipe-trace run $(ARGS)

guest-counters: guest-ready ## the processor's counters, where QEMU has them (ARCH=arm64)
	$(Q)$(call run_row,counters,--icount --timeout 600)

# The results of all kernels are in one folder, though what is built for another architecture is not.
row	    = $(KERNEL)-$(ARCH:x86=amd64)
all_results = RESULTS=$(BUILD:%-$(foreign)=%)/tests
# $(call run_row,PART,OPTIONS)
run_row	    = $(all_results) tests/run expect $(1)-$(row) && \
	$(guest) $(2) --logs $(1)-$(row) -- env $(all_results) tests/run $(1)-$(row)

guest-smoke: reach-ready ## load, doctor, 300 frames, cameras, who woke the client, in a guest (KERNEL=, ARCH=)
	$(Q)+$(SUBMAKE) smoke-alone

guest-reach: reach-ready ## the tests of what differs between kernels, in a guest (KERNEL=, ARCH=)
	$(Q)+$(SUBMAKE) reach-alone

reach-ready: guest-ready
	$(Q)+kernel=$$($(the_kernel) path) && $(TARGET_MAKE) reach-tests KDIR="$$kernel/build"

# Of what is built already: several may run at once.
smoke-alone:
	$(Q)$(call run_row,smoke,--timeout 480)

reach-alone:
	$(Q)$(call run_row,reach,--timeout 1800)

matrix: ## what works on which kernel, into docs/kernels.md
	$(Q)scripts/kernel-matrix

# One thread of QEMU each, so two at once, but not on one processor, or if make was told -j1.
one_at_a_time = $(filter -j1,$(MAKEFLAGS))$(filter 1,$(shell nproc))
at_once = $(if $(one_at_a_time),1,2)
# All parts at once: the guests sleep a fifth of their time, which is for the others.
parts_at_once = $(if $(one_at_a_time),1,4)

# Programs of another architecture do not run here.
check_parts = guest-1 guest-2 experiments $(if $(foreign),,native)

# All parts run, whatever becomes of the others; the last line counts the tests of all.
guest-check: guest-ready ## all tests, those that need the driver in two guests
	$(Q)+kernel=$$($(the_kernel) path) && \
		$(TARGET_MAKE) $(if $(filter -j%,$(MAKEFLAGS)),,-j$(at_once)) test-programs guest-modules deb KDIR="$$kernel/build"
	$(Q)rm -f $(BUILD)/tests/*.tap
	$(Q)tests/run expect $(check_parts)
	$(Q)$(SUBMAKE) -k -j$(parts_at_once) $(addprefix check-,$(check_parts)); \
	status=$$?; echo; echo "all tests:"; tests/run summary && [ $$status = 0 ]

# These two have no clock that could be disturbed, and give way to the guests that have one.
beside = nice -n 10

check-native:
	$(Q)$(beside) tests/run native

# Their clock counts instructions, so that what else the machine does is not in the times.
check-experiments:
	$(Q)$(beside) $(guest) --icount --timeout 2900 --logs experiments -- tests/run experiments

# The guests share the tests: whichever is there takes the next one. Long enough for all of it:
# the other one may be gone.
check-guest-1 check-guest-2: check-%:
	$(Q)$(guest) --timeout 2900 --logs $* -- tests/run $*

# The kernels are built the first time, which takes a quarter of an hour each.
guest-check-debug: guest-check-kasan guest-check-kcsan ## guest tests in kernels that find faults (-j2: two at once)
guest-check-kasan: kasan-tracer kasan-faults kasan-driver ## under KASAN, lockdep, kmemleak
guest-check-kcsan: kcsan-ready ## those with many threads, under KCSAN
	$(Q)$(call debug_guest,kcsan,races)

kasan-driver: kasan-ready ## of these, what is about the driver
	$(Q)$(call debug_guest,debug,driver)

kasan-faults: kasan-ready
	$(Q)$(call debug_guest,debug,faults)

kasan-tracer: kasan-ready
	$(Q)$(call debug_guest,debug,tracer)

# Before any of them starts, so that no two build the same.
debug-ready: guest-ready
	$(Q)+$(SUBMAKE) test-programs

kasan-ready: debug-ready
	$(Q)+$(call debug_module,debug)

kcsan-ready: debug-ready
	$(Q)+$(call debug_module,kcsan)

# The longest part has to start first.
ifneq ($(filter guest-check-debug,$(MAKECMDGOALS)),)
kcsan-ready: kasan-ready
endif

# As long as there is time for: see tests/guest/torture.t
TORTURE_SECONDS ?= 60
TORTURE_LOADS ?= 500
# seconds until a debug guest that has not come to its end is ended
DEBUG_TIMEOUT ?= 7200
# $(call debug_module,VARIANT), $(call debug_guest,VARIANT,TESTS)
debug_module = kernel=$$(scripts/kernel --variant $(1) prepare) && $(SUBMAKE) kmod guest-modules KDIR="$$kernel/build"
debug_guest = tests/run expect $(2) && scripts/guest --kernel "$$(scripts/kernel --variant $(1) path)" --memory 4096 --timeout $(DEBUG_TIMEOUT) \
	--logs $(2) -- env TORTURE_SECONDS=$(TORTURE_SECONDS) TORTURE_LOADS=$(TORTURE_LOADS) tests/run $(2)

guest-ledger: guest-ready ## run every phase of the benchmark and fill docs/benchmark.md
	$(Q)$(guest) --timeout 1200 -- scripts/bench-ledger

# By instructions: in emulation they are what can be compared, and are the same each time.
guest-bench: guest-ready ## what tracing and the driver cost, beside what people use today
	$(Q)+kernel=$$($(the_kernel) path) && $(TARGET_MAKE) guest-bench-programs KDIR="$$kernel/build"
	$(Q)$(guest) --icount --timeout 3600 -- tests/bench/guest-bench

guest-shell: guest-ready ## a root shell in the guest
	$(Q)$(guest) --tty -- bash

# What tests/native/compilers.t builds with beside this machine's own tools. Without them it says
# what it skips: no reason for guest-check to fail.
.PHONY: compilers some-compilers
ROOT_TOOLS := make dash coreutils sed grep findutils mawk

compilers: ## the compilers that the programs are tried with
	$(Q)scripts/deps install compilers
	$(Q)root=$$(scripts/sysroot --folder trixie $$(scripts/deps packages build) $(ROOT_TOOLS)) && \
		mkdir -p $(BUILD)/sysroots && ln -sfnT "$$root" $(BUILD)/sysroots/tools-trixie

some-compilers: | guest-ready
	$(Q)$(SUBMAKE) compilers || echo "compilers: going on without some of them" >&2

# What tests/native/fleet.t starts. Installed, Prometheus would be a service from then on: its packages
# are taken apart, and its programs stay in the cache.
.PHONY: fleet-programs some-fleet
fleet_host = $(shell . scripts/debian.sh; echo "$$host_release")

fleet-programs: ## Prometheus and node_exporter, as programs only
	$(Q)mkdir -p $(BUILD)/fleet
	$(Q)for package in $$(scripts/deps packages fleet); do \
		place=$$(scripts/unpack "$(or $(fleet_host),stable)" $$package) && \
		ln -sf "$$place"/usr/bin/prom* $(BUILD)/fleet/ || exit; \
	done

some-fleet: | guest-ready
	$(Q)$(SUBMAKE) fleet-programs || echo "fleet-programs: going on without them" >&2

# The kernel is one to build the module for, none to boot.
lint: ## static analysis: compilers, sparse, checkpatch, clang-tidy, cppcheck, shellcheck, format
	$(Q)scripts/deps install build kmod test lint
	$(Q)scripts/kernel prepare >/dev/null
	$(Q)tests/run tests/native/lint.t

release-check: ## can this commit be released? HACKING.md has the recipe
	$(Q)scripts/deps install build kmod test browser bench lint fuzz
	$(Q)scripts/kernel prepare >/dev/null
	$(Q)scripts/release-check all

# For what reads C as we compile it.
print-flags:
	@echo $(ALL_CFLAGS) -isystem $(BPF_OUT)
