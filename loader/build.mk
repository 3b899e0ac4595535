# SPDX-License-Identifier: MIT
# vpipe-trace, the loader. What is in its rooms, tests and benches use without its main().

LOADER_ROOMS := $(wildcard loader/*.c loader/*/*.c)
LOADER_LIB := $(BUILD)/libvpipe-loader.a
LOADER_LIBS := -lbpf -lelf -lcap -lkmod -ljansson -lncursesw -ltinfo -lz -lm
PROGS += $(BUILD)/bin/vpipe-trace

# only these see the skeletons, whose code is generated
LOADER_SKELS := $(addprefix loader/trace/,adopt fire jobs objects read threads trace)
$(LOADER_SKELS:%=$(BUILD)/%.o): $(BPF_SKELS)
$(LOADER_SKELS:%=$(BUILD)/%.o): ALL_CFLAGS += -isystem $(BPF_OUT)

# The page of `report --html`, as bytes, with the checksums of its style and its script in it: a browser
# runs these two, and no other.
PAGE := $(BUILD)/loader/sinks/page

$(PAGE).html: loader/sinks/page/page.html scripts/seal-page $(wildcard loader/sinks/page/*)
	$(Q)mkdir -p $(@D)
	$(call say,PAGE,$<)scripts/seal-page $< > $@

$(PAGE).o: $(PAGE).html loader/build.mk | $(BUILD)/.deps-build
	$(call say,AS,$<)printf '%s\n' '.section .rodata' '.globl report_page, report_page_size' 'report_page:' \
		'.incbin "$<"' '0:' '.balign 8' 'report_page_size: .quad 0b - report_page' '.section .note.GNU-stack,"",%progbits' | \
		$(CC) $(CFLAGS) -c -x assembler -o $@ -

$(LOADER_LIB): $(PAGE).o
$(LOADER_LIB): $(patsubst %.c,$(BUILD)/%.o,$(filter-out loader/main.c,$(LOADER_ROOMS)))
	$(archive)

$(BUILD)/bin/vpipe-trace: $(BUILD)/loader/main.o $(LOADER_LIB) $(COMMON_LIB)
	$(Q)mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LOADER_LIBS)
