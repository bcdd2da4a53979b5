/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Defaults that another floor works with stand there; the table points to them, so that there
 * is one truth.
 */
#include "settings/keys.h"

#include "base/mem.h"
#include "sockwatch/inbound.h"

#define HUNDREDTHS(percent) ((percent)*UINT64_C(100))
#define SECONDS(n) ((n)*SW_USEC_PER_SEC)
#define HOURS(n) SECONDS((n)*UINT64_C(3600))

/* Where things are kept. */
#define IN_SETTINGS(member) offsetof(struct sw_settings, member)
#define IN_RULES(member) offsetof(struct sw_rules, member)
#define IN_OVERRIDE(member) offsetof(struct sw_override, member)

static const struct sw_choice severities[] = {
	{ "notice", SW_LEVEL_NOTICE },
	{ "warning", SW_LEVEL_WARNING },
	{ "critical", SW_LEVEL_CRITICAL },
	{ 0 },
};

/* Those whose subjects have an address. */
static const struct sw_choice rules[] = {
	{ "ephemeral-ports", SW_RULE_EPHEMERAL_PORTS },
	{ "bind-ports", SW_RULE_BIND_PORTS },
	{ "slow-connects", SW_RULE_SLOW_CONNECTS },
	{ "connection-leak", SW_RULE_CONNECTION_LEAK },
	{ "syn-sent", SW_RULE_SYN_SENT },
	{ "close-wait", SW_RULE_CLOSE_WAIT },
	{ "inbound", SW_RULE_INBOUND },
	{ "listen-queue", SW_RULE_LISTEN_QUEUE },
	{ 0 },
};

static const struct sw_choice runs[] = {
	{ "unit", SW_HOOK_RUN_UNIT },
	{ "direct", SW_HOOK_RUN_DIRECT },
	{ "no", SW_HOOK_RUN_NO },
	{ 0 },
};

static const struct sw_choice targets[] = {
	{ "auto", SW_LOG_AUTO },
	{ "journal", SW_LOG_JOURNAL },
	{ "stderr", SW_LOG_STDERR },
	{ 0 },
};

/* Priorities of syslog(3). */
static const struct sw_choice log_levels[] = {
	{ "err", 3 }, { "warning", 4 }, { "notice", 5 }, { "info", 6 }, { "debug", 7 }, { 0 },
};

const struct sw_section sw_sections[SW_N_SECTIONS] = {
	{ "Poll", "When readings are taken." },
	{ "Alert", "The life of an alert, whatever the rule." },
	{ "EphemeralPorts", "The rule ephemeral-ports: one source address towards one destination "
			    "address and port runs out of local ports." },
	{ "BindPorts",
	  "The rule bind-ports: bind() of one local address, with the port left open, runs out of "
	  "ports. Such a port is gone for all destinations. Only where somebody binds before "
	  "connecting; the addresses of Ignore= and of an override are local ones." },
	{ "SlowConnects",
	  "The rule slow-connects: beyond half of the ports each connect() towards "
	  "a destination searches through taken ones first. A warning, never more." },
	{ "TimeWaitLimit", "The rule time-wait-limit: there are tcp_max_tw_buckets TIME_WAIT "
			   "sockets, and the kernel drops further ones. Never critical, as ports "
			   "come back sooner then." },
	{ "ConnectionLeak", "The rule connection-leak: the connections that a tuple holds have "
			    "grown for six hours. A warning, never more." },
	{ "SynSent", "The rule syn-sent: connects that nobody answers, as when packets are "
		     "dropped on the way. A warning, never more." },
	{ "CloseWait", "The rule close-wait: a program does not close connections that its peers "
		       "have closed, and there are ever more of them. A warning, never more. "
		       "Destinations are here the local addresses and ports of listeners, too." },
	{ "Inbound", "The rule inbound: a peer, such as a load balancer or a NAT box, runs out of "
		     "ports towards a port that is listened on here. A notice, never more. "
		     "Destinations are here the addresses of peers, with our ports." },
	{ "ListenQueue",
	  "The rule listen-queue: connections wait in the accept queue of a listener "
	  "until it is full, and further ones are dropped. Destinations are here the "
	  "local addresses and ports of listeners." },
	{ "KernelSetting",
	  "The rule kernel-setting: a sysctl does harm, or has no effect. A notice, "
	  "never more." },
	{ "Blind", "The rule blind: the sockets cannot be counted, or not in time." },
	{ "HookFailed", "The rule hook-failed: a hook did not run, or not well." },
	{ SW_SECTION_OVERRIDE,
	  "Other values of a rule for some destinations. The header carries a name, as in "
	  "[Override \"database\"]; besides the keys here it takes those of the rule that are "
	  "marked so. Where several overrides match, the last one holds, and it alone." },
	{ "Hooks", "Programs that are run for each alert." },
	{ "Log", "Where alerts and the daemon's own words go." },
};

