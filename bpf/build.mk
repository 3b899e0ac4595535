# SPDX-License-Identifier: MIT
# The BPF programs: one object a concern. All are linked into one, with its skeleton; but what tells
# interrupts is one of its own, with what the two share.

BPF_OUT	  := $(BUILD)/bpf
BPF_OBJS  := $(patsubst %.bpf.c,$(BUILD)/%.bpf.o,$(wildcard bpf/*/*.bpf.c))
BPF_INTERRUPTS := $(BPF_OUT)/core/interrupts.bpf.o
BPF_SKELS := $(BPF_OUT)/vpipe.skel.h $(BPF_OUT)/vpipe-interrupts.skel.h

# Types of the running kernel, or of the one the module is built for: either will do, what is
# read is relocated (CO-RE) to the kernel it runs on. But of the architecture that it is for.
VMLINUX_BTF ?= $(firstword $(wildcard $(if $(foreign),,/sys/kernel/btf/vmlinux) $(KDIR)/vmlinux))

# Where the machine's own headers are, such as asm/errno.h: gcc and clang say it in their ways only.
MACHINE_HEADERS := $(firstword $(shell $(CC) -E -x c -include asm/errno.h /dev/null 2>/dev/null | \
				       sed -n 's|.* 1 "\(.*\)/asm/errno.h".*|\1|p'))

# A program names all arguments of its tracepoint, also those it doesn't read.
BPF_CFLAGS := -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_$(ARCH) \
	      -Wall -Wextra -Wno-unused-parameter -Werror \
	      -fms-extensions -Wno-microsoft-anon-tag -Wno-missing-declarations \
	      -I$(BPF_OUT) -Ibpf $(addprefix -idirafter ,$(MACHINE_HEADERS))

$(BPF_OUT)/vmlinux.h: | $(BUILD)/.deps-build
	$(Q)mkdir -p $(@D)
	$(Q)[ -n "$(VMLINUX_BTF)" ] || { echo "vpipe: no kernel BTF for $(ARCH): $(if $(foreign),no,neither /sys/kernel/btf/vmlinux nor)" \
		"$(KDIR)/vmlinux; name one with VMLINUX_BTF=FILE" >&2; exit 1; }
	$(call say,BTF,$@)$(BPFTOOL) btf dump file $(VMLINUX_BTF) format c > $@

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(BPF_OUT)/vmlinux.h
	$(Q)mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -c -o $@ $<

$(BPF_OUT)/vpipe.bpf.o: $(filter-out $(BPF_INTERRUPTS),$(BPF_OBJS))
$(BPF_OUT)/vpipe-interrupts.bpf.o: $(BPF_OUT)/core/shared.bpf.o $(BPF_INTERRUPTS)
$(BPF_OUT)/vpipe.bpf.o $(BPF_OUT)/vpipe-interrupts.bpf.o:
	$(call say,BPFLINK,$@)$(BPFTOOL) gen object $@ $^

$(BPF_SKELS): %.skel.h: %.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $(subst -,_,$(notdir $*)) > $@
