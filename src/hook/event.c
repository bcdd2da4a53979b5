/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Nothing that a stranger may have chosen gets into argv: a state is one of four words, a rule is
 * letters.
 */

#include "hook/event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/live-file.h"
#include "render/event-env.h"
#include "render/json.h"

static const char *text_of(const json_t *event, const char *key)
{
	const char *text = json_string_value(json_object_get(event, key));

	return text == NULL ? "" : text;
}

int sw_hook_severity_parse(const char *text, enum sw_level *ret)
{
	static const enum sw_level levels[] = { SW_LEVEL_NOTICE, SW_LEVEL_WARNING,
						SW_LEVEL_CRITICAL };

	for (size_t i = 0; i < SW_ARRAY_SIZE(levels); i++)
		if (strcmp(text, sw_level_to_string(levels[i])) == 0) {
			*ret = levels[i];
			return 0;
		}
	return -EINVAL;
}

static bool is_state(const char *text)
{
	static const char *const states[] = { "firing", "changed", "repeat", "resolved" };

	for (size_t i = 0; i < SW_ARRAY_SIZE(states); i++)
		if (strcmp(text, states[i]) == 0)
			return true;
	return false;
}

/* It goes into argv. */
static bool is_rule(const char *text)
{
	size_t length = strspn(text, "-0123456789abcdefghijklmnopqrstuvwxyz");

	return length > 0 && length <= 64 && text[length] == '\0' && text[0] != '-';
}

/* What is wrong with it; NULL = nothing. */
static const char *find_fault(struct sw_hook_event *event, const struct sw_outbox_name *name)
{
	char alert_id[17];

	snprintf(alert_id, sizeof(alert_id), "%016" PRIx64, name->alert_id);
	event->state = text_of(event->json, "state");
	event->rule = text_of(event->json, "rule");
	if (strcmp(text_of(event->json, "schema"), "sockwatch.event/1") != 0)
		return "its schema is not sockwatch.event/1";
	if (strcmp(text_of(event->json, "event_id"), name->event_id) != 0 ||
	    strcmp(text_of(event->json, "alert_id"), alert_id) != 0 ||
	    strcmp(event->state, name->state) != 0)
		return "its name says otherwise than itself";
	if (!is_state(event->state))
		return "its state is unknown";
	if (!is_rule(event->rule))
		return "its rule is no name";
	if (sw_hook_severity_parse(text_of(event->json, "severity"), &event->severity) < 0)
		return "its severity is unknown";
	return NULL;
}

int sw_hook_event_parse(struct sw_hook_event *ret, const char *text, size_t size,
			const struct sw_outbox_name *name, const char **ret_why)
{
	struct sw_hook_event event = { .json = json_loadb(text, size, 0, NULL) };

	*ret_why = event.json == NULL ? "it is not JSON" : find_fault(&event, name);
	if (*ret_why != NULL) {
		json_decref(event.json);
		return -EBADMSG;
	}
	*ret = event;
	return 0;
}

void sw_hook_event_deinit(struct sw_hook_event *event)
{
	json_decref(event->json);
	event->json = NULL;
}

int sw_hook_event_open(const struct sw_hook_event *event, unsigned int attempt)
{
	char *text = NULL;
	int fd, r;

	if (json_object_set_new(event->json, "attempt", json_integer(attempt)) == 0)
		text = json_dumps(event->json, SW_JSON_FLAGS);
	if (text == NULL)
		return -ENOMEM;
	fd = memfd_create("event", MFD_CLOEXEC);
	r = fd < 0 ? -errno : sw_live_write_all(fd, text, strlen(text));
	if (r == 0)
		r = sw_live_write_all(fd, "\n", 1);
	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	free(text);
	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

char **sw_hook_event_environment(const struct sw_hook_event *event)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	const char *const fixed[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"LANG=C.UTF-8",
	};
	char **environment = sw_render_event_env(event->json), **longer;
	size_t n = 0;

	if (environment == NULL)
		return NULL;
	while (environment[n] != NULL)
		n++;
	longer = reallocarray(environment, n + SW_ARRAY_SIZE(fixed) + 2, sizeof(*longer));
	if (longer == NULL) {
		sw_event_env_free(environment);
		return NULL;
	}
	for (size_t i = 0; i <= SW_ARRAY_SIZE(fixed); i++)
		longer[n + i] = NULL;
	for (size_t i = 0; i < SW_ARRAY_SIZE(fixed); i++, n++) {
		longer[n] = strdup(fixed[i]);
		if (longer[n] == NULL) {
			sw_event_env_free(longer);
			return NULL;
		}
	}
	longer[n + 1] = NULL;
	if (credentials != NULL &&
	    asprintf(&longer[n], "CREDENTIALS_DIRECTORY=%s", credentials) < 0) {
		longer[n] = NULL;
		sw_event_env_free(longer);
		return NULL;
	}
	return longer;
}
