# The capture tools (user/NAME.c becomes vpipe-NAME) and the library under all programs.

USER_LIB   := $(BUILD)/libvpipe-user.a
USER_PROGS := $(patsubst user/%.c,$(BUILD)/bin/vpipe-%,$(wildcard user/*.c))
PROGS	   += $(USER_PROGS)

$(USER_LIB): $(patsubst %.c,$(BUILD)/%.o,$(wildcard user/lib/*.c))
	$(call say,AR,$@)rm -f $@ && $(AR) rcs $@ $^

$(USER_PROGS): $(BUILD)/bin/vpipe-%: $(BUILD)/user/%.o $(USER_LIB)
	$(Q)mkdir -p $(@D)
	$(call say,LINK,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -Wl,--as-needed -lz
