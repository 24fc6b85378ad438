# Installing by hand; included by the Makefile. DESTDIR, PREFIX and SYSCONFDIR are honoured.
#
#   make install         programs, manuals, the example configuration (an existing one is left alone), the systemd unit
#   make install INIT=sysvinit       or openrc, or several: an init script in place of the unit
#   make uninstall       all of them but the configuration
#   make deb             a Debian package in build/deb/; ARCH=arm64 cross-builds it, RELEASE=trixie builds for Debian 13
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
INITDIR     = $(SYSCONFDIR)/init.d
INIT       ?= systemd
MANUALS    := man8/feeddogd.8 man1/feeddog.1 man5/feeddog.yaml.5

START_systemd  = `systemctl enable --now feeddog`
START_sysvinit = `update-rc.d feeddog defaults`, or what your init has for it, and `$(INITDIR)/feeddog start`
START_openrc   = `rc-update add feeddog default && rc-service feeddog start`

# Where things are is written into what starts them.
place = sed 's,@SBINDIR@,$(PREFIX)/sbin,; s,@BINDIR@,$(PREFIX)/bin,; s,@CONFIG@,$(CONFIG_FILE),' $(1) >$(DESTDIR)$(2)

.PHONY: install uninstall $(addprefix install-,systemd sysvinit openrc)
install-systemd:
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SHAREDIR)/systemd
	for unit in feeddog feeddog-shutdown; do \
		$(call place,scripts/systemd/$$unit.service.in,$(UNITDIR)/$$unit.service) || exit; \
	done
	install -m 644 scripts/systemd/*.conf $(DESTDIR)$(SHAREDIR)/systemd

install-sysvinit install-openrc: install-%:
	install -d $(DESTDIR)$(INITDIR)
	$(call place,scripts/$*/feeddog.in,$(INITDIR)/feeddog)
	chmod 755 $(DESTDIR)$(INITDIR)/feeddog

install: all $(addprefix install-,$(INIT))
	install -d $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin
	install -m 755 $(addprefix $(BUILD)/,$(PROGRAMS)) $(DESTDIR)$(LIBEXECDIR)
	ln -sfn $(LIBEXEC_TO_BIN)/feeddog $(DESTDIR)$(PREFIX)/bin/feeddog
	ln -sfn $(LIBEXEC_TO_SBIN)/feeddogd $(DESTDIR)$(PREFIX)/sbin/feeddogd
	for page in $(MANUALS); do \
		install -D -m 644 $(D)/man/$${page#*/} $(DESTDIR)$(MANDIR)/$$page || exit; \
	done
	install -D -m 644 scripts/completion/feeddog $(DESTDIR)$(COMPLETIONDIR)/feeddog
	install -d $(DESTDIR)$(SHAREDIR)/boards
	install -m 644 $(wildcard board/*.yaml board/*.svg) $(DESTDIR)$(SHAREDIR)/boards
	ln -sfn $(shell realpath -m --relative-to=$(LIBEXECDIR) $(SHAREDIR))/boards $(DESTDIR)$(LIBEXECDIR)/boards
	install -D -m 644 scripts/systemd/feeddog.sysusers $(DESTDIR)$(SYSUSERSDIR)/feeddog.conf
	[ -e $(DESTDIR)$(CONFIG_FILE) ] || install -D -m 644 $(D)/compiler/feeddog.yaml $(DESTDIR)$(CONFIG_FILE)
	@[ -n '$(DESTDIR)' ] || { systemd-sysusers 2>/dev/null && systemctl daemon-reload 2>/dev/null; } || \
		id feeddog >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin feeddog
	@echo 'Installed. Describe your server in $(CONFIG_FILE), try it with `feeddog check` and `feeddog probe`,'
	@echo 'and start the guard: $(START_$(firstword $(INIT))).'

uninstall:
	rm -rf $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(SHAREDIR) $(DESTDIR)$(COMPLETIONDIR)/feeddog
	rm -f $(DESTDIR)$(PREFIX)/bin/feeddog $(DESTDIR)$(PREFIX)/sbin/feeddogd $(addprefix $(DESTDIR)$(UNITDIR)/,feeddog.service feeddog-shutdown.service) \
		$(DESTDIR)$(INITDIR)/feeddog $(DESTDIR)$(SYSUSERSDIR)/feeddog.conf $(addprefix $(DESTDIR)$(MANDIR)/,$(MANUALS))

.PHONY: deb
deb:
	@$(AFRESH) scripts/packaging/build $(ARCH) $(RELEASE)