const struct sw_key sw_keys[SW_N_KEYS] = {
	[SW_KEY_INTERVAL] = {
		.section = "Poll", .name = "Interval", .type = SW_KEY_DURATION,
		.offset = IN_SETTINGS(interval), .min = SW_INTERVAL_MIN, .max = SW_INTERVAL_MAX,
		.preset = "1s",
		.help = "Time between looks; a fifth of it while an alert fires or may come",
	},
	[SW_KEY_CPU_BUDGET] = {
		.section = "Poll", .name = "CpuBudget", .type = SW_KEY_SHARE,
		.offset = IN_SETTINGS(cpu_budget), .min = HUNDREDTHS(1) / 10, .max = HUNDREDTHS(100),
		.preset = "2%",
		.help = "What the daemon may use of one core, on average over any five minutes",
	},
	[SW_KEY_MAX_AGE] = {
		.section = "Poll", .name = "MaxAge", .type = SW_KEY_DURATION,
		.offset = IN_SETTINGS(max_age), .min = SW_INTERVAL_MIN, .max = SW_MAX_AGE_MAX,
		.preset = "1min",
		.help = "The sockets are counted at least this often, though nothing seems to happen: "
			"sockwatchd(8) says what the counters do not show",
	},
	[SW_KEY_HORIZON] = {
		.section = "Alert", .name = "Horizon", .type = SW_KEY_DURATION,
		.offset = IN_SETTINGS(alert.horizon), .min = SECONDS(10), .max = HOURS(1),
		.preset = "5min",
		.help = "A failure projected to come later than this is no projection",
	},
	[SW_KEY_WARNING_HOLD] = {
		.section = "Alert", .name = "WarningHold", .type = SW_KEY_DURATION,
		.offset = IN_SETTINGS(alert.warning_hold), .min = 0, .max = HOURS(1),
		.preset_from = &sw_ephemeral_limits_default.warning_hold,
		.help = "What calls for a notice or a warning has to last this long",
	},
	[SW_KEY_CRITICAL_HOLD] = {
		/* The ages of TIME_WAIT tell what has held, and they go back one minute. */
		.section = "Alert", .name = "CriticalHold", .type = SW_KEY_DURATION,
		.offset = IN_SETTINGS(alert.critical_hold), .min = 0, .max = SECONDS(60),
		.preset_from = &sw_ephemeral_limits_default.critical_hold,
		.help = "A failure has to be projected for this long, unless it is imminent",
	},
	[SW_KEY_CLEAR] = {
		.section = "Alert", .name = "Clear", .type = SW_KEY_DURATION,
		.offset = IN_SETTINGS(alert.clear), .min = SECONDS(1), .max = HOURS(24),
		.preset_from = &sw_ephemeral_limits_default.clear,
		.help = "Calm has to last this long before an alert is resolved",
	},
	[SW_KEY_REPEAT] = {
		.section = "Alert", .name = "Repeat", .type = SW_KEY_DURATION,
		.offset = IN_SETTINGS(alert.repeat), .min = SECONDS(60), .max = HOURS(720),
		.infinity = true, .preset = "4h",
		.help = "A critical alert that goes on is told again this often",
	},
	[SW_KEY_MAX_ACTIVE] = {
		.section = "Alert", .name = "MaxActive", .type = SW_KEY_COUNT,
		.offset = IN_SETTINGS(alert.max_active), .min = 1, .max = 1000, .preset = "20",
		.help = "More alerts of one rule than this are told as one",
	},
	[SW_KEY_EPHEMERAL_ENABLED] = {
		.section = "EphemeralPorts", .name = "Enabled", .type = SW_KEY_YES_NO,
		.scope = SW_KEY_RULE, .offset = IN_RULES(common[SW_RULE_EPHEMERAL_PORTS].enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_EPHEMERAL_MAX_SEVERITY] = {
		.section = "EphemeralPorts", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.scope = SW_KEY_RULE, .offset = IN_RULES(common[SW_RULE_EPHEMERAL_PORTS].max_severity), .choices = severities,
		.preset = "critical",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_EPHEMERAL_NOTICE] = {
		.section = "EphemeralPorts", .name = "Notice", .type = SW_KEY_SHARE,
		.scope = SW_KEY_RULE, .offset = IN_RULES(ephemeral_ports.notice), .min = HUNDREDTHS(1),
		.max = HUNDREDTHS(100),
		.preset_from = &sw_ephemeral_limits_default.notice,
		.help = "Notice beyond this share of ports used: from half on connects are slow",
	},
	[SW_KEY_EPHEMERAL_WARNING] = {
		.section = "EphemeralPorts", .name = "Warning", .type = SW_KEY_SHARE,
		.scope = SW_KEY_RULE, .offset = IN_RULES(ephemeral_ports.warning), .min = HUNDREDTHS(1),
		.max = HUNDREDTHS(100),
		.preset_from = &sw_ephemeral_limits_default.warning,
		.help = "Warning beyond this share, or when heading there",
	},
	[SW_KEY_EPHEMERAL_CRITICAL] = {
		.section = "EphemeralPorts", .name = "Critical", .type = SW_KEY_SHARE,
		.scope = SW_KEY_RULE, .offset = IN_RULES(ephemeral_ports.critical), .min = HUNDREDTHS(1),
		.max = HUNDREDTHS(100),
		.preset_from = &sw_ephemeral_limits_default.critical,
		.help = "Critical beyond this share",
	},
	[SW_KEY_EPHEMERAL_CRITICAL_IN] = {
		.section = "EphemeralPorts", .name = "CriticalIn", .type = SW_KEY_DURATION,
		.scope = SW_KEY_RULE, .offset = IN_RULES(ephemeral_ports.critical_in), .min = SECONDS(1),
		.max = HOURS(1),
		.preset_from = &sw_ephemeral_limits_default.critical_in,
		.help = "Critical when connects are projected to fail within this; where it is not set, no more than Horizon=",
	},
	[SW_KEY_EPHEMERAL_IGNORE] = {
		.section = "EphemeralPorts", .name = "Ignore", .type = SW_KEY_MATCHES,
		.offset = IN_SETTINGS(ignore[SW_RULE_EPHEMERAL_PORTS]), .preset = "",
		.help = "Destinations that never raise an alert",
	},
	[SW_KEY_BIND_PORTS_ENABLED] = {
		.section = "BindPorts", .name = "Enabled", .type = SW_KEY_YES_NO,
		.scope = SW_KEY_RULE, .rule = SW_RULE_BIND_PORTS,
		.offset = IN_RULES(common[SW_RULE_BIND_PORTS].enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_BIND_PORTS_MAX_SEVERITY] = {
		.section = "BindPorts", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_BIND_PORTS,
		.offset = IN_RULES(common[SW_RULE_BIND_PORTS].max_severity), .choices = severities,
		.preset = "critical",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_BIND_PORTS_WARNING] = {
		.section = "BindPorts", .name = "Warning", .type = SW_KEY_SHARE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_BIND_PORTS,
		.offset = IN_RULES(bind_ports.warning), .min = HUNDREDTHS(1), .max = HUNDREDTHS(100),
		.preset_from = &sw_ephemeral_limits_default.warning,
		.help = "Warning beyond this share of ports used, or when heading there",
	},
	[SW_KEY_BIND_PORTS_CRITICAL] = {
		.section = "BindPorts", .name = "Critical", .type = SW_KEY_SHARE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_BIND_PORTS,
		.offset = IN_RULES(bind_ports.critical), .min = HUNDREDTHS(1), .max = HUNDREDTHS(100),
		.preset_from = &sw_ephemeral_limits_default.critical,
		.help = "Critical beyond this share",
	},
	[SW_KEY_BIND_PORTS_CRITICAL_IN] = {
		.section = "BindPorts", .name = "CriticalIn", .type = SW_KEY_DURATION,
		.scope = SW_KEY_RULE, .rule = SW_RULE_BIND_PORTS,
		.offset = IN_RULES(bind_ports.critical_in), .min = SECONDS(1), .max = HOURS(1),
		.preset_from = &sw_ephemeral_limits_default.critical_in,
		.help = "Critical when bind() is projected to fail within this; where it is not set, no more than Horizon=",
	},
	[SW_KEY_BIND_PORTS_IGNORE] = {
		.section = "BindPorts", .name = "Ignore", .type = SW_KEY_MATCHES,
		.offset = IN_SETTINGS(ignore[SW_RULE_BIND_PORTS]), .preset = "",
		.help = "Local addresses that never raise an alert",
	},
	[SW_KEY_SLOW_CONNECTS_ENABLED] = {
		.section = "SlowConnects", .name = "Enabled", .type = SW_KEY_YES_NO,
		.scope = SW_KEY_RULE, .rule = SW_RULE_SLOW_CONNECTS,
		.offset = IN_RULES(common[SW_RULE_SLOW_CONNECTS].enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_SLOW_CONNECTS_MAX_SEVERITY] = {
		.section = "SlowConnects", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_SLOW_CONNECTS,
		.offset = IN_RULES(common[SW_RULE_SLOW_CONNECTS].max_severity), .choices = severities,
		.preset = "warning",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_SLOW_CONNECTS_WARNING] = {
		.section = "SlowConnects", .name = "Warning", .type = SW_KEY_SHARE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_SLOW_CONNECTS,
		.offset = IN_RULES(slow_connects.warning), .min = HUNDREDTHS(1), .max = HUNDREDTHS(100),
		.preset = "20%",
		.help = "Warning beyond this share of one core spent on searching",
	},
	[SW_KEY_SLOW_CONNECTS_IGNORE] = {
		.section = "SlowConnects", .name = "Ignore", .type = SW_KEY_MATCHES,
		.offset = IN_SETTINGS(ignore[SW_RULE_SLOW_CONNECTS]), .preset = "",
		.help = "Destinations that never raise an alert",
	},
	[SW_KEY_TIME_WAIT_LIMIT_ENABLED] = {
		.section = "TimeWaitLimit", .name = "Enabled", .type = SW_KEY_YES_NO,
		.offset = IN_SETTINGS(rules.common[SW_RULE_TIME_WAIT_LIMIT].enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_TIME_WAIT_LIMIT_MAX_SEVERITY] = {
		.section = "TimeWaitLimit", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.offset = IN_SETTINGS(rules.common[SW_RULE_TIME_WAIT_LIMIT].max_severity), .choices = severities,
		.preset = "warning",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_CONNECTION_LEAK_ENABLED] = {
		.section = "ConnectionLeak", .name = "Enabled", .type = SW_KEY_YES_NO,
		.scope = SW_KEY_RULE, .rule = SW_RULE_CONNECTION_LEAK,
		.offset = IN_RULES(common[SW_RULE_CONNECTION_LEAK].enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_CONNECTION_LEAK_MAX_SEVERITY] = {
		.section = "ConnectionLeak", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_CONNECTION_LEAK,
		.offset = IN_RULES(common[SW_RULE_CONNECTION_LEAK].max_severity), .choices = severities,
		.preset = "warning",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_CONNECTION_LEAK_WITHIN] = {
		.section = "ConnectionLeak", .name = "Within", .type = SW_KEY_DURATION,
		.scope = SW_KEY_RULE, .rule = SW_RULE_CONNECTION_LEAK,
		.offset = IN_RULES(connection_leak.within), .min = HOURS(1), .max = HOURS(720),
		.preset = "1d",
		.help = "Warning when at this growth no port is left within this time",
	},
	[SW_KEY_CONNECTION_LEAK_USED] = {
		.section = "ConnectionLeak", .name = "Used", .type = SW_KEY_SHARE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_CONNECTION_LEAK,
		.offset = IN_RULES(connection_leak.used), .min = HUNDREDTHS(1), .max = HUNDREDTHS(100),
		.preset = "25%",
		.help = "And this share of them is held already",
	},
	[SW_KEY_CONNECTION_LEAK_IGNORE] = {
		.section = "ConnectionLeak", .name = "Ignore", .type = SW_KEY_MATCHES,
		.offset = IN_SETTINGS(ignore[SW_RULE_CONNECTION_LEAK]), .preset = "",
		.help = "Destinations that never raise an alert",
	},
	[SW_KEY_SYN_SENT_ENABLED] = {
		.section = "SynSent", .name = "Enabled", .type = SW_KEY_YES_NO,
		.scope = SW_KEY_RULE, .rule = SW_RULE_SYN_SENT,
		.offset = IN_RULES(common[SW_RULE_SYN_SENT].enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_SYN_SENT_MAX_SEVERITY] = {
		.section = "SynSent", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_SYN_SENT,
		.offset = IN_RULES(common[SW_RULE_SYN_SENT].max_severity), .choices = severities,
		.preset = "warning",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_SYN_SENT_SHARE] = {
		.section = "SynSent", .name = "Share", .type = SW_KEY_SHARE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_SYN_SENT,
		.offset = IN_RULES(syn_sent.share), .min = HUNDREDTHS(1), .max = HUNDREDTHS(100),
		.preset = "5%",
		.help = "Warning beyond this share of the live sockets of a tuple",
	},
	[SW_KEY_SYN_SENT_COUNT] = {
		.section = "SynSent", .name = "Count", .type = SW_KEY_COUNT,
		.scope = SW_KEY_RULE, .rule = SW_RULE_SYN_SENT,
		.offset = IN_RULES(syn_sent.count), .min = 1, .max = 65535,
		.preset = "50",
		.help = "And from so many unanswered connects on",
	},
	[SW_KEY_SYN_SENT_AGE] = {
		.section = "SynSent", .name = "Age", .type = SW_KEY_DURATION,
		.scope = SW_KEY_RULE, .rule = SW_RULE_SYN_SENT,
		.offset = IN_RULES(syn_sent.age), .min = SECONDS(1), .max = SECONDS(120),
		.preset = "3s",
		.help = "Only those that have waited this long count",
	},
	[SW_KEY_SYN_SENT_IGNORE] = {
		.section = "SynSent", .name = "Ignore", .type = SW_KEY_MATCHES,
		.offset = IN_SETTINGS(ignore[SW_RULE_SYN_SENT]), .preset = "",
		.help = "Destinations that never raise an alert",
	},
	[SW_KEY_CLOSE_WAIT_ENABLED] = {
		.section = "CloseWait", .name = "Enabled", .type = SW_KEY_YES_NO,
		.scope = SW_KEY_RULE, .rule = SW_RULE_CLOSE_WAIT,
		.offset = IN_RULES(common[SW_RULE_CLOSE_WAIT].enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_CLOSE_WAIT_MAX_SEVERITY] = {
		.section = "CloseWait", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_CLOSE_WAIT,
		.offset = IN_RULES(common[SW_RULE_CLOSE_WAIT].max_severity), .choices = severities,
		.preset = "warning",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_CLOSE_WAIT_COUNT] = {
		.section = "CloseWait", .name = "Count", .type = SW_KEY_COUNT,
		.scope = SW_KEY_RULE, .rule = SW_RULE_CLOSE_WAIT,
		.offset = IN_RULES(close_wait.count), .min = 1, .max = 1000000,
		.preset = "100",
		.help = "Warning from so many sockets in CLOSE_WAIT on",
	},
	[SW_KEY_CLOSE_WAIT_AGE] = {
		.section = "CloseWait", .name = "Age", .type = SW_KEY_DURATION,
		.scope = SW_KEY_RULE, .rule = SW_RULE_CLOSE_WAIT,
		.offset = IN_RULES(close_wait.age), .min = 0, .max = HOURS(24),
		.preset = "5min",
		.help = "When there have been as many all this time",
	},
	[SW_KEY_CLOSE_WAIT_GROWING] = {
		.section = "CloseWait", .name = "Growing", .type = SW_KEY_DURATION,
		.scope = SW_KEY_RULE, .rule = SW_RULE_CLOSE_WAIT,
		.offset = IN_RULES(close_wait.growing), .min = SECONDS(60), .max = HOURS(24),
		.preset = "10min",
		.help = "And have become more all this time",
	},
	[SW_KEY_CLOSE_WAIT_IGNORE] = {
		.section = "CloseWait", .name = "Ignore", .type = SW_KEY_MATCHES,
		.offset = IN_SETTINGS(ignore[SW_RULE_CLOSE_WAIT]), .preset = "",
		.help = "Destinations that never raise an alert",
	},
	[SW_KEY_INBOUND_ENABLED] = {
		.section = "Inbound", .name = "Enabled", .type = SW_KEY_YES_NO,
		.scope = SW_KEY_RULE, .rule = SW_RULE_INBOUND,
		.offset = IN_RULES(common[SW_RULE_INBOUND].enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_INBOUND_MAX_SEVERITY] = {
		.section = "Inbound", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_INBOUND,
		.offset = IN_RULES(common[SW_RULE_INBOUND].max_severity), .choices = severities,
		.preset = "notice",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_INBOUND_NOTICE] = {
		.section = "Inbound", .name = "Notice", .type = SW_KEY_SHARE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_INBOUND,
		.offset = IN_RULES(inbound.notice), .min = HUNDREDTHS(1), .max = HUNDREDTHS(100),
		.preset_from = &sw_inbound_notice_default,
		.help = "Notice beyond this share of the ports that the peer is taken to have",
	},
	[SW_KEY_INBOUND_IGNORE] = {
		.section = "Inbound", .name = "Ignore", .type = SW_KEY_MATCHES,
		.offset = IN_SETTINGS(ignore[SW_RULE_INBOUND]), .preset = "",
		.help = "Peers that never raise an alert",
	},
	[SW_KEY_LISTEN_QUEUE_ENABLED] = {
		.section = "ListenQueue", .name = "Enabled", .type = SW_KEY_YES_NO,
		.scope = SW_KEY_RULE, .rule = SW_RULE_LISTEN_QUEUE,
		.offset = IN_RULES(common[SW_RULE_LISTEN_QUEUE].enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_LISTEN_QUEUE_MAX_SEVERITY] = {
		.section = "ListenQueue", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.scope = SW_KEY_RULE, .rule = SW_RULE_LISTEN_QUEUE,
		.offset = IN_RULES(common[SW_RULE_LISTEN_QUEUE].max_severity), .choices = severities,
		.preset = "critical",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_LISTEN_QUEUE_OVERFLOW_MINUTES] = {
		.section = "ListenQueue", .name = "OverflowMinutes", .type = SW_KEY_COUNT,
		.scope = SW_KEY_RULE, .rule = SW_RULE_LISTEN_QUEUE,
		.offset = IN_RULES(listen_queue.overflow_minutes), .min = 1, .max = 5,
		.preset = "3",
		.help = "Warning when it has overflowed in so many of the last five minutes",
	},
	[SW_KEY_LISTEN_QUEUE_STUCK] = {
		.section = "ListenQueue", .name = "Stuck", .type = SW_KEY_DURATION,
		.scope = SW_KEY_RULE, .rule = SW_RULE_LISTEN_QUEUE,
		.offset = IN_RULES(listen_queue.stuck), .min = SECONDS(1), .max = HOURS(1),
		.preset = "1min",
		.help = "Critical when it has been full this long and nobody accepted",
	},
	[SW_KEY_LISTEN_QUEUE_IGNORE] = {
		.section = "ListenQueue", .name = "Ignore", .type = SW_KEY_MATCHES,
		.offset = IN_SETTINGS(ignore[SW_RULE_LISTEN_QUEUE]), .preset = "",
		.help = "Destinations that never raise an alert",
	},
	[SW_KEY_KERNEL_SETTING_ENABLED] = {
		.section = "KernelSetting", .name = "Enabled", .type = SW_KEY_YES_NO,
		.offset = IN_SETTINGS(rules.common[SW_RULE_KERNEL_SETTING].enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_KERNEL_SETTING_MAX_SEVERITY] = {
		.section = "KernelSetting", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.offset = IN_SETTINGS(rules.common[SW_RULE_KERNEL_SETTING].max_severity), .choices = severities,
		.preset = "notice",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_BLIND_ENABLED] = {
		.section = "Blind", .name = "Enabled", .type = SW_KEY_YES_NO,
		.offset = IN_SETTINGS(blind.enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_BLIND_MAX_SEVERITY] = {
		.section = "Blind", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.offset = IN_SETTINGS(blind.max_severity), .choices = severities,
		.preset = "warning",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_HOOK_FAILED_ENABLED] = {
		.section = "HookFailed", .name = "Enabled", .type = SW_KEY_YES_NO,
		.offset = IN_SETTINGS(hook_failed.enabled), .preset = "yes",
		.help = "Whether it raises alerts at all",
	},
	[SW_KEY_HOOK_FAILED_MAX_SEVERITY] = {
		.section = "HookFailed", .name = "MaxSeverity", .type = SW_KEY_CHOICE,
		.offset = IN_SETTINGS(hook_failed.max_severity), .choices = severities,
		.preset = "warning",
		.help = "Its alerts get no worse than this",
	},
	[SW_KEY_OVERRIDE_DESTINATION] = {
		.section = SW_SECTION_OVERRIDE, .name = "Destination", .type = SW_KEY_MATCHES,
		.scope = SW_KEY_OVERRIDE, .offset = IN_OVERRIDE(destinations), .preset = "",
		.help = "Whom it is about",
	},
	[SW_KEY_OVERRIDE_RULE] = {
		.section = SW_SECTION_OVERRIDE, .name = "Rule", .type = SW_KEY_CHOICE,
		.scope = SW_KEY_OVERRIDE, .offset = IN_OVERRIDE(rule), .choices = rules,
		.preset = "ephemeral-ports",
		.help = "The rule whose keys it has; stands before them",
	},
	[SW_KEY_HOOKS_DIRECTORY] = {
		.section = "Hooks", .name = "Directory", .type = SW_KEY_PATH,
		.offset = IN_SETTINGS(hooks.directory), .preset = "/etc/sockwatch/hooks.d",
		.help = "Where they are",
	},
	[SW_KEY_HOOKS_TIMEOUT] = {
		.section = "Hooks", .name = "Timeout", .type = SW_KEY_DURATION,
		.offset = IN_SETTINGS(hooks.timeout), .min = SECONDS(1), .max = SECONDS(600),
		.preset = "30s",
		.help = "A hook that runs longer is ended",
	},
	[SW_KEY_HOOKS_MIN_SEVERITY] = {
		.section = "Hooks", .name = "MinSeverity", .type = SW_KEY_CHOICE,
		.offset = IN_SETTINGS(hooks.min_severity), .choices = severities,
		.preset = "warning",
		.help = "Alerts that never were as bad as this run none",
	},
	[SW_KEY_HOOKS_RUN] = {
		.section = "Hooks", .name = "Run", .type = SW_KEY_CHOICE,
		.offset = IN_SETTINGS(hooks.run), .choices = runs, .preset = "unit",
		.help = "Who starts them: sockwatch-hook.path, the daemon itself, or nobody",
	},
	[SW_KEY_LOG_TARGET] = {
		.section = "Log", .name = "Target", .type = SW_KEY_CHOICE,
		.offset = IN_SETTINGS(log.target), .choices = targets, .preset = "auto",
		.help = "Where to: auto is the journal, and standard error where that is not it",
	},
	[SW_KEY_LOG_LEVEL] = {
		.section = "Log", .name = "Level", .type = SW_KEY_CHOICE,
		.offset = IN_SETTINGS(log.level), .choices = log_levels, .preset = "info",
		.help = "The least that the daemon says of itself; alerts are always told",
	},
};
