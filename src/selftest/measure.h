/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The two figures of a case: what sockwatch says, and what the kernel does. */

#include "selftest/stage.h"
#include "sockwatch/report.h"

/*
 * A reading of the stage as `status --destination` takes it, once no socket is
 * on its way from one state to another any more. The reading is the caller's.
 */
int sw_stage_read(struct sw_stage *stage, const struct sw_way *way, struct sw_reading **ret);

/* How many connect() calls by `way` will succeed, by the outlook of its tuple. */
int sw_predict_connects(struct sw_stage *stage, const struct sw_way *way,
			struct sw_selftest_interval *ret);

/* How many calls of bind((way->from, 0)) will, by the row of that source. */
int sw_predict_binds(struct sw_stage *stage, const struct sw_way *way,
		     struct sw_selftest_interval *ret);

/* How many do, until the first one is refused for want of a port. They stay open. */
int sw_observe_connects(struct sw_stage *stage, const struct sw_way *way, uint32_t *ret);
int sw_observe_binds(struct sw_stage *stage, const struct sw_way *way, uint32_t *ret);
