# SPDX-License-Identifier: MIT
# Packages: Debian's, by debian/; and the module's source as DKMS wants it.

DEB_ARCH := $(ARCH:x86=amd64)
DEBS	 := $(foreach name,vpipe-trace vpipe-tools,$(BUILD)/deb/$(name)_$(VERSION)_$(DEB_ARCH).deb) \
	    $(BUILD)/deb/vpipe-dkms_$(VERSION)_all.deb

# All that is in the tree is in them, or may be.
ifneq ($(filter deb,$(MAKECMDGOALS)),)
DEB_SRC := $(wildcard $(shell git -c safe.directory='*' ls-files --cached --others --exclude-standard 2>/dev/null))
endif

.PHONY: deb deb-kernels install-dkms uninstall-dkms

deb: $(DEBS) ## build Debian packages from the tree, into $(BUILD)/deb/ (ARCH=arm64)

$(DEBS) &: $(or $(DEB_SRC),FORCE) | $(BUILD)/.deps-package
	$(call say,DEB,$(BUILD)/deb)BUILD=$(BUILD) packaging/make-deb --arch $(DEB_ARCH) $(BUILD)/deb
	$(Q)touch $(DEBS)

$(BUILD)/.deps-package: scripts/deps | $(BUILD)
	$(Q)$< check build man package $(if $(foreign),sysroot cross-$(DEB_ARCH))
	$(Q)touch $@

.PHONY: FORCE
FORCE:

# Which their test builds the module for. Without one of them it says what it skips.
guest-check: deb-kernels
guest-check: GUEST_GROUPS += man package package-test sysroot
deb-kernels: | guest-ready
	$(Q)scripts/kernel --series 6.1 prepare >/dev/null || echo "deb-kernels: going on without 6.1" >&2

# Flat, as kmod/Kbuild wants it, with what says how it is built.
DKMS_DEST = $(DESTDIR)/usr/src/vpipe-$(VERSION)

install-dkms:
	$(call say,INSTALL,$(DKMS_DEST))install -d $(DKMS_DEST)
	$(Q)install -m 644 $(KMOD_SRC) $(DKMS_DEST)/
	$(Q)install -m 755 packaging/dkms/bring-mem2mem $(DKMS_DEST)/
	$(Q)sed 's/#MODULE_VERSION#/$(VERSION)/' packaging/dkms/dkms.conf > $(DKMS_DEST)/dkms.conf
	$(Q)chmod 644 $(DKMS_DEST)/dkms.conf

uninstall-dkms:
	$(call say,REMOVE,$(DKMS_DEST))rm -rf $(DKMS_DEST)
