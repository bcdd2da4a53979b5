/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Only what the command shows is taken out of the file, and only that is ever in memory: the rows
 * of a thousand tuples would be some MiB. It is written by a program of the same version, or of
 * another one.
 */

#include "render/status-file.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

struct span {
	const char *at;
	size_t size;
};

/* What is left of a text when its namespaces have been left out. */
struct outline {
	struct span before, after;
};

static const char *find(const char *text, size_t size, const char *key)
{
	return memmem(text, size, key, strlen(key));
}

/* Within strings quotes are escaped, so these bytes are the keys themselves. A text that has them
 * otherwise is read whole. */
static struct outline outline_of(const char *text, size_t size)
{
	const char *end = text + size, *cut, *on = NULL;

	cut = find(text, size, "\"namespaces\":[");
	if (cut != NULL)
		on = find(cut, (size_t)(end - cut), "\"alerts\":[");
	if (on == NULL)
		return (struct outline){ .before = { text, size } };
	return (struct outline){ .before = { text, (size_t)(cut - text) },
				 .after = { on, (size_t)(end - on) } };
}

static size_t read_outline(void *buffer, size_t size, void *userdata)
{
	struct outline *outline = userdata;
	struct span *span = outline->before.size > 0 ? &outline->before : &outline->after;
	size_t n = SW_MIN(size, span->size);

	if (n == 0)
		return 0;
	memcpy(buffer, span->at, n);
	span->at += n;
	span->size -= n;
	return n;
}

int sw_daemon_status_parse(struct sw_daemon_status *ret, const char *text, size_t size, sw_usec age)
{
	const char *schema = NULL, *last_poll = NULL, *hooks = "", *reason = "";
	json_int_t n_dumps = 0, n_dumps_skipped = 0;
	json_t *alerts = NULL, *root;
	struct outline outline = outline_of(text, size);
	double interval_s = 0, detection_delay_s = NAN;
	json_error_t error;
	int r;

	root = json_load_callback(read_outline, &outline, 0, &error);
	if (root == NULL)
		return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	r = json_unpack(root, "{s:s, s:o, s:{s:F, s:s, s?s, s?I, s?I, s?s, s?F}}", "schema",
			&schema, "alerts", &alerts, "daemon", "interval_s", &interval_s,
			"last_poll", &last_poll, "hooks", &hooks, "dumps", &n_dumps,
			"dumps_skipped", &n_dumps_skipped, "last_dump_reason", &reason,
			"detection_delay_s", &detection_delay_s);
	if (r < 0 || strcmp(schema, "sockwatch.status/1") != 0 || !json_is_array(alerts)) {
		json_decref(root);
		return -EBADMSG;
	}
	*ret = (struct sw_daemon_status){
		.running = (double)age < 3 * interval_s * SW_USEC_PER_SEC,
		.interval_s = interval_s,
		.n_dumps = n_dumps,
		.n_dumps_skipped = n_dumps_skipped,
		.detection_delay_s = detection_delay_s,
	};
	snprintf(ret->last_poll, sizeof(ret->last_poll), "%s", last_poll);
	snprintf(ret->hooks, sizeof(ret->hooks), "%s", hooks);
	snprintf(ret->last_dump_reason, sizeof(ret->last_dump_reason), "%s", reason);
	/* What was firing when a daemon stopped is not what is firing now. */
	if (ret->running)
		ret->alerts = json_incref(alerts);
	json_decref(root);
	return 0;
}

void sw_daemon_status_deinit(struct sw_daemon_status *status)
{
	json_decref(status->alerts);
	status->alerts = NULL;
}
