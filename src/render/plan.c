/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The load, the ports, whether it fits, and what would be enough if it does not. */

#include "render/plan.h"

#include <math.h>

#include "render/json.h"
#include "render/sentence.h"

static void put_verdict(FILE *out, const struct sw_plan_result *plan)
{
	const struct sw_sizing *sizing = &plan->sizing;
	char part[SW_FAILING_SIZE];

	fprintf(out, "  needs  %.0f ports of each pair", ceil(sizing->used));
	if (isfinite(sizing->utilization))
		fprintf(out, ", %.0f %% of them", sizing->utilization * 100);
	fprintf(out, "\n  holds  %.0f closes/s for ever: ", sizing->ceiling_per_s);
	if (sizing->failing > 0)
		fprintf(out, "%s\n", sw_failing_format(sizing->failing, "connect", part));
	else if (sizing->utilization > 1)
		fputs("what stays open is too much\n", out);
	else if (sizing->utilization > 0.5)
		fputs("it fits; over half, connects are slow\n", out);
	else
		fputs("it fits\n", out);
}

static void put_enough(FILE *out, const struct sw_plan_result *plan)
{
	const struct sw_sizing *sizing = &plan->sizing;

	if (sizing->utilization <= plan->input.enough)
		return;
	fprintf(out, "\nENOUGH for %.0f %% of the ports, each alone\n", plan->input.enough * 100);
	if (sizing->enough_requests > 0)
		fprintf(out, "  %7u requests over each connection (keepalive)\n",
			sizing->enough_requests);
	if (sizing->enough_pairs > 0)
		fprintf(out, "  %7u pairs of source address and destination\n",
			sizing->enough_pairs);
	if (sizing->enough_ports > 0)
		fprintf(out, "  %7u ports in ip_local_port_range that nobody else has\n",
			sizing->enough_ports);
	if (plan->reuse_ceiling_per_s >= plan->input.rate_per_s)
		fprintf(out, "          tcp_tw_reuse=1 (timestamps on): holds %.0f closes/s\n",
			plan->reuse_ceiling_per_s);
}

void sw_render_plan_text(FILE *out, const struct sw_plan_result *plan)
{
	const struct sw_sizing_input *input = &plan->input;

	fprintf(out, "%.0f closes/s from %u source address%s to %u destination%s\n\n",
		input->rate_per_s, plan->n_sources, plan->n_sources == 1 ? "" : "es",
		plan->n_destinations, plan->n_destinations == 1 ? "" : "s");
	fprintf(out, "  ports  %u for each pair: %u-%u, less %u reserved or blocked here\n",
		input->capacity, plan->range_low, plan->range_high,
		plan->range_high - plan->range_low + 1 - input->capacity);
	fprintf(out, "  each   is gone for %.1f s after a close%s", input->life_s,
		plan->reuse ? ", then it is reused" : "");
	if (input->hold_s > 0)
		fprintf(out, ", and %.1f s before", input->hold_s);
	if (input->n_held > 0)
		fprintf(out, "; %.0f stay open", input->n_held);
	fputc('\n', out);
	put_verdict(out, plan);
	put_enough(out, plan);
}

static json_t *count_or_null(uint32_t n)
{
	return n == 0 ? json_null() : json_integer(n);
}

/* null: none needed, or there is not so much of it. */
static json_t *enough_json(const struct sw_plan_result *plan)
{
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "share", sw_json_number(plan->input.enough, 4));
	sw_json_put(&json, "requests_per_connection", count_or_null(plan->sizing.enough_requests));
	sw_json_put(&json, "pairs", count_or_null(plan->sizing.enough_pairs));
	sw_json_put(&json, "ports", count_or_null(plan->sizing.enough_ports));
	sw_json_put(&json, "tcp_tw_reuse_ceiling_per_s",
		    plan->reuse_ceiling_per_s > 0 ? sw_json_number(plan->reuse_ceiling_per_s, 1)
						  : json_null());
	return sw_json_end(&json);
}

json_t *sw_render_plan_json(const struct sw_plan_result *plan)
{
	const struct sw_sizing_input *input = &plan->input;
	const struct sw_sizing *sizing = &plan->sizing;
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "schema", json_string("sockwatch.plan/1"));
	sw_json_put(&json, "version", json_string(SW_VERSION));
	sw_json_put(&json, "rate_per_s", sw_json_number(input->rate_per_s, 2));
	sw_json_put(&json, "sources", json_integer(plan->n_sources));
	sw_json_put(&json, "destinations", json_integer(plan->n_destinations));
	sw_json_put(&json, "ip_local_port_range",
		    json_pack("[ii]", (int)plan->range_low, (int)plan->range_high));
	sw_json_put(&json, "capacity", json_integer(input->capacity));
	sw_json_put(&json, "held", sw_json_number(input->n_held, 1));
	sw_json_put(&json, "hold_s", sw_json_number(input->hold_s, 3));
	sw_json_put(&json, "life_s", sw_json_number(input->life_s, 3));
	sw_json_put(&json, "reuse", json_boolean(plan->reuse));
	sw_json_put(&json, "used", sw_json_number(sizing->used, 1));
	sw_json_put(&json, "utilization", sw_json_number(sizing->utilization, 6));
	sw_json_put(&json, "ceiling_per_s", sw_json_number(sizing->ceiling_per_s, 1));
	sw_json_put(&json, "failing_share", sw_json_number(sizing->failing, 4));
	sw_json_put(&json, "level", json_string(sw_level_to_string(plan->level)));
	sw_json_put(&json, "enough", enough_json(plan));
	return sw_json_end(&json);
}
