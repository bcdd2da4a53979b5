/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Kernel settings that do harm, for programs. */

#include <jansson.h>

#include "sockwatch/report.h"

/* Adds an advice for each to `*list`; NULL without memory. */
void sw_render_setting_advice(const struct sw_report *report, json_t **list);
