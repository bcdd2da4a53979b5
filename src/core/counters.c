/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Texts of /proc in which figures are found by their names: kernels add to them at any place. */

#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "sockwatch/planner.h"

/* The line that begins with `name`, or NULL. */
static const char *find_line(const char *text, const char *name)
{
	size_t length = strlen(name);

	while (text != NULL && strncmp(text, name, length) != 0) {
		text = strchr(text, '\n');
		text = text == NULL ? NULL : text + 1;
	}
	return text == NULL ? NULL : text + length;
}

/* In "TCP: inuse 4 orphan 0 ...". */
static int find_pair(const char *line, const char *name, uint64_t *ret)
{
	const char *end = line == NULL ? NULL : strchr(line, '\n');
	const char *at = line == NULL ? NULL : strstr(line, name);

	if (at == NULL || (end != NULL && at > end))
		return -EINVAL;
	at += strlen(name);
	return sw_parse_digits(&at, UINT64_MAX, ret) < 0 ? -EINVAL : 0;
}

/* In a line of names and one of values, word by word. */
static int find_column(const char *names, const char *values, const char *name, uint64_t *ret)
{
	size_t length = strlen(name);

	for (;;) {
		size_t n_name = strcspn(names, " \n"), n_value = strcspn(values, " \n");

		if (n_name == length && strncmp(names, name, length) == 0)
			return sw_parse_digits(&values, UINT64_MAX, ret) < 0 ? -EINVAL : 0;
		if (names[n_name] != ' ' || values[n_value] != ' ')
			return -EINVAL;
		names += n_name + 1;
		values += n_value + 1;
	}
}

/* In the lines that begin with `protocol`, the first of names, the second of values. */
static int find_table(const char *text, const char *protocol, const char **ret_names,
		      const char **ret_values)
{
	*ret_names = find_line(text, protocol);
	*ret_values = *ret_names == NULL ? NULL : find_line(*ret_names, protocol);
	return *ret_values == NULL ? -EINVAL : 0;
}

int sw_counters_parse_netstat(struct sw_counters *counters, const char *text)
{
	const char *names, *values;

	if (find_table(text, "TcpExt: ", &names, &values) < 0)
		return -EINVAL;
	return find_column(names, values, "ListenOverflows", &counters->listen_overflows);
}

int sw_counters_parse_snmp(struct sw_counters *counters, const char *text)
{
	const char *names, *values;
	uint64_t active, passive;

	if (find_table(text, "Tcp: ", &names, &values) < 0 ||
	    find_column(names, values, "ActiveOpens", &active) < 0 ||
	    find_column(names, values, "PassiveOpens", &passive) < 0)
		return -EINVAL;
	counters->active_opens = active;
	counters->passive_opens = passive;
	return 0;
}

int sw_counters_parse_sockstat(struct sw_counters *counters, const char *text)
{
	const char *line = find_line(text, "TCP:");
	uint64_t in_use, allocated;

	if (find_pair(line, " inuse ", &in_use) < 0 || find_pair(line, " alloc ", &allocated) < 0)
		return -EINVAL;
	counters->n_in_use = in_use;
	counters->n_allocated = allocated;
	return 0;
}

int sw_counters_parse_sockstat6(struct sw_counters *counters, const char *text)
{
	uint64_t in_use;

	if (find_pair(find_line(text, "TCP6:"), " inuse ", &in_use) < 0)
		return -EINVAL;
	counters->n_in_use += in_use;
	return 0;
}
