# Test targets; included by the Makefile. Every suite ends with a line `N passed, N failed`.
#
#   make test            what needs no board: unit tests, the model, the tables of configurations, the programs end to end
#   make test-model      only tests/model/, the walk through every state of core/; make model-long: larger boards too
#   make test-sim        only tests/sim/, the simulator's scenarios and a short campaign; make sim-long: 1000 board-years
#   make coverage        what the unit tests, the simulator and the model see of each file, by lines and branches
#   make mutation        tests/mutation/: small mistakes in core/, and whether a test notices each
#   make mutation-rooms  the same for mistakes drawn by chance in the other rooms: ONLY='--seed 7 --count 20 checker'
#   make proof           tests/proof/: core/ proved by induction, with CBMC out of Debian 13, and that some changes of it are
#                        refuted; make proof-long: all of them, and that each statement refutes one
#   make test-unit       only tests/unit/         make test-unit ONLY='test_ladder test_check'
#   make test-e2e        only tests/e2e/          make test-e2e ONLY='test_ladder.py:test_crash'
#   make test-hostile    only tests/hostile/: helpers that were taken over, and hostile neighbours; BUSY=3: beside three busy loops;
#                        make hostile-long SECONDS=3600: all attacks at random against one board, for an hour
#   make test-fuzz       only tests/fuzz/: the inputs of the corpora; make fuzz SECONDS=60: libFuzzer looks for new ones
#   make test-calls      only tests/fault/: calls that fail; make fault-long: each call, in each way that it can
#   make test-c          those of them that are written in C: unit tests, model, simulator, corpora
#   make test-san        under AddressSanitizer and UBSan: make test by gcc but for what measures time, make test-c by clang
#   make test-board      on the virtual board
#   make test-faults     on the virtual board: what may go wrong with a board, and each process lost in each state
#   make test-image      images of scripts/build-image, for a PC, for QEMU's virt and for a Raspberry Pi: booted, looked into, with power cuts;
#                        and a card of scripts/provision-card in its first boot (an hour, most of it to make the images, which are kept)
#   make test-debian13   `make test` in a root file system of Debian 13, with libgpiod 2
#   make test-deb        the Debian packages, for each architecture and release: built, installed, run, purged
#   make test-init       on virtual boards with a whole Debian: its inits, its packages
#   make bench           beside what else there is: figures, a table and a picture in build/bench/ (as root; seven minutes)
#                        QUICK=1: only to see that it works; KEEP=1: into tests/bench/ and README.md too
#   make lint            style, static analysis, the checks of the tree
#
# A unit test is tests/unit/test_NAME.c, one cmocka program, linked against whatever it uses of core/, os/, config/ and the
# programs' rooms (all but their main.c), and tests/support/ and firmware-daemon/ are on its include path. More by name:
#
#   WRAP_test_store := write fsync       -Wl,--wrap=write -Wl,--wrap=fsync; the test defines __wrap_write
#   FAKE_test_led   := fake_gpio         links tests/support/fake_gpio.c before anything else

