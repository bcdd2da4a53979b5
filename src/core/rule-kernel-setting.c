/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Settings of the kernel that are wrong. A setting stays as it is until somebody changes it, so
 * there is nothing to look for meanwhile: no watch is kept before it is due, and what fires does
 * not keep the daemon from its rest.
 */

#include <stdio.h>

#include "core/rules.h"
#include "sockwatch/kernel-setting.h"

/* What can be pasted is whole, or it is where there is more room for it. */
static void say_why(const struct sw_kernel_setting *setting, char ret[SW_WHY_SIZE])
{
	static const char elsewhere[] = "; do: the line that \"sockwatch status\" has";
	int n = snprintf(ret, SW_WHY_SIZE, "%s; do: %s", setting->why, setting->to_do);

	if (setting->to_do[0] == '\0')
		snprintf(ret, SW_WHY_SIZE, "%s", setting->why);
	else if (n >= SW_WHY_SIZE)
		snprintf(ret, SW_WHY_SIZE, "%s%s", setting->why, elsewhere);
}

void sw_rule_kernel_setting(struct sw_kernel_setting_memory *memory,
			    const struct sw_inquiry *inquiry)
{
	const struct sw_evidence *evidence = inquiry->evidence;
	struct sw_kernel_setting settings[SW_N_KERNEL_SETTINGS];
	sw_usec now = inquiry->now.boot;

	sw_kernel_settings_look(evidence->report, evidence->recycle, settings);
	for (size_t i = 0; i < SW_N_KERNEL_SETTINGS; i++) {
		const struct sw_kernel_setting *setting = &settings[i];
		struct sw_finding finding = sw_rule_finding(inquiry, SW_RULE_KERNEL_SETTING);
		char why[SW_WHY_SIZE];

		if (!setting->wrong)
			memory->since[i] = 0;
		else if (memory->since[i] == 0)
			memory->since[i] = now;
		snprintf(finding.subject.name, sizeof(finding.subject.name), "%s", setting->name);
		finding.signs.over = !setting->wrong;
		finding.signs.wanted =
			setting->wrong && now - memory->since[i] >= finding.holds.warning;
		if (finding.signs.wanted)
			finding.signs.at_once = SW_LEVEL_NOTICE;
		if (setting->wrong) {
			say_why(setting, why);
			finding.why = why;
		}
		inquiry->take(inquiry->sink, &finding);
	}
}
