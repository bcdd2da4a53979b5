/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A population of sockets on loopback: so many ESTABLISHED and so many TIME_WAIT,
 * spread evenly over so many destinations.
 *
 *     population ESTABLISHED TIME_WAIT DESTINATIONS
 *
 * Prints a line once all are there and keeps them until its input ends. It leaves the
 * choice of ports to connect(), as programs do, so a destination wants few enough
 * sockets for that to be quick.
 *
 * ESTABLISHED are made without packets and without a peer (TCP_REPAIR), so that there
 * are as many as were asked for and not a second half on the side of a server.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PORT = 8080, SPARE_FDS = 16, BASE = 0x7f800000 /* 127.128.0.0 */ };

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(EXIT_FAILURE);
}

static struct sockaddr_in address(uint32_t addr, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(addr) };
}

static int connected(uint32_t destination, bool repair)
{
	struct sockaddr_in from = address(INADDR_LOOPBACK, 0), to = address(destination, PORT);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	check(fd, "socket");
	check(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)), "no port");
	if (repair)
		check(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)), "TCP_REPAIR");
	check(bind(fd, (struct sockaddr *)&from, sizeof(from)), "bind");
	check(connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
	return fd;
}

static void establish(uint32_t first, uint32_t last, uint32_t n_destinations)
{
	for (uint32_t i = first; i < last; i++)
		connected(BASE + i % n_destinations, true);
}

/* The client closes first, so it is the one that waits. */
static void let_wait(uint32_t n, uint32_t n_destinations)
{
	struct sockaddr_in here = address(INADDR_ANY, PORT);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	check(listener, "socket");
	check(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "SO_REUSEADDR");
	check(bind(listener, (struct sockaddr *)&here, sizeof(here)), "bind");
	check(listen(listener, SPARE_FDS), "listen");
	for (uint32_t i = 0; i < n; i++) {
		int client = connected(BASE + i % n_destinations, false), server;

		server = accept(listener, NULL, NULL);
		check(server, "accept");
		close(client);
		close(server);
	}
	close(listener);
}

/* A process that makes its share and stops, so that it holds them until it is killed. */
static void start_holder(uint32_t first, uint32_t last, uint32_t n_destinations)
{
	pid_t pid = fork();
	int status;

	check(pid, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		establish(first, last, n_destinations);
		raise(SIGSTOP);
	}
	check(waitpid(pid, &status, WUNTRACED), "waitpid");
	if (!WIFSTOPPED(status))
		exit(EXIT_FAILURE);
}

/* As many at a time as one process may hold. */
static void establish_all(uint32_t n, uint32_t n_destinations)
{
	struct rlimit limit;
	uint32_t room;

	check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	room = (uint32_t)limit.rlim_max - SPARE_FDS;
	for (uint32_t made = 0; made < n; made += room)
		start_holder(made, n - made < room ? n : made + room, n_destinations);
}

int main(int argc, char **argv)
{
	uint32_t numbers[3];
	char byte;

	if (argc != 4)
		return EXIT_FAILURE;
	for (int i = 0; i < 3; i++)
		numbers[i] = (uint32_t)strtoul(argv[i + 1], NULL, 10);
	establish_all(numbers[0], numbers[2]);
	let_wait(numbers[1], numbers[2]);
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return EXIT_SUCCESS;
}
