/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is no reading: plan, config and selftest. */
void golden_show_others(void);
