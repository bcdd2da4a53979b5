/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The prediction goes the way of `status`: collect, tally, report, outlook. Nothing is known here
 * that is not known there. */

#include "selftest/measure.h"

#include <errno.h>
#include <string.h>

#include "io/collect.h"
#include "io/live.h"

/* More attempts than any range here has ports: the kernel has refused none of them. */
enum { TOO_MANY = 400 };

static struct sw_addr addr_of(const char *text)
{
	struct sw_place place = sw_place_of(text, 0);

	return place.to.any.sa_family == AF_INET
		       ? sw_addr_ipv4((const uint8_t *)&place.to.in.sin_addr)
		       : sw_addr_ipv6(place.to.in6.sin6_addr.s6_addr, 0);
}

/* Is a socket in a state that it leaves by itself, before any time is up? */
static bool is_moving(const struct sw_reading *reading)
{
	const uint64_t *n = sw_tally_totals(reading->tally)->n_by_state;

	return n[SW_TCP_FIN_WAIT1] + n[SW_TCP_LAST_ACK] + n[SW_TCP_CLOSING] + n[SW_TCP_SYN_RECV] >
	       0;
}

static int read_once(struct sw_stage *stage, const struct sw_way *way, struct sw_reading **ret)
{
	const struct sw_collect_options options = {
		.has_destination = true,
		.destination = addr_of(way->to),
		.port = way->port,
	};
	char why[SW_PROBLEM_TEXT_SIZE];
	struct sw_io *io;
	int r;

	r = sw_live_new(&io);
	if (r < 0) {
		sw_stage_fail(stage, r, "no reading");
		return r;
	}
	r = sw_collect(io, &options, ret);
	sw_live_free(io);
	if (r < 0) {
		sw_stage_fail(stage, r, "no reading");
		return r;
	}
	if ((*ret)->complete && (*ret)->route_error == 0)
		return 0;
	r = (*ret)->route_error < 0 ? (*ret)->route_error : -EIO;
	sw_stage_fail(stage, r, "the reading is incomplete: %s",
		      (*ret)->complete ? "no route" : sw_problem_format(&(*ret)->spoiled_by, why));
	sw_reading_free(*ret);
	return r;
}

int sw_stage_read(struct sw_stage *stage, const struct sw_way *way, struct sw_reading **ret)
{
	enum { PAUSE_MSEC = 2, N_TRIES = 5000 };
	struct sw_reading *reading;
	int r;

	for (int i = 0; i < N_TRIES; i++) {
		r = read_once(stage, way, &reading);
		if (r < 0)
			return r;
		if (!is_moving(reading)) {
			*ret = reading;
			return 0;
		}
		sw_reading_free(reading);
		sw_stage_sleep(PAUSE_MSEC);
	}
	return sw_stage_fail(stage, -ETIMEDOUT, "connections do not come to rest");
}

/* Reads and reports; both are the caller's. */
static int report_on(struct sw_stage *stage, const struct sw_way *way,
		     struct sw_reading **ret_reading, struct sw_report *ret)
{
	const struct sw_report_filter filter = {
		.has_destination = true,
		.destination = addr_of(way->to),
		.destination_port = way->port,
	};
	int r = sw_stage_read(stage, way, ret_reading);

	if (r < 0)
		return r;
	r = sw_report_init(ret, *ret_reading, NULL, &filter);
	if (r < 0) {
		sw_reading_free(*ret_reading);
		return sw_stage_fail(stage, r, "no report");
	}
	return 0;
}

static const struct sw_outlook *find_outlook(const struct sw_report *report,
					     const struct sw_addr *source)
{
	for (size_t i = 0; i < report->n_outlooks; i++)
		if (sw_addr_equal(&report->outlooks[i].tuple.source, source) &&
		    report->outlooks[i].tuple.device == 0)
			return &report->outlooks[i];
	return NULL;
}

int sw_predict_connects(struct sw_stage *stage, const struct sw_way *way,
			struct sw_selftest_interval *ret)
{
	/* All addresses of a stage are local, and then a plain connect() comes from where it goes.
	 */
	struct sw_addr source = addr_of(way->from != NULL ? way->from : way->to);
	const struct sw_outlook *outlook;
	struct sw_reading *reading;
	struct sw_report report;
	int r;

	r = report_on(stage, way, &reading, &report);
	if (r < 0)
		return r;
	outlook = find_outlook(&report, &source);
	if (outlook == NULL)
		r = sw_stage_fail(stage, -ENOENT, "no row for the tuple");
	else
		*ret = (struct sw_selftest_interval){ outlook->free_low, outlook->free };
	sw_report_deinit(&report);
	sw_reading_free(reading);
	return r;
}

int sw_predict_binds(struct sw_stage *stage, const struct sw_way *way,
		     struct sw_selftest_interval *ret)
{
	struct sw_addr source = addr_of(way->from);
	struct sw_reading *reading;
	struct sw_report report;
	uint32_t n_free;
	int r;

	r = report_on(stage, way, &reading, &report);
	if (r < 0)
		return r;
	n_free = sw_report_bind_free(&report, &source);
	*ret = (struct sw_selftest_interval){ n_free, n_free };
	sw_report_deinit(&report);
	sw_reading_free(reading);
	return r;
}

int sw_observe_connects(struct sw_stage *stage, const struct sw_way *way, uint32_t *ret)
{
	int fd = 0;

	for (*ret = 0; *ret < TOO_MANY; ++*ret) {
		fd = sw_way_connect(way);
		if (fd < 0)
			break;
	}
	if (fd == -EADDRNOTAVAIL)
		return 0;
	return fd < 0 ? sw_stage_fail(stage, fd, "connect() number %u", *ret + 1)
		      : sw_stage_fail(stage, -ERANGE, "the kernel refused no connect()");
}

int sw_observe_binds(struct sw_stage *stage, const struct sw_way *way, uint32_t *ret)
{
	int fd = 0;

	for (*ret = 0; *ret < TOO_MANY; ++*ret) {
		fd = sw_way_bind(way->from);
		if (fd < 0)
			break;
	}
	if (fd == -EADDRINUSE)
		return 0;
	return fd < 0 ? sw_stage_fail(stage, fd, "bind() number %u", *ret + 1)
		      : sw_stage_fail(stage, -ERANGE, "the kernel refused no bind()");
}
