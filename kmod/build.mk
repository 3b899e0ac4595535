# SPDX-License-Identifier: MIT
# vpipe.ko for the kernel of $(KDIR), in $(BUILD)/kmod/VERSION. The kernel's build
# writes beside its sources, so it gets a folder of links and the sources stay clean.

# As `uname -r` is going to say, where modprobe looks: Debian's 6.1 has another version (6.1.192) in
# kernel.release.
KMOD_KV	:= $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
KMOD_DIR := $(BUILD)/kmod/$(KMOD_KV)
KMOD_SRC := $(wildcard kmod/*.[ch] tracepoints/*.[ch]) kmod/Kbuild

# Where v4l2-mem2mem comes from: the kernel itself (Debian's x86 ones lack it), a build
# named by MEM2MEM_SYMVERS or found beside KDIR in scripts/kernel's cache, or one made here.
ifneq ($(KMOD_KV),)
MEM2MEM_SYMVERS ?= $(wildcard $(dir $(patsubst %/,%,$(KDIR)))mem2mem/Module.symvers)
ifeq ($(MEM2MEM_SYMVERS),)
ifeq ($(shell grep -cw v4l2_m2m_ctx_init $(KDIR)/Module.symvers),0)
MEM2MEM_SYMVERS := $(KMOD_DIR)/mem2mem/Module.symvers
endif
endif
endif
MEM2MEM_KO = $(if $(MEM2MEM_SYMVERS),$(dir $(MEM2MEM_SYMVERS))v4l2-mem2mem.ko)

# The matching source, as Debian packages it.
KMOD_SERIES := $(shell echo '$(KMOD_KV)' | cut -d. -f1,2)
MEM2MEM_TAR := linux-source-$(KMOD_SERIES)
MEM2MEM_FILE := drivers/media/v4l2-core/v4l2-mem2mem.c

# Variables of this make's command line (CC=, CFLAGS=) are not meant for the kernel's.
# One of scripts/kernel's folders may bring a make that has the right tools.
KMAKE = $(or $(wildcard $(dir $(patsubst %/,%,$(KDIR)))make),$(MAKE))
kbuild = $(KMAKE) $(if $(filter 1,$(V)),V=1,-s --no-print-directory) -C $(KDIR) M=$(abspath $(1)) \
	$(if $(2),KBUILD_EXTRA_SYMBOLS=$(abspath $(2))) modules
$(KMOD_DIR)/%.ko: MAKEOVERRIDES :=

KMOD_DEST = $(DESTDIR)/lib/modules/$(KMOD_KV)/updates/vpipe
KMOD_RULES = $(DESTDIR)/lib/udev/rules.d/60-vpipe.rules
KMOD_DEPMOD = $(if $(DESTDIR),,PATH=$$PATH:/usr/sbin:/sbin depmod $(KMOD_KV))

.PHONY: install-kmod uninstall-kmod kmod-kdir

ifeq ($(KMOD_KV),)
kmod install-kmod uninstall-kmod: kmod-kdir
kmod-kdir:
	@echo 'vpipe: there is nothing to build the module with in KDIR=$(KDIR)' >&2
	@echo 'vpipe: install linux-headers-$(shell uname -r), or name another build folder with KDIR=;' >&2
	@echo 'vpipe: `make tools` builds the programs only, `make guest-run` brings a kernel of its own' >&2
	@false
else
kmod: $(KMOD_DIR)/vpipe.ko

# A touch, since the kernel's build leaves the file alone when only a comment changed.
$(KMOD_DIR)/vpipe.ko: $(KMOD_SRC) $(MEM2MEM_SYMVERS) $(KDIR)/Module.symvers kmod/build.mk | $(BUILD)/.deps-kmod
	$(call say,KMOD,$@)mkdir -p $(@D)
	$(Q)find $(@D) -maxdepth 1 -type l -delete
	$(Q)ln -srf $(KMOD_SRC) $(@D)/
	$(Q)+$(call kbuild,$(@D),$(MEM2MEM_SYMVERS))
	$(Q)touch $@

$(KMOD_DIR)/mem2mem/Module.symvers: $(KMOD_DIR)/mem2mem/v4l2-mem2mem.ko ;

$(KMOD_DIR)/mem2mem/v4l2-mem2mem.ko: $(KDIR)/Module.symvers | $(BUILD)/.deps-kmod
	$(Q)[ -e /usr/src/$(MEM2MEM_TAR).tar.xz ] || { \
		echo 'vpipe: kernel $(KMOD_KV) has no v4l2-mem2mem; to build it, install $(MEM2MEM_TAR)' >&2; exit 1; }
	$(call say,EXTRACT,v4l2-mem2mem.c)mkdir -p $(@D)
	$(Q)tar -xJOf /usr/src/$(MEM2MEM_TAR).tar.xz --occurrence=1 $(MEM2MEM_TAR)/$(MEM2MEM_FILE) >$(@D)/v4l2-mem2mem.c
	$(Q)echo 'obj-m := v4l2-mem2mem.o' >$(@D)/Kbuild
	$(call say,KMOD,$@)true
	$(Q)+$(call kbuild,$(@D))

install-kmod: kmod
	$(call say,INSTALL,$(KMOD_DEST))install -d $(KMOD_DEST)
	$(Q)install -m 644 $(KMOD_DIR)/vpipe.ko $(MEM2MEM_KO) $(KMOD_DEST)/
	$(Q)$(KMOD_DEPMOD)
	$(call say,INSTALL,$(KMOD_RULES))install -D -m 644 kmod/vpipe.rules $(KMOD_RULES)

uninstall-kmod:
	$(call say,REMOVE,$(KMOD_DEST))rm -rf $(KMOD_DEST) $(KMOD_RULES)
	$(Q)$(KMOD_DEPMOD)
endif

$(BUILD)/.deps-kmod: scripts/deps | $(BUILD)
	$(Q)$< check kmod
	$(Q)touch $@
