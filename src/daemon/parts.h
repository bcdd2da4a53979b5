/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a daemon is made of: for the files that move it, and nobody else. */

#include "daemon/daemon.h"
#include "daemon/delivery.h"
#include "daemon/hooks.h"
#include "daemon/mute-file.h"
#include "daemon/trouble.h"
#include "daemon/voice.h"
#include "sockwatch/budget.h"
#include "sockwatch/engine.h"
#include "sockwatch/ledger.h"
#include "sockwatch/narrow.h"
#include "sockwatch/planner.h"
#include "sockwatch/trends.h"
#include "sockwatch/units.h"

struct sw_daemon {
	struct sw_io *io;
	struct sw_daemon_config config;
	struct sw_settings settings;
	struct sw_engine *engine;
	struct sw_units *units;
	struct sw_ledger *ledger;
	struct sw_trends *trends;
	struct sw_voice *voice;
	struct sw_hooks *hooks; /* NULL without a state directory */
	struct sw_delivery *delivery;
	struct sw_mute_file *mute_file;
	struct sw_sysctl_setting recycle; /* what sysctl.d says of tcp_tw_recycle */
	char boot_id[37];
	char *status_path;
	bool ready;
	bool configured; /* anew, and not gone by yet */
	struct sw_planner planner;
	struct sw_figure active_opens; /* as of the start of this tick */
	enum sw_need last_need;        /* why the latest dump was made */
	int64_t n_dumps, n_dumps_skipped;
	struct sw_budget budget;
	struct sw_reading *last; /* the latest; NULL before the first, and after one that failed */
	struct sw_narrow narrow; /* what the next one may leave out, with `last` to tell the rest */
	sw_usec delay_told;      /* the detection delay that status.json has */
	struct sw_trouble reading, status, notify;
};

/* What is said on the command line comes before the settings. */
sw_usec sw_daemon_interval(const struct sw_daemon *daemon);
