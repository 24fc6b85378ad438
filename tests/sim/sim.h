/* SPDX-License-Identifier: MIT
 *
 * The simulator: whole boards in virtual time. The policy, the records, the ledger and the keeper are the compiled code of
 * the programs (libfeeddog.a); made up are the servers, the disk, the wires, and what befalls them (a schedule of faults).
 * Whether the promises are kept is judged by watch.c from what was sent, said and true, never by the core's own word.
 *
 * Nothing is drawn while a board plays: chance is a hash of seed, place and time, so that a schedule with a fault less is
 * otherwise the same, which is what shrinking needs.
 */
#ifndef FEEDDOG_TESTS_SIM_H
#define FEEDDOG_TESTS_SIM_H

#include "publish/keeper.h"
#include "simulator/world.h"
#include "config/flat.h"

#include <stdio.h>

enum {
	SERVERS_LAST = 8,
	SICK_LAST = 24, /* checks */
	FAULTS_LAST = 256,
	LETTERS_LAST = 256,
	QUEUE_LAST = 256,
	TEXT_SIZE = 8192, /* of a configuration */
	MINUTE_MS = 60000,
	HOUR_MS = 3600000,
	DAY_MS = 86400000,
};

enum verb {
	/* A server: `service` */
	VERB_CRASH, /* dead until it is restarted */
	VERB_HANG,  /* answers no more until it is restarted */
	VERB_WEDGE, /* dead until the board is rebooted */
	VERB_BREAK, /* dead for so long, whatever is done */
	VERB_FLAP,  /* dead and alive in turn, `value` ms each, for so long */
	VERB_SLOW,  /* answers take `value` ms for so long */
	VERB_TAKES, /* from now on it takes `value` ms to start */
	VERB_STOPS, /* from now on it takes `value` ms to stop */
	VERB_NO_RESTART,
	/* A check: `service` and `check` */
	VERB_FAIL,  /* bad for so long, though the server is fine */
	VERB_SHORT, /* the checker is short of what its probe needs */
	VERB_BLIND, /* there is nothing to measure */
	VERB_WARN,  /* good with a warning for so long */
	/* Helpers */
	VERB_CHECKER_DIES,
	VERB_CHECKER_HANGS, /* for so long, or until it is killed */
	VERB_CHECKER_FALLS, /* dies at each start for so long */
	VERB_ACTOR_DIES,
	VERB_ACTOR_HANGS,
	VERB_LED_DIES,
	/* The wire from the checker, for so long */
	VERB_LOSE, /* `value` percent are lost */
	VERB_DOUBLE,
	VERB_SWAP,   /* each comes after the one behind it */
	VERB_LATE,   /* each comes `value` ms later */
	VERB_GARBLE, /* `value` percent are not as they should be */
	VERB_STALE,  /* a record of a checker that is gone */
	/* The board */
	VERB_DISK_FAILS, /* nothing can be written for so long */
	VERB_DISK_ROTS,  /* the ledger's bytes are not what they were */
	VERB_NO_REBOOT,  /* the reboot command does nothing, and a shutdown hangs, for so long */
	VERB_POWER_CUT,
	VERB_FREEZE, /* nothing runs for so long */
	VERB_CLOCK,  /* the wall clock jumps by `value` s */
	VERB_LAG,    /* from now on each turn comes up to `value` ms late */
	/* A person */
	VERB_HOLD,
	VERB_RESUME,
	VERB_SHUTDOWN, /* reboots the board in order */
	VERB_COUNT
};

struct fault {
	int64_t at_ms, for_ms; /* for_ms 0: not given */
	int64_t value;
	uint16_t service, check;
	uint8_t verb; /* enum verb */
};

struct schedule {
	struct fault faults[FAULTS_LAST]; /* by time */
	uint16_t count;
	int64_t end_ms;
};

