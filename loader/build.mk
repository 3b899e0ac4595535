# vpipe-trace, the loader.

# The BPF side, which tests and benches use without the commands.
TRACE_PARTS := $(addprefix loader/,trace trace-load trace-attach host programs latency counters costs)
TRACE_OBJS := $(TRACE_PARTS:%=$(BUILD)/%.o)
TRACE_LIBS := -lbpf -lelf -lcap

LOADER_OBJS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard loader/*.c))
PROGS += $(BUILD)/bin/vpipe-trace

# only this object sees the skeleton, whose code is generated
$(BUILD)/loader/trace.o: $(BPF_SKEL) $(BPF_PLAIN_SKEL)
$(BUILD)/loader/trace.o: ALL_CFLAGS += -isystem $(BPF_OUT)

$(BUILD)/bin/vpipe-trace: $(LOADER_OBJS) $(BUILD)/libvpipe-user.a
	$(Q)mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(TRACE_LIBS) -lkmod -ljansson -lz -lm
