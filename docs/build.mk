# SPDX-License-Identifier: MIT
# Man pages, of docs/man/NAME.SECTION.rst and of what the programs say of themselves (docs/man/help, which
# `make help-texts` writes): no program is run for them, so they can be built for any machine.

MAN_VERBS := $(patsubst docs/man/help/%.txt,%.8,$(wildcard docs/man/help/vpipe-trace*.txt))
MAN_NAMES := $(sort $(MAN_VERBS) $(filter-out vpipe-trace%,$(patsubst docs/man/%.rst,%,$(wildcard docs/man/*.rst))))
# build/man/man8/NAME.8
MAN_PAGES := $(foreach page,$(MAN_NAMES),$(BUILD)/man/man$(patsubst .%,%,$(suffix $(page)))/$(page))

# What the default target and installing leave out where it can't be done, having said so; `make man` fails then.
MAN_CAN := $(shell command -v rst2man)

COMPLETED := vpipe-trace $(filter-out vpipe-trace,$(notdir $(PROGS)))
SHARE	   = $(DESTDIR)$(PREFIX)/share

.PHONY: man no-man help-texts install-man install-completion

all: $(if $(MAN_CAN),man,no-man)

man: $(MAN_PAGES) ## build the man pages (needs rst2man)

no-man:
	@echo '  no man pages: rst2man is missing (Debian package: python3-docutils)'

help-texts: tools ## what the programs' --help says, into docs/man/help
	$(Q)scripts/help-texts

$(BUILD)/.deps-man: scripts/deps | $(BUILD)
	$(Q)$< check man
	$(Q)touch $@

# docutils' own habits are taken out that groff and mandoc warn of: a font that neither has, space below a heading.
$(MAN_PAGES): scripts/man-page scripts/help_text.py $(wildcard docs/man/*.rst docs/man/help/*.txt) \
		docs/columns.md tracepoints/README.md lib/args.h | $(BUILD)/.deps-man
	$(Q)mkdir -p $(@D) $(BUILD)/man/rst
	$(call say,MAN,$@)scripts/man-page $(@F) >$(BUILD)/man/rst/$(@F).rst
	$(Q)rst2man --halt=2 --no-generator --no-datestamp --no-source-link $(BUILD)/man/rst/$(@F).rst | \
		awk '/^\.ft [CP]$$/ {next} /^\.sp$$/ && heading {heading = 0; next} {heading = /^\.S[HS]/; print}' >$@
	$(Q)[ -s $@ ]

install-tools: install-man install-completion

install-man: $(if $(MAN_CAN),man,no-man)
	$(Q)for page in $(if $(MAN_CAN),$(MAN_PAGES)); do \
		install -D -m 644 $$page $(SHARE)/$${page#$(BUILD)/} || exit 1; done

# One file completes all; bash looks for one that is called as the command is.
install-completion:
	$(call say,INSTALL,$(SHARE)/bash-completion)install -d $(SHARE)/bash-completion/completions
	$(Q)install -m 644 scripts/completion/vpipe-trace.bash $(SHARE)/bash-completion/completions/vpipe-trace
	$(Q)for name in $(filter-out vpipe-trace,$(COMPLETED)); do \
		ln -sfn vpipe-trace $(SHARE)/bash-completion/completions/$$name || exit 1; done
	$(Q)install -D -m 644 scripts/completion/vpipe-trace.zsh $(SHARE)/zsh/site-functions/_vpipe-trace
	$(Q)install -D -m 644 scripts/completion/vpipe-trace.fish $(SHARE)/fish/vendor_completions.d/vpipe-trace.fish

uninstall: uninstall-docs
.PHONY: uninstall-docs
uninstall-docs:
	$(Q)rm -f $(foreach page,$(MAN_NAMES),$(SHARE)/man/man$(patsubst .%,%,$(suffix $(page)))/$(page)) \
		$(addprefix $(SHARE)/bash-completion/completions/,$(COMPLETED)) \
		$(SHARE)/zsh/site-functions/_vpipe-trace $(SHARE)/fish/vendor_completions.d/vpipe-trace.fish
