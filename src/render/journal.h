/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * An event as a message of journald's native protocol (systemd,
 * JOURNAL_NATIVE_PROTOCOL): one datagram of fields. The same fields serve a
 * line on stderr.
 */

#include <stdio.h>

#include "render/event-json.h"

/* MESSAGE_ID of each (rule, firing) and (rule, resolved); systemd/sockwatch.catalog explains them.
 */
#define SW_MESSAGE_EPHEMERAL_PORTS_FIRING "5f2ab4c07d8f4e2c9a1e63d0b8c94a17"
#define SW_MESSAGE_EPHEMERAL_PORTS_RESOLVED "c3e09d6a51b74b6f8d42f7a6e10b5c98"
#define SW_MESSAGE_BLIND_FIRING "9d1c7be2f34a4c05b68f20e5a7d3c641"
#define SW_MESSAGE_BLIND_RESOLVED "27f58a90cb6e4d13a4e1059bd8f62c7e"
#define SW_MESSAGE_HOOK_FAILED_FIRING "95d2daeb78a94a7eb056c512c53742c2"
#define SW_MESSAGE_HOOK_FAILED_RESOLVED "df4ce94540b34ae8952a92e3833d34e5"

#define SW_MESSAGE_SLOW_CONNECTS_FIRING "7d90767dacd0479b902b9fb24820e092"
#define SW_MESSAGE_SLOW_CONNECTS_RESOLVED "3998f149f5ec40f2a8bf49218b3e8cdb"
#define SW_MESSAGE_TIME_WAIT_LIMIT_FIRING "a2839dfe9e8f4e27b339423ad3119c7d"
#define SW_MESSAGE_TIME_WAIT_LIMIT_RESOLVED "f51ff899f0bf401891916ca50e239e6b"
#define SW_MESSAGE_CONNECTION_LEAK_FIRING "4d50ad34a4454957975229773bf201dd"
#define SW_MESSAGE_CONNECTION_LEAK_RESOLVED "7de6bfb429e647bc9cb4add18dee56dd"
#define SW_MESSAGE_SYN_SENT_FIRING "9669a59d0abb4f3c9b6183a3e9dac726"
#define SW_MESSAGE_SYN_SENT_RESOLVED "0ecd6ece2221493a8180fdd617bba8e7"
#define SW_MESSAGE_CLOSE_WAIT_FIRING "b5a8851a68a849dd932f565a266540e0"
#define SW_MESSAGE_CLOSE_WAIT_RESOLVED "1ef7d46678c045cea6860d8e8a47477a"
#define SW_MESSAGE_INBOUND_FIRING "5e467be22fa54aa5ac97bbe287242372"
#define SW_MESSAGE_INBOUND_RESOLVED "9882225f8b41400d914a5b3ce1fc2dfe"
#define SW_MESSAGE_LISTEN_QUEUE_FIRING "b22783d105a94e0caeac784eca137d8b"
#define SW_MESSAGE_LISTEN_QUEUE_RESOLVED "15f27b8f124a45db8489d2ef587294cf"
#define SW_MESSAGE_KERNEL_SETTING_FIRING "320ec61af90b48aca9c801ba7c47c8d3"
#define SW_MESSAGE_KERNEL_SETTING_RESOLVED "a1932b9f24324b28aceaf0678684bef2"
#define SW_MESSAGE_BIND_PORTS_FIRING "f104c1424fad409d9782f0bf69d5b231"
#define SW_MESSAGE_BIND_PORTS_RESOLVED "77f881c295f947deacdf459c5c437887"

#define SW_DOCUMENTATION "man:sockwatchd(8)"

/* Writes the fields in the native protocol. Errors stick to `out`. */
void sw_render_journal(FILE *out, const struct sw_event *event,
		       const struct sw_event_origin *origin);

/* Writes a plain message for people in the native protocol. */
void sw_render_journal_word(FILE *out, int priority, const char *text);

/* Writes "<N>sentence KEY=value ...\n", for a terminal or a log file. Errors stick to `out`. */
void sw_render_line(FILE *out, const struct sw_event *event, const struct sw_event_origin *origin);
