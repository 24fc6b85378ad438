/* SPDX-License-Identifier: MIT
 *
 * feeder/dog: what a watchdog must prove before feeddogd calls the board guarded. The driver behind the device is a fake of
 * the kernel's interface.
 */
#include "feeder/dog.h"
#include "feeder/options.h"
#include "os/log.h"
#include "os/hardware/watchdog_class.h"

#include <errno.h>
#include <linux/watchdog.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEVICE_FD = 77, USUAL = WDIOF_SETTIMEOUT | WDIOF_KEEPALIVEPING | WDIOF_MAGICCLOSE };

static const char device_path[] = "/dev/watchdog-of-the-test";

/* What the driver is like, and what happened to it. */
static struct {
	unsigned options;
	const char *identity;
	int timeout_s;
	int round_s;   /* SETTIMEOUT sets this whatever is asked for; 0: what is asked for */
	int longest_s; /* the count is modulo this; 0: without limit */
	bool fixed;    /* there is no SETTIMEOUT */
	bool tells_left;
	bool stands_still;
	int window_s; /* this much is missing from the count after a feed */
	bool nowayout;
	bool cannot_tell; /* SETOPTIONS is not known to it */
	int open_errno, write_errno;
	bool open, armed, magic;
	int opens, feeds;
	int64_t fed_ms;
} driver;

static const struct watchdog_facts *sysfs; /* NULL: it does not know the device */
static int64_t now_ms;
static char said[1024];

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
ssize_t __real_write(int fd, const void *bytes, size_t size);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
int64_t __wrap_clock_now_ms(void);
int __wrap_nanosleep(const struct timespec *request, struct timespec *left);
void __wrap_log_line(enum log_priority priority, const char *format, ...);
bool __wrap_watchdog_class_read(const char *root, const char *path, struct watchdog_facts *facts);
bool __wrap_watchdog_class_find(const char *root, const char *identity, char device[WATCHDOG_PATH_SIZE]);

static int fail_with(int error)
{
	errno = error;
	return -1;
}

static void fed(void)
{
	driver.fed_ms = now_ms;
	driver.feeds++;
}

int __wrap_open(const char *path, int flags, ...)
{
	if (strcmp(path, device_path) != 0)
		return __real_open(path, flags);
	if (driver.open_errno)
		return fail_with(driver.open_errno);
	driver.open = driver.armed = true;
	driver.opens++;
	fed();
	return DEVICE_FD;
}

int __wrap_close(int fd)
{
	if (fd != DEVICE_FD)
		return __real_close(fd);
	driver.open = false;
	if (!driver.nowayout && (driver.magic || !(driver.options & WDIOF_MAGICCLOSE)))
		driver.armed = false;
	return 0;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
	if (fd != DEVICE_FD)
		return __real_write(fd, bytes, size);
	if (driver.write_errno)
		return fail_with(driver.write_errno);
	driver.magic = memchr(bytes, 'V', size) != NULL;
	fed();
	return (ssize_t)size;
}

static int time_left_s(void)
{
	int gone_s = driver.stands_still ? 0 : (int)((now_ms - driver.fed_ms) / 1000);
	int full_s = driver.longest_s ? driver.timeout_s % driver.longest_s : driver.timeout_s;

	return full_s - driver.window_s - gone_s;
}

static int set_options(int options)
{
	if (driver.cannot_tell)
		return fail_with(ENOTTY);
	if (options == WDIOS_DISABLECARD && driver.nowayout)
		return fail_with(EBUSY);
	driver.armed = options == WDIOS_ENABLECARD;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct watchdog_info info = {.options = driver.options};
	va_list arguments;
	int *number;

	assert_int_equal(fd, DEVICE_FD);
	va_start(arguments, request);
	number = va_arg(arguments, int *);
	va_end(arguments);
	switch (request) {
	case WDIOC_GETSUPPORT:
		snprintf((char *)info.identity, sizeof(info.identity), "%s", driver.identity);
		memcpy(number, &info, sizeof(info));
		return 0;
	case WDIOC_SETTIMEOUT:
		if (driver.fixed)
			return fail_with(EOPNOTSUPP);
		driver.timeout_s = driver.round_s ? driver.round_s : *number;
		*number = driver.timeout_s;
		fed();
		return 0;
	case WDIOC_GETTIMEOUT:
		*number = driver.timeout_s;
		return 0;
	case WDIOC_GETTIMELEFT:
		*number = time_left_s();
		return driver.tells_left ? 0 : fail_with(EOPNOTSUPP);
	case WDIOC_SETOPTIONS:
		return set_options(*number);
	}
	return fail_with(ENOTTY);
}

