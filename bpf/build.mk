# SPDX-License-Identifier: MIT
# The BPF programs: one object a concern. All are linked into one, with its skeleton; but what tells
# interrupts is one of its own, with what the two share.

BPF_OUT	  := $(BUILD)/bpf
BPF_OBJS  := $(patsubst %.bpf.c,$(BUILD)/%.bpf.o,$(wildcard bpf/*/*.bpf.c))
BPF_INTERRUPTS := $(BPF_OUT)/core/interrupts.bpf.o
BPF_SKELS := $(BPF_OUT)/vpipe.skel.h $(BPF_OUT)/vpipe-interrupts.skel.h

# Where the machine's own headers are, such as asm/errno.h: gcc and clang say it in their ways only.
MACHINE_HEADERS := $(firstword $(shell $(CC) -E -x c -include asm/errno.h /dev/null 2>/dev/null | \
				       sed -n 's|.* 1 "\(.*\)/asm/errno.h".*|\1|p'))

# A program names all arguments of its tracepoint, also those it doesn't read. What is told of its lines
# has no path of this machine.
BPF_CFLAGS := -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_$(ARCH) \
	      -Wall -Wextra -Wno-unused-parameter -Werror \
	      -ffile-prefix-map=$(CURDIR)=. -Ibpf $(addprefix -idirafter ,$(MACHINE_HEADERS))

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c | $(BUILD)/.deps-build
	$(Q)mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -c -o $@ $<

$(BPF_OUT)/vpipe.bpf.o: $(filter-out $(BPF_INTERRUPTS),$(BPF_OBJS))
$(BPF_OUT)/vpipe-interrupts.bpf.o: $(BPF_OUT)/core/shared.bpf.o $(BPF_INTERRUPTS)
$(BPF_OUT)/vpipe.bpf.o $(BPF_OUT)/vpipe-interrupts.bpf.o:
	$(call say,BPFLINK,$@)$(BPFTOOL) gen object $@ $^

$(BPF_SKELS): %.skel.h: %.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $(subst -,_,$(notdir $*)) > $@
