/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the settings mean: the defaults, and what holds for one tuple. */
#include "sockwatch/settings.h"

#include <string.h>

#include "settings/keys.h"
#include "settings/match.h"
#include "settings/value.h"

void sw_settings_init(struct sw_settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	for (size_t i = 0; i < SW_N_KEYS; i++)
		if (sw_keys[i].scope != SW_KEY_OVERRIDE)
			sw_value_reset(&sw_keys[i], sw_key_target(&sw_keys[i], settings, NULL));
	settings->rules.ephemeral_ports = sw_ephemeral_limits_default;
	settings->rules.bind_ports = sw_ephemeral_limits_default;
}

const char *sw_hook_run_to_string(enum sw_hook_run run)
{
	const struct sw_choice *choice = sw_keys[SW_KEY_HOOKS_RUN].choices;

	while (choice->name != NULL && choice->value != (int)run)
		choice++;
	return choice->name;
}

enum sw_level sw_rule_max_severity(const struct sw_rule_settings *rule)
{
	return rule->enabled ? rule->max_severity : SW_LEVEL_OK;
}

const struct sw_rules *sw_settings_at(const struct sw_settings *settings, enum sw_rule rule,
				      const struct sw_addr *addr, uint32_t port,
				      enum sw_level *ret_max_severity)
{
	const struct sw_rules *holds = &settings->rules;

	for (uint32_t i = settings->n_overrides; i > 0; i--) {
		const struct sw_override *override = &settings->overrides[i - 1];

		if (override->rule == rule &&
		    sw_matches_contain(&override->destinations, addr, port)) {
			holds = &override->rules;
			break;
		}
	}
	*ret_max_severity = sw_rule_max_severity(&holds->common[rule]);
	if (sw_matches_contain(&settings->ignore[rule], addr, port))
		*ret_max_severity = SW_LEVEL_OK;
	return holds;
}

void sw_settings_limits(const struct sw_settings *settings, const struct sw_tuple *tuple,
			struct sw_ephemeral_limits *ret_limits, enum sw_level *ret_max_severity)
{
	*ret_limits = sw_settings_at(settings, SW_RULE_EPHEMERAL_PORTS, &tuple->destination,
				     tuple->port, ret_max_severity)
			      ->ephemeral_ports;
}
