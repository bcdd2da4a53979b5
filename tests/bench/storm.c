/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A busy server on loopback and its clients in one: so many connections a second, each
 * closed by the server first, so that TIME_WAIT gathers on its listening port.
 *
 *     storm PORT RATE SECONDS
 *
 * Ends after SECONDS, or before if its input ends; then prints how many connections it
 * made, and the seconds that took. It makes one after the other: on loopback accept() has
 * the connection as soon as connect() returns, so nothing has to be waited for.
 */

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	/* So many that none of them has to take a port again within the 60 s of TIME_WAIT: such a
	 * connection would replace the TIME_WAIT of the one before. */
	N_CLIENTS = 4096,
	FIRST_CLIENT = 0x7f400000, /* 127.64.0.0 */
	BACKLOG = 16,
	/* Between looks at the input, however far behind. */
	MOST_AT_ONCE = 200,
};

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(EXIT_FAILURE);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int open_server(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	check(fd, "socket");
	check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "SO_REUSEADDR");
	check(bind(fd, (const struct sockaddr *)address, sizeof(*address)), "bind");
	check(listen(fd, BACKLOG), "listen");
	return fd;
}

static int connected(const struct sockaddr_in *server, uint32_t client)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(client) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	check(fd, "socket");
	check(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)), "no port");
	check(bind(fd, (struct sockaddr *)&from, sizeof(from)), "bind");
	check(connect(fd, (const struct sockaddr *)server, sizeof(*server)), "connect");
	return fd;
}

static void serve_one(int listener, const struct sockaddr_in *server, uint64_t number)
{
	int client = connected(server, FIRST_CLIENT + (uint32_t)(number % N_CLIENTS));
	int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	check(accepted, "accept");
	close(accepted);
	close(client);
}

int main(int argc, char **argv)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	struct sockaddr_in server = { .sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	double rate, seconds, began, due = 0;
	uint64_t n = 0;
	int listener;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc != 4)
		return EXIT_FAILURE;
	server.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	rate = strtod(argv[2], NULL);
	seconds = strtod(argv[3], NULL);
	listener = open_server(&server);
	began = now();
	while (now() - began < seconds && poll(&input, 1, (double)n < due ? 0 : 1) == 0) {
		due = rate * (now() - began);
		for (int i = 0; i < MOST_AT_ONCE && (double)n < due; i++)
			serve_one(listener, &server, n++);
	}
	printf("%llu %.3f\n", (unsigned long long)n, now() - began);
	return EXIT_SUCCESS;
}
