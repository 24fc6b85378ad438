# Installing by hand; included by the Makefile. DESTDIR, PREFIX and SYSCONFDIR are honoured.
#
#   make install         programs, manuals, the example configuration (an existing one is left alone), the systemd unit
#   make uninstall       all of them but the configuration
#
# The programs look for each other beside themselves, so all of them live in one folder, and those that people call have a
# link where people's shells look.

LIBEXEC_TO_BIN  = $(shell realpath -m --relative-to=$(PREFIX)/bin $(LIBEXECDIR))
LIBEXEC_TO_SBIN = $(shell realpath -m --relative-to=$(PREFIX)/sbin $(LIBEXECDIR))
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
MANDIR      = $(PREFIX)/share/man
COMPLETIONDIR = $(PREFIX)/share/bash-completion/completions
CONFIG_FILE = $(SYSCONFDIR)/feeddog/feeddog.yaml
MANUALS    := man8/feeddogd.8 man1/feeddog.1 man5/feeddog.yaml.5

.PHONY: install uninstall
install: all
	install -d $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin
	install -m 755 $(addprefix $(BUILD)/,$(PROGRAMS)) $(DESTDIR)$(LIBEXECDIR)
	ln -sfn $(LIBEXEC_TO_BIN)/feeddog $(DESTDIR)$(PREFIX)/bin/feeddog
	ln -sfn $(LIBEXEC_TO_SBIN)/feeddogd $(DESTDIR)$(PREFIX)/sbin/feeddogd
	for page in $(MANUALS); do \
		install -D -m 644 $(D)/man/$${page#*/} $(DESTDIR)$(MANDIR)/$$page || exit; \
	done
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR)
	sed 's,@SBINDIR@,$(PREFIX)/sbin,; s,@CONFIG@,$(CONFIG_FILE),' scripts/systemd/feeddog.service.in \
		> $(DESTDIR)$(UNITDIR)/feeddog.service
	install -D -m 644 scripts/completion/feeddog $(DESTDIR)$(COMPLETIONDIR)/feeddog
	install -d $(DESTDIR)$(SHAREDIR)/systemd $(DESTDIR)$(SHAREDIR)/boards
	install -m 644 $(wildcard board/*.yaml board/*.svg) $(DESTDIR)$(SHAREDIR)/boards
	ln -sfn $(shell realpath -m --relative-to=$(LIBEXECDIR) $(SHAREDIR))/boards $(DESTDIR)$(LIBEXECDIR)/boards
	install -m 644 scripts/systemd/99-feeddog.conf scripts/systemd/via-systemd.conf $(DESTDIR)$(SHAREDIR)/systemd
	install -m 644 scripts/systemd/feeddog.sysusers $(DESTDIR)$(SYSUSERSDIR)/feeddog.conf
	[ -e $(DESTDIR)$(CONFIG_FILE) ] || install -D -m 644 $(D)/config/feeddog.yaml $(DESTDIR)$(CONFIG_FILE)
	@[ -n '$(DESTDIR)' ] || { systemd-sysusers 2>/dev/null && systemctl daemon-reload 2>/dev/null; } || \
		id feeddog >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin feeddog
	@echo 'Installed. Describe your server in $(CONFIG_FILE), try it with `feeddog check` and `feeddog probe`,'
	@echo 'and start the guard with `systemctl enable --now feeddog`.'

uninstall:
	rm -rf $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(SHAREDIR) $(DESTDIR)$(COMPLETIONDIR)/feeddog
	rm -f $(DESTDIR)$(PREFIX)/bin/feeddog $(DESTDIR)$(PREFIX)/sbin/feeddogd $(DESTDIR)$(UNITDIR)/feeddog.service \
		$(DESTDIR)$(SYSUSERSDIR)/feeddog.conf $(addprefix $(DESTDIR)$(MANDIR)/,$(MANUALS))
