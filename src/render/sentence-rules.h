/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sentences of rules that say little else than their facts. */

#include "render/sentence.h"

/* Of slow-connects, connection-leak and syn-sent. */
void sw_render_connects(const struct sw_event *event, const struct sw_ifnames *names,
			char buffer[SW_SENTENCE_SIZE]);

void sw_render_close_wait(const struct sw_event *event, const struct sw_ifnames *names,
			  char buffer[SW_SENTENCE_SIZE]);

void sw_render_inbound(const struct sw_event *event, const struct sw_ifnames *names,
		       char buffer[SW_SENTENCE_SIZE]);
/* "runs out of ports in about 18 s", to follow bind() and its address. */
#define SW_BIND_VERDICT_SIZE 64
void sw_bind_verdict_format(const struct sw_outlook *outlook, char buffer[SW_BIND_VERDICT_SIZE]);

/* Of bind-ports. */
void sw_render_bind_ports(const struct sw_event *event, const struct sw_ifnames *names,
			  char buffer[SW_SENTENCE_SIZE]);

void sw_render_listen_queue(const struct sw_event *event, const struct sw_ifnames *names,
			    char buffer[SW_SENTENCE_SIZE]);

void sw_render_kernel_setting(const struct sw_event *event, char buffer[SW_SENTENCE_SIZE]);

void sw_render_time_wait_limit(const struct sw_event *event, char buffer[SW_SENTENCE_SIZE]);
