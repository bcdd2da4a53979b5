/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* state.json: what is written is read again, and nothing else is taken for it. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "render/state-json.h"
#include "support/build.h"
#include "support/suite.h"

static struct sw_alert ports_alert(void)
{
	struct sw_alert alert = {
		.rule = SW_RULE_EPHEMERAL_PORTS,
		.id = UINT64_C(0xf123456789abcdef), /* does not fit into a signed number */
		.sequence = 10805000000,
		.severity = SW_LEVEL_CRITICAL,
		.announced = SW_LEVEL_NOTICE,
		.previous = SW_LEVEL_WARNING,
		.muted_until = 1795324321250000,
		.since = { 10800000000, 1795317121250000 },
		.changed = { 10805000000, 1795317126250000 },
		.lasted_usec = 5000000,
		.peak_used = 28232,
		.peak_utilization = 1,
		.slow_usec = 90000000,
		.exhausted_usec = 48000000,
		.facts = { 14117, 28232, 612.5, 0.79, 3600000000 },
		.outlook = { .range = 28232,
			     .reserved = 10,
			     .blocked = 4,
			     .capacity = 28218,
			     .used = 5000 },
		.owners = { .units = { "nginx.service", "user@1000.service/a.service" },
			    .n = 2,
			    .earlier = true },
	};

	ck_assert_int_eq(sw_addr_parse("fe80::1%2", NULL, &alert.outlook.tuple.source), 0);
	ck_assert_int_eq(sw_addr_parse("fe80::2%2", NULL, &alert.outlook.tuple.destination), 0);
	alert.outlook.tuple.port = 443;
	alert.subject.tuple = alert.outlook.tuple;
	return alert;
}

static struct sw_alert bind_alert(void)
{
	struct sw_alert alert = ports_alert();

	alert.rule = SW_RULE_BIND_PORTS;
	memset(&alert.outlook.tuple.destination, 0, sizeof(alert.outlook.tuple.destination));
	alert.outlook.tuple.port = 0;
	alert.outlook.of_bind = true;
	alert.subject.tuple = alert.outlook.tuple;
	return alert;
}

static char *render(void)
{
	struct sw_alert alerts[] = { ports_alert(),
				     { .rule = SW_RULE_BLIND,
				       .subject.name = "self",
				       .severity = SW_LEVEL_WARNING,
				       .why = "sock_diag: \"no\"" },
				     bind_alert() };
	struct sw_event event = { .state = SW_EVENT_CHANGED, .alert = alerts[0] };
	struct sw_state state = { .boot_id = "0a1b2c3d-0000-4000-8000-00000000beef",
				  .alerts = alerts,
				  .n_alerts = 3,
				  .events = &event,
				  .n_events = 1 };
	char *text;

	ck_assert_int_eq(sw_state_render(&state, &text), 0);
	return text;
}

