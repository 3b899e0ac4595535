# SPDX-License-Identifier: MIT
# vpipe-trace, the loader. What is in its rooms, tests and benches use without its main().

# By what modules are loaded: libkmod, or, with LIBKMOD=0, modprobe. One that is linked statically has no
# libkmod in any case.
LIBKMOD ?= 1
LOADER_KMOD := loader/host/modules$(if $(filter 0,$(LIBKMOD)),-exec).c
LOADER_COMMON := $(filter-out loader/main.c loader/static/% loader/host/modules.c loader/host/modules-exec.c, \
			      $(wildcard loader/*.c loader/*/*.c))
LOADER_ROOMS := $(LOADER_COMMON) $(LOADER_KMOD)
LOADER_LIB := $(BUILD)/libvpipe-loader.a
LOADER_LIBS := -lbpf -lelf -lcap $(if $(filter 0,$(LIBKMOD)),,-lkmod) -ljansson -lncursesw -ltinfo -lz -lm
PROGS += $(BUILD)/bin/vpipe-trace

# only these see the skeletons, whose code is generated
LOADER_SKELS := $(addprefix loader/trace/,adopt fire jobs objects read threads trace)
$(LOADER_SKELS:%=$(BUILD)/%.o): $(BPF_SKELS)
$(LOADER_SKELS:%=$(BUILD)/%.o): ALL_CFLAGS += -isystem $(BPF_OUT)

# The page of `report --html`, as bytes, with the checksums of its style and its script in it: a browser
# runs these two, and no other.
PAGE := $(BUILD)/loader/sinks/page

$(PAGE).html: loader/sinks/page/page.html scripts/seal-page $(wildcard loader/sinks/page/*)
	$(Q)mkdir -p $(@D)
	$(call say,PAGE,$<)scripts/seal-page $< > $@

$(PAGE).o: $(PAGE).html loader/build.mk | $(BUILD)/.deps-build
	$(call say,AS,$<)printf '%s\n' '.section .rodata' '.globl report_page, report_page_size' 'report_page:' \
		'.incbin "$<"' '0:' '.balign 8' 'report_page_size: .quad 0b - report_page' '.section .note.GNU-stack,"",%progbits' | \
		$(CC) $(CFLAGS) -c -x assembler -o $@ -

# Terminals that are known without a database of them, as ncurses' TERMINFO takes them.
TERMINFO := $(BUILD)/loader/top/terminfo-entries

$(TERMINFO).o: loader/build.mk | $(BUILD)/.deps-build
	$(Q)mkdir -p $(@D)
	$(call say,TERM,$@)for term in linux vt100 xterm; do \
		entry=$$(env -u TERMINFO HOME=/ infocmp -Q2 -q -W $$term) && \
		printf 'const char terminfo_%s[] = "%s";\n' $$term "$$(printf %s "$$entry" | tr -d '\n')" || exit; \
	done > $(TERMINFO).c && $(CC) $(CFLAGS) -c -o $@ $(TERMINFO).c

LOADER_OBJS := $(LOADER_COMMON:%.c=$(BUILD)/%.o) $(PAGE).o $(TERMINFO).o

$(LOADER_LIB): $(LOADER_OBJS) $(LOADER_KMOD:%.c=$(BUILD)/%.o)
	$(archive)

$(BUILD)/bin/vpipe-trace: $(BUILD)/loader/main.o $(LOADER_LIB) $(COMMON_LIB)
	$(Q)mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LOADER_LIBS)

# One file for boards that have none of the libraries.
STATIC := $(BUILD)/static/vpipe-trace
STATIC_LIB := $(BUILD)/static/libvpipe-loader.a
# newer ones of elfutils want it
STATIC_LIBS := $(filter-out -lkmod,$(LOADER_LIBS)) $(filter -lzstd,$(shell pkg-config --static --libs-only-l libelf 2>/dev/null))

$(STATIC_LIB): $(LOADER_OBJS) $(BUILD)/loader/host/modules-exec.o
	$(Q)mkdir -p $(@D)
	$(archive)

# Users' names come from files there (loader/static/names.c): what the linker warns of does not happen.
$(STATIC): $(BUILD)/loader/main.o $(BUILD)/loader/static/names.o $(STATIC_LIB) $(COMMON_LIB)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -static -Wl,--no-warnings -o $@ $(filter %.o %.a,$^) $(STATIC_LIBS)

# The unit that leaves it on: who installs it elsewhere than below /usr has it start the program there.
# What an administrator has set is kept.
SERVICE := loader/service
SERVICE_UNIT = $(DESTDIR)$(PREFIX)/lib/systemd/system/vpipe-trace.service
SERVICE_USER = $(DESTDIR)$(PREFIX)/lib/sysusers.d/vpipe.conf
SERVICE_FOLDER = $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/vpipe.conf
SERVICE_DEFAULT = $(DESTDIR)/etc/default/vpipe-trace

install-service:
	$(call say,INSTALL,$(SERVICE_UNIT))install -d $(dir $(SERVICE_UNIT) $(SERVICE_USER) $(SERVICE_FOLDER) $(SERVICE_DEFAULT))
	$(Q)sed 's|^ExecStart=/usr/bin/|ExecStart=$(PREFIX)/bin/|' $(SERVICE)/vpipe-trace.service > $(SERVICE_UNIT)
	$(Q)chmod 644 $(SERVICE_UNIT)
	$(Q)install -m 644 $(SERVICE)/vpipe.sysusers $(SERVICE_USER)
	$(Q)install -m 644 $(SERVICE)/vpipe.tmpfiles $(SERVICE_FOLDER)
	$(Q)[ -e $(SERVICE_DEFAULT) ] || install -m 644 $(SERVICE)/vpipe-trace.default $(SERVICE_DEFAULT)

uninstall-service:
	$(call say,REMOVE,$(SERVICE_UNIT))rm -f $(SERVICE_UNIT) $(SERVICE_USER) $(SERVICE_FOLDER)
