/* SPDX-License-Identifier: MIT
 *
 * A seccomp filter by hand, which is a list of numbers, and a Landlock domain that scopes signals.
 */
#include "confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define THIS_ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__i386__)
#define THIS_ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__riscv) && __riscv_xlen == 64
#define THIS_ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

/* LeakSanitizer traces the program when it ends. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

/* Beyond __NR_ because new ones have the same number everywhere, and the headers may be older than the kernel. */
enum {
	CALL_PIDFD_GETFD = 438,
	CALL_PROCESS_MADVISE = 440,
	CALL_MOUNT_SETATTR = 442,
};

static const uint32_t denied[] = {
#ifndef SANITIZED
        __NR_ptrace,
#endif
        __NR_process_vm_readv,
        __NR_process_vm_writev,
        __NR_kcmp,
        CALL_PIDFD_GETFD,
        CALL_PROCESS_MADVISE,
        __NR_add_key,
        __NR_request_key,
        __NR_keyctl,
        __NR_bpf,
        __NR_perf_event_open,
        __NR_userfaultfd,
        __NR_io_uring_setup,
        __NR_io_uring_enter,
        __NR_io_uring_register,
        __NR_unshare,
        __NR_setns,
        __NR_mount,
        __NR_umount2,
        __NR_pivot_root,
        __NR_chroot,
        __NR_open_tree,
        __NR_move_mount,
        __NR_fsopen,
        __NR_fsconfig,
        __NR_fsmount,
        __NR_fspick,
        CALL_MOUNT_SETATTR,
        __NR_open_by_handle_at,
        __NR_init_module,
        __NR_finit_module,
        __NR_delete_module,
        __NR_kexec_load,
#ifdef __NR_kexec_file_load
        __NR_kexec_file_load,
#endif
        __NR_reboot,
        __NR_swapon,
        __NR_swapoff,
        __NR_acct,
        __NR_quotactl,
        __NR_syslog,
        __NR_vhangup,
        __NR_sethostname,
        __NR_setdomainname,
        __NR_settimeofday,
        __NR_clock_settime,
        /* Not adjtimex: the certificate check reads with it whether the clock is synchronized, and setting needs a capability. */
        __NR_fanotify_init,
#ifdef __NR_iopl
        __NR_iopl,
        __NR_ioperm,
#endif
};

enum { DENIED_COUNT = sizeof(denied) / sizeof(denied[0]), HEAD = 4, TAIL = 2 };

int confine_calls(void)
{
#ifdef THIS_ARCHITECTURE
	/* Of another architecture, or the kernel's x32: allowed. Else compared with each, and jumps to the end where equal. */
	struct sock_filter filter[HEAD + DENIED_COUNT + TAIL] = {
	        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0),
	        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};

	_Static_assert(DENIED_COUNT < UINT8_MAX, "a jump has eight bits");
	for (size_t i = 0; i < DENIED_COUNT; i++)
		filter[HEAD + i] = (struct sock_filter)BPF_JUMP(
		        BPF_JMP | BPF_JEQ | BPF_K, denied[i], (uint8_t)(DENIED_COUNT - i), 0);
	filter[HEAD + DENIED_COUNT] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[HEAD + DENIED_COUNT + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
#else
	return -ENOSYS;
#endif
}

int confine_signals(void)
{
	/* struct landlock_ruleset_attr and its numbers, since the headers of Debian 12 are older than `scoped`. */
	enum { CREATE_RULESET = 444, RESTRICT_SELF = 446, SCOPE_SIGNAL = 1 << 1 };
	const struct {
		uint64_t handled_access_fs, handled_access_net, scoped;
	} rules = {.scoped = SCOPE_SIGNAL};
	long fd = syscall(CREATE_RULESET, &rules, sizeof(rules), 0);

	/* E2BIG: the kernel's Landlock does not know `scoped`. */
	if (fd < 0)
		return errno == E2BIG ? -ENOSYS : -errno;
	int error = syscall(RESTRICT_SELF, (int)fd, 0) < 0 ? -errno : 0;
	(void)close((int)fd);
	return error;
}