START_TEST(what_is_written_is_read_again)
{
	struct sw_alert expected = ports_alert();
	const struct sw_alert *alert;
	char *text = render();
	struct sw_state state;

	ck_assert_int_eq(sw_state_parse(&state, text, strlen(text)), 0);
	ck_assert_str_eq(state.boot_id, "0a1b2c3d-0000-4000-8000-00000000beef");
	ck_assert_uint_eq(state.n_alerts, 3);
	ck_assert_uint_eq(state.n_events, 1);
	ck_assert_int_eq(state.events[0].state, SW_EVENT_CHANGED);
	alert = &state.events[0].alert;
	ck_assert_uint_eq(alert->id, expected.id);
	ck_assert_uint_eq(alert->sequence, expected.sequence);
	ck_assert_int_eq(alert->severity, expected.severity);
	ck_assert_int_eq(alert->announced, expected.announced);
	ck_assert_int_eq(alert->previous, expected.previous);
	ck_assert_uint_eq(alert->muted_until, expected.muted_until);
	ck_assert_mem_eq(&alert->since, &expected.since, sizeof(expected.since));
	ck_assert_mem_eq(&alert->changed, &expected.changed, sizeof(expected.changed));
	ck_assert_uint_eq(alert->lasted_usec, expected.lasted_usec);
	ck_assert_uint_eq(alert->peak_used, expected.peak_used);
	ck_assert_uint_eq(alert->slow_usec, expected.slow_usec);
	ck_assert_uint_eq(alert->exhausted_usec, expected.exhausted_usec);
	ck_assert_mem_eq(&alert->facts, &expected.facts, sizeof(expected.facts));
	ck_assert_mem_eq(&alert->outlook.tuple, &expected.outlook.tuple,
			 sizeof(expected.outlook.tuple));
	ck_assert_uint_eq(alert->outlook.free, 23218);
	ck_assert_mem_eq(&alert->owners, &expected.owners, sizeof(expected.owners));
	ck_assert_str_eq(state.alerts[1].why, "sock_diag: \"no\"");
	expected = bind_alert();
	ck_assert_mem_eq(&state.alerts[2].subject, &expected.subject, sizeof(expected.subject));
	ck_assert(state.alerts[2].outlook.of_bind);
	ck_assert_uint_eq(state.alerts[2].outlook.free, 23218);
	sw_state_deinit(&state);
	free(text);
}
END_TEST

START_TEST(an_endpoint_is_read_again)
{
	struct sw_alert alert = { .rule = SW_RULE_CLOSE_WAIT,
				  .severity = SW_LEVEL_WARNING,
				  .subject.tuple.port = 443,
				  .owners = { .units = { "nginx.service" }, .n = 1 } };
	const struct sw_state before = { .boot_id = "b", .alerts = &alert, .n_alerts = 1 };
	struct sw_state after;
	char *text;

	ck_assert_int_eq(sw_addr_parse("fe80::1%2", NULL, &alert.subject.tuple.destination), 0);
	ck_assert_int_eq(sw_state_render(&before, &text), 0);
	ck_assert_int_eq(sw_state_parse(&after, text, strlen(text)), 0);
	ck_assert_mem_eq(&after.alerts[0].subject, &alert.subject, sizeof(alert.subject));
	ck_assert_mem_eq(&after.alerts[0].owners, &alert.owners, sizeof(alert.owners));
	sw_state_deinit(&after);
	free(text);
}
END_TEST

START_TEST(a_peer_is_read_again)
{
	struct sw_alert alert = { .rule = SW_RULE_INBOUND,
				  .severity = SW_LEVEL_NOTICE,
				  .subject.tuple = build_tuple("fe80::2%3", "fe80::1%3", 443),
				  .facts = { .count = 25211, .limit = 28232, .share = 0.893 } };
	const struct sw_state before = { .boot_id = "b", .alerts = &alert, .n_alerts = 1 };
	struct sw_state after;
	char *text, *at;

	ck_assert_int_eq(sw_state_render(&before, &text), 0);
	ck_assert_int_eq(sw_state_parse(&after, text, strlen(text)), 0);
	ck_assert_mem_eq(&after.alerts[0].subject, &alert.subject, sizeof(alert.subject));
	ck_assert_mem_eq(&after.alerts[0].facts, &alert.facts, sizeof(alert.facts));
	sw_state_deinit(&after);
	at = strstr(text, "443");
	ck_assert_ptr_nonnull(at);
	memcpy(at, "000", 3);
	ck_assert_int_lt(sw_state_parse(&after, text, strlen(text)), 0);
	free(text);
}
END_TEST

START_TEST(a_rule_of_endpoints_may_be_about_a_tuple)
{
	struct sw_alert alert = ports_alert();
	const struct sw_state before = { .boot_id = "b", .alerts = &alert, .n_alerts = 1 };
	struct sw_state after;
	char *text;

	alert.rule = SW_RULE_CLOSE_WAIT;
	ck_assert_int_eq(sw_state_render(&before, &text), 0);
	ck_assert_int_eq(sw_state_parse(&after, text, strlen(text)), 0);
	ck_assert_mem_eq(&after.alerts[0].subject, &alert.subject, sizeof(alert.subject));
	sw_state_deinit(&after);
	free(text);
}
END_TEST

