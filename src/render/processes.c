/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* TIME_WAIT is held by nobody: a tuple that has nothing else names no process. */

#include "render/processes.h"

#include "base/mask.h"
#include "render/json.h"

static void put_holders(FILE *out, const struct sw_holders *holders)
{
	for (uint32_t i = 0; i < holders->n; i++) {
		struct sw_process process = holders->list[i];

		fprintf(out, "  %20u %8u  %s\n", process.pid, process.n_sockets,
			sw_mask(process.comm));
	}
	if (holders->n_more > 0)
		fprintf(out, "  %20s %8s  %u more\n", "", "", holders->n_more);
	if (holders->n == 0)
		fprintf(out, "  %20s %8u  %s\n", "-", holders->n_sockets,
			holders->n_sockets == 0 ? "no live socket" : "nobody that could be seen");
}

void sw_render_processes_text(FILE *out, const struct sw_report *report,
			      const struct sw_holders *holders, size_t n)
{
	char name[SW_TUPLE_TEXT_SIZE];

	if (n == 0)
		return;
	fprintf(out, "\n%-19s %2s %8s  %s\n", "PROCESSES", "pid", "sockets", "command");
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "%s\n",
			sw_tuple_format(&report->outlooks[i].tuple, &report->reading->ifnames,
					name));
		put_holders(out, &holders[i]);
	}
}

json_t *sw_render_processes_json(const struct sw_holders *holders)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < holders->n; i++) {
		struct sw_json json = sw_json_begin();

		sw_json_put(&json, "pid", json_integer(holders->list[i].pid));
		sw_json_put(&json, "comm", sw_json_text(holders->list[i].comm));
		sw_json_put(&json, "sockets", json_integer(holders->list[i].n_sockets));
		sw_json_append(&list, sw_json_end(&json));
	}
	return list;
}