# (add yours here, in the alphabet's order)
FAKE_test_actor_child := played_process
FAKE_test_actor_job := played_process
FAKE_test_core_at_once := core_fixture
FAKE_test_core_blind := core_fixture
FAKE_test_core_board_outage := core_fixture
FAKE_test_core_board_ladder := core_fixture
FAKE_test_core_board_remote := core_fixture
FAKE_test_core_board_hold := core_fixture
FAKE_test_core_board_orders := core_fixture
FAKE_test_core_board_many := core_fixture
FAKE_test_core_flap := core_fixture
FAKE_test_core_invariant := core_fixture
FAKE_test_core_model_finds := core_fixture
FAKE_test_core_property := core_fixture
FAKE_test_core_rules := core_fixture
FAKE_test_core_service_health := core_fixture
FAKE_test_core_service_restarts := core_fixture
FAKE_test_core_service_needs := core_fixture
FAKE_test_core_service_start := core_fixture
FAKE_test_same_boot := core_fixture
FAKE_fuzz_config := fuzz/policy
FAKE_fuzz_flat := fuzz/policy
FAKE_test_core_ladder_lease := ladder_fixture
FAKE_test_core_ladder_outage := ladder_fixture
FAKE_test_core_ladder_reboots := ladder_fixture
FAKE_test_core_ladder_hold := ladder_fixture
FAKE_test_core_ledger_file := ledger_fixture
FAKE_test_core_ledger_events := ledger_fixture
FAKE_test_core_ledger_boots := ledger_fixture
FAKE_fuzz_ladder := model/happen model/promises model/witness
WRAP_fuzz_heartbeat := channel_send clock_now_ms
WRAP_fuzz_http := channel_send
WRAP_test_actor_bad_day := clock_wall_s storage_kind_of storage_place_of store_append_line store_make_dir store_read store_write_at
WRAP_test_actor_child := kill pidfd_of process_group_is_alive procfs_read spawn_start waitid
WRAP_test_actor_job := kill spawn_start waitid
WRAP_test_actor_json := realloc
WRAP_test_actor_keeper := clock_wall_s log_line storage_kind_of storage_place_of store_append_line store_make_dir store_read store_write_at
WRAP_test_actor_metrics := foreign_file_begin foreign_file_end kill
WRAP_test_actor_orders := access fchown geteuid job_record_write spawn_start waitid
WRAP_test_actor_status := store_replace
WRAP_test_checker_file := worker_ask worker_take channel_send clock_now_ms
WRAP_test_checker_probe := channel_send clock_now_ms log_line
WRAP_test_dog := clock_now_ms close ioctl log_line nanosleep open watchdog_class_find watchdog_class_read write
WRAP_test_guard := poll syscall
WRAP_test_loss := dog_retake feeder_tell_helper log_line
WRAP_test_light := gpio_open gpio_set gpio_close
WRAP_test_log := sendto
WRAP_test_loan := access clock_now_ms log_line nanosleep store_make_dir store_read store_replace systemd_ask systemd_begin \
                  systemd_take unlink watchdog_close watchdog_feed watchdog_find_holder watchdog_get_time_left \
                  watchdog_ask_driver watchdog_class_read watchdog_get_timeout watchdog_open watchdog_set_timeout watchdog_try_stop
WRAP_test_power_cut := pwrite write
WRAP_test_watchdog_class := stat
WRAP_test_same_boot := feeder_tell_all log_line store_read
WRAP_test_store := open write pwrite pread fdatasync fsync rename

UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT     := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(UNIT_SRC))
E2E      := $(wildcard tests/e2e/test_*.py)
HOSTILE  := $(wildcard tests/hostile/test_*.py)
PYTHON   ?= /usr/bin/python3
ONLY     ?=

ROOMS    := pattern words compiler importer simulator command publish feeder checker actor alert led cli
TESTABLE := $(COMMON) $(GPIO) $(filter-out %/main.c,$(call sources,$(ROOMS)))
TEST_LIB := $(BUILD)/tests/libfeeddog.a

$(TEST_LIB): $(call objects,$(wildcard $(TESTABLE)))
	$(call say,AR,$@)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/obj/tests/%.o: CPPFLAGS += -Itests/support

define unit_rule
$(BUILD)/tests/$(1): $(BUILD)/obj/tests/unit/$(1).o $(patsubst %,$(BUILD)/obj/tests/support/%.o,$(FAKE_$(1))) $(TEST_LIB)
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $$(ALL_LDFLAGS) -Wl,--gc-sections -pie $(patsubst %,-Wl$(comma)--wrap=%,$(WRAP_$(1))) \
		-o $$@ $$(filter %.o %.a,$$^) -lcmocka $$(shell $(PKG_CONFIG) --libs libcurl libssl libcrypto libgpiod libfyaml)
endef
comma := ,
$(foreach t,$(patsubst tests/unit/%.c,%,$(UNIT_SRC)),$(eval $(call unit_rule,$(t))))

