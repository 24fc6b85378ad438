/* SPDX-License-Identifier: MIT
 *
 * One datagram to feeddogd, which sends no answer.
 */
#include "control.h"

#include "command.h"

#include "os/channel/control_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int send_control(const char *path, const struct control *control)
{
	int fd = control_socket_connect(path);

	if (fd < 0)
		return fd;
	int error = send(fd, control, sizeof(*control), MSG_NOSIGNAL) < 0 ? -errno : 0;
	(void)close(fd);
	return error;
}

/* Says why feeddogd could not be told; the exit code. */
static int complain_of(int error, const char *path)
{
	switch (-error) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		complain("feeddogd is not running: nobody listens on %s (start it: systemctl start feeddog)", path);
		return EX_NOT_RUNNING;
	case EACCES:
	case EPERM:
		complain("%s: only root, or who runs feeddogd, may do this (use sudo)", path);
		break;
	case EAGAIN:
		complain("feeddogd runs, but takes no orders: it is stopped, or kept from running");
		break;
	default:
		complain("%s: %s", path, strerror(-error));
		break;
	}
	return EX_OSERR;
}

int control_tell(const char *run_dir, enum control_verb verb, uint32_t duration_ms)
{
	const struct control control = {.magic = CONTROL_MAGIC, .verb = verb, .duration_ms = duration_ms};
	char path[512];

	int length = snprintf(path, sizeof(path), "%s/control", run_dir);
	int error = length < (int)sizeof(path) ? send_control(path, &control) : -ENAMETOOLONG;
	return error ? complain_of(error, path) : 0;
}
