/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sockwatch/reading.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sw_reading_new(struct sw_reading **ret)
{
	struct sw_reading *reading = calloc(1, sizeof(*reading));

	if (reading == NULL)
		return -ENOMEM;
	reading->complete = true;
	*ret = reading;
	return 0;
}

void sw_reading_free(struct sw_reading *reading)
{
	if (reading == NULL)
		return;
	sw_tally_free(reading->tally);
	free(reading->ifnames.list);
	free(reading);
}

void sw_reading_add_problem(struct sw_reading *reading, const char *what, const char *why, ...)
{
	struct sw_problem *problem;
	va_list args;

	if (reading->n_problems == SW_READING_MAX_PROBLEMS)
		return;
	problem = &reading->problems[reading->n_problems++];
	snprintf(problem->what, sizeof(problem->what), "%s", what);
	va_start(args, why);
	vsnprintf(problem->why, sizeof(problem->why), why, args);
	va_end(args);
}

const char *sw_problem_format(const struct sw_problem *problem, char buffer[SW_PROBLEM_TEXT_SIZE])
{
	snprintf(buffer, SW_PROBLEM_TEXT_SIZE, "%s: %s", problem->what, problem->why);
	return buffer;
}

void sw_reading_spoil(struct sw_reading *reading)
{
	reading->complete = false;
	sw_tally_free(reading->tally);
	reading->tally = NULL;
}

static uint64_t known_or(const struct sw_kernel *kernel, enum sw_kernel_figure figure,
			 uint64_t other)
{
	return kernel->figures[figure].known ? kernel->figures[figure].value : other;
}

struct sw_reuse_rule sw_reuse_rule_of(const struct sw_kernel *kernel)
{
	/* Before tcp_tw_reuse_delay the kernel waited until the whole second had passed. */
	enum { DELAY_BEFORE_6_14_MSEC = 1000 };
	uint64_t tw_reuse = known_or(kernel, SW_KERNEL_TW_REUSE, 0);
	bool timestamps = known_or(kernel, SW_KERNEL_TIMESTAMPS, 0) != 0;

	return (struct sw_reuse_rule){
		.always = timestamps && tw_reuse == 1,
		.loopback = timestamps && tw_reuse == 2,
		.timestamps = timestamps,
		.delay_msec = (uint32_t)known_or(kernel, SW_KERNEL_TW_REUSE_DELAY,
						 DELAY_BEFORE_6_14_MSEC),
	};
}

static bool has_ifname(const struct sw_ifname *list, size_t n, uint32_t index)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].index == index)
			return true;
	return false;
}

/* The next word of a line, "" at its end; moves `*line` behind it. */
static size_t next_word(const char **line, const char **ret_word)
{
	size_t length;

	*line += strspn(*line, " \t");
	length = strcspn(*line, " \t\n");
	*ret_word = *line;
	*line += length;
	return length;
}

/* "fe80...0001 02 40 20 80     eth0\n": address, index (hex), prefix, scope, flags, name. */
static bool parse_ifname(const char *line, struct sw_ifname *ret)
{
	enum { INDEX = 1, NAME = 5 };
	const char *word;
	size_t length = 0;

	*ret = (struct sw_ifname){ 0 };
	for (int i = 0; i <= NAME; i++) {
		length = next_word(&line, &word);
		if (i == INDEX)
			ret->index = (uint32_t)strtoul(word, NULL, 16);
	}
	if (ret->index == 0 || length == 0 || length >= sizeof(ret->name))
		return false;
	memcpy(ret->name, word, length);
	return true;
}

int sw_reading_parse_ifnames(struct sw_reading *reading, const char *text)
{
	struct sw_ifname *list = NULL;
	size_t n = 0, n_lines = 0;

	for (const char *at = text; *at != '\0'; at++)
		n_lines += *at == '\n';
	if (n_lines > 0) {
		list = calloc(n_lines, sizeof(*list));
		if (list == NULL)
			return -ENOMEM;
	}
	for (const char *line = text; n < n_lines; line++) {
		if (parse_ifname(line, &list[n]) && !has_ifname(list, n, list[n].index))
			n++;
		line = strchr(line, '\n');
		if (line == NULL)
			break;
	}
	free(reading->ifnames.list);
	reading->ifnames = (struct sw_ifnames){ .list = list, .n = n };
	return 0;
}