# A fuzz target is tests/fuzz/fuzz_NAME.c. Here the files of tests/fuzz/corpus/NAME are fed to it; with FLAVOUR=fuzz it is
# libFuzzer's. WRAP_ and FAKE_ are as for unit tests.
FUZZ_SRC  := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ      := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/%,$(FUZZ_SRC))
FUZZ_MAIN := $(BUILD)/obj/tests/fuzz/support.o $(if $(filter fuzz,$(FLAVOUR)),,$(BUILD)/obj/tests/fuzz/replay.o)
SECONDS   ?= 60

define fuzz_rule
$(BUILD)/tests/$(1): $(BUILD)/obj/tests/fuzz/$(1).o $(patsubst %,$(BUILD)/obj/tests/%.o,$(FAKE_$(1))) $(FUZZ_MAIN) $(TEST_LIB)
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $$(ALL_LDFLAGS) -Wl,--gc-sections -pie $(patsubst %,-Wl$(comma)--wrap=%,$(WRAP_$(1))) \
		-o $$@ $$(filter %.o %.a,$$^) $$(shell $(PKG_CONFIG) --libs libcurl libssl libcrypto libgpiod libfyaml)
endef
$(foreach t,$(patsubst tests/fuzz/%.c,%,$(FUZZ_SRC)),$(eval $(call fuzz_rule,$(t))))

# The programs once more, with tests/fault/shim.c between them and the C library: it makes calls fail on demand.
FAULT_CALLS := read pread write pwrite send recv recvmsg sendto poll epoll_create1 epoll_ctl epoll_wait fsync fdatasync \
               ftruncate fstat stat lstat statx rename renameat mkdir unlink unlinkat access readlink flock chmod fchmod fchown \
               chdir opendir fopen open_memstream mmap memfd_create signalfd eventfd pipe2 dup2 dup3 socket socketpair setsockopt \
               bind connect fork waitpid waitid kill malloc calloc realloc reallocarray strdup strndup close open openat fcntl \
               syscall
FAULTY      := $(addprefix $(BUILD)/fault/,$(PROGRAMS))

