# SPDX-License-Identifier: MIT
# vpipe: `make help` says what there is.
#
# One make for the whole tree: each folder's build.mk adds its targets to the
# variables below; everything generated goes to $(BUILD).

PREFIX	?= /usr/local
DESTDIR	?=
V	?= 0

CC	?= gcc
CLANG	?= clang
BPFTOOL	?= $(firstword $(shell PATH=$$PATH:/usr/sbin:/sbin command -v bpftool) bpftool)

# What the compiler builds for, in the kernel's words. ARCH= of a guest may be another one, for
# which the targets of guests have a compiler (scripts/build.mk); nothing is mixed.
arch_of	   = $(patsubst x86_64%,x86,$(patsubst amd64%,x86,$(patsubst aarch64%,arm64,$(1))))
HOST_ARCH := $(call arch_of,$(shell uname -m))
CC_ARCH	  := $(or $(call arch_of,$(shell $(CC) -dumpmachine 2>/dev/null)),$(HOST_ARCH))
ARCH	  ?= $(CC_ARCH)
override ARCH := $(call arch_of,$(ARCH))
foreign	  := $(filter-out $(HOST_ARCH),$(ARCH))
BUILD	  ?= build$(addprefix -,$(foreign))

# Kernel to build the module for: the running one, or name another's build folder with KDIR=
KDIR	?= /lib/modules/$(shell uname -r)/build

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
CFLAGS	?= -O2 -g
ALL_CFLAGS = -std=gnu11 $(WARNINGS) -Werror $(CPPFLAGS) $(CFLAGS) -D_GNU_SOURCE -I. -MMD -MP

Q	:= $(if $(filter 1,$(V)),,@)
say	= $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' $(1) $(2);)

# The project's one version, which the packages have, too.
VERSION := $(shell sed -n 's/^.define VPIPE_VERSION "\(.*\)"/\1/p' lib/args.h)

PROGS	 :=# programs to install, filled by the build.mk files
CLEAN	 := $(BUILD)

.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
.PHONY: all tools kmod install install-tools install-service uninstall uninstall-service clean help

all: tools kmod ## build the programs and the module (default)

include lib/build.mk
include user/build.mk
include bpf/build.mk
include loader/build.mk
include kmod/build.mk
include tests/build.mk
include tests/bpf/build.mk
include tests/bench/build.mk
include tests/fuzz/build.mk
include tests/guest/build.mk
include tests/kmod/build.mk
include packaging/build.mk
include scripts/build.mk
include docs/build.mk

tools: $(PROGS) ## build the programs only

# What the build needs is looked at once, and named with its package when missing.
$(BUILD)/.deps-build: scripts/deps | $(BUILD)
	$(Q)[ $(CC_ARCH) = $(ARCH) ] || { \
		echo "vpipe: $(CC) builds for $(CC_ARCH), not for $(ARCH): name a compiler with CC=" >&2; exit 1; }
	$(Q)$< check build
	$(Q)touch $@

# The first build in a checkout switches the repository's git hooks on.
$(BUILD):
	$(Q)mkdir -p $@
	$(Q)[ ! -e .git ] || git config core.hooksPath scripts/hooks 2>/dev/null || true

$(BUILD)/%.o: %.c | $(BUILD)/.deps-build
	$(Q)mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -c -o $@ $<

install: all install-tools install-service install-kmod ## install below $(DESTDIR)$(PREFIX), the module for KDIR's kernel (KMOD=dkms: its source, for DKMS)

install-tools: tools
	$(call say,INSTALL,$(DESTDIR)$(PREFIX)/bin)install -d $(DESTDIR)$(PREFIX)/bin
	$(Q)install -m 755 $(PROGS) $(DESTDIR)$(PREFIX)/bin/
	$(call say,INSTALL,$(DESTDIR)$(PREFIX)/share/vpipe/fleet)install -d $(DESTDIR)$(PREFIX)/share/vpipe/fleet
	$(Q)install -m 644 $(wildcard fleet/*) $(DESTDIR)$(PREFIX)/share/vpipe/fleet/

uninstall: uninstall-service uninstall-kmod ## remove what install put there
	$(call say,REMOVE,$(DESTDIR)$(PREFIX)/bin)rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(notdir $(PROGS)))
	$(Q)rm -rf $(DESTDIR)$(PREFIX)/share/vpipe/fleet

clean: ## remove everything generated
	$(call say,CLEAN,$(BUILD))rm -rf $(CLEAN)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 26

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
