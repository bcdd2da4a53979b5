/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Finding: what a rule has to say of one subject after one reading. Which signs
 * there are now is the rule's; for how long they have to last, and what follows,
 * is the engine's, and the same for all rules.
 */

#include "sockwatch/alert.h"
#include "sockwatch/engine.h"

struct sw_signs {
	enum sw_level at_once; /* due by this reading alone */
	/* Due once they have lasted: the first two for holds.warning, the third for holds.critical.
	 */
	bool noticed, warned, threatened;
	bool failing; /* it fails now; in two readings in a row that is critical */
	/* Well below the line of a notice; or of anything worse. */
	bool calm_as_notice, calm;
	bool over;   /* resolved without waiting for holds.clear */
	bool wanted; /* worth a watch, also if it does not fire */
};

struct sw_holds {
	sw_usec warning, critical, clear;
};

struct sw_finding {
	enum sw_rule rule;
	struct sw_subject subject;
	struct sw_signs signs;
	struct sw_holds holds;
	enum sw_level max_severity; /* SW_LEVEL_OK: nobody asks for it */
	double weight;              /* the larger, the worse; compared within a rule */
	/* Facts for the sentence; NULL = as they were. */
	const struct sw_outlook *outlook;
	struct sw_facts facts;
	const char *why;
};

/* Takes a finding. `sink` is whoever asked for them. */
typedef void (*sw_finding_take)(void *sink, const struct sw_finding *finding);

/* What a rule looks at, and where its findings go. */
struct sw_inquiry {
	struct sw_now now;
	const struct sw_evidence *evidence;
	const struct sw_engine_config *config;
	/* Between two readings of a scope or a wider one, for what they saw to go on; 0 = any. */
	const sw_usec *max_gaps;
	sw_finding_take take;
	void *sink;
};
