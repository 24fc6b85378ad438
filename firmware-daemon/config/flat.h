/* SPDX-License-Identifier: MIT
 *
 * The flat configuration: what `feeddog compile` makes of the YAML, and what all programs read. One block of bytes without
 * pointers: a head, arrays at offsets, and a pool of NUL-terminated strings. A position in the pool is a `text_at`
 * (0: not given). It is versioned: the programs of one build read only their own.
 *
 * feeddogd receives it in a memfd, seals it and hands it to its children as descriptor FD_CONFIG.
 */
#ifndef FEEDDOG_CONFIG_FLAT_H
#define FEEDDOG_CONFIG_FLAT_H

#include "core/rules.h"

#include <stddef.h>

enum {
	FLAT_MAGIC = 0x46444346, /* "FDCF" */
	FLAT_VERSION = 3,
	FLAT_SIZE_LAST = 16 * 1024 * 1024,
	MAX_GROUPS = 16,
	MAX_ALERTS = 64,
};

/* The kinds of check. */
enum check_kind {
	KIND_HTTP,
	KIND_TCP,
	KIND_PROCESS,
	KIND_COMMAND,
	KIND_LOG,
	KIND_CPU,
	KIND_MEMORY,
	KIND_PRESSURE,
	KIND_LOAD,
	KIND_DISK,
	KIND_TEMPERATURE,
	KIND_FILE,
	KIND_PING,
	KIND_HEARTBEAT,
	KIND_CERTIFICATE,
	KIND_COUNT
};

/* What a tcp check may speak. */
enum tcp_protocol { TCP_NONE, TCP_POSTGRESQL, TCP_MYSQL, TCP_REDIS, TCP_MQTT, TCP_SMTP, TCP_SSH, TCP_PROTOCOL_COUNT };

/* "http" and so on, never NULL. */
const char *check_kind_name(enum check_kind kind);

/* A position in the string pool; 0: not given. Position 0 of the pool is a NUL, so it reads as "". */
typedef uint32_t text_at;

/* A program to run: argc strings, whose positions are flat's argv[first .. first + argc - 1]. argc 0: none. */
struct command {
	uint32_t first;
	uint32_t argc;
};

struct status_range {
	uint16_t low, high; /* both included */
};

enum { MAX_STATUS_RANGES = 8 };

/* No limit in `above` or `below`. */
#define NO_LIMIT INT64_MIN

/*
 * How to probe; which members count depends on `kind`. Limits are in thousandths: of a percent, of a degree Celsius, of
 * load. Where limit_is_bytes, they are whole bytes.
 */
struct check_spec {
	text_at name;
	uint8_t kind; /* enum check_kind */
	uint8_t status_count;
	uint16_t port;                                 /* tcp; http with host: instead of the URL's, or 0 */
	text_at url;                                   /* http */
	text_at host;                                  /* tcp, ping: a name or address, without brackets; http: where
	                                                * to connect instead of the host of the URL, or 0 */
	text_at body;                                  /* http: extended regular expression, 0: any body */
	text_at pidfile;                               /* process, cpu, memory: of one process and its children;
	                                                * absolute, or below RUN as run/SERVICE.pid */
	text_at process_name;                          /* the same, by its whole name; with a pidfile: what
	                                                * the process must be called */
	struct status_range status[MAX_STATUS_RANGES]; /* http; always at least one */
	struct command command;                        /* command; a directory of them where `path` is given */
	uint8_t remote;                                /* scope: remote */
	uint8_t redirects;                             /* http: follow them */
	uint8_t insecure;                              /* http: believe any certificate */
	uint8_t v1;                 /* command: called with `test`, as Debian's watchdog.d V1 scripts */
	text_at method;             /* http: 0: GET */
	struct command headers;     /* http: "Name: value" each */
	text_at unix_socket;        /* http: connect to this path */
	uint8_t protocol;           /* tcp: enum tcp_protocol */
	text_at send;               /* tcp: what to say first, 0: nothing */
	text_at expect;             /* tcp: extended regular expression that the answer must match, 0: none */
	text_at ca_file;            /* http: the authorities to trust, 0: those of this machine */
	text_at client_certificate; /* http: to show, 0: none */
	text_at client_key;         /* http: of that, 0: in the same file */
	uint32_t max_latency_ms;    /* http: 0: none */
	text_at path;               /* log, file, disk, temperature: a file or folder; command: a folder of them */
	text_at unit;               /* log: of the journal, instead of a file */
	text_at pattern;            /* log: extended regular expression */
	uint32_t count;             /* log: so many matching lines within_ms are bad */
	uint32_t within_ms;         /* log; heartbeat: a pat at least this often; file: changed since */
	text_at resource;           /* pressure: cpu, memory or io; ping: an interface */
	int64_t above, below;       /* NO_LIMIT; bad outside of them */
	uint32_t for_ms;            /* and only when for so long without a break */
	uint8_t full;               /* pressure: `full`, not `some` */
	uint8_t average;            /* load: of 1, 5 or 15 minutes */
	uint8_t inodes;             /* disk: count files, not bytes */
	uint8_t mounted;            /* disk: `path` must be a mount point */
	uint8_t plugin;             /* command: judged by the exit codes of monitoring plugins */
	uint8_t limit_is_bytes;     /* memory of a process where it is not in percent of the board's, file */
};

