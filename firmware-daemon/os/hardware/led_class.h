/* SPDX-License-Identifier: MIT
 *
 * Thin: one LED of the kernel's LED class. While it is open nothing else drives it: its trigger is `none`; what it was
 * before is put back when it is closed. Its files stay open, so that it can be set after privileges were dropped.
 */
#ifndef FEEDDOG_OS_LED_CLASS_H
#define FEEDDOG_OS_LED_CLASS_H

#include <stdbool.h>

#define LED_CLASS_ROOT "/sys/class/leds"

enum { LED_TRIGGER_SIZE = 64 };

struct led_class {
	int brightness_fd;
	int trigger_fd;                 /* -1: it has no triggers */
	unsigned brightness;            /* when lit */
	char trigger[LED_TRIGGER_SIZE]; /* to put back, "" for none */
};

/* Takes the LED root/name, dark. 0, or -errno: -ENOENT: there is no such LED. */
__attribute__((warn_unused_result)) int led_class_open(struct led_class *led, const char *root, const char *name);

/* 0 or -errno. */
__attribute__((warn_unused_result)) int led_class_set(const struct led_class *led, bool lit);

/* Dark, or as its own trigger drives it. */
void led_class_close(const struct led_class *led);

#endif
