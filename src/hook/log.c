/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One write() for each line, so that lines of several processes stay whole. */

#include "hook/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	LINE_SIZE = 4096,
	OUTPUT_SIZE = 512, /* bytes of a hook's output on one line, before they are escaped */
};

/* Standard error, opened anew to be written to without waiting: whether others wait on theirs is
 * their affair. */
static int log_fd = -1;

void sw_hook_log_open(void)
{
	log_fd = open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void write_line(const char *line, size_t size)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t n;

	/* journald's end is a socket, which cannot be opened anew but can be told each time. */
	n = send(STDERR_FILENO, line, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && errno == ENOTSOCK) {
		if (log_fd >= 0)
			n = write(log_fd, line, size);
		else if (poll(&fd, 1, 0) == 1 && (fd.revents & POLLOUT) != 0)
			n = write(STDERR_FILENO, line, size);
	}
	(void)n; /* there is nowhere left to say that nobody listens */
}

void sw_hook_log(int priority, const char *format, ...)
{
	char line[LINE_SIZE];
	va_list args;
	int used, n;

	used = snprintf(line, sizeof(line), "<%d>sockwatch-hook: ", priority);
	va_start(args, format);
	n = vsnprintf(line + used, sizeof(line) - (size_t)used - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	used = SW_MIN(used + n, LINE_SIZE - 2);
	line[used++] = '\n';
	write_line(line, (size_t)used);
}

static void log_part(const char *hook, const char *data, size_t size)
{
	char text[OUTPUT_SIZE * 4 + 1], *at = text;

	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)data[i];

		if (byte >= ' ' && byte < 0x7f && byte != '\\')
			*at++ = (char)byte;
		else
			at += snprintf(at, 5, "\\x%02x", byte);
	}
	*at = '\0';
	sw_hook_log(SW_LOG_INFO, "%s: %s", hook, text);
}

void sw_hook_log_output(const char *hook, const char *data, size_t size)
{
	while (size > 0) {
		const char *newline = memchr(data, '\n', SW_MIN(size, (size_t)OUTPUT_SIZE));
		size_t length = newline == NULL ? SW_MIN(size, (size_t)OUTPUT_SIZE)
						: (size_t)(newline - data);

		if (length > 0)
			log_part(hook, data, length);
		length += newline != NULL;
		data += length;
		size -= length;
	}
}
