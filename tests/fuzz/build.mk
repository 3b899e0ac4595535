# SPDX-License-Identifier: MIT
# The fuzzers: tests/fuzz/fuzz-NAME.c with what it is to break, all of it built by clang with
# libFuzzer, ASan and UBSan. They keep their finds in $(FUZZ_OUT); tests/fuzz/corpus is what
# a run begins with.

FUZZ_OUT     := $(BUILD)/fuzz
FUZZERS	     := $(patsubst tests/fuzz/%.c,$(FUZZ_OUT)/%,$(wildcard tests/fuzz/fuzz-*.c))
FUZZ_SECONDS ?= 600

# float-cast-overflow is none of `undefined`, but a cast that decides an index is no less so
FUZZ_SANITIZE := address,undefined,float-cast-overflow
# gcc, whose warnings are meant, knows that a va_list's format can't be a literal
FUZZ_CFLAGS   := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all -Wno-format-nonliteral
fuzz_objs      = $(patsubst %,$(FUZZ_OUT)/obj/%.o,$(1))

.PHONY: fuzz
fuzz: $(FUZZERS) ## look for inputs that break a program, FUZZ_SECONDS=600 each (as root)
	$(Q)status=0; for fuzzer in $(notdir $(FUZZERS)); do \
		BUILD=$(BUILD) tests/fuzz/run $$fuzzer $(FUZZ_SECONDS) && tests/fuzz/run --keep $$fuzzer || status=1; \
	done; exit $$status

# Where clang's runtime is not there, tests/native/fuzz.t says so.
ifneq ($(if $(foreign),,$(filter test-programs check,$(MAKECMDGOALS))),)
ifeq ($(shell scripts/deps check fuzz 2>&1),)
test-programs: $(FUZZERS)
endif
endif

$(BUILD)/.deps-fuzz: scripts/deps | $(BUILD)
	$(Q)$< check fuzz
	$(Q)touch $@

$(FUZZ_OUT)/obj/%.o: %.c | $(BUILD)/.deps-build $(BUILD)/.deps-fuzz
	$(Q)mkdir -p $(@D)
	$(call say,FUZZCC,$<)$(CLANG) $(ALL_CFLAGS) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link,$(FUZZ_SANITIZE) -c -o $@ $<

# All that can be broken: each fuzzer takes what it is about.
FUZZ_LIB := $(FUZZ_OUT)/libvpipe.a

$(FUZZ_LIB): $(PAGE).o $(TERMINFO).o
$(FUZZ_LIB): $(call fuzz_objs,$(patsubst %.c,%,$(LOADER_ROOMS) $(wildcard user/lib/*.c lib/*.c)) kmod/vpipe-cv)
	$(archive)

$(FUZZERS): $(FUZZ_OUT)/%: $(FUZZ_OUT)/obj/tests/fuzz/%.o $(call fuzz_objs,tests/fuzz/fuzz) $(FUZZ_LIB)
	$(call say,LINK,$@)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer,$(FUZZ_SANITIZE) $(LDFLAGS) -o $@ \
		$(filter %.o,$^) $(FUZZ_LIB) -Wl,--as-needed $(LOADER_LIBS) $(LIBS_$*)

# only these see the skeletons
$(call fuzz_objs,$(LOADER_SKELS)): $(BPF_SKELS)
$(call fuzz_objs,$(LOADER_SKELS)): ALL_CFLAGS += -isystem $(BPF_OUT)

# whose exit() and argp_parse() are the fuzzer's
LIBS_fuzz-args := -Wl,--wrap=exit,--wrap=argp_parse

$(FUZZ_OUT)/fuzz-frames: $(call fuzz_objs,$(addprefix tests/fuzz/,model hands splits) tests/bpf/feed)
