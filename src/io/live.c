/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * One function for each member of the seam, none longer than the system calls it wraps. No
 * policy: what a failure means is for the caller.
 */

#include "io/live.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/times.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/live-dir.h"

/* Not in the headers of Debian 12's libc for every architecture; asm-generic/socket.h. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

enum durability {
	PASSING, /* may be lost in a crash of the machine */
	DURABLE,
};

struct live {
	struct sw_io io; /* first, so that the one is the other */
	struct mnl_socket *netlink;
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

/* Reads until the end or until the buffer is full. */
static ssize_t read_all(int fd, char *buffer, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, buffer + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return (ssize_t)used;
		used += (size_t)n;
	}
	return -EFBIG;
}

/* Is it a file, or the device that stands for an empty one? Others may have no end. */
static bool is_readable_as_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       (S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)));
}

static ssize_t live_file_read(struct sw_io *io, const char *path, char *buffer, size_t size)
{
	/* O_NONBLOCK: a FIFO in the place of a file must not stop us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	(void)io;
	if (fd < 0)
		return -errno;
	n = is_readable_as_file(fd) ? read_all(fd, buffer, size) : -EINVAL;
	close(fd);
	if (n >= 0)
		buffer[n] = '\0';
	return n;
}

/*
 * An unbound socket takes a port of the range when it is connected, and where all are reserved
 * there is none to take (EAGAIN, inet_autobind). One that is bound to any other port needs none.
 */
static int connect_somehow(int fd, struct sockaddr *address, socklen_t size)
{
	enum { LAST_PORT = 65535, N_TRIES = 64 };
	struct sockaddr_in6 any = { .sin6_family = address->sa_family }; /* of IPv4 too: zero */

	if (connect(fd, address, size) == 0)
		return 0;
	if (errno != EAGAIN)
		return -errno;
	for (int i = 0; i < N_TRIES; i++) {
		any.sin6_port = htons((uint16_t)(LAST_PORT - i));
		if (bind(fd, (const struct sockaddr *)&any, size) == 0)
			return connect(fd, address, size) < 0 ? -errno : 0;
	}
	return -EAGAIN;
}

/* A UDP socket that is connected sends nothing, but the kernel picks its source address. */
static int live_route(struct sw_io *io, const struct sw_addr *destination,
		      struct sw_addr *ret_source)
{
	bool ipv4 = destination->family == SW_IPV4;
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(9),
				    .sin6_scope_id = destination->zone };
	socklen_t size = ipv4 ? sizeof(in4) : sizeof(in6);
	struct sockaddr *address = ipv4 ? (struct sockaddr *)&in4 : (struct sockaddr *)&in6;
	int fd, r;

	(void)io;
	memcpy(&in4.sin_addr, destination->bytes, sizeof(in4.sin_addr));
	memcpy(&in6.sin6_addr, destination->bytes, sizeof(in6.sin6_addr));
	fd = socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = connect_somehow(fd, address, size);
	if (r == 0 && getsockname(fd, address, &size) < 0)
		r = -errno;
	close(fd);
	if (r == 0)
		*ret_source = ipv4 ? sw_addr_ipv4((const uint8_t *)&in4.sin_addr)
				   : sw_addr_ipv6(in6.sin6_addr.s6_addr, in6.sin6_scope_id);
	return r;
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

static int live_send(struct sw_io *io, const char *address, const void *data, size_t size)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t length = strlen(address);
	ssize_t n;
	int fd, r;

	(void)io;
	if (length == 0 || length >= sizeof(to.sun_path))
		return -EINVAL;
	memcpy(to.sun_path, address, length);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	n = sendto(fd, data, size, MSG_NOSIGNAL, (const struct sockaddr *)&to,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	r = n < 0 ? -errno : 0;
	close(fd);
	return r;
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* The directory that `path` is in, on the disk: a rename in it is not before that. */
static int sync_directory_of(const char *path)
{
	char *copy = strdup(path), *slash;
	int fd, r = 0;

	if (copy == NULL)
		return -ENOMEM;
	slash = strrchr(copy, '/');
	if (slash != NULL)
		*slash = '\0';
	fd = open(slash == NULL ? "." : copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int write_new(const char *path, const void *data, size_t size, enum durability durability,
		     mode_t mode)
{
	int fd, r;

	/* The directory is ours alone; O_EXCL and O_NOFOLLOW keep it so. A left-over of a killed
	 * daemon goes. */
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_all(fd, data, size);
	/* The umask of whoever starts us must not hide the file from readers. */
	if (r == 0 && fchmod(fd, mode) < 0)
		r = -errno;
	if (r == 0 && durability == DURABLE && fsync(fd) < 0)
		r = -errno;
	close(fd);
	return r;
}

static int replace(const char *path, const void *data, size_t size, enum durability durability)
{
	char *temporary;
	int r;

	if (asprintf(&temporary, "%s.new", path) < 0)
		return -ENOMEM;
	r = write_new(temporary, data, size, durability, 0644);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	free(temporary);
	if (r == 0 && durability == DURABLE)
		r = sync_directory_of(path);
	return r;
}

static int live_persist(struct sw_io *io, const char *path, const void *data, size_t size)
{
	(void)io;
	return replace(path, data, size, PASSING);
}

static int live_persist_durably(struct sw_io *io, const char *path, const void *data, size_t size)
{
	(void)io;
	return replace(path, data, size, DURABLE);
}

static int live_touch(struct sw_io *io, const char *path)
{
	(void)io;
	return utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int live_remove(struct sw_io *io, const char *path)
{
	(void)io;
	return unlink(path) < 0 ? -errno : 0;
}

static int live_log(struct sw_io *io, const char *line, size_t size)
{
	struct pollfd poll_fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	(void)io;
	/* A terminal that is stopped or a pipe that is full must not stop us. */
	if (poll(&poll_fd, 1, 0) <= 0)
		return -EAGAIN;
	return write_all(STDERR_FILENO, line, size);
}

/* What root leaves in somebody's directory is theirs: it has to be read by their group. */
static int hand_over(const char *path)
{
	char *directory = strdup(path), *slash;
	struct stat st;
	int r = 0;

	if (directory == NULL)
		return -ENOMEM;
	slash = strrchr(directory, '/');
	if (slash != NULL)
		*slash = '\0';
	if (stat(slash == NULL ? "." : directory, &st) < 0 ||
	    lchown(path, st.st_uid, st.st_gid) < 0)
		r = -errno;
	free(directory);
	return r;
}

static int live_deposit(struct sw_io *io, const char *temporary, const char *path, const void *data,
			size_t size, mode_t mode)
{
	int r;

	(void)io;
	r = write_new(temporary, data, size, DURABLE, mode);
	if (r == 0 && geteuid() == 0)
		r = hand_over(temporary);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r == 0)
		return sync_directory_of(path);
	unlink(temporary);
	return r;
}

static ssize_t live_link_read(struct sw_io *io, const char *path, char *buffer, size_t size)
{
	ssize_t n = readlink(path, buffer, size);

	(void)io;
	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -ENAMETOOLONG;
	buffer[n] = '\0';
	return n;
}

int sw_live_new(struct sw_io **ret)
{
	struct live *live = calloc(1, sizeof(*live));

	if (live == NULL)
		return -ENOMEM;
	live->io = (struct sw_io){
		.now = live_now,
		.jiffies = live_jiffies,
		.seed = live_seed,
		.netlink_open = live_netlink_open,
		.netlink_send = live_netlink_send,
		.netlink_receive = live_netlink_receive,
		.netlink_close = live_netlink_close,
		.file_read = live_file_read,
		.dir_subdirs = sw_live_dir_subdirs,
		.route = live_route,
		.spawn = live_spawn,
		.signal_child = live_signal_child,
		.send = live_send,
		.persist = live_persist,
		.persist_durably = live_persist_durably,
		.touch = live_touch,
		.remove = live_remove,
		.deposit = live_deposit,
		.dir_make = sw_live_dir_make,
		.dir_list = sw_live_dir_list,
		.dir_walk = sw_live_dir_walk,
		.link_read = live_link_read,
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
	free(live_of(io));
}
