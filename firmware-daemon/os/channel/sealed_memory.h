/* SPDX-License-Identifier: MIT
 *
 * Thin: memory that several programs share under rules that the kernel keeps. All functions return a descriptor or 0, or
 * -errno.
 */
#ifndef FEEDDOG_OS_SEALED_MEMORY_H
#define FEEDDOG_OS_SEALED_MEMORY_H

#include <stddef.h>

/* A new, empty memfd (close-on-exec); `name` shows in /proc. */
__attribute__((warn_unused_result)) int memory_create(const char *name);

/* From now on nobody can change it in any way. */
__attribute__((warn_unused_result)) int memory_seal(int fd);

/*
 * Maps `size` zeroed bytes for writing at *address, and then forbids every further writable mapping: this process is the
 * only writer. The descriptor is *fd.
 */
__attribute__((warn_unused_result)) int memory_publish(const char *name, size_t size, int *fd, void **address);

#endif