static const struct {
	const char *owners;
	int r;
	uint32_t n;
	const char *first;
} edited[] = {
	{ "{\"units\":null,\"earlier\":false}", 0, 0, "" },
	{ "{\"units\":[\"a.service\"],\"earlier\":false}", 0, 1, "a.service" },
	{ "{\"units\":[\"a\\u001b[2J.service\"],\"earlier\":false}", 0, 1, "a?[2J.service" },
	{ "{\"units\":[1],\"earlier\":false}", -EBADMSG, 0, "" },
	{ "{\"units\":[\"a\",\"b\",\"c\",\"d\",\"e\"],\"earlier\":false}", -EBADMSG, 0, "" },
	{ "{\"units\":[\"0123456789012345678901234567890123456789012345678901234567890123456789"
	  "01234567890123456789012345\"],\"earlier\":false}",
	  -EBADMSG, 0, "" },
	{ "{\"units\":[]}", -EBADMSG, 0, "" },
};

/* Root edits, and disks forget: what comes back as a name of a unit is held to what one can be. */
START_TEST(owners_are_held_to_what_they_can_be)
{
	static const char key[] = "\"owners\":";
	char *text = render(), *at = strstr(text, key) + strlen(key), *changed;
	const struct sw_owners *owners;
	struct sw_state state;
	int r;

	ck_assert_int_gt(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, edited[_i].owners,
				  strchr(at, '}') + 1),
			 0);
	r = sw_state_parse(&state, changed, strlen(changed));
	ck_assert_int_eq(r, edited[_i].r);
	free(changed);
	free(text);
	if (r < 0)
		return;
	owners = &state.alerts[0].owners;
	ck_assert_uint_eq(owners->n, edited[_i].n);
	ck_assert_str_eq(owners->units[0], edited[_i].first);
	sw_state_deinit(&state);
}
END_TEST

START_TEST(no_prefix_is_a_state)
{
	char *text = render();
	struct sw_state state;

	for (size_t size = 0; size < strlen(text); size++)
		ck_assert_int_eq(sw_state_parse(&state, text, size), -EBADMSG);
	free(text);
}
END_TEST

/* Whatever one byte becomes, the state is refused or its figures still make sense. */
START_TEST(a_damaged_state_is_refused_or_sane)
{
	static const char bytes[] = { '\0', '0', '9', '-', '"', '}', ',', 'e', '\x80' };
	char *text = render();
	size_t size = strlen(text), n_taken = 0;

	for (size_t i = 0; i < size; i++) {
		for (size_t k = 0; k < sizeof(bytes); k++) {
			char kept = text[i];
			struct sw_state state;

			text[i] = bytes[k];
			if (sw_state_parse(&state, text, size) == 0) {
				const struct sw_outlook *outlook = &state.events[0].alert.outlook;

				n_taken++;
				ck_assert_uint_eq(outlook->used + outlook->free, outlook->capacity);
				ck_assert(outlook->utilization >= 0 && outlook->utilization <= 1);
				sw_state_deinit(&state);
			}
			text[i] = kept;
		}
	}
	/* Another digit here and there is another state, not none. */
	ck_assert_uint_gt(n_taken, 0);
	free(text);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("state");

	tcase_add_test(tcase, what_is_written_is_read_again);
	tcase_add_test(tcase, an_endpoint_is_read_again);
	tcase_add_test(tcase, a_peer_is_read_again);
	tcase_add_test(tcase, a_rule_of_endpoints_may_be_about_a_tuple);
	tcase_add_loop_test(tcase, owners_are_held_to_what_they_can_be, 0,
			    sizeof(edited) / sizeof(edited[0]));
	tcase_add_test(tcase, no_prefix_is_a_state);
	tcase_add_test(tcase, a_damaged_state_is_refused_or_sane);
	return suite_run("state", tcase);
}