/* The verb's word in a scenario file. */
const char *verb_word(enum verb verb);
bool verb_find(const char *word, enum verb *verb);
enum verb_target { TARGET_NONE, TARGET_SERVICE, TARGET_CHECK };
enum verb_target verb_target(enum verb verb);
enum verb_value { VALUE_NONE, VALUE_DURATION, VALUE_NUMBER };
enum verb_value verb_value(enum verb verb);
bool verb_lasts(enum verb verb);

/* What a server really is. */
struct server {
	int64_t up_at_ms; /* it answers from then on; FOREVER_MS: it is dead */
	int64_t broken_until_ms;
	int64_t flap_from_ms, flap_until_ms, flap_ms;
	int64_t slow_until_ms, slow_ms;
	int64_t command_until_ms; /* its restart command runs */
	int64_t no_restart_until_ms;
	int64_t gone_at_ms;  /* the process that the command stops is there until then; NEVER_MS: it has stopped none */
	int64_t old_seen_ms; /* since when that one was there */
	uint32_t start_ms, stop_ms;
	bool hangs, wedged, gone_told;
};

struct sickness {
	int64_t fail_until_ms, short_until_ms, blind_until_ms, warn_until_ms;
};

/* A record on its way. */
struct letter {
	int64_t at_ms;
	struct result result;
	size_t size;
	bool is_wrong; /* it may not be believed */
};

struct wire {
	struct letter letters[LETTERS_LAST];
	uint16_t count;
	int64_t lose_until_ms, double_until_ms, swap_until_ms, late_until_ms, garble_until_ms;
	int64_t lose, late_ms, garble; /* percent, ms, percent */
	struct letter held;            /* by a swap */
	bool is_holding;
	uint64_t lost;
};

/* The actor as far as the board's fate hangs on it: the real keeper, and orders that are carried out. */
struct actor_play {
	struct keeper keeper;
	struct channel_state in;
	struct event queue[QUEUE_LAST];
	uint16_t queued;
	uint32_t sent; /* sequence of the newest event */
	bool alive, is_kept;
	int64_t hung_until_ms, heard_ms;
	int64_t start_at_ms, started_ms;
	uint32_t delay_ms, news_sequence;
	bool news_stable, news_refused, refused;
	struct channel_state news_in;
};

struct disk {
	uint8_t ledger[LEDGER_SIZE];
	size_t ledger_length;
	int64_t fails_until_ms, now_ms, wall_off_s;
	uint64_t writes;
};

enum board_end { BOARD_RUNS, BOARD_REBOOTS, BOARD_IS_RESET, BOARD_POWER_CUT, BOARD_SHUT_DOWN };

struct figures {
	int64_t played_ms;
	uint64_t boards, steps, faults, restarts, reboots, resets, holds, visits;
	int64_t up_ms, bare_up_ms; /* with feeddog, and the same schedule without */
	int64_t unprotected_ms;    /* the longest that a board was fed after its last good verdict, but in hold and
	                            * maintenance */
	int64_t nearest_permille;  /* of BOUND */
};

/*
 * A policy that does not heed a rule, made by giving it another one than the watch has: what each breaks must be found, or
 * the watch would be asleep.
 */
enum sabotage {
	SABOTAGE_NONE,
	SABOTAGE_NEEDS,
	SABOTAGE_RETRIES,
	SABOTAGE_RESTART_FOR,
	SABOTAGE_REBOOT_WITHIN,
	SABOTAGE_LIMIT,
	SABOTAGE_SETTLE,
	SABOTAGE_REMOTE,
	SABOTAGE_ALERT,
	SABOTAGE_COUNT
};

struct sabotaged {
	struct ladder_rule ladder;
	struct service_rule services[SERVERS_LAST];
	struct check_rule checks[SICK_LAST];
};

struct watch;

