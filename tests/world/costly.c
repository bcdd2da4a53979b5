/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "world/costly.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "daemon/post.h"
#include "support/suite.h"

struct world *world;
struct sw_daemon *daemon_;
struct sw_settings settings;
struct answer *answer;
static uint64_t opens;
char last_alert[4096];
size_t n_alerts;

static void set_counters(void)
{
	char text[256];

	snprintf(text, sizeof(text), "Tcp: ActiveOpens PassiveOpens\nTcp: %llu 7\n",
		 (unsigned long long)opens);
	world_set_file(world, "/proc/net/snmp", text);
	world_set_file(world, "/proc/net/sockstat", "TCP: inuse 50 orphan 0 tw 0 alloc 50 mem 1\n");
}

void costly_add(struct answer *to, uint8_t state, uint16_t local_port, const char *remote,
		uint16_t remote_port)
{
	struct row row = { .state = state,
			   .local = "10.0.0.5",
			   .remote = remote,
			   .local_port = local_port,
			   .remote_port = remote_port };

	answer_add_row(to, &row);
}

void costly_set_held(uint16_t n)
{
	answer_free(answer);
	answer = answer_new();
	for (uint16_t i = 0; i < n; i++)
		costly_add(answer, 8, (uint16_t)(40000 + i), "10.0.0.9", 5432);
	answer_add_done(answer, 0);
}

void costly_set_up(void)
{
	struct sw_daemon_config config = {
		.settings = &settings,
		.runtime_dir = "/run/sockwatch",
		.mutes_dir = "/etc/sockwatch",
		.notify_socket = "@notify",
		.interval = SW_USEC_PER_SEC,
		.stderr_is_journal = true,
		.watchdog = true,
	};

	sw_settings_init(&settings);
	/* The ranges are tiny here. */
	settings.rules.common[SW_RULE_KERNEL_SETTING].enabled = false;
	world = world_new();
	world_set_file(world, "/proc/sys/net/ipv4/ip_local_port_range", "40000\t40099\n");
	answer = NULL;
	opens = 1000;
	n_alerts = 0;
	last_alert[0] = '\0';
	set_counters();
	costly_set_held(10);
	ck_assert_int_eq(sw_daemon_new(&daemon_, &world->io, &config), 0);
}

void costly_tear_down(void)
{
	sw_daemon_free(daemon_);
	world_free(world);
	answer_free(answer);
}

/* Keeps the alerts, and nothing else: the world has no room for so much. */
static void sift(void)
{
	while (world->n_sent > 0) {
		char *text = world->sent[--world->n_sent].text;

		if (strcmp(world->sent[world->n_sent].address, SW_JOURNAL_SOCKET) == 0 &&
		    strstr(text, "SOCKWATCH_ALERT_ID=") != NULL) {
			n_alerts++;
			snprintf(last_alert, sizeof(last_alert), "%s", text);
		}
		free(text);
	}
}

bool costly_tick(uint64_t n)
{
	size_t n_opened = world->n_opened;

	world->now.boot += SW_USEC_PER_SEC;
	world->now.wall += SW_USEC_PER_SEC;
	opens += n;
	set_counters();
	world_set_answer(world, answer);
	ck_assert_uint_le(sw_daemon_tick(daemon_), SW_USEC_PER_SEC);
	sift();
	return world->n_opened > n_opened;
}

double costly_delay_told(void)
{
	json_t *status = json_loads(world->persisted, 0, NULL);
	double delay = -1;

	ck_assert_ptr_nonnull(status);
	ck_assert_int_eq(json_unpack(status, "{s:{s:F}}", "daemon", "detection_delay_s", &delay),
			 0);
	json_decref(status);
	return delay;
}
