# SPDX-License-Identifier: MIT
# What all programs share: every one of them, and every test, is linked with it.

COMMON_LIB := $(BUILD)/libvpipe.a

# $(call archive): the objects that a library is made of, nothing left over from an earlier build.
archive = $(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

$(COMMON_LIB): $(patsubst %.c,$(BUILD)/%.o,$(wildcard lib/*.c))
	$(archive)