struct sim {
	struct world world; /* first, so that its hooks find the rest */
	struct rules rules; /* as configured; the world's may be sabotaged */
	struct sabotaged sabotaged;
	const struct flat *flat;
	const struct schedule *schedule;
	struct server servers[SERVERS_LAST];
	struct sickness sick[SICK_LAST];
	struct wire wire;
	struct actor_play actor;
	struct disk disk;
	struct watch *watch;
	struct figures *figures;
	FILE *trace; /* NULL: none */
	uint64_t seed;
	uint64_t faults, visits;
	uint16_t next_fault;
	int64_t busy_until_ms; /* the last fault that lasts is over */
	int64_t checker_hung_until_ms, checker_falls_until_ms;
	int64_t no_reboot_until_ms, down_at_ms, lag_ms, lag_most_ms;
	int64_t frozen_until_ms, missed_ms;
	uint32_t boots;
	bool is_slow; /* every step is played, also where nothing happens */
	bool is_shutting_down, is_cut, is_bare;
	uint64_t said;         /* a sum of all that was said */
	uint32_t jitter_ms;    /* probes take up to that long */
	int64_t down_since_ms; /* the servers that may reboot the board are not all up since, FOREVER_MS: they are */
	int64_t ill_since_ms;  /* some server is not up since, FOREVER_MS: all are */
	char broken[256];      /* the promise that was broken, "": none */
};

enum { BOOT_MS = 20000, COMMAND_MS = 200, SHUTDOWN_MS = 5000, FIRST_START_MS = 2000 };

/*
 * A board that is down for so long is looked after by a person, with feeddog and without; one of which only something is down
 * for which no board is rebooted, when that person comes round.
 */
enum { VISIT_MS = 12 * HOUR_MS, ROUND_MS = 14 * DAY_MS };

/* Plays the schedule to its end. False where a promise was broken: sim->broken. */
bool sim_play(struct sim *sim);
bool sim_open(struct sim *sim, const struct flat *flat, const struct schedule *schedule, enum sabotage sabotage);
void sim_close(struct sim *sim);
void sim_trace(struct sim *sim, const char *words);

/* A number below `below` that depends on the seed, the place and the time alone. */
uint64_t chance(const struct sim *sim, uint64_t place, uint64_t below);

/* truth.c */
void truth_boot(struct sim *sim);
bool truth_is_up(const struct sim *sim, uint16_t service);
bool truth_is_own_up(const struct sim *sim, uint16_t service);
void truth_probe(struct world *world, uint16_t check, struct result *result);
int64_t truth_next_ms(const struct sim *sim);
bool truth_is_quiet(const struct sim *sim);
void truth_command(struct sim *sim, uint16_t service);
void truth_kill(struct sim *sim, uint16_t service);
void truth_turn(struct sim *sim);
void truth_notice(struct sim *sim, uint16_t service);
bool truth_is_all_up(const struct sim *sim);
bool truth_is_whole(const struct sim *sim);

/* wire.c */
void wire_send(struct world *world, const struct result *record);
void wire_turn(struct sim *sim);
void wire_stale(struct sim *sim, uint16_t check);
int64_t wire_next_ms(const struct sim *sim);

/* actor_play.c */
void actor_boot(struct sim *sim);
void actor_hear(struct sim *sim, const struct event *event);
void actor_turn_play(struct sim *sim);
int64_t actor_next_ms(const struct sim *sim);
void actor_dies(struct sim *sim, bool in_order);

/* happen.c */
void happen_turn(struct sim *sim);
int64_t happen_next_ms(const struct sim *sim);

/* skip.c */
void skip_quiet(struct sim *sim, int64_t until_ms);

/* watch.c, watch_climb.c, watch_orders.c: the promises. What a watch knows was sent to the feeder, said by it, or is true. */
struct watched {
	int64_t heard_ms, good_ms; /* starts of the newest probe, and of the newest good one, that were believed */
	int64_t flaps_ms[FLAP_LAST];
	int64_t detection_ms;
	uint16_t row; /* of bad news since the last order, or good news */
	bool climbs;  /* only its good news feeds the dog */
	bool blind;   /* the newest result said that there is nothing to measure */
};

