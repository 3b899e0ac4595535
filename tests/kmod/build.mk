# SPDX-License-Identifier: MIT
# The drivers for the tests, for the kernel of $(KDIR), in $(BUILD)/tests/kmod/VERSION: our own, and
# those of the kernel's that Debian does not package.

TEST_KMOD_DIR = $(BUILD)/tests/kmod/$(KMOD_KV)
TEST_KMODS = $(addprefix $(TEST_KMOD_DIR)/,oddcam.ko oddisp.ko)
TEST_KMOD_SRC := tests/kmod/oddcam.c tests/kmod/oddisp.c tests/kmod/Kbuild kmod/vpipe-compat.h

.PHONY: test-kmod test-devices test-loopback
test-kmod: $(if $(KMOD_KV),$(TEST_KMODS),kmod-kdir)
guest-modules: test-kmod $(if $(LINUX_TAR),test-devices) test-loopback

$(TEST_KMODS) &: MAKEOVERRIDES :=
$(TEST_KMODS) &: $(TEST_KMOD_SRC) $(KDIR)/Module.symvers tests/kmod/build.mk | $(BUILD)/.deps-kmod
	$(call say,KMOD,$@)mkdir -p $(@D)
	$(Q)ln -srf $(TEST_KMOD_SRC) $(@D)/
	$(Q)+$(call kbuild,$(@D))
	$(Q)touch $(TEST_KMODS)

# The kernel's test drivers, in devices/. Its configuration leaves out what is named here with =m, and
# has the others, which are packaged. 6.1 has no visl.
TEST_DEVICES_DIR = $(TEST_KMOD_DIR)/devices
TEST_DEVICES_SRC := drivers/media/test-drivers drivers/gpu/drm/vkms
TEST_DEVICES_SET := $(patsubst %,CONFIG_VIDEO_%=m,VIM2M VICODEC VIMC VISL) CONFIG_DRM_VKMS=m CONFIG_VIDEO_VIVID= CONFIG_DVB_VIDTV=

test-devices: $(if $(KMOD_KV),$(TEST_DEVICES_DIR)/Module.symvers,kmod-kdir)

# visl's headers include themselves by a path from a folder that is as deep in the source.
$(TEST_DEVICES_DIR)/Module.symvers: MAKEOVERRIDES :=
$(TEST_DEVICES_DIR)/Module.symvers: $(MEM2MEM_SYMVERS) $(KDIR)/Module.symvers tests/kmod/build.mk | $(BUILD)/.deps-kmod
	$(call linux_modules,$(@D),$(TEST_DEVICES_SRC),$(addsuffix /,$(TEST_DEVICES_SRC)),$(MEM2MEM_SYMVERS),\
		$(TEST_DEVICES_SET) KCFLAGS=-I$(abspath $(@D))/drivers/media)

# One of them by itself, for every kernel: a few seconds instead of half a minute.
TEST_VIM2M_DIR = $(TEST_KMOD_DIR)/vim2m

.PHONY: test-vim2m
test-vim2m: $(if $(KMOD_KV),$(TEST_VIM2M_DIR)/Module.symvers,kmod-kdir)
reach-tests: $(if $(LINUX_TAR),test-vim2m)

$(TEST_VIM2M_DIR)/Module.symvers: MAKEOVERRIDES :=
$(TEST_VIM2M_DIR)/Module.symvers: $(MEM2MEM_SYMVERS) $(KDIR)/Module.symvers tests/kmod/build.mk | $(BUILD)/.deps-kmod
	$(call linux_modules,$(@D),drivers/media/test-drivers/vim2m.c,drivers/media/test-drivers/vim2m.o,$(MEM2MEM_SYMVERS))

# v4l2loopback, which does without videobuf2, beside them. Without the network, or for a kernel that is
# too new for it, there is none: the test that needs it says what it skips.
LOOPBACK := v4l2loopback

test-loopback: $(if $(KMOD_KV),$(TEST_KMOD_DIR)/$(LOOPBACK)/.tried,kmod-kdir)

$(TEST_KMOD_DIR)/$(LOOPBACK)/.tried: MAKEOVERRIDES :=
$(TEST_KMOD_DIR)/$(LOOPBACK)/.tried: scripts/unpack $(KDIR)/Module.symvers tests/kmod/build.mk | $(BUILD)/.deps-kmod
	$(Q)mkdir -p $(@D) $(TEST_DEVICES_DIR)
	$(call say,KMOD,$(@D))source=$$(scripts/unpack trixie $(LOOPBACK)-dkms) && \
		cp "$$source"/usr/src/$(LOOPBACK)-*/* $(@D)/ || \
		echo "test-loopback: going on without $(LOOPBACK)" >&2
	$(Q)+[ ! -e $(@D)/$(LOOPBACK).c ] || { \
		if $(call kbuild,$(@D)) >$(@D)/log 2>&1; then \
			ln -f $(@D)/$(LOOPBACK).ko $(TEST_DEVICES_DIR)/ && touch $@; \
		else \
			echo "test-loopback: it does not build for $(KMOD_KV): $(@D)/log" >&2 && touch $@; \
		fi; }
