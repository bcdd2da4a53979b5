/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One function for each member of the seam, none longer than the system calls it wraps. No
 * policy: what a failure means is for the caller.
 */

#include "io/live.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/kept-files.h"
#include "io/live-dir.h"
#include "io/live-file.h"
#include "io/live-socket.h"

/* Not in the headers of Debian 12's libc for every architecture; asm-generic/socket.h. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

struct live {
	struct sw_io io; /* first, so that the one is the other */
	struct mnl_socket *netlink;
	struct sw_kept_files kept;
};

static struct live *live_of(struct sw_io *io)
{
	return (struct live *)io;
}

static sw_usec usec_of(const struct timespec *time)
{
	return (sw_usec)time->tv_sec * SW_USEC_PER_SEC + (sw_usec)time->tv_nsec / 1000;
}

static int live_now(struct sw_io *io, struct sw_now *ret)
{
	struct timespec boot, wall;

	(void)io;
	if (clock_gettime(CLOCK_BOOTTIME, &boot) < 0 || clock_gettime(CLOCK_REALTIME, &wall) < 0)
		return -errno;
	*ret = (struct sw_now){ .boot = usec_of(&boot), .wall = usec_of(&wall) };
	return 0;
}

/* The coarse clocks advance once a jiffy, and times() counts jiffies, in hundredths of a second. */
static int live_jiffies(struct sw_io *io, struct sw_jiffies *ret)
{
	struct timespec jiffy;
	clock_t hundredths = times(NULL);

	(void)io;
	if (sysconf(_SC_CLK_TCK) != 100 || clock_getres(CLOCK_MONOTONIC_COARSE, &jiffy) < 0 ||
	    jiffy.tv_sec != 0)
		return -EOPNOTSUPP;
	*ret = (struct sw_jiffies){ .nsec = (uint64_t)jiffy.tv_nsec,
				    .passed = (sw_usec)hundredths * 10000 };
	return 0;
}

static int live_cpu_used(struct sw_io *io, sw_usec *ret)
{
	struct timespec time;

	(void)io;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) < 0)
		return -errno;
	*ret = usec_of(&time);
	return 0;
}

static int live_seed(struct sw_io *io, uint64_t *ret)
{
	(void)io;
	return getrandom(ret, sizeof(*ret), 0) == (ssize_t)sizeof(*ret) ? 0 : -errno;
}

static void identify(int fd, struct sw_netns *ret)
{
	socklen_t size = sizeof(ret->cookie);
	struct stat st;

	*ret = (struct sw_netns){ 0 };
	if (stat("/proc/self/ns/net", &st) == 0)
		ret->inode = st.st_ino;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &ret->cookie, &size) < 0)
		ret->cookie = 0;
}

static void live_netlink_close(struct sw_io *io)
{
	struct live *live = live_of(io);

	if (live->netlink != NULL)
		mnl_socket_close(live->netlink);
	live->netlink = NULL;
}

static int live_netlink_open(struct sw_io *io, struct sw_netns *ret_netns)
{
	struct live *live = live_of(io);
	int r;

	live_netlink_close(io);
	live->netlink = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (live->netlink == NULL)
		return -errno;
	if (mnl_socket_bind(live->netlink, 0, MNL_SOCKET_AUTOPID) < 0) {
		r = -errno;
		live_netlink_close(io);
		return r;
	}
	identify(mnl_socket_get_fd(live->netlink), ret_netns);
	return 0;
}

static int live_netlink_send(struct sw_io *io, const void *request, size_t size)
{
	return mnl_socket_sendto(live_of(io)->netlink, request, size) < 0 ? -errno : 0;
}

/* One datagram, and whether it came from the kernel (port id 0) and not from another process. */
static ssize_t receive_one(int fd, void *buffer, size_t size)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = buffer, .iov_len = size };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n = recvmsg(fd, &message, 0);

	if (n < 0)
		return -errno;
	if (message.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	return message.msg_namelen == sizeof(from) && from.nl_pid == 0 ? n : -EAGAIN;
}