define fault_rule
$(BUILD)/fault/$(1): $(call objects,$(SRC_$(1))) $(BUILD)/obj/tests/fault/shim.o
	$$(call say,LINK,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $$(ALL_LDFLAGS) -Wl,--gc-sections $(patsubst %,-Wl$(comma)--wrap=%,$(FAULT_CALLS)) \
		$(if $(filter feeddogd,$(1)),$(FEEDER_LINK),-pie) -o $$@ $$(filter %.o,$$^) $$(if $(LIB_$(1)),$$(shell \
		$(PKG_CONFIG) --libs $(LIB_$(1))))
endef
$(foreach p,$(PROGRAMS),$(eval $(call fault_rule,$(p))))

# The walk takes only core/.
MODEL := $(BUILD)/tests/walk
$(MODEL): $(call objects,$(wildcard tests/model/*.c)) $(TEST_LIB)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,--gc-sections -pie -o $@ $(filter %.o %.a,$^)

# The simulator plays the disk and the wall clock that the programs' code asks for.
SIM      := $(BUILD)/tests/sim
SIM_WRAP := clock_wall_s crc32_of log_line storage_kind_of storage_place_of store_append_line store_make_dir store_read store_write_at
$(SIM): $(call objects,$(wildcard tests/sim/*.c)) $(TEST_LIB)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,--gc-sections -pie $(patsubst %,-Wl$(comma)--wrap=%,$(SIM_WRAP)) \
		-o $@ $(filter %.o %.a,$^) $(shell $(PKG_CONFIG) --libs libfyaml)

.PHONY: test test-model model-long test-sim sim-long test-unit test-e2e test-san test-board test-faults test-init test-image \
        test-debian13 test-deb lint check-tree
RUN_TESTS = $(AFRESH) FEEDDOG_FLAVOUR=$(FLAVOUR) $(PYTHON) tests/support/run --build $(BUILD) $(patsubst %,--only %,$(ONLY))

test: $(UNIT) $(MODEL) $(SIM) $(FUZZ) $(FAULTY) all $(BUILD)/demo/led_pattern.so
	@$(RUN_TESTS) $(MODEL) $(SIM) tests/fault/faults $(UNIT) $(FUZZ) $(E2E) $(HOSTILE)

# All that is C.
.PHONY: test-c
test-c: $(UNIT) $(MODEL) $(SIM) $(FUZZ)
	@$(RUN_TESTS) $(MODEL) $(SIM) $(UNIT) $(FUZZ)

test-model: $(MODEL)
	@$(RUN_TESTS) $(MODEL)

model-long: $(MODEL)
	@$(MODEL) --long

.PHONY: test-hostile
test-hostile: all
	@$(RUN_TESTS) $(if $(BUSY),--busy $(BUSY)) $(HOSTILE)

.PHONY: hostile-long
hostile-long: all
	@tests/hostile/hour --build $(BUILD) --seconds $(SECONDS) $(ONLY)

.PHONY: test-fuzz fuzz fuzzers
test-fuzz: $(FUZZ)
	@$(RUN_TESTS) $(FUZZ)

fuzzers: $(FUZZ)

.PHONY: test-calls fault-long
test-calls: $(FAULTY)
	@$(RUN_TESTS) tests/fault/faults

fault-long: $(FAULTY)
	@FEEDDOG_FLAVOUR=$(FLAVOUR) FEEDDOG_BUILD=$(BUILD) tests/fault/faults --long $(ONLY)

fuzz:
	@$(MAKE) FLAVOUR=fuzz CC=clang fuzzers
	@$(PYTHON) tests/fuzz/run --seconds $(SECONDS) $(ONLY)

test-sim: $(SIM)
	@$(RUN_TESTS) $(SIM)

sim-long: $(SIM)
	@$(SIM) --long

test-unit: $(UNIT)
	@$(RUN_TESTS) $(UNIT)

test-e2e: all $(BUILD)/demo/led_pattern.so
	@$(RUN_TESTS) $(E2E)

test-san:
	@$(AFRESH) scripts/test-sanitized

test-board:
	@tests/board/setup
	@$(AFRESH) tests/board/run

test-faults:
	@$(AFRESH) tests/board/faults/run
.PHONY: coverage covered mutation
coverage:
	@$(MAKE) --no-print-directory FLAVOUR=cov covered

covered: $(MODEL) $(SIM) $(UNIT)
	@find $(BUILD)/obj -name '*.gcda' -delete
	@$(RUN_TESTS) $(MODEL) $(SIM) $(UNIT)
	@scripts/coverage $(BUILD)

mutation: $(MODEL) $(SIM) $(UNIT)
	@$(AFRESH) tests/mutation/run $(ONLY)

.PHONY: mutation-rooms
mutation-rooms:
	@$(AFRESH) tests/mutation/rooms $(ONLY)

# ONLY='ladder check:apply': these proofs
.PHONY: proof proof-long
proof:
	@tests/proof/run --every 8 $(ONLY)

proof-long:
	@tests/proof/run $(ONLY)

test-debian13:
	@$(AFRESH) scripts/test-debian13

test-deb:
	@$(AFRESH) scripts/test-deb

test-image:
	@$(AFRESH) tests/board/image/run

test-init: all
	@$(AFRESH) tests/board/debian/run

# The patterns of the LED are the core's own, also in the picture.
$(BUILD)/demo/led_pattern.so: $(D)/core/led_pattern.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -O2 -fPIC -shared -o $@ $<

.PHONY: demo
demo: all $(BUILD)/demo/led_pattern.so
	@$(PYTHON) scripts/demo/demo.py --build $(BUILD) $(if $(KEYS),--keys)

# What is measured against. The server is static, so that its own start is short.
BENCH_TOOLS := $(patsubst %,build/bench/%,server ear floor)
BENCH_LINK_server := -static
BENCH_LINK_floor = $(shell $(PKG_CONFIG) --libs libcurl)
build/bench/%: tests/bench/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=c11 $(WARNINGS) $(if $(WERROR),-Werror) -O2 -o $@ $< $(BENCH_LINK_$*)

.PHONY: bench
bench: all $(BENCH_TOOLS)
	@tests/bench/run $(if $(QUICK),--quick) $(if $(KEEP),--keep)

lint:
	@$(AFRESH) scripts/lint

check-tree:
	@$(AFRESH) scripts/lint tree
