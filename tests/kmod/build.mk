# The driver that the tests bring: for the kernel of $(KDIR), in $(BUILD)/tests/kmod/VERSION.

TEST_KMOD_DIR = $(BUILD)/tests/kmod/$(KMOD_KV)
TEST_KMOD_SRC := tests/kmod/oddcam.c tests/kmod/Kbuild kmod/vpipe-compat.h

.PHONY: test-kmod
test-kmod: $(if $(KMOD_KV),$(TEST_KMOD_DIR)/oddcam.ko,kmod-kdir)
guest-modules: test-kmod

$(TEST_KMOD_DIR)/oddcam.ko: MAKEOVERRIDES :=
$(TEST_KMOD_DIR)/oddcam.ko: $(TEST_KMOD_SRC) $(KDIR)/Module.symvers tests/kmod/build.mk | $(BUILD)/.deps-kmod
	$(call say,KMOD,$@)mkdir -p $(@D)
	$(Q)ln -srf $(TEST_KMOD_SRC) $(@D)/
	$(Q)+$(call kbuild,$(@D))
	$(Q)touch $@
