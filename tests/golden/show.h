/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A scripted world as everything that is said of it: text, JSON, explanation, events. */

#include "render/status-json.h"
#include "support/world.h"

/* The control groups of the host. */
enum { NGINX = 101, SSH, APP, USERS, DOCKER };

/* Compares the outputs about it, with what a daemon says of itself besides. */
void golden_show_beside(const char *scene, struct world *world,
			const struct sw_report_filter *filter,
			const struct sw_daemon_status *daemon);

/* Without a daemon. */
void golden_show(const char *scene, struct world *world, const struct sw_report_filter *filter);
