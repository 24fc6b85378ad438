/* SPDX-License-Identifier: MIT
 *
 * Thin: what a helper gives up for good, for itself and for all that it starts, beside its user and capabilities (privileges.h).
 * It narrows what somebody who has taken the helper over can try; a kernel without it works as well.
 */
#ifndef FEEDDOG_OS_CONFINE_H
#define FEEDDOG_OS_CONFINE_H

/*
 * System calls that neither a probe nor an ordinary command needs fail with EPERM from now on: tracing and reading other
 * processes, keys, BPF, mounts and namespaces, modules, kexec, reboot, the clocks, io_uring and so on. Needs no_new_privs.
 * Programs of another architecture than this one's are not filtered. 0 or -errno.
 */
__attribute__((warn_unused_result)) int confine_calls(void);

/*
 * Signals reach only what is started from now on, and no other process of the same user (Landlock, Linux 6.12). 0 or -errno.
 * Before any thread is started.
 */
__attribute__((warn_unused_result)) int confine_signals(void);

#endif
