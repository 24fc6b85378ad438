# feeddog: build, test, install. `make help` lists the targets.
#
#   make                 the six programs in build/
#   make V=1             with every command shown
#   make FLAVOUR=san     with AddressSanitizer and UBSan, in build/san/
#   make FLAVOUR=cov     with coverage counters, in build/cov/
#   make ARCH=arm64      cross-built the Debian way, in build/arm64/
#   make SETUP=no        without installing what is missing (for packagers)
#   make -j1             on one core; otherwise all of them build

.DEFAULT_GOAL := all
# What was asked for in an order, as `make clean test`, is made in that order.
ifeq ($(MAKELEVEL)$(word 2,$(MAKECMDGOALS))$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
# Stands before scripts that run make in their turn: as many at once as this one, which waits for them.
AFRESH := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL

D := firmware-daemon

FLAVOUR ?= rel
ARCH    ?=
PREFIX  ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
VERSION := $(shell sed -n 's/^## \[\([0-9][^]]*\)\].*/\1/p' firmware-daemon/CHANGELOG.md | head -n 1)

# Programs run in place in build/; every other flavour and architecture has a folder of its own below it.
SUB   := $(if $(ARCH),$(ARCH),$(filter-out rel,$(FLAVOUR)))
BUILD := build$(if $(SUB),/$(SUB))

TRIPLET_arm64 := aarch64-linux-gnu
TRIPLET_armhf := arm-linux-gnueabihf
TRIPLET_amd64 := x86_64-linux-gnu
ifneq ($(ARCH),)
CROSS      := $(TRIPLET_$(ARCH))-
CC         := $(CROSS)gcc
PKG_CONFIG := PKG_CONFIG_LIBDIR=/usr/lib/$(TRIPLET_$(ARCH))/pkgconfig:/usr/share/pkgconfig pkg-config
endif
ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes \
            -Wvla -Wformat=2 -Wno-format-nonliteral
OPTIM_rel := -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2
OPTIM_san := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPTIM_cov := -O0 -g --coverage
OPTIM_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
CFLAGS  ?= $(OPTIM_$(FLAVOUR))
WERROR  ?=
LIBEXECDIR := $(PREFIX)/libexec/feeddog
SHAREDIR   := $(PREFIX)/share/feeddog
CPPFLAGS += -iquote $(D) -D_GNU_SOURCE -DFEEDDOG_VERSION='"$(VERSION)"' -DFEEDDOG_SYSCONFDIR='"$(SYSCONFDIR)"' \
            -DFEEDDOG_SHAREDIR='"$(SHAREDIR)"'
# Where a long has 32 bits, files beyond 2 GiB, inode numbers of an overlay root, and times after 2038 are not seen otherwise.
ifeq ($(shell echo __SIZEOF_LONG__ | $(CC) $(CFLAGS) -E -P -x c -),4)
CPPFLAGS += -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
endif
ALL_CFLAGS = -std=c11 $(WARNINGS) $(if $(WERROR),-Werror) $(CFLAGS) -fPIE
LINK_san := -fsanitize=address,undefined
LINK_cov := --coverage
LINK_fuzz := -fsanitize=fuzzer,address,undefined
ALL_LDFLAGS = $(LDFLAGS) $(LINK_$(FLAVOUR)) -Wl,-z,relro,-z,now,--as-needed
# The feeder alone is linked statically: half the locked memory. The sanitizers cannot be. Where the C library has nothing to begin
# such a program with that may lie anywhere (armhf), it lies where it is linked for.
STATIC := $(if $(filter /%,$(shell $(CC) -print-file-name=rcrt1.o)),-static-pie,-static)
FEEDER_LINK := $(if $(filter rel,$(FLAVOUR)),$(STATIC),-pie)

# What is missing on this machine is installed first: make remakes an included file, then starts over and finds all of it.
# A cross build's needs are set up by whoever asks for it.
SETUP ?= $(if $(ARCH),no,yes)
SETUP_test      := build test
SETUP_test-unit := build test
SETUP_test-e2e  := build test
SETUP_test-san  := build test lint
SETUP_coverage  := build test
SETUP_mutation  := build test
SETUP_mutation-rooms := build test
SETUP_fuzz      := build test lint
SETUP_fuzzers   := build test lint
SETUP_lint      := build test lint
SETUP_bench     := build bench
SETUP_clean     :=
SETUP_help      :=
SETUP_default   := build
setup_for = $(if $(filter undefined,$(origin SETUP_$(1))),$(SETUP_default),$(SETUP_$(1)))
ifeq ($(SETUP),yes)
include $(patsubst %,build/setup-%.mk,$(sort $(foreach g,$(or $(MAKECMDGOALS),all),$(call setup_for,$(g)))))
endif
# One after the other: each asks for what the one before it has brought, and apt is one at a time.
build/setup-test.mk build/setup-bench.mk: | build/setup-build.mk
build/setup-lint.mk: | build/setup-test.mk
build/setup-%.mk: scripts/setup
	@scripts/setup $*
	@mkdir -p build && touch $@

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')


GPIOD := $(shell $(PKG_CONFIG) --atleast-version=2 libgpiod 2>/dev/null && echo 2 || echo 1)

# A room and the rooms in it.
sources = $(foreach r,$(1),$(wildcard $(D)/$(r)/*.c $(D)/$(r)/*/*.c))
CORE   := $(call sources,core)
FLAT   := $(call sources,config)
OS     := $(filter-out $(D)/os/hardware/gpio_v%.c,$(call sources,os))
GPIO   := $(D)/os/hardware/gpio_v$(GPIOD).c

PROGRAMS := feeddogd feeddog-checker feeddog-actor feeddog-alert feeddog-led feeddog
# Only the command line parses YAML, only the checker and what sends alerts speak HTTP, only the LED knows GPIO.
# Regular expressions: what the command line accepts, the checker compiles.
COMMON := $(CORE) $(FLAT) $(OS)
SRC_feeddogd        := $(COMMON) $(call sources,feeder)
SRC_feeddog-checker := $(COMMON) $(call sources,pattern checker)
SRC_feeddog-actor   := $(COMMON) $(call sources,words command publish actor)
SRC_feeddog-alert   := $(COMMON) $(call sources,alert)
SRC_feeddog-led     := $(COMMON) $(GPIO) $(call sources,led)
SRC_feeddog         := $(COMMON) $(call sources,pattern words compiler importer simulator cli)
LIB_feeddog-checker := libcurl libssl libcrypto
LIB_feeddog-alert   := libcurl
LIB_feeddog-led     := libgpiod
LIB_feeddog         := libfyaml

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
# Unused functions of os/ and core/ stay out of each program.
SECTIONS := -ffunction-sections -fdata-sections

.PHONY: all
all: $(addprefix $(BUILD)/,$(PROGRAMS)) $(patsubst board/%,$(BUILD)/boards/%,$(wildcard board/*.yaml))

# What is known of boards, beside the programs.
$(BUILD)/boards/%.yaml: board/%.yaml
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(BUILD)/obj/%.o: %.c Makefile
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(SECTIONS) -MMD -MP -c -o $@ $<

define program_rule
$(BUILD)/$(1): $(call objects,$(SRC_$(1)))
	$$(call say,LINK,$$@)
	$(Q)$(CC) $(ALL_CFLAGS) $$(ALL_LDFLAGS) -Wl,--gc-sections $(if $(filter feeddogd,$(1)),$(FEEDER_LINK),-pie) -o $$@ \
		$$(filter %.o,$$^) $$(if $(LIB_$(1)),$$(shell $(PKG_CONFIG) --libs $(LIB_$(1))))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rule,$(p))))

include tests/tests.mk
include scripts/install.mk

.PHONY: help clean
help:
	@sed -n 's/^#   make/  make/p' Makefile tests/tests.mk scripts/install.mk

clean:
	rm -rf build

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