int64_t __wrap_clock_now_ms(void)
{
	return now_ms;
}

int __wrap_nanosleep(const struct timespec *request, struct timespec *left)
{
	(void)left;
	now_ms += request->tv_nsec / 1000000;
	return 0;
}

void __wrap_log_line(enum log_priority priority, const char *format, ...)
{
	size_t length = strlen(said);
	va_list arguments;

	(void)priority;
	va_start(arguments, format);
	vsnprintf(said + length, sizeof(said) - length, format, arguments);
	va_end(arguments);
}

bool __wrap_watchdog_class_read(const char *root, const char *path, struct watchdog_facts *facts)
{
	(void)root;
	assert_string_equal(path, device_path);
	*facts = (struct watchdog_facts){
	        .timeout_s = -1, .time_left_s = -1, .shortest_s = -1, .longest_s = -1, .nowayout = -1};
	if (sysfs)
		*facts = *sysfs;
	return sysfs != NULL;
}

bool __wrap_watchdog_class_find(const char *root, const char *identity, char device[WATCHDOG_PATH_SIZE])
{
	(void)root;
	snprintf(device, WATCHDOG_PATH_SIZE, "%s", strcmp(identity, driver.identity) == 0 ? device_path : identity);
	return strcmp(identity, driver.identity) == 0;
}

static struct config {
	struct flat flat;
	char pool[64];
} config;
static struct dog dog;
static struct dog_state state_of_dog;

/* A board whose watchdog does all that one can ask for. */
static void board(int timeout_s)
{
	memset(&driver, 0, sizeof(driver));
	driver.options = USUAL;
	driver.identity = "Fake Watchdog";
	driver.timeout_s = 60;
	driver.tells_left = true;
	sysfs = NULL;
	said[0] = '\0';
	memset(&config, 0, sizeof(config));
	strcpy(config.pool + 1, device_path);
	config.flat.pool_at = offsetof(struct config, pool);
	config.flat.pool_size = sizeof(config.pool);
	config.flat.watchdog.device = 1;
	config.flat.watchdog.timeout_ms = (uint32_t)timeout_s * 1000;
	config.flat.watchdog.take = TAKE_REFUSE;
}

static int take(void)
{
	return dog_take(&config.flat, "/run/feeddog", -1, &dog, &state_of_dog);
}

/* Refused, with these words, and not left armed. */
static void assert_refused(const char *words)
{
	assert_int_equal(take(), EXIT_NO_DOG);
	if (!strstr(dog.why, words))
		fail_msg("\"%s\" is not in \"%s\"", words, dog.why);
	assert_false(driver.open);
	assert_false(driver.armed);
}

/* P10: a watchdog that does all that is asked for is taken, and seen to count down first. */
static void taken(void **state)
{
	(void)state;
	board(15);
	assert_int_equal(take(), EXIT_OK);
	assert_true(driver.armed);
	assert_true(dog.can_disarm);
	assert_false(dog.stops_when_closed);
	assert_int_equal(state_of_dog.timeout_ms, 15000);
	assert_string_equal(state_of_dog.identity, "Fake Watchdog");
	assert_string_equal(said, "");
	dog_leave(&dog, dog.can_disarm);
	assert_false(driver.armed);
}

/* P10: the board cannot be guarded by a driver that raises an alarm and resets nothing. */
static void alarm_only_is_refused(void **state)
{
	(void)state;
	board(15);
	driver.options |= WDIOF_ALARMONLY;
	assert_refused("only raises an alarm");
	/* Not kept for nowayout either: it resets nothing. */
	board(15);
	driver.options |= WDIOF_ALARMONLY;
	driver.nowayout = true;
	assert_int_equal(take(), EXIT_NO_DOG);
}

/* P10: a driver without magic close stops when feeddogd is killed; that is said, unless nowayout prevents it. */
static void no_magic_close_is_said(void **state)
{
	(void)state;
	board(15);
	driver.options &= ~(unsigned)WDIOF_MAGICCLOSE;
	assert_int_equal(take(), EXIT_OK);
	assert_true(dog.stops_when_closed);
	assert_non_null(strstr(said, "magic_close=0"));
	board(15);
	driver.options &= ~(unsigned)WDIOF_MAGICCLOSE;
	driver.nowayout = true;
	assert_int_equal(take(), EXIT_OK);
	assert_false(dog.stops_when_closed);
	assert_string_equal(said, "");
}