static ssize_t live_netlink_receive(struct sw_io *io, void *buffer, size_t size, sw_usec timeout)
{
	int fd = mnl_socket_get_fd(live_of(io)->netlink);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	struct timespec left = {
		.tv_sec = (time_t)(timeout / SW_USEC_PER_SEC),
		.tv_nsec = (long)(timeout % SW_USEC_PER_SEC) * 1000,
	};
	ssize_t n;

	/* Most of a dump is there already: the kernel fills the next chunk when one is taken. */
	n = receive_one(fd, buffer, size);
	if (n != -EAGAIN && n != -EINTR)
		return n;
	switch (ppoll(&poll_fd, 1, &left, NULL)) {
	case 0:
		return -ETIMEDOUT;
	case -1:
		return -errno;
	default:
		return receive_one(fd, buffer, size);
	}
}

static ssize_t live_file_reread(struct sw_io *io, const char *path, char *buffer, size_t size)
{
	return sw_kept_files_read(&live_of(io)->kept, path, buffer, size);
}

static int live_spawn(struct sw_io *io, char *const argv[], char *const environment[], pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int r;

	(void)io;
	r = posix_spawn_file_actions_init(&actions);
	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (r == 0)
		r = posix_spawn(ret, argv[0], &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int live_signal_child(struct sw_io *io, pid_t pid, int signal)
{
	(void)io;
	/* As long as it is not waited for, its id is nobody else's. */
	if (waitpid(pid, NULL, WNOHANG) != 0)
		return -ESRCH;
	return kill(pid, signal) < 0 ? -errno : 0;
}

static int live_log(struct sw_io *io, const char *line, size_t size)
{
	struct pollfd poll_fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	(void)io;
	/* A terminal that is stopped or a pipe that is full must not stop us. */
	if (poll(&poll_fd, 1, 0) <= 0)
		return -EAGAIN;
	return sw_live_write_all(STDERR_FILENO, line, size);
}

/*
 * Tables have room for all rows they may get. What lies behind those that never come is not there
 * as long as no huge page holds it and it was never used for something else: so large blocks come
 * from the kernel and go back to it. glibc would keep them, once the first was freed.
 */
static void spare_memory(void)
{
	enum { LARGE = 128 * 1024 };

	(void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	(void)mallopt(M_MMAP_THRESHOLD, LARGE);
}

int sw_live_new(struct sw_io **ret)
{
	struct live *live = calloc(1, sizeof(*live));

	if (live == NULL)
		return -ENOMEM;
	spare_memory();
	live->io = (struct sw_io){
		.now = live_now,
		.jiffies = live_jiffies,
		.cpu_used = live_cpu_used,
		.seed = live_seed,
		.netlink_open = live_netlink_open,
		.netlink_send = live_netlink_send,
		.netlink_receive = live_netlink_receive,
		.netlink_close = live_netlink_close,
		.file_read = sw_live_file_read,
		.file_reread = live_file_reread,
		.dir_subdirs = sw_live_dir_subdirs,
		.route = sw_live_route,
		.spawn = live_spawn,
		.signal_child = live_signal_child,
		.send = sw_live_send,
		.persist = sw_live_persist,
		.persist_durably = sw_live_persist_durably,
		.stamp = sw_live_stamp,
		.touch = sw_live_touch,
		.remove = sw_live_remove,
		.deposit = sw_live_deposit,
		.dir_make = sw_live_dir_make,
		.dir_list = sw_live_dir_list,
		.dir_walk = sw_live_dir_walk,
		.link_read = sw_live_link_read,
		.log = live_log,
	};
	*ret = &live->io;
	return 0;
}

void sw_live_free(struct sw_io *io)
{
	if (io == NULL)
		return;
	io->netlink_close(io);
	sw_kept_files_deinit(&live_of(io)->kept);
	free(live_of(io));
}
