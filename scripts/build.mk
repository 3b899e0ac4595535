# SPDX-License-Identifier: MIT
# Everything in a guest with a stock kernel: needs no module on this machine's own.
#
# The builds run in a make of their own: this one looked for its tools before they
# were installed.

.PHONY: guest-ready guest-run guest-check guest-check-debug guest-check-kasan guest-check-kcsan
.PHONY: guest-shell guest-ledger guest-bench lint print-flags

GUEST_GROUPS := build kmod guest
guest-check: GUEST_GROUPS += test bench lint fuzz
guest-check-kasan guest-check-kcsan: GUEST_GROUPS += test bench
guest-ledger guest-bench: GUEST_GROUPS += test bench

# Tools, a kernel, and the module for it.
guest-ready:
	$(Q)scripts/deps install $(GUEST_GROUPS)
	$(Q)kernel=$$(scripts/kernel prepare) && $(MAKE) --no-print-directory $(if $(filter 1,$(V)),,-s) tools kmod KDIR="$$kernel/build"

guest-run: guest-ready ## trace a pipeline in a guest and print the table (ARGS= for vpipe-trace run)
	$(Q)scripts/guest -- $(BUILD)/bin/vpipe-trace run $(ARGS)

# All parts run, whatever becomes of the first; the last line counts the tests of all. The
# experiments' clock counts instructions, so that what else the machine does is not in the times.
guest-check: guest-ready ## all tests, those that need the driver in a guest
	$(Q)$(MAKE) --no-print-directory $(if $(filter 1,$(V)),,-s) test-programs
	$(Q)rm -f $(BUILD)/tests/*.tap
	$(Q)tests/run native; native=$$?; \
	scripts/guest --timeout 2400 -- tests/run guest; guest=$$?; \
	scripts/guest --icount --timeout 1200 -- tests/run experiments; experiments=$$?; \
	echo; echo "all tests:"; tests/run summary && [ "$$native$$guest$$experiments" = 000 ]

# The kernels are built the first time, which takes a quarter of an hour each.
guest-check-debug: ## all guest tests under KASAN and lockdep, those with many threads under KCSAN
	$(Q)$(MAKE) --no-print-directory guest-check-kasan; kasan=$$?; \
	$(MAKE) --no-print-directory guest-check-kcsan; kcsan=$$?; [ "$$kasan$$kcsan" = 00 ]

# debug: the whole suite; driver: what is about the driver, in a third of the time
DEBUG_TESTS ?= debug
TORTURE_SECONDS ?= 20
guest-check-kasan: guest-ready
	$(Q)$(call debug_guest,debug,$(DEBUG_TESTS))

guest-check-kcsan: guest-ready
	$(Q)$(call debug_guest,kcsan,races)

# $(call debug_guest,VARIANT,TESTS)
debug_guest = kernel=$$(scripts/kernel --variant $(1) prepare) && \
	$(MAKE) --no-print-directory $(if $(filter 1,$(V)),,-s) test-programs kmod KDIR="$$kernel/build" && \
	scripts/guest --kernel "$$kernel" --memory 4096 --timeout 7200 -- env TORTURE_SECONDS=$(TORTURE_SECONDS) tests/run $(2)

guest-ledger: guest-ready ## run every phase of the benchmark and fill docs/benchmark.md
	$(Q)scripts/guest --timeout 1200 -- scripts/bench-ledger

# By instructions: in emulation they are what can be compared, and are the same each time.
guest-bench: guest-ready ## what tracing and the driver cost, beside what people use today
	$(Q)kernel=$$(scripts/kernel path) && $(MAKE) --no-print-directory $(if $(filter 1,$(V)),,-s) \
		guest-bench-programs KDIR="$$kernel/build"
	$(Q)scripts/guest --icount --timeout 3600 -- tests/bench/guest-bench

guest-shell: guest-ready ## a root shell in the guest
	$(Q)scripts/guest --tty -- bash

# The kernel is one to build the module for, none to boot.
lint: ## static analysis: compilers, sparse, checkpatch, clang-tidy, cppcheck, shellcheck, format
	$(Q)scripts/deps install build kmod test lint
	$(Q)scripts/kernel prepare >/dev/null
	$(Q)tests/run tests/native/lint.t

# For what reads C as we compile it.
print-flags:
	@echo $(ALL_CFLAGS) -isystem $(BPF_OUT)
