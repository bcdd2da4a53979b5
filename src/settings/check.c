/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can only be said when all files are read: overrides completed, keys held against each other.
 */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "settings/parts.h"
#include "settings/value.h"

/* Where a key of an override, or of none, has its value from. */
static struct sw_origin origin_of(const struct sw_config *config,
				  const struct sw_override_state *state, enum sw_key_id id)
{
	return state != NULL && state->origins[id].file != 0 ? state->origins[id]
							     : config->origins[id];
}

static bool is_later(struct sw_origin a, struct sw_origin b)
{
	return a.file != b.file ? a.file > b.file : a.line > b.line;
}

/* Holds the keys that have to rise against each other. */
static void check_order(struct sw_config *config, const struct sw_override *override,
			const struct sw_override_state *state)
{
	static const enum sw_key_id rising[][2] = {
		{ SW_KEY_EPHEMERAL_NOTICE, SW_KEY_EPHEMERAL_WARNING },
		{ SW_KEY_EPHEMERAL_WARNING, SW_KEY_EPHEMERAL_CRITICAL },
		{ SW_KEY_EPHEMERAL_CRITICAL_IN, SW_KEY_HORIZON },
		{ SW_KEY_BIND_PORTS_WARNING, SW_KEY_BIND_PORTS_CRITICAL },
		{ SW_KEY_BIND_PORTS_CRITICAL_IN, SW_KEY_HORIZON },
	};
	char low_text[SW_VALUE_TEXT_SIZE], high_text[SW_VALUE_TEXT_SIZE];
	char of[SW_SETTINGS_NAME_SIZE];

	for (size_t i = 0; i < SW_ARRAY_SIZE(rising); i++) {
		const struct sw_key *low = &sw_keys[rising[i][0]], *high = &sw_keys[rising[i][1]];
		const void *low_value = sw_key_value(low, &config->settings, override);
		const void *high_value = sw_key_value(high, &config->settings, override);
		struct sw_origin a = origin_of(config, state, rising[i][0]);
		struct sw_origin b = origin_of(config, state, rising[i][1]);

		if (sw_value_number(low, low_value) <= sw_value_number(high, high_value))
			continue;
		/* What the rule has wrong is no fault of each override too. */
		if (state != NULL && state->origins[rising[i][0]].file == 0 &&
		    state->origins[rising[i][1]].file == 0)
			continue;
		/* Several sections have such a key. */
		snprintf(of, sizeof(of), " of [%s]", low->section);
		sw_config_complain(config, true, is_later(a, b) ? a : b, "%s=%s%s is above %s=%s",
				   low->name, sw_value_format(low, low_value, low_text),
				   strcmp(low->section, high->section) == 0 ? "" : of, high->name,
				   sw_value_format(high, high_value, high_text));
	}
}

/*
 * What a look at the counters costs that finds no need for a reading, where caches have gone cold
 * in between: measured, docs/benchmarks.md. Looks are never left out, so half of the budget has to
 * be left for readings.
 */
#define LOOK_USEC 220.0

static void check_looks(struct sw_config *config)
{
	const struct sw_settings *settings = &config->settings;
	struct sw_origin a = config->origins[SW_KEY_INTERVAL];
	struct sw_origin b = config->origins[SW_KEY_CPU_BUDGET];
	char interval[SW_VALUE_TEXT_SIZE], budget[SW_VALUE_TEXT_SIZE];
	double looks = LOOK_USEC / (double)settings->interval;

	if (looks <= settings->cpu_budget / 2)
		return;
	sw_config_complain(
		config, false, is_later(a, b) ? a : b,
		"looks each Interval=%s take about %.2g%% of a core: CpuBudget=%s leaves too "
		"little "
		"for counting",
		sw_value_format(&sw_keys[SW_KEY_INTERVAL], &settings->interval, interval),
		looks * 100,
		sw_value_format(&sw_keys[SW_KEY_CPU_BUDGET], &settings->cpu_budget, budget));
}

static void set_hold(const struct sw_settings *settings, struct sw_ephemeral_limits *limits)
{
	limits->warning_hold = settings->alert.warning_hold;
	limits->critical_hold = settings->alert.critical_hold;
	limits->clear = settings->alert.clear;
}

static void set_holds(const struct sw_settings *settings, struct sw_rules *rules)
{
	set_hold(settings, &rules->ephemeral_ports);
	set_hold(settings, &rules->bind_ports);
}

/* Fills what an override does not name, and checks it. */
static void complete(struct sw_config *config, struct sw_override *override,
		     const struct sw_override_state *state)
{
	struct sw_settings *settings = &config->settings;

	for (size_t i = 0; i < SW_N_KEYS; i++)
		if (sw_keys[i].scope == SW_KEY_RULE && state->origins[i].file == 0)
			sw_value_copy(&sw_keys[i], sw_key_target(&sw_keys[i], settings, override),
				      sw_key_value(&sw_keys[i], settings, NULL));
	set_holds(settings, &override->rules);
	if (state->is_foreign) {
		override->destinations.n = 0;
		return;
	}
	if (state->origins[SW_KEY_OVERRIDE_DESTINATION].file == 0)
		sw_config_complain(config, true, state->header,
				   "[Override \"%s\"] has no Destination=", override->name);
	check_order(config, override, state);
}

/* What nobody has said follows what somebody has. */
static void lower_defaults(struct sw_config *config)
{
	struct sw_settings *settings = &config->settings;

	if (config->origins[SW_KEY_EPHEMERAL_CRITICAL_IN].file == 0)
		settings->rules.ephemeral_ports.critical_in = SW_MIN(
			settings->rules.ephemeral_ports.critical_in, settings->alert.horizon);
	if (config->origins[SW_KEY_BIND_PORTS_CRITICAL_IN].file == 0)
		settings->rules.bind_ports.critical_in =
			SW_MIN(settings->rules.bind_ports.critical_in, settings->alert.horizon);
}

int sw_config_finish(struct sw_config *config)
{
	struct sw_settings *settings = &config->settings;

	assert(!config->is_finished);
	set_holds(settings, &settings->rules);
	lower_defaults(config);
	check_order(config, NULL, NULL);
	check_looks(config);
	for (uint32_t i = 0; i < settings->n_overrides; i++)
		complete(config, &settings->overrides[i], &config->overrides[i]);
	sw_config_count_left_out(config);
	config->is_finished = true;
	return config->failure;
}