struct watch {
	struct watched checks[SICK_LAST];
	int64_t ordered_ms[SERVERS_LAST];
	bool follows[SERVERS_LAST];   /* something it needs was restarted, and it is to be too */
	int64_t bound_ms, longest_ms; /* BOUND, and the longest detection time */
	int64_t allowed_ms;           /* P2: not fed from then on */
	int64_t good_ms;              /* the last good verdict, or what stands for it */
	int64_t fine_ms;              /* all has been well in truth since, FOREVER_MS: it is not */
	int64_t remote_ms;            /* what is wrong is only what lacks a remote server since, FOREVER_MS */
	int64_t stalled_ms;           /* the feeder was not scheduled for so long since good_ms */
	int64_t enough_ms;            /* and so long after that it must be known */
	int64_t state_ms, hold_until_ms, well_ms;
	int64_t said_ms;     /* when the last word on this boot was said */
	uint8_t state, said; /* enum board_state; enum end_cause that follows */
	uint16_t climbs;     /* reboots and letting go, since settled */
	uint16_t uncounted;  /* of these, in boots whose disk or actor were ill */
	bool was_blind;      /* some check, since the board is in this state */
	bool was_fine;       /* once, in this board's life */
	bool is_shaken;      /* disk or actor were ill in this boot */
	bool is_cut_off;     /* it ended in the act of saying why */
};

struct watch *watch_open(const struct sim *sim);
void watch_close(struct watch *watch);
void watch_boot(struct sim *sim, const struct ledger *ledger, bool is_new);
void watch_record(struct sim *sim, const struct result *result);
void watch_event(struct sim *sim, const struct event *event);
void watch_step(struct sim *sim);
void watch_pass(struct sim *sim, int64_t from_ms);
void watch_end(struct sim *sim, enum board_end end);
void watch_person(struct sim *sim);
void watch_allow_start(struct sim *sim);
void watch_rungs(struct sim *sim);
void watch_order(struct sim *sim, const struct event *event);
bool watch_is_fine(const struct sim *sim, bool excused);
__attribute__((format(printf, 2, 3))) void broken(struct sim *sim, const char *format, ...);

/* bare.c: how long its servers are up. */
int64_t bare_play(struct sim *sim);

/* A file: what it is about and which promises it shows, a configuration, a schedule, and all that is to be said. */
struct scenario {
	char title[256], promises[64];
	char yaml[TEXT_SIZE], expected[TEXT_SIZE * 2];
	struct schedule schedule;
	uint64_t seed;
	uint32_t jitter_ms;
	enum sabotage sabotage;
};

/* scenario.c; NULL after a sentence on standard output. */
struct flat *scenario_read(const char *path, struct scenario *scenario);
void scenario_write(FILE *file, const struct flat *flat, const struct scenario *scenario);
struct flat *scenario_compile(const struct scenario *scenario);
/* Plays it. False: `broken` says what was not as it should be; `said` (TEXT_SIZE * 2) is all that was said. */
bool scenario_play(const struct scenario *scenario, const struct flat *flat, struct figures *figures, char *said,
        char *broken_promise);

/* generate.c; NULL where there is no memory. */
struct flat *generate(uint64_t seed, int64_t end_ms, struct scenario *scenario);

/* shrink.c: leaves out of a schedule that breaks a promise what it can do without. */
void shrink(struct scenario *scenario, const struct flat *flat);

/* sabotage.c: the rules that the policy gets. */
struct rules sabotage_rules(struct sim *sim, enum sabotage sabotage);
/* Prints a line for each: whether a short campaign finds it. Returns how many it did. */
unsigned sabotage_all(unsigned *count);

/* campaign.c: one board, or many; what fails is said, shrunk. */
bool campaign_write(uint64_t seed, uint64_t board, int64_t end_ms);
bool campaign_board(uint64_t seed, uint64_t board, int64_t end_ms, struct figures *figures);
bool campaign(uint64_t seed, uint64_t boards, int64_t end_ms, unsigned number);

#endif
