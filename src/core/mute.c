/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * A mute and an alert meet by the text of the subject, which is all that every rule has. A
 * destination mutes each tuple towards it: people think of the database, not of the source. So
 * does a peer that comes to us, as people think of the load balancer.
 */

#include "sockwatch/mute.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sockwatch/hook-report.h"
#include "sockwatch/kernel-setting.h"

static int read_endpoint(const char *text, const struct sw_ifnames *names,
			 char ret[SW_TUPLE_TEXT_SIZE])
{
	char address[SW_ADDR_TEXT_SIZE];
	struct sw_addr addr;
	uint32_t port;
	int r;

	r = sw_endpoint_parse(text, names, &addr, &port);
	if (r < 0)
		return r;
	if (port != 0)
		sw_endpoint_format(&addr, port, names, ret);
	else
		snprintf(ret, SW_TUPLE_TEXT_SIZE, "%s", sw_addr_format(&addr, names, address));
	return 0;
}

/* SOURCE->DESTINATION:PORT, where `arrow` is in it. */
static int read_tuple(const char *text, const char *arrow, const struct sw_ifnames *names,
		      char ret[SW_TUPLE_TEXT_SIZE])
{
	struct sw_tuple tuple = { 0 };
	char source[SW_ADDR_TEXT_SIZE];
	int r;

	if ((size_t)(arrow - text) >= sizeof(source))
		return -EINVAL;
	snprintf(source, sizeof(source), "%.*s", (int)(arrow - text), text);
	r = sw_addr_parse(source, names, &tuple.source);
	if (r == 0)
		r = sw_endpoint_parse(arrow + 2, names, &tuple.destination, &tuple.port);
	if (r < 0)
		return r;
	if (tuple.port == 0 || tuple.source.family != tuple.destination.family)
		return -EINVAL;
	sw_tuple_format(&tuple, names, ret);
	return 0;
}

/* As hooks are called in alerts. */
static bool is_hook(const char *text)
{
	return strlen(text) < SW_SUBJECT_NAME_SIZE &&
	       (strcmp(text, SW_HOOK_REPORT_RUNNER) == 0 ||
		text[strspn(text, "-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz")] == '\0');
}

/* Can the rule have an alert of that name? */
static bool is_name(enum sw_rule rule, const char *text)
{
	if (rule == SW_RULE_KERNEL_SETTING)
		return sw_kernel_setting_is_name(text);
	if (rule == SW_RULE_HOOK_FAILED)
		return is_hook(text);
	/* The namespace. */
	return strcmp(text, "self") == 0;
}

int sw_mute_subject(enum sw_rule rule, const char *text, const struct sw_ifnames *names,
		    char ret[SW_TUPLE_TEXT_SIZE])
{
	const char *arrow = strstr(text, "->");
	struct sw_addr addr;

	if (text[0] == '\0' || strlen(text) >= SW_TUPLE_TEXT_SIZE)
		return -EINVAL;
	if (strcmp(text, "more") == 0 ||
	    (sw_rule_subject(rule) == SW_SUBJECT_NAME && is_name(rule, text))) {
		snprintf(ret, SW_TUPLE_TEXT_SIZE, "%s", text);
		return 0;
	}
	if (sw_rule_subject(rule) == SW_SUBJECT_NAME)
		return -EINVAL;
	if (sw_rule_subject(rule) == SW_SUBJECT_ADDRESS) {
		int r = sw_addr_parse(text, names, &addr);

		if (r == 0)
			sw_addr_format(&addr, names, ret);
		return r;
	}
	return arrow == NULL ? read_endpoint(text, names, ret)
			     : read_tuple(text, arrow, names, ret);
}

/* Is `address` that of `endpoint`, an ADDRESS:PORT or [ADDRESS]:PORT? */
static bool is_address_of(const char *endpoint, const char *address)
{
	size_t length = strlen(address), bracket = endpoint[0] == '[';

	return length > 0 && strncmp(endpoint + bracket, address, length) == 0 &&
	       strcspn(endpoint + bracket + length, bracket ? "]" : ":") == 0;
}

/* The peer, whichever of our ports it comes to. */
static bool is_from(const char *subject, const char *arrow, const char *address)
{
	size_t length = strlen(address);

	return arrow != NULL && (size_t)(arrow - subject) == length &&
	       strncmp(subject, address, length) == 0;
}

static bool is_about(const struct sw_mute *mute, enum sw_rule rule, const char *subject)
{
	const char *arrow = strstr(subject, "->"), *endpoint = arrow == NULL ? subject : arrow + 2;

	if (mute->rule != rule)
		return false;
	if (mute->subject[0] == '\0' || strcmp(mute->subject, subject) == 0)
		return true;
	if (sw_rule_subject(rule) == SW_SUBJECT_PEER && is_from(subject, arrow, mute->subject))
		return true;
	return sw_rule_subject(rule) != SW_SUBJECT_NAME &&
	       (strcmp(mute->subject, endpoint) == 0 || is_address_of(endpoint, mute->subject));
}

sw_usec sw_mutes_until(const struct sw_mutes *mutes, enum sw_rule rule, const char *subject,
		       sw_usec wall)
{
	sw_usec until = 0;

	for (size_t i = 0; i < mutes->n; i++) {
		const struct sw_mute *mute = &mutes->list[i];

		if (mute->until > wall && mute->until > until && is_about(mute, rule, subject))
			until = mute->until;
	}
	return until;
}

static struct sw_mute *find(struct sw_mutes *mutes, enum sw_rule rule, const char *subject)
{
	for (size_t i = 0; i < mutes->n; i++)
		if (mutes->list[i].rule == rule && strcmp(mutes->list[i].subject, subject) == 0)
			return &mutes->list[i];
	return NULL;
}

int sw_mutes_set(struct sw_mutes *mutes, const struct sw_mute *mute)
{
	struct sw_mute *place = find(mutes, mute->rule, mute->subject);

	if (place == NULL && mutes->n == SW_MUTES_MAX)
		return -ENOSPC;
	if (place == NULL)
		place = &mutes->list[mutes->n++];
	*place = *mute;
	return 0;
}

/* The others keep their order. */
static void drop(struct sw_mutes *mutes, size_t i)
{
	mutes->n--;
	memmove(&mutes->list[i], &mutes->list[i + 1], (mutes->n - i) * sizeof(mutes->list[0]));
}

int sw_mutes_remove(struct sw_mutes *mutes, enum sw_rule rule, const char *subject)
{
	struct sw_mute *mute = find(mutes, rule, subject);

	if (mute == NULL)
		return -ENOENT;
	drop(mutes, (size_t)(mute - mutes->list));
	return 0;
}

void sw_mutes_drop_over(struct sw_mutes *mutes, sw_usec wall)
{
	for (size_t i = mutes->n; i-- > 0;)
		if (mutes->list[i].until <= wall)
			drop(mutes, i);
}
