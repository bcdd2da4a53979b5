/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "render/setting-json.h"

#include "render/json.h"
#include "sockwatch/kernel-setting.h"

static json_t *advice_json(const struct sw_kernel_setting *setting)
{
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "id", json_string(setting->id));
	sw_json_put(&json, "severity", json_string("notice"));
	sw_json_put(&json, "subject", json_string(setting->name));
	sw_json_put(&json, "why", sw_json_text(setting->why));
	sw_json_put(&json, "do", sw_json_text(setting->to_do[0] == '\0' ? NULL : setting->to_do));
	sw_json_put(&json, "gain", json_string(setting->gain));
	return sw_json_end(&json);
}

void sw_render_setting_advice(struct sw_json_stream *stream, const struct sw_report *report)
{
	struct sw_kernel_setting settings[SW_N_KERNEL_SETTINGS];

	sw_kernel_settings_look(report, NULL, settings);
	for (size_t i = 0; i < SW_N_KERNEL_SETTINGS; i++)
		if (settings[i].wrong)
			sw_json_stream_put(stream, NULL, advice_json(&settings[i]));
}