/* P10: what sysfs does not tell is asked of the driver; what no one tells is not taken for good. */
static void nowayout_is_found_out(void **state)
{
	static const struct watchdog_facts can = {.identity = "Fake Watchdog", .nowayout = 0};
	static const struct watchdog_facts cannot = {.identity = "Fake Watchdog", .nowayout = 1};
	static const struct watchdog_facts other = {.identity = "Another Watchdog", .nowayout = 0};
	static const struct {
		const struct watchdog_facts *facts;
		bool nowayout, cannot_tell, can_disarm;
	} cases[] = {
	        {&can, false, false, true},
	        {&can, false, true, true},
	        {&cannot, true, true, false},
	        {NULL, false, false, true},
	        {NULL, true, false, false},
	        {NULL, false, true, false},
	        {&other, true, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		board(15);
		sysfs = cases[i].facts;
		driver.nowayout = cases[i].nowayout;
		driver.cannot_tell = cases[i].cannot_tell;
		assert_int_equal(take(), EXIT_OK);
		assert_int_equal(dog.can_disarm, cases[i].can_disarm);
		assert_true(driver.armed);
	}
}

/* P10: a timeout that the driver rounds, or that is fixed, is refused with the one that it has. */
static void another_timeout_is_refused(void **state)
{
	(void)state;
	board(15);
	driver.round_s = 30;
	assert_refused("asked for 15 s, the driver set 30 s (set watchdog.timeout: 30s)");
	board(15);
	driver.fixed = true;
	assert_refused("asked for 15 s, the driver has a fixed timeout of 60 s (set watchdog.timeout: 60s)");
	board(60);
	driver.fixed = true;
	assert_int_equal(take(), EXIT_OK);
}

/* P10: a Raspberry Pi's counts 15 s at most, whatever its driver accepts; the remedy is not what happens to be left. */
static void bcm2835_is_known_by_its_driver(void **state)
{
	static const struct watchdog_facts facts = {.identity = "Broadcom BCM2835 Watchdog timer"};

	(void)state;
	for (int timeout_s = 16; timeout_s <= 33; timeout_s += 17) {
		for (int known = 0; known <= 1; known++) {
			board(timeout_s);
			driver.identity = "Broadcom BCM2835 Watchdog timer";
			driver.longest_s = 16;
			sysfs = known ? &facts : NULL;
			assert_refused("counts 15 s at most (set watchdog.timeout: 15s or less)");
			assert_int_equal(driver.opens, !known);
		}
	}
	/* Other hardware that counts modulo its width shows by the time left, of which no remedy is made. */
	board(17);
	driver.longest_s = 16;
	assert_refused("right after a feed 1 s are left");
	assert_null(strstr(dog.why,
	        "1s"
	        " or less"));
}

/* P10: a window watchdog has less left right after a feed; its timeout is fixed, and it counts. */
static void window_watchdog_is_taken(void **state)
{
	(void)state;
	board(60);
	driver.identity = "K3 RTI Watchdog";
	driver.options = WDIOF_KEEPALIVEPING;
	driver.fixed = true;
	driver.window_s = 23;
	driver.nowayout = true;
	assert_int_equal(take(), EXIT_OK);
	assert_int_equal(state_of_dog.timeout_ms, 60000);
	assert_string_equal(said, "");
}

/* P10: a count that stands still resets nothing. */
static void count_that_stands_still_is_refused(void **state)
{
	(void)state;
	board(15);
	driver.stands_still = true;
	assert_refused("does not count");
	/* What cannot be disarmed is kept, and fed: refusing it would reset the board, if it counts after all. */
	board(15);
	driver.stands_still = driver.nowayout = true;
	assert_int_equal(take(), EXIT_OK);
	assert_non_null(strstr(said, "does not count"));
	/* It is fed again within half of the timeout, which a short one does not leave for this proof. */
	board(2);
	driver.stands_still = true;
	assert_int_equal(take(), EXIT_OK);
}

/* P3: while the count is watched, the watchdog is not left unfed for more than half of its timeout. */
static void watching_the_count_is_bounded(void **state)
{
	int64_t begun_ms;

	(void)state;
	for (int timeout_s = 1; timeout_s <= 30; timeout_s++) {
		board(timeout_s);
		driver.nowayout = driver.stands_still = true;
		begun_ms = now_ms;
		assert_int_equal(take(), EXIT_OK);
		assert_in_range(now_ms - begun_ms, 0, timeout_s * 500 + 50);
		assert_int_equal(driver.fed_ms, now_ms);
	}
}

/* P10: each reason why a device cannot be opened has its own remedy. */
static void why_it_cannot_be_opened(void **state)
{
	static const struct {
		int error;
		const char *words;
	} cases[] = {{ENOENT, "does not exist"}, {ENODEV, "no driver is behind it"}, {ENXIO, "no driver is behind it"},
	        {EIO, "dmesg"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		board(15);
		driver.open_errno = cases[i].error;
		assert_refused(cases[i].words);
	}
	board(15);
	driver.open_errno = EPERM;
	assert_refused(geteuid() == 0 ? "pass the device to the container" : "run feeddogd as root");
}

/* P10: the kernel's own timer is used, and called what it is. */
static void software_watchdog_is_said(void **state)
{
	(void)state;
	board(15);
	driver.identity = "Software Watchdog";
	assert_int_equal(take(), EXIT_OK);
	assert_non_null(strstr(said, "software=1"));
}

/* P10: a watchdog may be named by its driver's identity, where numbers change from boot to boot. */
static void named_by_identity(void **state)
{
	(void)state;
	board(15);
	strcpy(config.pool + 1, "Fake Watchdog");
	assert_int_equal(take(), EXIT_OK);
	assert_string_equal(dog.device, device_path);
	board(15);
	strcpy(config.pool + 1, "i6300ESB timer");
	assert_refused("no watchdog driver is called \"i6300ESB timer\"");
}

/* P10, P15: a device that went away is taken again when it returns, proven anew, and without waiting. */
static void taken_again(void **state)
{
	int64_t begun_ms;

	(void)state;
	board(15);
	assert_int_equal(take(), EXIT_OK);
	driver.write_errno = driver.open_errno = ENODEV;
	assert_int_equal(dog_feed(&dog), -ENODEV);
	assert_int_equal(dog_retake(&config.flat, &dog, &state_of_dog), -ENODEV);
	assert_int_equal(dog.fd, -1);
	assert_string_equal(dog.why, "");
	driver.write_errno = driver.open_errno = 0;
	begun_ms = now_ms;
	assert_int_equal(dog_retake(&config.flat, &dog, &state_of_dog), 0);
	assert_int_equal(now_ms, begun_ms);
	assert_int_equal(dog_feed(&dog), 0);
	assert_true(driver.armed);
	/* With another timeout it is not the one that was proven. */
	driver.round_s = 30;
	assert_int_equal(dog_retake(&config.flat, &dog, &state_of_dog), -ENODEV);
	assert_non_null(strstr(dog.why, "asked for 15 s, the driver set 30 s"));
	assert_false(driver.armed);
	/* One that cannot be disarmed is fed for what it has. */
	driver.nowayout = true;
	assert_int_equal(dog_retake(&config.flat, &dog, &state_of_dog), 0);
	assert_int_equal(state_of_dog.timeout_ms, 30000);
}

/* P10: another watchdog that got the number of the lost one is not armed. */
static void another_one_is_not_taken(void **state)
{
	static const struct watchdog_facts other = {.identity = "Another Watchdog", .nowayout = 1};

	(void)state;
	for (int known = 0; known <= 1; known++) {
		board(15);
		assert_int_equal(take(), EXIT_OK);
		driver.identity = "Another Watchdog";
		sysfs = known ? &other : NULL;
		driver.opens = 0;
		assert_int_equal(dog_retake(&config.flat, &dog, &state_of_dog), -ENODEV);
		assert_non_null(strstr(dog.why, "is Another Watchdog now"));
		assert_int_equal(driver.opens, !known);
		assert_false(driver.open);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(taken),
	        cmocka_unit_test(alarm_only_is_refused),
	        cmocka_unit_test(no_magic_close_is_said),
	        cmocka_unit_test(nowayout_is_found_out),
	        cmocka_unit_test(another_timeout_is_refused),
	        cmocka_unit_test(bcm2835_is_known_by_its_driver),
	        cmocka_unit_test(window_watchdog_is_taken),
	        cmocka_unit_test(count_that_stands_still_is_refused),
	        cmocka_unit_test(watching_the_count_is_bounded),
	        cmocka_unit_test(why_it_cannot_be_opened),
	        cmocka_unit_test(software_watchdog_is_said),
	        cmocka_unit_test(named_by_identity),
	        cmocka_unit_test(taken_again),
	        cmocka_unit_test(another_one_is_not_taken),
	};

	/* The reason of a refusal is read from the struct. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