/* Whom to run as. uid UINT32_MAX: the user was not found on this machine. */
struct identity {
	text_at name;
	uint32_t uid, gid;
	uint32_t group_count;
	uint32_t groups[MAX_GROUPS]; /* supplementary */
};

struct service_spec {
	text_at name;
	struct identity user; /* name 0: the user of feeddogd */
	struct command restart;
	struct command start;
	struct command
	        run; /* started, supervised and respawned by the actor; then there is neither start nor restart */
	uint8_t respawn_always; /* run: also after it ended with 0 */
	uint8_t hidden;         /* made from a `needs` entry that is no service of this board */
	uint8_t reserved[2];
	uint32_t restart_timeout_ms;
};

enum led_kind { LED_NONE, LED_GPIO_NAME, LED_GPIO_LINE, LED_CLASS };

struct led_spec {
	uint8_t kind; /* enum led_kind */
	uint8_t active_low;
	uint16_t reserved;
	uint32_t line; /* LED_GPIO_LINE: offset on the chip */
	text_at name;  /* LED_GPIO_NAME: line name; LED_CLASS: name in /sys/class/leds */
	text_at chip;  /* LED_GPIO_LINE: label, name or path */
};

enum take { TAKE_BORROW, TAKE_OWN, TAKE_REFUSE };
enum via { VIA_DEVICE, VIA_SYSTEMD };

struct watchdog_spec {
	text_at device;
	uint32_t timeout_ms; /* for a real dog whole seconds */
	uint8_t simulated;
	uint8_t disarm_on_stop;
	uint8_t take; /* enum take */
	uint8_t via;  /* enum via */
};

/* What an alert is sent for; each is a bit of alert_spec.on. */
enum alert_topic {
	ALERT_DOWN,
	ALERT_RESTART,
	ALERT_REBOOT,
	ALERT_LETGO,
	ALERT_HOLD,
	ALERT_RECOVERED,
	ALERT_BOOT,
	ALERT_WARNING,
	ALERT_MAINTENANCE,
	ALERT_TOPIC_COUNT
};

/* The body of an alert. All but the first are JSON; the last three put the sentence where that service looks for it. */
enum alert_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_DISCORD, FORMAT_SLACK, FORMAT_GOTIFY, ALERT_FORMAT_COUNT };

struct alert_spec {
	text_at url;            /* POST, or */
	struct command command; /* its text on standard input, or */
	text_at heartbeat;      /* asked for (GET) every every_ms while the board is well, and only then */
	uint32_t every_ms;
	uint32_t on;    /* bits of enum alert_topic */
	uint8_t format; /* enum alert_format */
	uint8_t reserved[3];
};

/* "down" and so on, never NULL. */
const char *alert_topic_name(enum alert_topic topic);

struct flat {
	uint32_t magic, version;
	uint64_t fingerprint; /* of the services and checks as written (compiler/fingerprint.h); never 0 */
	uint32_t size;        /* of the whole block in bytes */
	uint16_t service_count, check_count;
	uint32_t need_count, argv_count, alert_count, pool_size;
	uint32_t services_at, service_specs_at, checks_at, check_specs_at, needs_at, order_at, argv_at, alerts_at,
	        pool_at;
	struct ladder_rule ladder;
	struct watchdog_spec watchdog;
	struct led_spec led;
	struct command reboot;   /* argc 0: what the system has */
	struct identity checker; /* user `feeddog` */
	text_at file;            /* the configuration file's name, for messages */
	text_at board;
	text_at metrics;
};

/*
 * True where the block of `size` bytes can be read safely: right magic, version and size, every offset, count, index,
 * enum and string position inside its bounds, every string terminated. `why` says what is wrong otherwise (static text).
 */
bool flat_verify(const struct flat *flat, size_t size, const char **why);

/* Views into the block; they live as long as it does. */
struct rules flat_rules(const struct flat *flat);
const struct service_spec *flat_services(const struct flat *flat);
const struct check_spec *flat_checks(const struct flat *flat);
const struct alert_spec *flat_alerts(const struct flat *flat);
const char *flat_text(const struct flat *flat, text_at at);

/* The names behind an event's indices, "" for NO_INDEX. */
const char *flat_service_name(const struct flat *flat, uint16_t service);
const char *flat_check_name(const struct flat *flat, uint16_t check);

/* And the indices behind names, NO_INDEX where there is no such service, or no such check of it. */
uint16_t flat_find_service(const struct flat *flat, const char *name);
uint16_t flat_find_check(const struct flat *flat, uint16_t service, const char *name);

/* Argument number i of a command. */
const char *flat_argument(const struct flat *flat, struct command command, uint32_t i);

/*
 * Whom the programs without power run as: the user `feeddog`, or nobody where this machine has no such user (name 0).
 */
struct identity flat_powerless(const struct flat *flat);

/*
 * Maps a flat configuration from a descriptor for reading and verifies it. NULL: `why` says what is wrong. It stays
 * mapped for the life of the program.
 */
const struct flat *flat_map(int fd, const char **why);

#endif
