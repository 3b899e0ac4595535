# vpipe-trace, the loader. What is in its rooms, tests and benches use without its main().

LOADER_ROOMS := $(wildcard loader/*.c loader/*/*.c)
LOADER_LIB := $(BUILD)/libvpipe-loader.a
LOADER_LIBS := -lbpf -lelf -lcap -lkmod -ljansson -lz -lm
PROGS += $(BUILD)/bin/vpipe-trace

# only these see the skeletons, whose code is generated
LOADER_SKELS := $(addprefix loader/trace/,adopt fire jobs objects read threads trace)
$(LOADER_SKELS:%=$(BUILD)/%.o): $(BPF_SKELS)
$(LOADER_SKELS:%=$(BUILD)/%.o): ALL_CFLAGS += -isystem $(BPF_OUT)

$(LOADER_LIB): $(patsubst %.c,$(BUILD)/%.o,$(filter-out loader/main.c,$(LOADER_ROOMS)))
	$(archive)

$(BUILD)/bin/vpipe-trace: $(BUILD)/loader/main.o $(LOADER_LIB) $(COMMON_LIB)
	$(Q)mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LOADER_LIBS)
