# SPDX-License-Identifier: MIT
# vpipe.ko for the kernel of $(KDIR), in $(BUILD)/kmod/VERSION. The kernel's build
# writes beside its sources, so it gets a folder of links and the sources stay clean.

# As `uname -r` is going to say, where modprobe looks: Debian's 6.1 has another version (6.1.192) in
# kernel.release.
KMOD_KV	:= $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
KMOD_DIR := $(BUILD)/kmod/$(KMOD_KV)
KMOD_SRC := $(wildcard kmod/*.[ch] tracepoints/*.[ch]) kmod/Kbuild

# One of scripts/kernel's folders, perhaps, of which KDIR is a link.
BESIDE_KDIR := $(dir $(patsubst %/,%,$(KDIR)))

# Where v4l2-mem2mem comes from: the kernel itself (Debian's x86 ones lack it), a build
# named by MEM2MEM_SYMVERS, or one made here.
ifneq ($(KMOD_KV),)
ifeq ($(shell grep -cw v4l2_m2m_ctx_init $(KDIR)/Module.symvers),0)
MEM2MEM_SYMVERS ?= $(KMOD_DIR)/mem2mem/Module.symvers
endif
endif
MEM2MEM_KO = $(if $(MEM2MEM_SYMVERS),$(dir $(MEM2MEM_SYMVERS))v4l2-mem2mem.ko)

# The matching source: what scripts/kernel has kept of it, or Debian's package.
KMOD_SERIES := $(shell echo '$(KMOD_KV)' | cut -d. -f1,2)
LINUX_SOURCE := linux-source-$(KMOD_SERIES)
LINUX_TAR := $(firstword $(wildcard $(addsuffix $(LINUX_SOURCE).tar.xz,$(BESIDE_KDIR) /usr/src/)))

# Variables of this make's command line (CC=, CFLAGS=) are not meant for the kernel's.
# scripts/kernel may bring a make that has the right tools.
KMAKE = $(or $(wildcard $(BESIDE_KDIR)make),$(MAKE))
# $(call kbuild,FOLDER[,SYMVERS[,SETTINGS]])
kbuild = $(KMAKE) $(if $(filter 1,$(V)),V=1,-s --no-print-directory) -C $(KDIR) M=$(abspath $(1)) \
	$(if $(2),KBUILD_EXTRA_SYMBOLS=$(abspath $(2))) $(3) modules

# $(call linux_modules,FOLDER,PATHS,OBJECTS[,SYMVERS[,SETTINGS]]): these paths of the kernel's source
# into the folder, and the modules of these objects, which end up in it, too
define linux_modules
	$(Q)[ -n "$(LINUX_TAR)" ] || { \
		echo 'vpipe: kernel $(KMOD_KV) has no $(basename $(notdir $(2))); to build it, install $(LINUX_SOURCE)' >&2; exit 1; }
	$(call say,EXTRACT,$(LINUX_TAR))mkdir -p $(1)
	$(Q)tar -I "xz -T0" -xf $(LINUX_TAR) -C $(1) --strip-components=1 $(addprefix $(LINUX_SOURCE)/,$(2))
	$(Q)echo 'obj-m := $(3)' >$(1)/Kbuild
	$(call say,KMOD,$(1))true
	$(Q)+$(call kbuild,$(1),$(4),$(5))
	$(Q)find $(1) -mindepth 2 -name '*.ko' -exec ln -f -t $(1) {} +
	$(Q)touch $@
endef
$(KMOD_DIR)/%: MAKEOVERRIDES :=

KMOD_DEST = $(DESTDIR)/lib/modules/$(KMOD_KV)/updates/vpipe
UDEVRULESDIR ?= /lib/udev/rules.d
KMOD_RULES = $(DESTDIR)$(UDEVRULESDIR)/60-vpipe.rules
KMOD_DEPMOD = $(if $(DESTDIR),,PATH=$$PATH:/usr/sbin:/sbin depmod $(KMOD_KV))

.PHONY: install-kmod uninstall-kmod kmod-kdir install-rules

# KMOD=dkms: there is nothing to build, its source is installed (packaging/build.mk)
ifeq ($(KMOD),dkms)
kmod:
install-kmod: install-dkms install-rules
uninstall-kmod: uninstall-dkms
	$(Q)rm -f $(KMOD_RULES)
else ifeq ($(KMOD_KV),)
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

$(KMOD_DIR)/mem2mem/Module.symvers: $(KDIR)/Module.symvers | $(BUILD)/.deps-kmod
	$(call linux_modules,$(@D),drivers/media/v4l2-core/v4l2-mem2mem.c,drivers/media/v4l2-core/v4l2-mem2mem.o)

install-kmod: kmod install-rules
	$(call say,INSTALL,$(KMOD_DEST))install -d $(KMOD_DEST)
	$(Q)install -m 644 $(KMOD_DIR)/vpipe.ko $(MEM2MEM_KO) $(KMOD_DEST)/
	$(Q)$(KMOD_DEPMOD)

uninstall-kmod:
	$(call say,REMOVE,$(KMOD_DEST))rm -rf $(KMOD_DEST) $(KMOD_RULES)
	$(Q)$(KMOD_DEPMOD)
endif

install-rules:
	$(call say,INSTALL,$(KMOD_RULES))install -D -m 644 kmod/vpipe.rules $(KMOD_RULES)

$(BUILD)/.deps-kmod: scripts/deps | $(BUILD)
	$(Q)$< check kmod
	$(Q)touch $@
