/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connects that nobody answers, neither with yes nor with no: packets are dropped on the way. */

#include "base/mem.h"
#include "core/rules.h"

/*
 * The first SYN is sent again after a second, and the next ones not before another
 * (tcp_syn_linear_timeouts; before Linux 6.5 each wait doubled): n retransmits are at
 * least n seconds.
 */
static uint32_t count_older(const struct sw_outlook *outlook, sw_usec age)
{
	sw_usec seconds = (age + SW_USEC_PER_SEC - 1) / SW_USEC_PER_SEC;
	uint32_t n = 0;

	for (sw_usec i = SW_MIN(seconds, SW_SYN_N_SLOTS - 1); i < SW_SYN_N_SLOTS; i++)
		n += outlook->n_by_retransmits[i];
	return n;
}

void sw_rule_syn_sent(const struct sw_inquiry *inquiry)
{
	const struct sw_report *report = inquiry->evidence->report;

	for (size_t i = 0; i < report->n_outlooks; i++) {
		const struct sw_outlook *outlook = &report->outlooks[i];
		const struct sw_rules *limits;
		struct sw_finding finding;
		double share;
		uint32_t n;

		if (outlook->n_by_state[SW_TCP_SYN_SENT] == 0)
			continue;
		finding = sw_rule_tuple_finding(inquiry, SW_RULE_SYN_SENT, outlook, &limits);
		n = count_older(outlook, limits->syn_sent.age);
		share = (double)n / outlook->held;
		finding.signs = sw_signs_beyond(share, limits->syn_sent.share);
		if (n < limits->syn_sent.count)
			finding.signs = (struct sw_signs){ .calm = true, .calm_as_notice = true };
		finding.weight = n;
		finding.facts = (struct sw_facts){ .count = n, .share = share };
		inquiry->take(inquiry->sink, &finding);
	}
}
