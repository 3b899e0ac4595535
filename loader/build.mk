# vpipe-trace, the loader.

LOADER_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard loader/*.c))
PROGS += $(BUILD)/bin/vpipe-trace

# only this object sees the skeleton, whose code is generated
$(BUILD)/loader/trace.o: $(BPF_SKEL) $(BPF_PLAIN_SKEL)
$(BUILD)/loader/trace.o: ALL_CFLAGS += -isystem $(BPF_OUT)

$(BUILD)/bin/vpipe-trace: $(LOADER_OBJS) $(BUILD)/libvpipe-user.a
	$(Q)mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) -lbpf -lcap -lkmod -ljansson -lz -lm
