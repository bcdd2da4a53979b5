/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The command line of `sockwatch`. */

#include <stdbool.h>
#include <stdint.h>

#include "sockwatch/level.h"
#include "sockwatch/time.h"

enum sw_json_style {
	SW_JSON_NO,
	SW_JSON_LINE,
	SW_JSON_PRETTY,
};

enum sw_color {
	SW_COLOR_AUTO,
	SW_COLOR_ALWAYS,
	SW_COLOR_NEVER,
};

struct sw_options {
	const char *command;  /* "status" when none was given */
	const char *argument; /* what follows the command; NULL for none */
	char **more;          /* what follows that, n_more of them */
	int n_more;
	enum sw_json_style json;
	enum sw_color color;
	uint64_t given; /* which options there were */
	bool legend;
	unsigned int rows;  /* 0 = as many as fit */
	const char *config; /* the one file to read; NULL = those in their places */
	const char *runtime_dir;
	const char *state_dir;
	const char *mutes_dir;
	const char *hooks_dir; /* NULL = as the configuration says */
	const char *rule;      /* of a test of the hooks; NULL = the usual one */
	const char *severity;  /* the same */
	sw_usec how_long;      /* of a mute; 0 = it was not said */
	const char *reason;    /* of a mute; NULL for none */
	const char *from;      /* a recording; NULL = this machine */
	const char
		*destination; /* NULL = any; read once it is known whose interfaces it may name */
	uint32_t port;        /* 0 = any */
	sw_usec watch;        /* between readings; 0 = one reading */
	bool processes;       /* who holds the sockets */
	bool has_until;
	enum sw_level until; /* no worse than this */
	sw_usec timeout;     /* SW_USEC_INFINITY = none */
	uint32_t rate;       /* closes a second; 0 = as `like` does */
	uint32_t sources, destinations;
	bool has_reuse, has_range;
	uint32_t reuse; /* tcp_tw_reuse */
	uint16_t range_low, range_high;
	sw_usec hold;
	const char *like; /* a destination; NULL = none */
};

enum sw_options_result {
	SW_OPTIONS_RUN,
	SW_OPTIONS_HELP, /* asked for */
	SW_OPTIONS_VERSION,
	SW_OPTIONS_WRONG, /* and said so on stderr */
};

enum sw_options_result sw_options_parse(struct sw_options *options, int argc, char **argv);

/* Does the command take all the options that were given? False, and said on stderr. */
bool sw_options_suit(const struct sw_options *options);
