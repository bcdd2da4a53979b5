/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Budget: how much CPU time readings may cost, and what comes later for it. It goes by the
 * time that the process really used, the kernel's work for it included: a dump is made in
 * the recvmsg() that asks for it (netlink_dump, net/netlink/af_netlink.c).
 *
 * Over any SW_BUDGET_WINDOW the process uses no more than its share. Two things may exceed
 * it: the first reading, whose cost nobody knows, and what a reading costs more than a
 * quarter over the one before. A reading that alone costs about half of what the window
 * allows, or more, is paid for afterwards: the average over many holds.
 */

#include <stdbool.h>

#include "sockwatch/planner.h"
#include "sockwatch/time.h"

#define SW_BUDGET_WINDOW (300 * SW_USEC_PER_SEC)

enum { SW_BUDGET_N_SLOTS = 61 };

/* All zero but for `share`: nothing has been used yet. */
enum sw_extent {
	SW_EXTENT_WHOLE,
	SW_EXTENT_NARROW,
	SW_EXTENT_NONE, /* no reading at all */
};

struct sw_budget {
	double share; /* of one core */
	/* CPU time that may be used now, in usec; below 0: what is owed. For whole readings, and
	 * for narrow ones and all else. */
	double saved[2];
	double cost[2]; /* of the last reading, whole or narrow, in usec; 0 = there was none */
	bool narrow;    /* are there narrow readings? */
	sw_usec whole;  /* when the last whole reading ended */
	sw_usec used;   /* by the process, as of ... */
	sw_usec noted;  /* ... this time; 0 = never */
	/* Since when there is need for a reading that has not been made, and need that presses; 0 =
	 * there is none. */
	sw_usec asked, pressed;
	sw_usec pressed_narrow; /* the same of the narrow reading that was just made */
	sw_usec pressed_whole;  /* and that narrow readings do not meet */
	sw_usec waited;         /* how long the latest reading has waited, or the next will have */
	sw_usec delay; /* how much later something may be seen for that; 0 where nothing pressed */
	/* What was used, by time. */
	struct {
		uint64_t number;
		double usec;
	} slots[SW_BUDGET_N_SLOTS];
};

/*
 * Takes note that the process has used `cpu` of CPU time until `now`, since it began. Of what
 * came since the note before, `extent` says what reading it was for.
 */
void sw_budget_note(struct sw_budget *budget, sw_usec cpu, enum sw_extent extent, sw_usec now);

/*
 * From now on there are narrow readings, the first for so much of what a whole one costs; or
 * there are none: 0. Three quarters of what comes in is for them then.
 */
void sw_budget_set_narrow(struct sw_budget *budget, double cost);

/*
 * There is this need for a reading; `others`: and one, whichever it is, that only a whole reading
 * meets. Returns for how long it has to wait, as of the last note; 0: it
 * is to be made now, of `*ret_extent`. The age of the last reading does not press, nor does
 * somebody who asks: the counters say that there is nothing that could be seen late. Only a whole
 * reading helps against age.
 */
sw_usec sw_budget_ask(struct sw_budget *budget, enum sw_need need, bool others,
		      enum sw_extent *ret_extent);

/* Is the delay still about what was `told`, so that there is no need to say it again? */
bool sw_budget_is_told(const struct sw_budget *budget, sw_usec told);
