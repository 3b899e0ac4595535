# SPDX-License-Identifier: MIT
# The capture tools: user/NAME.c becomes vpipe-NAME; user/lib/ is what they share.

# in the order in which they are linked
USER_LIB   := $(BUILD)/libvpipe-user.a $(COMMON_LIB)
USER_PROGS := $(patsubst user/%.c,$(BUILD)/bin/vpipe-%,$(wildcard user/*.c))
PROGS	   += $(USER_PROGS)

$(BUILD)/libvpipe-user.a: $(patsubst %.c,$(BUILD)/%.o,$(wildcard user/lib/*.c))
	$(archive)

$(USER_PROGS): $(BUILD)/bin/vpipe-%: $(BUILD)/user/%.o $(USER_LIB)
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed -lz
